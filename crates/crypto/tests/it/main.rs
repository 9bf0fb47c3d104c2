//! Integration tests of the crypto crate: the public face against published vectors and files of other makers.
#![expect(clippy::unwrap_used, reason = "tests")]

mod agreement;
mod chain;
mod chain_openssl;
mod cms;
mod container;
mod crl;
mod csr;
mod envelope;
mod examples;
mod gost;
mod kind;
mod legacy2001;
mod malformed;
mod openssl;
mod openssl_containers;
mod pkcs12;
mod random_objects;
mod ready_digest;
mod second_curve;
mod stamps;
mod support;
mod vectors;
mod wiped;
mod x509;

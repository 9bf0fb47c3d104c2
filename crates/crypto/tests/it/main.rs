//! Integration tests of the crypto crate: the public face against published vectors and files of other makers.
#![expect(clippy::unwrap_used, reason = "tests")]

mod gost;

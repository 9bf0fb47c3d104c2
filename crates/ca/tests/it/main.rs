//! The issuing engine from outside: files in, bytes out, judged by its own rules and by OpenSSL.
#![expect(clippy::unwrap_used, reason = "tests")]

// The crate by the short name the house calls it.
extern crate surguch_ca as ca;

mod authorities;
mod bank;
mod crls;
mod issuing;
mod lints;
mod openssl;
mod plans;
mod profiles;
mod serials;
mod template;

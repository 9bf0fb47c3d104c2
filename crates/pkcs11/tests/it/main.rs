//! Tests of the crate in one binary. What needs a module runs in a child process of the same test, whose environment names the token's folder.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stdout, reason = "the table of modules, and what a child reports to its parent")]

extern crate surguch_pkcs11 as pkcs11;

// A module, a token, a process of its own.
mod rig;
// One suite over every module.
mod conformance;
mod files;
mod recovery;
mod trust;
mod words;
mod workplace;

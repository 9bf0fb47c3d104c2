//! A PKCS#11 2.40 module: a virtual smart key that behaves like a Rutoken ECP 2.0, kept in one encrypted file a card.
//! Foreign programs load it as `libsurguch_softtoken.so`; the program `surguch-softtoken` makes cards, pulls them out and puts them back.
//!
//! Everything C has to say is turned into slices and templates in [`abi`], the one module with `unsafe`. Below it there is none:
//! what a caller may do is decided in `module`, what a card remembers in `card`, what it computes in `mechanism`.

// The door, and the face the program of this crate uses.
pub mod abi;
pub mod folder;
pub mod numbers;
// Who is calling, and what he may do.
mod extended;
mod module;
mod session;
// What a card holds, and how it is kept.
pub mod card;
mod object;
pub mod pin;
// What it computes.
mod key;
mod mechanism;
// Codes, kill points.
mod code;
pub mod kill;

pub use code::Code;

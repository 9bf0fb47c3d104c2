//! What a look at a workplace found, and how it is told: the [`Picture`], the support code that carries it to the bank's desk and back ([`encode`], [`decode`]), and its
//! words. The component looks; whoever has the picture or the code says the same of it.

mod picture;
mod support_code;
mod words;

pub use picture::{
    AttemptsSeen, CertificateSeen, Finding, FindingCode, KeySeen, MediumSeen, ModuleSeen, Picture, PinSeen, PlaceKind,
    Severity,
};
pub use support_code::{CodeError, carried, decode, encode};
pub use words::{Described, Said, described, report, said};

//! Rules of RFC 9215 for GOST keys, signatures and the Russian attributes of a name.
//! One rule a file; the list below is the order in which they are asked.

mod key_octets;
mod key_on_curve;
mod key_parameters;
mod russian_numbers;
mod signature_length;
mod signature_parameters;

use crate::lint::Lint;

pub(super) const ALL: &[Lint] = &[
    key_octets::LINT,
    key_on_curve::LINT,
    key_parameters::LINT,
    russian_numbers::LINT,
    signature_length::LINT,
    signature_parameters::LINT,
];

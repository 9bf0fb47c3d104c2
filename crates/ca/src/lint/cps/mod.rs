//! Our own rules: the certification practice, the profile, and what may never leave this house.
//! One rule a file; the list below is the order in which they are asked.

mod authority_algorithm;
mod exact_lifetime;
mod key_by_profile;
mod key_not_issuers;
mod key_usage_by_profile;
mod known_extensions;
mod no_weak_digest;
mod policies_by_profile;
mod private_key_usage_period;
mod serial_entropy;
mod subject_by_profile;

use crate::lint::Lint;

pub(super) const ALL: &[Lint] = &[
    authority_algorithm::LINT,
    exact_lifetime::LINT,
    key_by_profile::LINT,
    key_not_issuers::LINT,
    key_usage_by_profile::LINT,
    known_extensions::LINT,
    no_weak_digest::LINT,
    policies_by_profile::LINT,
    private_key_usage_period::LINT,
    serial_entropy::LINT,
    subject_by_profile::LINT,
];

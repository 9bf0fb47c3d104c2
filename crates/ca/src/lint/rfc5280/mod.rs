//! Rules of RFC 5280 and the documents it leans on, for every certificate.
//! One rule a file; the list below is the order in which they are asked.

mod algorithm_parameters;
mod algorithms_agree;
mod authority_constraints;
mod authority_key_id;
mod certificate_policies;
mod crl_distribution_point;
mod extended_key_usage;
mod issuer_bytes;
mod key_usage;
mod leaf_not_authority;
mod name_lengths;
mod no_duplicate_extensions;
mod no_empty_sequences;
mod no_encoded_defaults;
mod serial_number;
mod single_valued_names;
mod string_types;
mod subject_key_id;
mod validity_encoding;
mod validity_order;
mod version;
mod within_issuer;

use crate::lint::Lint;

pub(super) const ALL: &[Lint] = &[
    algorithm_parameters::LINT,
    algorithms_agree::LINT,
    authority_constraints::LINT,
    authority_key_id::LINT,
    certificate_policies::LINT,
    crl_distribution_point::LINT,
    extended_key_usage::LINT,
    issuer_bytes::LINT,
    key_usage::LINT,
    leaf_not_authority::LINT,
    name_lengths::LINT,
    no_duplicate_extensions::LINT,
    no_empty_sequences::LINT,
    no_encoded_defaults::LINT,
    serial_number::LINT,
    single_valued_names::LINT,
    string_types::LINT,
    subject_key_id::LINT,
    validity_encoding::LINT,
    validity_order::LINT,
    version::LINT,
    within_issuer::LINT,
];

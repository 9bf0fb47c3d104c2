//! Only extensions that profiles and authorities can ask for; nothing slips in from a request.

use crate::encoding::oid;
use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint =
    Lint { name: "cps_known_extensions", citation: "RFC 5280 section 4.2; requirements R9", check };

const KNOWN: [&str; 8] = [
    oid::SUBJECT_KEY_ID,
    oid::KEY_USAGE,
    oid::PRIVATE_KEY_USAGE_PERIOD,
    oid::BASIC_CONSTRAINTS,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::CERTIFICATE_POLICIES,
    oid::AUTHORITY_KEY_ID,
    oid::EXTENDED_KEY_USAGE,
];

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    match candidate.certificate.extensions.iter().find(|one| !KNOWN.contains(&one.oid.as_str())) {
        Some(stranger) => Err(format!("the extension {} is none of ours", stranger.oid)),
        None => Ok(()),
    }
}

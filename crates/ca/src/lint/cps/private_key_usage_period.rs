//! The private key's period begins with the certificate, ends inside it, and is the profile's.

use crate::encoding::oid;
use crate::lint::{Candidate, Lint, view};

pub(super) const LINT: Lint = Lint {
    name: "cps_private_key_usage_period",
    citation: "RFC 3280 section 4.2.1.4; profile: private_key_usage_period",
    check,
};

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let what = "privateKeyUsagePeriod";
    let certificate = &candidate.certificate;
    let expected = candidate.role.profile().map(crate::Profile::private_key_usage_seconds);
    let Some(extension) = certificate.extension(oid::PRIVATE_KEY_USAGE_PERIOD) else {
        return if let Some(Some(_)) = expected { Err(format!("{what} is absent")) } else { Ok(()) };
    };
    let mut fields = view::Reader::new(view::only(extension.value, 0x30, what)?.contents);
    let (from, to) = (view::seconds(fields.expect(0x80, what)?)?, view::seconds(fields.expect(0x81, what)?)?);
    fields.end(what)?;
    if from != view::seconds(certificate.not_before)? || to > view::seconds(certificate.not_after)? || to <= from {
        return Err(format!("{what} does not lie inside the validity"));
    }
    match expected {
        Some(expected) if expected != Some(to - from + 1) => Err(format!("{what} is not the profile's")),
        _ => Ok(()),
    }
}

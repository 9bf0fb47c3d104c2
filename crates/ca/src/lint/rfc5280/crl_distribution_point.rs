//! Whoever is not a root says where its issuer's CRL is: one http or https address.

use crate::encoding::oid;
use crate::lint::{Candidate, Lint, Role, view};

pub(super) const LINT: Lint =
    Lint { name: "rfc5280_crl_distribution_point", citation: "RFC 5280 section 4.2.1.13", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let what = "cRLDistributionPoints";
    let Some(extension) = candidate.certificate.extension(oid::CRL_DISTRIBUTION_POINTS) else {
        return match candidate.role {
            Role::Root => Ok(()),
            Role::Authority | Role::Client(_) => Err(format!("{what} are absent")),
        };
    };
    if extension.is_critical() {
        return Err(format!("{what} are critical"));
    }
    let points = view::elements(view::only(extension.value, 0x30, what)?.contents, what)?;
    if points.is_empty() {
        return Err(format!("{what} are empty"));
    }
    for point in points {
        let name = view::only(view::only(point.whole, 0x30, what)?.contents, 0xa0, what)?;
        let full_name = view::only(name.contents, 0xa0, what)?;
        let address = view::only(full_name.contents, 0x86, what)?.contents;
        if !is_address(address) {
            return Err(format!("{what}: not an http or https address"));
        }
    }
    Ok(())
}

fn is_address(octets: &[u8]) -> bool {
    let Some(rest) = octets.strip_prefix(b"http://").or_else(|| octets.strip_prefix(b"https://")) else {
        return false;
    };
    let host = rest.split(|octet| *octet == b'/').next().unwrap_or_default();
    !host.is_empty()
        && host != b":"
        && rest.iter().all(|octet| octet.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(octet))
}

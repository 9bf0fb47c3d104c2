//! The issuer is the authority's subject byte for byte: software compares the octets, and a second encoding of the same words breaks the chain.

use crate::lint::{Candidate, Lint, Role};

pub(super) const LINT: Lint =
    Lint { name: "rfc5280_issuer_bytes", citation: "RFC 5280 sections 4.1.2.4 and 7.1", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let certificate = &candidate.certificate;
    if certificate.issuer != candidate.issuer.subject_der {
        return Err("the issuer is not the authority's subject".to_owned());
    }
    match candidate.role {
        Role::Root if certificate.subject != certificate.issuer => Err("a root's subject is its issuer".to_owned()),
        Role::Authority | Role::Client(_) if certificate.subject == certificate.issuer => {
            Err("the subject is the authority itself".to_owned())
        }
        Role::Root | Role::Authority | Role::Client(_) => Ok(()),
    }
}

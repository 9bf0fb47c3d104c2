//! The rules a certificate keeps before anything is signed: one file a rule, each with the clause it stands on.
//!
//! A rule sees the whole certificate, octet by octet, with the facts of its issuer and its role. It answers yes or says what is wrong;
//! it never repairs. Rules that need a profile keep silent where none is given (after a restart the intent no longer carries it).

mod cps;
mod gost;
mod rfc5280;
pub mod view;

use std::fmt;

use crypto::SignatureAlgorithm;

use crate::profile::Profile;
use view::CertificateView;

/// A rule.
pub struct Lint {
    /// Name in refusals and the journal; begins with the folder of the rule.
    pub name: &'static str,
    /// The clause it stands on.
    pub citation: &'static str,
    check: fn(&Candidate<'_>) -> Result<(), String>,
}

/// A broken rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Name of the rule.
    pub lint: &'static str,
    /// Its clause.
    pub citation: &'static str,
    /// What is wrong here; no personal data beyond attribute types.
    pub detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {} ({})", self.lint, self.detail, self.citation)
    }
}

/// What the rules know of the issuer.
#[derive(Clone, Copy, Debug)]
pub struct IssuerFacts<'a> {
    /// Its subject, byte for byte.
    pub subject_der: &'a [u8],
    /// Its subjectKeyIdentifier.
    pub subject_key_id: &'a [u8],
    /// First second of its validity.
    pub not_before: i64,
    /// Last second of its validity.
    pub not_after: i64,
    /// How it signs.
    pub signature_algorithm: SignatureAlgorithm,
}

/// What the certificate is to be.
#[derive(Clone, Copy, Debug)]
pub enum Role<'a> {
    /// A self-signed authority; the issuer's facts are its own.
    Root,
    /// An authority below another.
    Authority,
    /// A client, by this profile if it is known.
    Client(Option<&'a Profile>),
}

impl<'a> Role<'a> {
    fn profile(self) -> Option<&'a Profile> {
        match self {
            Self::Client(profile) => profile,
            Self::Root | Self::Authority => None,
        }
    }

    fn is_client(self) -> bool {
        matches!(self, Self::Client(_))
    }
}

/// A certificate before the rules.
pub struct Candidate<'a> {
    /// The certificate, read.
    pub certificate: CertificateView<'a>,
    /// Its issuer.
    pub issuer: IssuerFacts<'a>,
    /// Its role.
    pub role: Role<'a>,
}

/// The finding that stands for a certificate no rule can read.
pub const UNREADABLE: &str = "rfc5280_structure";

/// Every rule, in the order of the folders.
pub const ALL: [&[Lint]; 3] = [rfc5280::ALL, cps::ALL, gost::ALL];

/// Reads the certificate and asks every rule.
#[must_use]
pub fn examine(der: &[u8], issuer: IssuerFacts<'_>, role: Role<'_>) -> Vec<Finding> {
    let certificate = match CertificateView::parse(der) {
        Ok(certificate) => certificate,
        Err(detail) => return vec![Finding { lint: UNREADABLE, citation: "RFC 5280 section 4.1", detail }],
    };
    let candidate = Candidate { certificate, issuer, role };
    let broken = |lint: &Lint| {
        let detail = (lint.check)(&candidate).err()?;
        Some(Finding { lint: lint.name, citation: lint.citation, detail })
    };
    ALL.into_iter().flatten().filter_map(broken).collect()
}

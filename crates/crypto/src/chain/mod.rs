//! From a certificate to an anchor one trusts, judged at a moment (RFC 5280, 6; policies as graphs, RFC 9618).
//! Certificates, revocation lists and the time come in ready; nothing is fetched, and no clock is asked.
//!
//! What is kept of RFC 5280: names, dates, basicConstraints and its path length, keyUsage, critical extensions, certificatePolicies with mappings and
//! constraints, nameConstraints, revocation. Beyond it, as browsers and openssl do: an extendedKeyUsage of an authority limits what is below it, and
//! the constraints an anchor states about itself are kept. Several ways to several anchors are tried, within bounds.
//!
//! ```
//! # use surguch_crypto::*;
//! # fn example(leaf: &Certificate, middle: &[Certificate], roots: &[Certificate], crl: &Crl, at: i64) -> Result<(), ChainRefusal> {
//! let demands = Demands { revocation: Revocation::Demanded, ..Demands::at(at) };
//! let chain = find_chain(leaf, middle, roots, &[RevocationEvidence::Crl(crl)], &demands)?;
//! assert_eq!(chain.leaf(), leaf);
//! assert!(roots.contains(chain.anchor()));
//! # Ok(())
//! # }
//! ```

mod names;
mod policy;
mod revocation;
mod search;

use core::fmt;

use crate::{Certificate, Error, KeyUsageSet};

pub use names::Subtree;
pub use policy::Policies;
pub use revocation::RevocationEvidence;

/// Longest chain built, leaf and anchor included.
pub const MAX_CHAIN_CERTIFICATES: usize = 8;

/// What a caller demands of a chain. Begin with [`Demands::at`] and change what matters.
///
/// ```
/// use surguch_crypto::{Demands, KeyUsage, KeyUsageSet};
/// let demands = Demands {
///     key_usage: KeyUsageSet::of([KeyUsage::DigitalSignature]),
///     purpose: Some("1.3.6.1.5.5.7.3.4"),
///     acceptable_policies: &["1.2.643.100.113.1"],
///     require_explicit_policy: true,
///     ..Demands::at(1_798_761_600)
/// };
/// # assert!(!demands.inhibit_any_policy);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Demands<'a> {
    /// The moment to judge at, seconds since 1970.
    pub at: i64,
    /// What the leaf's key must be good for, where the leaf has a keyUsage.
    pub key_usage: KeyUsageSet,
    /// A purpose (dotted identifier) that every extendedKeyUsage on the way must name, or name anyExtendedKeyUsage. A certificate without the
    /// extension is good for every purpose; who needs it to be there (time stamps, OCSP) looks at the leaf.
    pub purpose: Option<&'a str>,
    /// user-initial-policy-set, dotted; empty stands for any policy.
    pub acceptable_policies: &'a [&'a str],
    /// initial-explicit-policy: an acceptable policy must hold along the whole path.
    pub require_explicit_policy: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_policy_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any_policy: bool,
    /// What must be known of revocation.
    pub revocation: Revocation,
}

impl Demands<'_> {
    /// A chain that is valid at this moment (seconds since 1970), for any purpose, under any policy; revocation where the evidence tells of it.
    pub fn at(at: i64) -> Self {
        Self {
            at,
            key_usage: KeyUsageSet::default(),
            purpose: None,
            acceptable_policies: &[],
            require_explicit_policy: false,
            inhibit_policy_mapping: false,
            inhibit_any_policy: false,
            revocation: Revocation::WhereKnown,
        }
    }
}

/// What must be known of the revocation of every certificate but the anchor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Revocation {
    /// A certificate that the evidence calls revoked is refused; one the evidence does not cover is taken.
    WhereKnown,
    /// The evidence must cover every certificate.
    Demanded,
}

/// A path that was found valid; only [`find_chain`] makes one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chain {
    /// Leaf first, anchor last; never empty.
    certificates: Vec<Certificate>,
    policies: Policies,
}

impl Chain {
    /// Leaf first, anchor last. One certificate when the leaf is itself an anchor.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The certificate the chain was built for.
    pub fn leaf(&self) -> &Certificate {
        self.certificates.first().expect("a chain has a leaf")
    }

    /// The anchor it ends in.
    pub fn anchor(&self) -> &Certificate {
        self.certificates.last().expect("a chain has an anchor")
    }

    /// The policies the path is valid under (user-constrained-policy-set).
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Leaf first, anchor last.
    pub fn into_certificates(self) -> Vec<Certificate> {
        self.certificates
    }
}

/// The rule a path broke.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rule {
    /// Judged before notBefore.
    NotYetValid,
    /// Judged after notAfter.
    Expired,
    /// A critical extension this crate does not obey; its dotted identifier.
    CriticalExtension(String),
    /// None of the certificates given is of the issuer.
    IssuerUnknown,
    /// The issuer is no authority by its basicConstraints, or may not sign certificates by its keyUsage.
    NotAuthority,
    /// More authorities below this one than it allows.
    PathLength,
    /// Over [`MAX_CHAIN_CERTIFICATES`], or over the number of signatures a search may check.
    TooLong,
    /// The signature on the certificate: wrong, or of an algorithm that does not fit or is not taken.
    Signature(Error),
    /// The leaf's keyUsage lacks what is demanded.
    KeyUsage,
    /// An extendedKeyUsage lacks the purpose demanded.
    Purpose,
    /// No acceptable policy holds although one is required, by the caller or by an authority.
    Policy,
    /// A name outside the permitted subtrees of an authority above, or inside its excluded ones.
    NameConstraints,
    /// An extension that cannot be read, or has a part that cannot be obeyed.
    Extension(Error),
    /// Revoked or on hold at that moment.
    Revoked {
        /// Since when, seconds since 1970.
        since: i64,
        /// The CRLReason code, if one is given.
        reason: Option<u8>,
    },
    /// Nothing given tells whether it is revoked, and the caller demands to know.
    StatusUnknown,
}

impl Rule {
    /// The word of the rule, the same as in the [`Error`] that [`build_chain`] gives.
    ///
    /// ```
    /// assert_eq!(surguch_crypto::Rule::Expired.code(), "certificate-expired");
    /// ```
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotYetValid => "certificate-not-yet-valid",
            Self::Expired => "certificate-expired",
            Self::CriticalExtension(_) => "critical-extension",
            Self::IssuerUnknown => "issuer-unknown",
            Self::NotAuthority => "issuer-not-authority",
            Self::PathLength => "path-length",
            Self::TooLong => "chain-length",
            Self::Signature(_) => "signature",
            Self::KeyUsage => "key-usage",
            Self::Purpose => "extended-key-usage",
            Self::Policy => "policy",
            Self::NameConstraints => "name-constraints",
            Self::Extension(_) => "extension",
            Self::Revoked { .. } => "certificate-revoked",
            Self::StatusUnknown => "revocation-unknown",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CriticalExtension(oid) => write!(formatter, "{} {oid}", self.code()),
            Self::Signature(error) | Self::Extension(error) => write!(formatter, "{error}"),
            other => formatter.write_str(other.code()),
        }
    }
}

/// Why there is no chain: the rule that was broken and the certificate that broke it, of the way that led furthest.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{rule} at {:?}", self.certificate())]
pub struct ChainRefusal {
    /// What was broken.
    pub rule: Rule,
    /// The way that was tried, leaf first, as far as it came.
    pub path: Vec<Certificate>,
    /// Which of the path broke the rule.
    pub position: usize,
}

impl ChainRefusal {
    /// The certificate that broke the rule.
    pub fn certificate(&self) -> &Certificate {
        &self.path[self.position]
    }
}

impl From<ChainRefusal> for Error {
    fn from(refusal: ChainRefusal) -> Self {
        match refusal.rule {
            Rule::CriticalExtension(oid) => Self::unsupported("critical extension", oid),
            Rule::Signature(error) | Rule::Extension(error) => error,
            other => Self::Invalid { what: other.code() },
        }
    }
}

/// Finds a chain from `leaf` to one of `anchors` that meets the demands. `pool` holds the certificates in between, in any order, and may hold strangers.
///
/// At the moment of the demands every certificate must be valid. Every issuer must be an authority by basicConstraints, may sign certificates
/// where it has a keyUsage, and keeps its path length. An anchor is trusted as such: its own signature, its revocation and its certificatePolicies
/// are not looked at and it may lack basicConstraints, but the limits it sets (dates, keyUsage, path length, nameConstraints, policyConstraints) are
/// kept. A leaf that is itself an anchor is its own chain.
///
/// Revocation comes from `evidence`; a list or an answer that is not signed by the issuer in the path, or is not of the moment, tells nothing.
/// Of a list made after the moment only a revocation before the moment is taken.
///
/// Bounds: [`MAX_CHAIN_CERTIFICATES`] deep, and a number of signature checks over all ways together.
pub fn find_chain(
    leaf: &Certificate,
    pool: &[Certificate],
    anchors: &[Certificate],
    evidence: &[RevocationEvidence<'_>],
    demands: &Demands<'_>,
) -> Result<Chain, ChainRefusal> {
    search::Search::new(pool, anchors, evidence, demands).run(leaf)
}

/// [`find_chain`] without evidence of revocation, for any purpose and policy, with the refusal as an [`Error`].
///
/// Errors, of the way that led furthest: `Invalid` of "certificate-not-yet-valid", "certificate-expired", "issuer-unknown", "issuer-not-authority",
/// "path-length", "chain-length", "name-constraints", "policy", "signature" or "signature-algorithm"; `Unsupported` of a critical extension, a form of
/// name constraint or a signature algorithm; `Malformed` of an extension.
pub fn build_chain(
    leaf: &Certificate,
    pool: &[Certificate],
    anchors: &[Certificate],
    at: i64,
) -> Result<Vec<Certificate>, Error> {
    Ok(find_chain(leaf, pool, anchors, &[], &Demands::at(at))?.into_certificates())
}

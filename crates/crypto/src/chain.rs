//! From a certificate to an anchor one trusts (RFC 5280, 6, without policies and name constraints, which are refused when critical).
//! Revocation is the caller's: it has the CRLs or the database.

use crate::{Certificate, Error, KeyUsage};

/// Longest chain built, leaf and anchor included.
pub const MAX_CHAIN_CERTIFICATES: usize = 8;
/// Most signatures checked for one chain; a pool full of certificates of the same name would otherwise cost a verifier its day.
const MAX_SIGNATURE_CHECKS: usize = 64;

/// Finds a chain from `leaf` to one of `anchors`: leaf first, anchor last. `pool` holds the certificates in between, in any order, and may hold strangers.
///
/// At the time `at` (seconds since 1970) every certificate must be valid. Every issuer must be an authority by basicConstraints, may sign certificates
/// where it has a keyUsage, and keeps its path length. An anchor is trusted as such and may lack basicConstraints, but what it says of itself is kept.
/// The anchor's own signature is not looked at. A leaf that is itself an anchor is its own chain.
///
/// Errors, of the way that led furthest: `Invalid` of "certificate-not-yet-valid", "certificate-expired", "issuer-unknown", "issuer-not-authority",
/// "path-length", "signature", "signature-algorithm" or "chain-length"; `Unsupported` of a critical extension or a signature algorithm.
pub fn build_chain(
    leaf: &Certificate,
    pool: &[Certificate],
    anchors: &[Certificate],
    at: i64,
) -> Result<Vec<Certificate>, Error> {
    let mut search = Search {
        pool,
        anchors,
        at,
        checks_left: MAX_SIGNATURE_CHECKS,
        furthest: (0, Error::Invalid { what: "issuer-unknown" }),
    };
    may_stand_in_chain(leaf, at)?;
    let mut path = vec![leaf];
    if anchors.contains(leaf) || search.extend(&mut path) {
        Ok(path.into_iter().cloned().collect())
    } else {
        Err(search.furthest.1)
    }
}

struct Search<'a> {
    pool: &'a [Certificate],
    anchors: &'a [Certificate],
    at: i64,
    checks_left: usize,
    /// Length of the longest path that broke, and why.
    furthest: (usize, Error),
}

impl<'a> Search<'a> {
    /// Extends the path to an anchor, depth first; at most `MAX_CHAIN_CERTIFICATES` deep.
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> bool {
        let Some(&last) = path.last() else { return false };
        if path.len() == MAX_CHAIN_CERTIFICATES {
            self.broke(path.len(), Error::Invalid { what: "chain-length" });
            return false;
        }
        let (anchors, pool) = (self.anchors, self.pool);
        for (candidate, is_anchor) in
            anchors.iter().map(|anchor| (anchor, true)).chain(pool.iter().map(|other| (other, false)))
        {
            if candidate.subject() != last.issuer() || key_ids_differ(last, candidate) || path.contains(&candidate) {
                continue;
            }
            match self.may_issue(path, last, candidate, is_anchor) {
                Err(error) => self.broke(path.len() + 1, error),
                Ok(()) => {
                    path.push(candidate);
                    if is_anchor || self.extend(path) {
                        return true;
                    }
                    path.pop();
                }
            }
        }
        false
    }

    fn may_issue(
        &mut self,
        path: &[&Certificate],
        subject: &Certificate,
        issuer: &Certificate,
        is_anchor: bool,
    ) -> Result<(), Error> {
        may_stand_in_chain(issuer, self.at)?;
        let is_authority = issuer.is_ca() || (is_anchor && !issuer.has_basic_constraints());
        if !is_authority || issuer.key_usage().is_some_and(|usage| !usage.contains(KeyUsage::KeyCertSign)) {
            return Err(Error::Invalid { what: "issuer-not-authority" });
        }
        // RFC 5280, 4.2.1.9: self-issued authorities are not counted, nor is the last certificate of the chain.
        let authorities_below =
            path.iter().skip(1).filter(|certificate| certificate.subject() != certificate.issuer()).count();
        if issuer.path_len().is_some_and(|limit| authorities_below > usize::from(limit)) {
            return Err(Error::Invalid { what: "path-length" });
        }
        if self.checks_left == 0 {
            return Err(Error::Invalid { what: "chain-length" });
        }
        self.checks_left -= 1;
        subject.verify_issued_by(issuer)
    }

    fn broke(&mut self, length: usize, error: Error) {
        if length > self.furthest.0 {
            self.furthest = (length, error);
        }
    }
}

/// What holds for every certificate of a chain by itself.
fn may_stand_in_chain(certificate: &Certificate, at: i64) -> Result<(), Error> {
    if let Some(oid) = certificate.unknown_critical_extensions().next() {
        return Err(Error::unsupported("critical extension", oid));
    }
    if at < certificate.not_before() {
        return Err(Error::Invalid { what: "certificate-not-yet-valid" });
    }
    if at > certificate.not_after() {
        return Err(Error::Invalid { what: "certificate-expired" });
    }
    Ok(())
}

/// Two authorities of one name are told apart by the key identifier, when both sides carry one.
fn key_ids_differ(subject: &Certificate, issuer: &Certificate) -> bool {
    matches!((subject.authority_key_id(), issuer.subject_key_id()), (Some(wanted), Some(found)) if wanted != found)
}

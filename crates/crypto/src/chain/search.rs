//! The search: which certificate may stand above which, depth first and within bounds, and the judgement of a whole path.

use super::names::NameConstraints;
use super::revocation::{self, Seen, Standing};
use super::{
    Chain, ChainRefusal, Demands, MAX_CHAIN_CERTIFICATES, Policies, Revocation, RevocationEvidence, Rule, policy,
};
use crate::{Certificate, KeyUsage, oid};

/// Most signatures on certificates checked for one chain; a pool full of certificates of one name would otherwise cost a verifier its day.
const MAX_SIGNATURE_CHECKS: usize = 64;

pub(super) struct Search<'a> {
    pool: &'a [Certificate],
    anchors: &'a [Certificate],
    evidence: &'a [RevocationEvidence<'a>],
    demands: &'a Demands<'a>,
    checks_left: usize,
    /// Which evidence was found to be signed by which issuer: paths share their certificates.
    seen: Seen,
    /// How far the best way came, and why it broke.
    furthest: Option<(usize, ChainRefusal)>,
}

/// A complete path that breaks a rule came further than any incomplete one.
const COMPLETE: usize = MAX_CHAIN_CERTIFICATES + 1;

impl<'a> Search<'a> {
    pub(super) fn new(
        pool: &'a [Certificate],
        anchors: &'a [Certificate],
        evidence: &'a [RevocationEvidence<'a>],
        demands: &'a Demands<'a>,
    ) -> Self {
        let seen = Seen::default();
        Self { pool, anchors, evidence, demands, checks_left: MAX_SIGNATURE_CHECKS, seen, furthest: None }
    }

    pub(super) fn run(mut self, leaf: &'a Certificate) -> Result<Chain, ChainRefusal> {
        let mut path = vec![leaf];
        if let Err(rule) = may_stand_in_chain(leaf, self.demands.at) {
            return Err(refusal(rule, &path, 0));
        }
        let found = if self.anchors.contains(leaf) { self.judge(&path) } else { self.extend(&mut path) };
        match (found, self.furthest) {
            (Some(policies), _) => Ok(Chain { certificates: path.into_iter().cloned().collect(), policies }),
            (None, Some((_, refusal))) => Err(refusal),
            (None, None) => Err(refusal(Rule::IssuerUnknown, &path, 0)),
        }
    }

    /// Extends the path to an anchor, depth first; leaves the whole path in place when it is good.
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> Option<Policies> {
        let last = *path.last()?;
        let top = path.len() - 1;
        if path.len() == MAX_CHAIN_CERTIFICATES {
            self.broke(path.len(), || refusal(Rule::TooLong, path, top));
            return None;
        }
        let mut issuer_known = false;
        let (anchors, pool) = (self.anchors, self.pool);
        for (candidate, is_anchor) in
            anchors.iter().map(|anchor| (anchor, true)).chain(pool.iter().map(|other| (other, false)))
        {
            if candidate.subject() != last.issuer() || key_ids_differ(last, candidate) || path.contains(&candidate) {
                continue;
            }
            issuer_known = true;
            let fits = self.may_issue(path, last, candidate, is_anchor);
            path.push(candidate);
            match fits {
                // What is wrong with the signature is wrong with the certificate that carries it.
                Err(rule @ Rule::Signature(_)) => self.broke(path.len(), || refusal(rule, path, top)),
                Err(rule) => self.broke(path.len(), || refusal(rule, path, top + 1)),
                Ok(()) => {
                    let found = if is_anchor { self.judge(path) } else { self.extend(path) };
                    if found.is_some() {
                        return found;
                    }
                }
            }
            path.pop();
        }
        if !issuer_known {
            self.broke(path.len(), || refusal(Rule::IssuerUnknown, path, top));
        }
        None
    }

    fn may_issue(
        &mut self,
        path: &[&Certificate],
        subject: &Certificate,
        issuer: &Certificate,
        is_anchor: bool,
    ) -> Result<(), Rule> {
        may_stand_in_chain(issuer, self.demands.at)?;
        let is_authority = issuer.is_ca() || (is_anchor && !issuer.has_basic_constraints());
        if !is_authority || issuer.key_usage().is_some_and(|usage| !usage.contains(KeyUsage::KeyCertSign)) {
            return Err(Rule::NotAuthority);
        }
        // RFC 5280, 4.2.1.9: self-issued authorities are not counted, nor is the last certificate of the chain.
        let authorities_below = path.iter().skip(1).filter(|certificate| !certificate.is_self_issued()).count();
        if issuer.path_len().is_some_and(|limit| authorities_below > usize::from(limit)) {
            return Err(Rule::PathLength);
        }
        if self.checks_left == 0 {
            return Err(Rule::TooLong);
        }
        self.checks_left -= 1;
        subject.verify_issued_by(issuer).map_err(Rule::Signature)
    }

    /// Judges what only a whole path shows, and keeps the refusal.
    fn judge(&mut self, path: &[&'a Certificate]) -> Option<Policies> {
        match self.policies_of(path) {
            Ok(policies) => Some(policies),
            Err((position, rule)) => {
                self.broke(COMPLETE, || refusal(rule, path, position));
                None
            }
        }
    }

    fn policies_of(&mut self, path: &[&'a Certificate]) -> Result<Policies, (usize, Rule)> {
        let leaf = path[0];
        if leaf.key_usage().is_some_and(|usage| self.demands.key_usage.iter().any(|wanted| !usage.contains(wanted))) {
            return Err((0, Rule::KeyUsage));
        }
        if let Some(purpose) = self.demands.purpose
            && let Some(position) = path.iter().position(|certificate| !is_good_for(certificate, purpose))
        {
            return Err((position, Rule::Purpose));
        }
        names_are_kept(path)?;
        let policies = policy::judge(path, self.demands)?;
        for (position, pair) in path.windows(2).enumerate() {
            let [certificate, issuer] = pair else { continue };
            match revocation::standing(certificate, issuer, self.evidence, self.pool, self.demands.at, &mut self.seen) {
                Standing::Revoked { since, reason } => return Err((position, Rule::Revoked { since, reason })),
                Standing::Unknown if self.demands.revocation == Revocation::Demanded => {
                    return Err((position, Rule::StatusUnknown));
                }
                Standing::Good | Standing::Unknown => {}
            }
        }
        Ok(policies)
    }

    fn broke(&mut self, reached: usize, refusal: impl FnOnce() -> ChainRefusal) {
        if self.furthest.as_ref().is_none_or(|(furthest, _)| reached > *furthest) {
            self.furthest = Some((reached, refusal()));
        }
    }
}

fn refusal(rule: Rule, path: &[&Certificate], position: usize) -> ChainRefusal {
    ChainRefusal { rule, path: path.iter().map(|certificate| (*certificate).clone()).collect(), position }
}

/// What holds for every certificate of a chain by itself.
fn may_stand_in_chain(certificate: &Certificate, at: i64) -> Result<(), Rule> {
    if let Some(oid) = certificate.unknown_critical_extensions().next() {
        return Err(Rule::CriticalExtension(oid.to_owned()));
    }
    if at < certificate.not_before() {
        return Err(Rule::NotYetValid);
    }
    if at > certificate.not_after() {
        return Err(Rule::Expired);
    }
    Ok(())
}

/// Two authorities of one name are told apart by the key identifier, when both sides carry one.
fn key_ids_differ(subject: &Certificate, issuer: &Certificate) -> bool {
    matches!((subject.authority_key_id(), issuer.subject_key_id()), (Some(wanted), Some(found)) if wanted != found)
}

fn is_good_for(certificate: &Certificate, purpose: &str) -> bool {
    certificate
        .extended_key_usage()
        .is_none_or(|purposes| purposes.iter().any(|named| named == purpose || named == oid::ANY_EXTENDED_KEY_USAGE))
}

/// RFC 5280, 6.1.3 (b) and (c): from the anchor down, every name under the constraints of everything above it.
/// A self-issued authority is exempt, so that it can change its key; the leaf never is. The leaf constrains nobody.
fn names_are_kept(path: &[&Certificate]) -> Result<(), (usize, Rule)> {
    let mut above: Vec<NameConstraints> = Vec::new();
    for (position, certificate) in path.iter().enumerate().rev() {
        let is_anchor = position + 1 == path.len();
        if !above.is_empty() && (position == 0 || !certificate.is_self_issued()) && !is_anchor {
            let names = super::names::names_of(certificate).map_err(|error| (position, Rule::Extension(error)))?;
            if !above.iter().all(|constraints| constraints.allow(&names)) {
                return Err((position, Rule::NameConstraints));
            }
        }
        if position > 0
            && let Some(extension) = certificate.extension(&oid::NAME_CONSTRAINTS)
        {
            above.push(NameConstraints::read(extension).map_err(|error| (position, Rule::Extension(error)))?);
        }
    }
    Ok(())
}

//! The one policy gate, immediately before a serial number is reserved, on every path to a certificate.
//!
//! Each required check leaves its name; the gate opens only when the set of distinct names equals the list (R5: a check
//! that runs twice must not stand for one that did not run). What was verified at the door is verified again here from the
//! stored bytes: between submission and issue a certificate may have been revoked, a key blocked, a person barred.

use std::collections::BTreeSet;

use crypto::PublicKey;
use domain::Refusal;
use domain::procedure::{Application, Proof, Review};
use domain::request::Stage;

use crate::change::Loaded;
use crate::failure::{Failure, Refused};
use crate::setup::{Moment, Ra};

/// Every check of the gate, in the order they run.
pub(crate) const CHECKS: [&str; 11] = [
    "stage-approved",
    "request-alive",
    "subscriber-not-barred",
    "subscriber-admitted",
    "procedure-offered",
    "approvals-complete",
    "current-certificate-good",
    "request-signed",
    "possession-shown",
    "key-unique",
    "no-certificate-yet",
];

/// An open gate: proof that every check held just now. Only [`Ra::policy_gate`] makes one.
pub(crate) struct GatePassed {
    pub(crate) public_key: PublicKey,
    pub(crate) spki_sha256: [u8; 32],
    pub(crate) checks: Vec<String>,
}

impl Ra {
    pub(crate) fn policy_gate(&self, loaded: &Loaded, at: &Moment<'_>) -> Result<GatePassed, Failure> {
        let request = &loaded.request;
        let procedure = &loaded.offered.procedure;
        let mut held = BTreeSet::new();

        let Stage::Approved { submitted, approvals } = &request.stage else {
            return Err(closed("stage-approved"));
        };
        held.insert("stage-approved");

        if request.expires_at <= at.now {
            return Err(closed("request-alive"));
        }
        held.insert("request-alive");

        // guard: gate-barred
        if loaded.subscriber.barred {
            return Err(closed("subscriber-not-barred"));
        }
        held.insert("subscriber-not-barred");

        // guard: gate-subscriber-admitted
        if !loaded.subscriber.admitted {
            return Err(closed("subscriber-admitted"));
        }
        held.insert("subscriber-admitted");

        if !self.known_agent(request.agent_id)?.procedures.contains(&request.procedure) {
            return Err(closed("procedure-offered"));
        }
        held.insert("procedure-offered");

        let people: BTreeSet<_> = approvals.iter().collect();
        let needed = match procedure.review {
            Review::None => 0,
            Review::By { second_person: false, .. } => 1,
            Review::By { second_person: true, .. } => 2,
        };
        // guard: gate-two-people
        if people.len() < needed || approvals.len() != people.len() {
            return Err(closed("approvals-complete"));
        }
        held.insert("approvals-complete");

        if procedure.proof == Proof::CurrentKey {
            let current = loaded.predecessor.as_ref().ok_or_else(|| closed("current-certificate-good"))?;
            self.must_be_good(current, at.now).map_err(|failure| named(failure, "current-certificate-good"))?;
            held.insert("current-certificate-good");
            let cms = loaded.files.submission_cms.as_ref().ok_or_else(|| closed("request-signed"))?;
            let text = loaded.files.request_text.as_ref().ok_or_else(|| closed("request-signed"))?;
            // guard: gate-signature
            self.signed_by_current(loaded, cms, text, at).map_err(|failure| named(failure, "request-signed"))?;
            held.insert("request-signed");
        } else if procedure.application != Application::None || procedure.act.is_some() {
            // Identity rests on the application or on the act, which gate review and activation.
            held.insert("current-certificate-good");
            held.insert("request-signed");
        }

        let pkcs10 = loaded.files.pkcs10.as_ref().ok_or_else(|| closed("possession-shown"))?;
        let csr = self.acceptable_csr(pkcs10, loaded).map_err(|failure| named(failure, "possession-shown"))?;
        held.insert("possession-shown");

        let spki_sha256 = csr.public_key().spki_sha256();
        let owner = self.0.store.read(move |tx| store::keys::seen(tx, &spki_sha256))?;
        let own = owner.is_some_and(|owner| {
            owner.request_id == Some(request.id) && owner.certificate_id.is_none() && owner.blocked.is_none()
        });
        // guard: gate-key
        if !own || spki_sha256 != submitted.key.spki_sha256 {
            return Err(closed("key-unique"));
        }
        held.insert("key-unique");

        if loaded.certificate.is_some() {
            return Err(closed("no-certificate-yet"));
        }
        held.insert("no-certificate-yet");

        if held != BTreeSet::from(CHECKS) {
            return Err(closed("every-check-ran"));
        }
        Ok(GatePassed {
            public_key: csr.public_key().clone(),
            spki_sha256,
            checks: CHECKS.iter().map(|&check| check.to_owned()).collect(),
        })
    }
}

fn closed(check: &str) -> Failure {
    Refused::because(Refusal::PolicyGate, check).into()
}

/// A refusal inside a check is the gate's refusal with the check's name; a broken machine stays broken.
fn named(failure: Failure, check: &str) -> Failure {
    match failure {
        Failure::Refused(refused) => Refused::because(Refusal::PolicyGate, format!("{check}: {refused}")).into(),
        broken @ Failure::Broken(_) => broken,
    }
}

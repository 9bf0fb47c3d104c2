//! Issue: gate, prepare, intent row, sign, compare, store. The only verb that saves twice, on purpose: what is about to be signed is
//! on record before the signature exists, and a retry signs that same serial and those same octets.

use ca::Prepared;
use domain::Timestamp;
use domain::actor::Actor;
use domain::certificate::{Certificate, Progress, Revocation, RevocationReason};
use domain::ids::{CertificateId, EffectId, RequestId, SubscriberId};
use domain::journal::{Entry, Event};
use domain::procedure::ActDrawn;
use domain::request::{Command, Stage};
use statement::act::{ActFields, date_words};
use statement::binding::Binding;
use store::Tx;
use store::intents::IntentRow;
use store::outbox::EffectRow;

use crate::change::Loaded;
use crate::failure::{Error, Failure, Refused};
use crate::revocation::crl_effect;
use crate::setup::{Moment, ProfileInForce, Ra};

impl Ra {
    /// Issues the certificate of an approved request. Called again after a crash or beside another node, it never makes a second one.
    ///
    /// # Errors
    /// Refused by the policy gate or the lints; broken when the machine is.
    pub(crate) fn issue(&self, id: RequestId, at: &mut Moment<'_>) -> Result<(), Failure> {
        self.attempt(&Actor::System, &format!("request:{id}"), "issue", at, |ra, at| {
            ra.again_when_changed(at, |ra, at| ra.issue_once(id, at))
        })
    }

    fn issue_once(&self, id: RequestId, at: &mut Moment<'_>) -> Result<(), Failure> {
        store::kill::point("ra.issue.begun");
        let loaded = self.load(id)?;
        if !matches!(loaded.request.stage, Stage::Approved { .. }) {
            // Issued by an earlier run: nothing is left to do. Recalled, refused or lapsed meanwhile: what may have been signed is closed.
            return match &loaded.open_intent {
                Some(intent) => self.close_intent(&loaded, intent, at),
                None => Ok(()),
            };
        }
        let in_force = self
            .0
            .profiles
            .get(&loaded.offered.procedure.profile)
            .ok_or_else(|| Error::Setup(format!("no profile {}", loaded.offered.procedure.profile)))?;
        // The machine is asked before anything is signed, with the id the certificate would have.
        let certificate_id = match &loaded.open_intent {
            Some(intent) => intent.certificate_id,
            None => CertificateId::new(at.now, at.octets()),
        };
        self.decide(&loaded, &Command::Issue { certificate_id }, at)?;
        let (prepared, authority) = match &loaded.open_intent {
            Some(intent) => {
                // The gate is passed again: the world may have changed while we were down.
                self.policy_gate(&loaded, at)?;
                self.prepared_again(intent, in_force)?
            }
            None => {
                let authority = self.own_authority(in_force.profile.authority())?;
                (self.record_intent(&loaded, certificate_id, in_force, authority, at)?, authority)
            }
        };
        store::kill::point("ra.issue.before-signature");
        let spki_sha256 = loaded.request.stage.key().map(|key| key.spki_sha256).unwrap_or_default();
        let certificate = ca::sign(authority, prepared, at.rng)
            .map_err(|error| Error::Contradiction(format!("signature for request {id}: {error}")))?;
        store::kill::point("ra.issue.after-signature");
        self.store_certificate(&loaded, certificate_id, &certificate, &authority.name, spki_sha256, at)
    }

    fn own_authority(&self, name: &str) -> Result<&ca::Authority, Error> {
        self.0.keyring.authority(name).ok_or_else(|| Error::Setup(format!("no authority {name}")))
    }

    /// What an intent put on record, ready to be signed by the authority of its day (R4: never a second content for one serial number).
    fn prepared_again(
        &self,
        intent: &IntentRow,
        in_force: &ProfileInForce,
    ) -> Result<(Prepared, &ca::Authority), Failure> {
        let authority = self.own_authority(&intent.authority)?;
        let prepared = if intent.profile_sha256 == in_force.sha256 {
            Prepared::from_intent_under(intent.tbs.clone(), authority, &in_force.profile)
        } else {
            // The profile was changed meanwhile; the intent stands under the one of its day.
            Prepared::from_intent(intent.tbs.clone(), authority)
        }
        .map_err(|error| Error::Contradiction(format!("intent of request {}: {error}", intent.request_id)))?;
        Ok((prepared, authority))
    }

    /// The request ended while something may have been signed for it. Whether a signature ever left this house cannot be known, so the
    /// certificate is made, stored and revoked in one transaction: its serial number stands in the CRL, and nothing is signed unrecorded.
    fn close_intent(&self, loaded: &Loaded, intent: &IntentRow, at: &mut Moment<'_>) -> Result<(), Failure> {
        let id = loaded.request.id;
        let authority = self.own_authority(&intent.authority)?;
        let prepared = Prepared::from_intent(intent.tbs.clone(), authority)
            .map_err(|error| Error::Contradiction(format!("intent of request {id}: {error}")))?;
        let certificate = ca::sign(authority, prepared, at.rng)
            .map_err(|error| Error::Contradiction(format!("signature for request {id}: {error}")))?;
        let mut row =
            self.certificate_row(loaded, intent.certificate_id, &certificate, &authority.name, intent.spki_sha256);
        let reason = RevocationReason::CessationOfOperation;
        row.revocation = Some(Revocation { at: at.now, reason });
        let events = [
            Event::CertificateIssued {
                certificate_id: row.id.to_string(),
                serial: row.serial_hex.clone(),
                authority: authority.name.clone(),
                thumbprint_sha256: hex::encode(row.thumbprint_sha256),
            },
            Event::CertificateRevoked { certificate_id: row.id.to_string(), reason: reason.name().to_owned() },
        ];
        let object = format!("request:{id}");
        let now = at.now;
        let crl = crl_effect(&authority.name, at);
        let closed = self.0.store.write(move |tx| {
            store::certificates::insert(tx, &row)?;
            for event in &events {
                let entry = Entry { at: now, actor: Actor::System, object: object.clone(), event: event.clone() };
                store::journal::append(tx, &entry)?;
            }
            store::outbox::enqueue(tx, &crl)?;
            store::intents::complete(tx, id, now)
        });
        match closed {
            Err(store::Error::AlreadyThere { .. }) => Err(Error::Conflict("certificate").into()),
            Err(error) => Err(error.into()),
            Ok(()) => {
                self.wake();
                Ok(())
            }
        }
    }

    /// Every intent that a crash left open gets a worker again (R3).
    pub(crate) fn reconcile(&self, at: &mut Moment<'_>) -> Result<(), Error> {
        let open = self.0.store.read(store::intents::open)?;
        let effects: Vec<EffectRow> = open
            .iter()
            .map(|intent| {
                let id = EffectId::new(at.now, at.octets());
                EffectRow {
                    id,
                    key: format!("issue:{}:{id}", intent.request_id),
                    kind: "issue".to_owned(),
                    request_id: Some(intent.request_id),
                    payload: String::new(),
                    due_at: at.now,
                }
            })
            .collect();
        if effects.is_empty() {
            return Ok(());
        }
        self.0.store.write(move |tx| effects.iter().try_for_each(|effect| store::outbox::enqueue(tx, effect)))?;
        self.wake();
        Ok(())
    }

    /// The first save: the octets that will be signed, and every check that allowed them.
    fn record_intent(
        &self,
        loaded: &Loaded,
        certificate_id: CertificateId,
        in_force: &ProfileInForce,
        authority: &ca::Authority,
        at: &mut Moment<'_>,
    ) -> Result<Prepared, Failure> {
        let id = loaded.request.id;
        let gate = self.policy_gate(loaded, at)?;
        let subject = crypto::Name::from_pairs(loaded.request.subject.pairs())?;
        let prepared = ca::prepare(
            authority,
            &in_force.profile,
            subject,
            &gate.public_key,
            at.now.seconds(),
            &self.0.origin,
            at.rng,
        )
        .map_err(prepare_refusal)?;
        store::kill::point("ra.issue.prepared");
        let intent = IntentRow {
            request_id: id,
            authority: authority.name.clone(),
            serial_hex: prepared.serial().to_hex(),
            tbs: prepared.tbs_der().to_vec(),
            tbs_sha256: prepared.tbs_sha256(),
            spki_sha256: gate.spki_sha256,
            certificate_id,
            profile_sha256: in_force.sha256,
            created_at: at.now,
            completed_at: None,
        };
        let entry = Entry {
            at: at.now,
            actor: Actor::System,
            object: format!("request:{id}"),
            event: Event::IntentRecorded {
                authority: authority.name.clone(),
                serial: intent.serial_hex.clone(),
                tbs_sha256: hex::encode(intent.tbs_sha256),
                checks: gate.checks,
            },
        };
        let judged = Judged::of(loaded);
        let recorded = self.0.store.write(move |tx| {
            // Preparing took its time: what the gate judged must still be what is there.
            judged.must_stand(tx)?;
            store::intents::insert(tx, &intent)?;
            store::journal::append(tx, &entry)
        });
        match recorded {
            Ok(()) => {
                store::kill::point("ra.issue.intent-recorded");
                Ok(prepared)
            }
            // Another run recorded its intent first, or (once in 2^159) the serial is taken: start again from what is on record.
            Err(store::Error::AlreadyThere { .. } | store::Error::Conflict { .. }) => {
                Err(Error::Conflict("intent").into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The second save: certificate, act, stage, link and letter at once.
    fn store_certificate(
        &self,
        loaded: &Loaded,
        certificate_id: CertificateId,
        certificate: &crypto::Certificate,
        authority: &str,
        spki_sha256: [u8; 32],
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        let id = loaded.request.id;
        let row = self.certificate_row(loaded, certificate_id, certificate, authority, spki_sha256);
        let mut decision = self.decide(loaded, &Command::Issue { certificate_id }, at)?;
        let act = self.act(loaded, certificate, at)?;
        for event in &mut decision.events {
            match event {
                Event::CertificateIssued { certificate_id: named, serial, authority: by, thumbprint_sha256 } => {
                    *named = certificate_id.to_string();
                    serial.clone_from(&row.serial_hex);
                    *by = authority.to_owned();
                    *thumbprint_sha256 = hex::encode(row.thumbprint_sha256);
                }
                Event::ActDrawn { text_sha256 } => {
                    *text_sha256 =
                        act.as_ref().map(|act| hex::encode(crypto::sha256(act.text.as_bytes()))).unwrap_or_default();
                }
                _ => {}
            }
        }
        let now = at.now;
        let saved = self.save(
            loaded,
            decision,
            &Actor::System,
            at,
            Box::new(move |tx| {
                store::certificates::insert(tx, &row)?;
                if let Some(act) = &act {
                    store::request_files::put_act_text(tx, id, &act.text)?;
                    store::request_files::put_act_fields(tx, id, &act.fields, &act.time)?;
                }
                store::intents::complete(tx, id, now)
            }),
        );
        match saved {
            // Another run stored the certificate of this intent first: look again, there is nothing left to do.
            Err(Failure::Broken(Error::AlreadyThere(_))) => Err(Error::Conflict("certificate").into()),
            Err(failure) => Err(failure),
            Ok(()) => {
                store::kill::point("ra.issue.stored");
                Ok(())
            }
        }
    }

    fn certificate_row(
        &self,
        loaded: &Loaded,
        certificate_id: CertificateId,
        certificate: &crypto::Certificate,
        authority: &str,
        spki_sha256: [u8; 32],
    ) -> Certificate {
        Certificate {
            id: certificate_id,
            version: 1,
            agent_id: loaded.request.agent_id,
            subscriber_id: loaded.request.subscriber_id,
            request_id: Some(loaded.request.id),
            authority: authority.to_owned(),
            serial_hex: hex::encode(certificate.serial()),
            der: certificate.as_der().to_vec(),
            spki_sha256,
            thumbprint_sha256: certificate.thumbprint_sha256(),
            not_before: Timestamp::from_seconds(certificate.not_before()),
            not_after: Timestamp(Timestamp::from_seconds(certificate.not_after()).0.saturating_add(999)),
            progress: Progress::Issued,
            blocked_since: None,
            revocation: None,
            superseded_from: None,
        }
    }

    /// The text of the act, for procedures whose act is drawn at issue and signed electronically.
    fn act(
        &self,
        loaded: &Loaded,
        certificate: &crypto::Certificate,
        at: &Moment<'_>,
    ) -> Result<Option<DrawnAct>, Failure> {
        let Some(wording) = loaded.offered.act_for(loaded.organisation.is_some()) else { return Ok(None) };
        if loaded.offered.procedure.act.as_ref().is_none_or(|act| act.drawn != ActDrawn::AtIssue) {
            return Ok(None);
        }
        let agent = self.known_agent(loaded.request.agent_id)?;
        let (year, month, day) = agent.calendar.local_date(at.now);
        let (from_year, from_month, from_day) =
            agent.calendar.local_date(Timestamp::from_seconds(certificate.not_before()));
        let (to_year, to_month, to_day) = agent.calendar.local_date(Timestamp::from_seconds(certificate.not_after()));
        let fields = ActFields {
            city: agent.city.clone(),
            date_words: date_words(year, month, day),
            date_short: format!("{day:02}.{month:02}.{year:04}"),
            client: loaded
                .organisation
                .as_ref()
                .map_or_else(|| loaded.subscriber.name.nominative.clone(), |organisation| organisation.name.clone()),
            person_nominative: loaded.subscriber.name.nominative.clone(),
            person_genitive: loaded.subscriber.name.genitive.clone(),
            person_instrumental: loaded.subscriber.name.instrumental.clone(),
            agent: agent.name.clone(),
            agent_person_genitive: agent.person.genitive.clone(),
            agent_basis: agent.basis.clone(),
            ca_name: agent.ca_name.clone(),
            owner_dn: certificate.subject().to_string(),
            serial_hex: hex::encode(certificate.serial()),
            serial_decimal: ca::decimal_from_octets(certificate.serial()),
            signature_algorithm: certificate.signature_algorithm()?.name().to_owned(),
            issuer_dn: certificate.issuer().to_string(),
            valid_from: format!("{from_day:02}-{from_month:02}-{from_year:04}"),
            valid_to: format!("{to_day:02}-{to_month:02}-{to_year:04}"),
            key_algorithm_oid: certificate.public_key().algorithm().oid().to_owned(),
            key_hex: spaced_hex(&certificate.public_key().raw_bits()),
            thumbprint_sha1: spaced_hex(&certificate.thumbprint_sha1()),
            thumbprint_sha256: spaced_hex(&certificate.thumbprint_sha256()),
            thumbprint_streebog256: spaced_hex(&crypto::streebog256(certificate.as_der())),
        };
        let text = wording
            .template
            .render(
                &fields,
                &Binding {
                    document: statement::act::DOCUMENT,
                    unz: Some(&loaded.request.unz.to_string()),
                    origin: &self.0.origin,
                    nonce: &loaded.request.nonce.to_string(),
                    time: &at.now.to_string(),
                },
            )
            .map_err(|error| Error::Contradiction(format!("act of request {}: {error}", loaded.request.id)))?;
        let fields = serde_json::to_string(&fields).map_err(|error| Error::Contradiction(error.to_string()))?;
        Ok(Some(DrawnAct { text, fields, time: at.now.to_string() }))
    }
}

/// An act as it was drawn: what is signed, and what a component renders it from.
struct DrawnAct {
    text: String,
    fields: String,
    time: String,
}

/// The versions of everything the gate judged.
struct Judged {
    request: (RequestId, i64),
    subscriber: (SubscriberId, i64),
    predecessor: Option<(CertificateId, i64)>,
}

impl Judged {
    fn of(loaded: &Loaded) -> Self {
        Self {
            request: (loaded.request.id, loaded.request.version),
            subscriber: (loaded.subscriber.id, loaded.subscriber.version),
            predecessor: loaded.predecessor.as_ref().map(|certificate| (certificate.id, certificate.version)),
        }
    }

    fn must_stand(&self, tx: &mut Tx<'_>) -> Result<(), store::Error> {
        let request = store::requests::by_id(tx, self.request.0)?.map(|row| row.version);
        let subscriber = store::subscribers::by_id(tx, self.subscriber.0)?.map(|row| row.version);
        let predecessor = match self.predecessor {
            Some((id, _)) => store::certificates::by_id(tx, id)?.map(|row| row.version),
            None => None,
        };
        let stands = request == Some(self.request.1)
            && subscriber == Some(self.subscriber.1)
            && predecessor == self.predecessor.map(|(_, version)| version);
        if stands { Ok(()) } else { Err(store::Error::Conflict { what: "what the gate judged" }) }
    }
}

fn prepare_refusal(refusal: ca::PrepareRefusal) -> Failure {
    let detail = refusal.to_string();
    let code = match refusal {
        ca::PrepareRefusal::BeyondIssuer { .. } | ca::PrepareRefusal::BeforeIssuer { .. } => {
            domain::Refusal::IssuerEndsEarlier
        }
        ca::PrepareRefusal::KeyAlgorithm { .. } => domain::Refusal::KeyAlgorithmNotAllowed,
        ca::PrepareRefusal::Subject { .. } | ca::PrepareRefusal::Lint(_) => domain::Refusal::LintRefused,
        ca::PrepareRefusal::WrongAuthority { .. } => return Error::Setup(detail).into(),
        ca::PrepareRefusal::Failed(error) => return Error::Setup(error.to_string()).into(),
    };
    Refused::because(code, detail).into()
}

fn spaced_hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ")
}

//! Issue: gate, prepare, intent row, sign, compare, store. The only verb that saves twice, on purpose: what is about to be signed is
//! on record before the signature exists, and a retry signs that same serial and those same octets.

use ca::Prepared;
use domain::Timestamp;
use domain::actor::Actor;
use domain::certificate::{Certificate, Progress};
use domain::ids::{CertificateId, RequestId};
use domain::journal::{Entry, Event};
use domain::procedure::ActDrawn;
use domain::request::{Command, Stage};
use statement::act::{ActFields, date_words};
use statement::binding::Binding;
use store::intents::IntentRow;

use crate::change::Loaded;
use crate::failure::{Error, Failure, Refused};
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
            // Issued by an earlier run, or recalled meanwhile: nothing is left to do.
            return Ok(());
        }
        let in_force = self
            .0
            .profiles
            .get(&loaded.offered.procedure.profile)
            .ok_or_else(|| Error::Setup(format!("no profile {}", loaded.offered.procedure.profile)))?;
        let authority = self
            .0
            .keyring
            .authority(in_force.profile.authority())
            .ok_or_else(|| Error::Setup(format!("no authority {}", in_force.profile.authority())))?;

        let on_record = self.0.store.read(move |tx| store::intents::by_request(tx, id))?;
        let (certificate_id, prepared) = match on_record {
            Some(intent) => {
                // The gate is passed again: the world may have changed while we were down.
                self.policy_gate(&loaded, at)?;
                let same_profile = intent.profile_sha256 == in_force.sha256;
                let prepared = if same_profile {
                    Prepared::from_intent_under(intent.tbs, authority, &in_force.profile)
                } else {
                    // The profile was changed meanwhile; the intent stands under the one of its day (R4).
                    Prepared::from_intent(intent.tbs, authority)
                }
                .map_err(|error| Error::Contradiction(format!("intent of request {id}: {error}")))?;
                (intent.certificate_id, prepared)
            }
            None => self.record_intent(&loaded, in_force, authority, at)?,
        };
        store::kill::point("ra.issue.before-signature");
        let spki_sha256 = loaded.request.stage.key().map(|key| key.spki_sha256).unwrap_or_default();
        let certificate = ca::sign(authority, prepared, at.rng)
            .map_err(|error| Error::Contradiction(format!("signature for request {id}: {error}")))?;
        store::kill::point("ra.issue.after-signature");
        self.store_certificate(&loaded, certificate_id, &certificate, &authority.name, spki_sha256, at)
    }

    /// The first save: the octets that will be signed, and every check that allowed them.
    fn record_intent(
        &self,
        loaded: &Loaded,
        in_force: &ProfileInForce,
        authority: &ca::Authority,
        at: &mut Moment<'_>,
    ) -> Result<(CertificateId, Prepared), Failure> {
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
        let certificate_id = CertificateId::new(at.now, at.octets());
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
        let recorded = self.0.store.write(move |tx| {
            store::intents::insert(tx, &intent)?;
            store::journal::append(tx, &entry)
        });
        match recorded {
            Ok(()) => {
                store::kill::point("ra.issue.intent-recorded");
                Ok((certificate_id, prepared))
            }
            // Another run recorded its intent first, or (once in 2^159) the serial is taken: start again from what is on record.
            Err(store::Error::AlreadyThere { .. }) => Err(Error::Conflict("intent").into()),
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
        let row = Certificate {
            id: certificate_id,
            version: 1,
            agent_id: loaded.request.agent_id,
            subscriber_id: loaded.request.subscriber_id,
            request_id: Some(id),
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
        };
        let mut decision = self.decide(loaded, &Command::Issue { certificate_id }, at)?;
        let act_text = self.act_text(loaded, certificate, at)?;
        for event in &mut decision.events {
            match event {
                Event::CertificateIssued { certificate_id: named, serial, authority: by, thumbprint_sha256 } => {
                    *named = certificate_id.to_string();
                    serial.clone_from(&row.serial_hex);
                    *by = authority.to_owned();
                    *thumbprint_sha256 = hex::encode(row.thumbprint_sha256);
                }
                Event::ActDrawn { text_sha256 } => {
                    *text_sha256 = act_text
                        .as_deref()
                        .map(|text| hex::encode(crypto::sha256(text.as_bytes())))
                        .unwrap_or_default();
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
                if let Some(text) = &act_text {
                    store::request_files::put_act_text(tx, id, text)?;
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

    /// The text of the act, for procedures whose act is drawn at issue and signed electronically.
    fn act_text(
        &self,
        loaded: &Loaded,
        certificate: &crypto::Certificate,
        at: &Moment<'_>,
    ) -> Result<Option<String>, Failure> {
        let Some(template) = &loaded.offered.act else { return Ok(None) };
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
        let text = template
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
        Ok(Some(text))
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

//! The JSON shapes of what `ra` answers. Their field names are the API's promise; times are RFC 3339 in UTC.

use std::collections::BTreeMap;

use domain::certificate::Standing;
use domain::request::StageName;
use serde::Serialize;

use super::door::Door;
use crate::words::Language;

/// A request as one person sees it.
#[derive(Serialize)]
pub(super) struct Card {
    id: String,
    /// A decision names the version it was made on.
    version: i64,
    agent: u32,
    procedure: String,
    kind: &'static str,
    unz: Option<String>,
    stage: &'static str,
    /// The stage in the words of the bank's manual.
    status: Option<Status>,
    act: &'static str,
    /// The agent's signature on it.
    countersignature: &'static str,
    /// In encoding order: a PKCS#10 carries exactly these.
    subject: Vec<Attribute>,
    /// For `openssl req -subj`.
    subject_openssl: String,
    subscriber_name: String,
    organisation_name: Option<String>,
    contact: Contact,
    created_at: String,
    expires_at: String,
    accepted_at: Option<String>,
    eta: Option<String>,
    reason: Option<String>,
    /// The exact text to sign, while it can be signed; `/text` gives the same as bytes.
    text: Option<String>,
    certificate: Option<Certificate>,
    mail: Option<&'static str>,
    /// What the asker may do now.
    allowed: Vec<&'static str>,
}

#[derive(Serialize)]
struct Status {
    ru: String,
    en: String,
}

#[derive(Serialize)]
struct Attribute {
    oid: String,
    value: String,
}

#[derive(Serialize)]
struct Contact {
    phone: String,
    email: String,
}

/// A certificate; to its holder and at the desk with what may be done with it now.
#[derive(Serialize)]
pub(super) struct Certificate {
    id: String,
    serial_hex: String,
    serial_decimal: String,
    uid: String,
    subject: String,
    issuer: String,
    not_before: String,
    not_after: String,
    standing: &'static str,
    algorithm: String,
    allowed: Vec<&'static str>,
}

/// What stands behind a live link.
#[derive(Serialize)]
pub(super) struct Delivery {
    request: Card,
    act_text: Option<String>,
    act_signed: bool,
    challenge: Option<String>,
}

/// A certificate that was handed out: PEM, and the text that the new key signs.
#[derive(Serialize)]
pub(super) struct Delivered {
    pub(super) certificate: String,
    /// Nearest issuer first, root last, one text.
    pub(super) chain: String,
    pub(super) challenge: String,
}

/// A certificate at the desk: what this member of staff may do to it, and the version that a step names.
#[derive(Serialize)]
pub(super) struct DeskCertificate {
    #[serde(flatten)]
    certificate: Certificate,
    version: i64,
    /// Whether the step that was asked for waits for a second person.
    waits: bool,
}

/// A certificate after a step of its holder.
#[derive(Serialize)]
pub(super) struct Stepped {
    id: String,
    serial_hex: String,
    standing: &'static str,
}

impl Card {
    pub(super) fn new(door: &Door, card: ra::RequestCard) -> Self {
        Self {
            id: card.id.to_string(),
            version: card.version,
            agent: card.agent_id.0,
            status: status(door, &card.procedure, card.stage),
            procedure: card.procedure,
            kind: card.kind.name(),
            unz: card.unz.map(|unz| unz.to_string()),
            stage: card.stage.name(),
            act: card.act,
            countersignature: card.countersigned.name(),
            subject: card
                .subject
                .pairs()
                .map(|(oid, value)| Attribute { oid: oid.to_owned(), value: value.to_owned() })
                .collect(),
            subject_openssl: card.subject_openssl,
            subscriber_name: card.subscriber_name,
            organisation_name: card.organisation_name,
            contact: Contact { phone: card.contact.phone, email: card.contact.email.as_str().to_owned() },
            created_at: card.created_at.to_string(),
            expires_at: card.expires_at.to_string(),
            accepted_at: card.accepted_at.map(|at| at.to_string()),
            eta: card.eta.map(|at| at.to_string()),
            reason: card.reason,
            text: card.text,
            certificate: card.certificate.map(Certificate::new),
            mail: card.mail,
            allowed: card.allowed,
        }
    }
}

impl Certificate {
    pub(super) fn new(certificate: ra::CertificateCard) -> Self {
        Self {
            id: certificate.id.to_string(),
            serial_hex: certificate.serial_hex,
            serial_decimal: certificate.serial_decimal,
            uid: certificate.uid.to_string(),
            subject: certificate.subject,
            issuer: certificate.issuer,
            not_before: certificate.not_before.to_string(),
            not_after: certificate.not_after.to_string(),
            standing: certificate.standing.name(),
            algorithm: certificate.algorithm,
            allowed: certificate.allowed.iter().map(|step| step.name()).collect(),
        }
    }
}

impl Delivery {
    pub(super) fn new(door: &Door, delivery: ra::Delivery) -> Self {
        Self {
            request: Card::new(door, delivery.card),
            act_text: delivery.act_text,
            act_signed: delivery.act_signed,
            challenge: delivery.challenge,
        }
    }
}

impl DeskCertificate {
    pub(super) fn new(desk: ra::DeskCertificate, waits: bool) -> Self {
        let allowed = desk.allowed.iter().map(|step| step.name()).collect();
        Self { certificate: Certificate { allowed, ..Certificate::new(desk.card) }, version: desk.version, waits }
    }
}

impl Stepped {
    pub(super) fn new(certificate: &domain::certificate::Certificate, standing: Standing) -> Self {
        Self { id: certificate.id.to_string(), serial_hex: certificate.serial_hex.clone(), standing: standing.name() }
    }
}

fn status(door: &Door, procedure: &str, stage: StageName) -> Option<Status> {
    let words: &BTreeMap<_, _> = door.words();
    let words = words.get(procedure)?;
    let id = format!("status-{}", stage.name());
    let text = |language| words.text(language, &id, &[]).ok().flatten();
    Some(Status { ru: text(Language::Ru)?, en: text(Language::En)? })
}

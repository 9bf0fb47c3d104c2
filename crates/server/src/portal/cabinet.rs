//! The signed-in client's own: certificates, the section «Безопасность» of the manuals, the journal.

use axum::extract::{Query, State};
use axum::response::Response;
use domain::actor::Actor;
use domain::agent::{OwnStep, SubscriberPassword};
use domain::certificate::Standing;
use domain::procedure::Login;

use super::delivery::speech;
use crate::api::{Door, Problem};
use crate::auth::Client;
#[cfg(test)]
use crate::pages::ActsFor;
use crate::pages::{Frame, MenuItem, Page, Tone, Visit, show};
use crate::words::Speech;

/// The pages of one's own.
const MENU: [(&str, &str); 5] = [
    ("menu-certificates", "/certificates"),
    ("menu-security", "/security"),
    ("menu-requests", "/requests"),
    ("menu-messages", "/messages"),
    ("menu-journal", "/journal"),
];

#[derive(askama::Template)]
#[template(path = "portal/certificates.html")]
struct CertificatesPage<'a> {
    frame: Frame<'a>,
    person: PersonFacts,
    certificates: Vec<CertificateFacts>,
}

struct PersonFacts {
    name: String,
    owner_id: String,
    organisation: Option<String>,
    phone: String,
    email: String,
}

/// A certificate for a client's eyes.
pub(crate) struct CertificateFacts {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) serial_decimal: String,
    pub(crate) serial_hex: String,
    pub(crate) uid: String,
    pub(crate) from: String,
    pub(crate) until: String,
    pub(crate) algorithm: String,
    pub(crate) standing: String,
    pub(crate) tone: Tone,
    pub(super) is_this_one: bool,
    id: String,
    /// What its holder may do with it: address and words.
    steps: Vec<(String, String)>,
}

#[derive(askama::Template)]
#[template(path = "portal/security.html")]
struct SecurityPage<'a> {
    frame: Frame<'a>,
    /// Address and title of each place where a procedure of the agent begins.
    entries: Vec<(String, String)>,
    /// Whether the agent offers passwords.
    has_passwords: bool,
}

#[derive(askama::Template)]
#[template(path = "portal/journal.html")]
struct JournalPage<'a> {
    frame: Frame<'a>,
    events: Vec<EventFacts>,
}

struct EventFacts {
    at: String,
    word: String,
    unz: Option<String>,
    by: String,
}

impl Page for CertificatesPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for SecurityPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for JournalPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// `?done=` a step that was taken.
#[derive(serde::Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    done: String,
}

pub(crate) async fn certificates(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let asked = actor.clone();
    let (person, cards) = door.ask(move |ra, at| Ok((ra.person(&asked, at)?, ra.certificates_of(&asked, at)?))).await?;
    let frame = super::own_step::done(frame(&door, &visit, &actor, "", "certificates-title"), &done.done);
    let this = person.certificate.map(|card| card.id);
    let certificates =
        cards.iter().map(|card| CertificateFacts::of(&frame.speech, card, this == Some(card.id))).collect();
    let person = PersonFacts {
        name: person.name,
        owner_id: person.owner_id.to_string(),
        organisation: person.organisation,
        phone: person.contact.phone,
        email: person.contact.email.as_str().to_owned(),
    };
    Ok(show(&CertificatesPage { frame, person, certificates }))
}

pub(crate) async fn security(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
) -> Result<Response, Problem> {
    let agent = door.agents().iter().find(|agent| Some(agent.id) == actor.agent_id());
    let has_passwords = agent.is_some_and(|agent| agent.subscriber_password != SubscriberPassword::None);
    let offered = agent.map(|agent| agent.procedures.clone()).unwrap_or_default();
    let entries = door
        .ask(move |ra, _| {
            // What begins at the public door is for those who cannot sign in yet.
            let behind_login = |name: &String| ra.procedure(name).filter(|procedure| procedure.login != Login::None);
            let of = |name: String| behind_login(&name).map(|procedure| (format!("/{}", procedure.entry), name));
            Ok(offered.into_iter().filter_map(of).collect::<Vec<_>>())
        })
        .await?;
    let frame = frame(&door, &visit, &actor, "", "menu-security");
    let title = |name: &str| {
        let speech = Speech::new(visit.language).of(door.words().get(name));
        speech.of_procedure("procedure-title").unwrap_or_else(|| name.to_owned())
    };
    let mut entries: Vec<(String, String)> = entries.into_iter().map(|(at, name)| (at, title(&name))).collect();
    entries.dedup();
    Ok(show(&SecurityPage { frame, entries, has_passwords }))
}

pub(crate) async fn journal(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
) -> Result<Response, Problem> {
    let asked = actor.clone();
    let rows = door.ask(move |ra, _| ra.own_journal(&asked, &EVENTS)).await?;
    let frame = frame(&door, &visit, &actor, "", "journal-title");
    let events = rows.into_iter().map(|row| EventFacts {
        at: frame.speech.time(&row.at),
        word: frame.say(&format!("event-{}", row.kind)),
        unz: row.unz,
        by: frame.say(if row.by_self { "journal-you" } else { "journal-bank" }),
    });
    let events = events.collect();
    Ok(show(&JournalPage { frame, events }))
}

/// Events that concern a client; the house's own steps between them are left out.
const EVENTS: [&str; 45] = [
    "act-countersigned",
    "act-declined",
    "act-drawn",
    "act-overdue",
    "act-received",
    "act-signed",
    "application-registered",
    "certificate-activated",
    "certificate-blocked",
    "certificate-delivered",
    "certificate-held",
    "certificate-issued",
    "certificate-released",
    "certificate-revoked",
    "certificate-superseded",
    "certificate-unblocked",
    "contact-recorded",
    "email-confirmed",
    "email-corrected",
    "key-offered",
    "mail-sent",
    "message-sent",
    "one-time-password-handed-out",
    "organisation-chosen",
    "organisations-joined",
    "organisations-left",
    "possession-proven",
    "request-accepted",
    "request-approved",
    "request-corrected",
    "request-created",
    "request-edited",
    "request-lapsed",
    "request-recalled",
    "request-refused",
    "request-returned",
    "signed-in",
    "subscriber-barred",
    "subscriber-device-removed",
    "subscriber-device-set",
    "subscriber-password-locked",
    "subscriber-password-removed",
    "subscriber-password-set",
    "subscriber-signed-in-by-password",
    "subscriber-unbarred",
];

/// The frame of a signed-in client's page, with the words of a procedure where it is about one.
pub(super) fn frame<'a>(door: &'a Door, visit: &Visit, actor: &Actor, procedure: &str, title: &str) -> Frame<'a> {
    let agent = door.agents().iter().find(|agent| Some(agent.id) == actor.agent_id());
    let speech = speech(door, visit, agent, procedure);
    let title = speech.say(title);
    let mut frame = Frame::new(visit, speech, title);
    frame.menu = menu();
    frame.sign_out = Some("/sign-out");
    if let Actor::Reader { .. } = actor {
        frame = by_password(frame);
    }
    frame.of_some_agent(agent)
}

/// Who only looks is told what that is good for, and where more can be done.
fn by_password(mut frame: Frame<'_>) -> Frame<'_> {
    frame.menu.push(MenuItem { word: "sign-in-by-certificate", address: "/sign-in" });
    let text = frame.say("password-looks");
    frame.noted(Tone::Tell, text)
}

fn menu() -> Vec<MenuItem> {
    MENU.into_iter().map(|(word, address)| MenuItem { word, address }).collect()
}

impl CertificateFacts {
    /// Where a step with it begins.
    pub(super) fn address(&self, step: OwnStep) -> String {
        format!("/certificates/{}/{}", self.id, step.name())
    }

    fn with_steps(mut self, speech: &Speech<'_>, steps: &[OwnStep]) -> Self {
        let step = |step: &OwnStep| (self.address(*step), speech.say(&format!("own-{}-go", step.name())));
        self.steps = steps.iter().map(step).collect();
        self
    }

    pub(crate) fn of(speech: &Speech<'_>, card: &ra::CertificateCard, is_this_one: bool) -> Self {
        Self {
            id: card.id.to_string(),
            steps: Vec::new(),
            subject: card.subject.clone(),
            issuer: card.issuer.clone(),
            serial_decimal: card.serial_decimal.clone(),
            serial_hex: card.serial_hex.clone(),
            uid: card.uid.to_string(),
            from: speech.date(&card.not_before),
            until: speech.date(&card.not_after),
            algorithm: card.algorithm.clone(),
            standing: speech.say(&format!("standing-{}", card.standing.name())),
            tone: tone(card.standing),
            is_this_one,
        }
        .with_steps(speech, &card.allowed)
    }
}

/// How the standing of a certificate is meant.
pub(crate) fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Active => Tone::Good,
        Standing::Pending | Standing::NotYetValid => Tone::Tell,
        Standing::Blocked | Standing::Hold => Tone::Warn,
        Standing::Revoked => Tone::Bad,
        Standing::Superseded | Standing::Expired => Tone::Idle,
    }
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let own = |title: &str| sample::signed_in(frame(title));
    let person = || PersonFacts {
        name: "Rogov <1>".to_owned(),
        owner_id: "146b79e7de8a0".to_owned(),
        organisation: Some("OOO '<ooo>'".to_owned()),
        phone: "+7 000 000-00-01".to_owned(),
        email: "rogov@example.org".to_owned(),
    };
    let with = own("certificates-title");
    let all = Standing::ALL.into_iter().map(|standing| sample::certificate(&with.speech, standing)).collect();
    let events = own("journal-title");
    let rows = EVENTS.iter().map(|kind| EventFacts {
        at: "2018-08-23".to_owned(),
        word: events.say(&format!("event-{kind}")),
        unz: Some("1196837e3c03f2".to_owned()),
        by: events.say(if *kind == "signed-in" { "journal-you" } else { "journal-bank" }),
    });
    let rows = rows.collect();
    vec![
        Box::new(CertificatesPage { frame: with, person: person(), certificates: all }),
        Box::new(SecurityPage {
            frame: own("menu-security"),
            entries: vec![("/security/renewal".to_owned(), "Renewal <1>".to_owned())],
            has_passwords: true,
        }),
        Box::new(SecurityPage { frame: by_password(own("menu-security")), entries: Vec::new(), has_passwords: false }),
        Box::new(JournalPage { frame: events, events: rows }),
        Box::new(JournalPage { frame: own("journal-title"), events: Vec::new() }),
    ]
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    pub(crate) fn certificate(speech: &Speech<'_>, standing: Standing) -> CertificateFacts {
        CertificateFacts {
            subject: "CN=Rogov Ivan Petrovich, O=OOO '<ooo>', L=Novosibirsk, C=RU".to_owned(),
            issuer: "CN=Class 2 CA, O=Center of Financial Technologies, C=RU".to_owned(),
            serial_decimal: format!("5944{:04}", standing as u8),
            serial_hex: "38b00b8".to_owned(),
            uid: "34B73A09000000000007".to_owned(),
            from: "2018-08-23".to_owned(),
            until: "2020-08-21".to_owned(),
            algorithm: "gost-256-a".to_owned(),
            standing: speech.say(&format!("standing-{}", standing.name())),
            tone: tone(standing),
            is_this_one: standing == Standing::Active,
            id: "1".to_owned(),
            steps: Vec::new(),
        }
        .with_steps(speech, if standing == Standing::Active { &OwnStep::ALL } else { &[] })
    }

    pub(in crate::portal) fn signed_in(mut frame: Frame<'_>) -> Frame<'_> {
        frame.menu = menu();
        frame.sign_out = Some("/sign-out");
        frame.acts_for = Some(ActsFor { name: "OOO '<ooo>'".to_owned(), several: true });
        frame
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Events that a client does not see: steps inside the house, other people's, and what another row says in the same moment.
    const NOT_SHOWN: [&str; 40] = [
        "applicant-admitted",
        "applicant-bound",
        "applicant-set-apart",
        "authority-created",
        "card-cleared",
        "card-handed-out",
        "card-registered",
        "card-returned",
        "card-written-off",
        "certificate-installed",
        "crl-published",
        "effect-retried",
        "imported",
        "inquiry-bound",
        "inquiry-closed",
        "inquiry-received",
        "intent-recorded",
        "link-made",
        "link-replaced",
        "link-spent",
        "mail-failed",
        "mail-overdue",
        "paper-registered",
        "refused",
        "request-approved-first",
        "request-signed",
        "staff-added",
        "staff-certificate-removed",
        "staff-certificate-set",
        "staff-disabled",
        "staff-password-set",
        "staff-sign-in-ended",
        "staff-signed-in",
        "staff-signed-in-by-certificate",
        "started",
        "step-declined",
        "step-explained",
        "step-proposed",
        "stopped",
        "support-looked-up",
    ];

    #[test]
    fn of_every_event_it_is_decided_whether_a_client_sees_it() {
        let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/tests/it/golden");
        let files = std::fs::read_dir(golden).unwrap().map(|entry| entry.unwrap().path());
        let mut kinds: Vec<_> = files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        kinds.sort();
        let mut decided = [&EVENTS[..], &NOT_SHOWN[..]].concat();
        decided.sort_unstable();
        assert_eq!(kinds, decided);
    }
}

//! What the tests stand on: the folders, one request, its two certificates, and a small registration authority in memory.

use std::path::{Path, PathBuf};

use domain::Refusal;
use domain::Timestamp;
use domain::act::Act;
use domain::calendar::Calendar;
use domain::certificate::{Certificate, Progress};
use domain::ids::{AgentId, CertificateId, Nonce, RequestId, StaffId, SubscriberId, Unz};
use domain::journal::Event;
use domain::procedure::{Delivery, EmailConfirmation, Procedure};
use domain::request::{
    CertificateFacts, Command, Decision, Effect, Facts, LinkChange, PredecessorFacts, Request, Stage, decide,
};
use domain::subject::{AttributeType, Subject};
use domain::subscriber::{Contact, Email};
use domain::time::DAY_MS;

/// Thursday 23.08.2018 17:53 in Novosibirsk.
pub(crate) const BEGIN: Timestamp = Timestamp(1_535_021_580_000);

/// `procedures/` of the repository.
pub(crate) fn procedures_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../procedures")
}

/// Every folder under `procedures/`, by name.
pub(crate) fn folders() -> Vec<Procedure> {
    let mut names: Vec<String> = std::fs::read_dir(procedures_directory())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
        .iter()
        .map(|name| {
            let text = std::fs::read_to_string(procedures_directory().join(name).join("procedure.toml")).unwrap();
            Procedure::parse(name, &format!("procedures/{name}/procedure.toml"), &text)
                .unwrap_or_else(|error| panic!("{error}"))
        })
        .collect()
}

/// A procedure that shares much with the renewals there are, in our own words.
pub(crate) const RENEWAL: &str = r#"kind = "renewal"
entry = "security/renewal"
login = "certificate"
editable = ["phone", "email"]
earliest_start = "30d"
medium = ["smart-key"]
proof = "current-key"
review = { by = ["operator"], second_person = false, target = "2h" }
mail_target = "2h"
delivery = { mailed-link = { life = "5 working days", ended = "send-again" } }
act = { title = "acceptance", form = "electronic", copies = 1, gate = "before-delivery" }
activation = "on-install"
predecessor = { becomes = "superseded", overlap = "14d" }
profile = "sixth"
request_life = "30d"
notices = ["accepted", "activated"]
"#;

pub(crate) fn renewal() -> Procedure {
    parse(RENEWAL)
}

pub(crate) fn parse(text: &str) -> Procedure {
    Procedure::parse("sixth", "sixth/procedure.toml", text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

pub(crate) fn staff(number: u8) -> StaffId {
    StaffId::new(BEGIN, [number; 10])
}

pub(crate) fn new_certificate_id() -> CertificateId {
    CertificateId::new(BEGIN, [2; 10])
}

pub(crate) fn request(procedure: &Procedure) -> Request {
    Request {
        id: RequestId::new(BEGIN, [3; 10]),
        version: 1,
        agent_id: AgentId(6),
        subscriber_id: SubscriberId::new(BEGIN, [4; 10]),
        kind: procedure.kind,
        procedure: procedure.name.clone(),
        procedure_sha256: [5; 32],
        unz: Unz::new([0x11, 0x96, 0x83, 0x7e, 0x3c, 0x03, 0xf2]),
        nonce: Nonce([6; 16]),
        subject: Subject {
            attributes: vec![(AttributeType::C, "RU".to_owned()), (AttributeType::CN, "Rogov".to_owned())],
        },
        contact: Contact { phone: "+7 383 000-00-00".to_owned(), email: Email::parse("rogov@example.org").unwrap() },
        email_confirmed: procedure.email_confirmation == EmailConfirmation::None,
        predecessor: procedure.needs_predecessor().then(|| CertificateId::new(BEGIN, [1; 10])),
        created_at: BEGIN,
        expires_at: procedure.expires_at(BEGIN),
        stage: Stage::Draft,
        act: Act::None,
    }
}

/// A certificate that begins a day before `from` and ends `days` after it.
pub(crate) fn certificate(number: u8, from: Timestamp, days: i64, progress: Progress) -> Certificate {
    Certificate {
        id: CertificateId::new(BEGIN, [number; 10]),
        version: 1,
        agent_id: AgentId(6),
        subscriber_id: SubscriberId::new(BEGIN, [4; 10]),
        request_id: None,
        authority: "sixth".to_owned(),
        serial_hex: format!("{number:040x}"),
        der: vec![number],
        spki_sha256: [number; 32],
        thumbprint_sha256: [number; 32],
        not_before: from.plus_ms(-DAY_MS),
        not_after: from.plus_ms(days * DAY_MS),
        progress,
        blocked_since: None,
        revocation: None,
        superseded_from: None,
    }
}

/// The mailed link as the store keeps it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Link {
    None,
    Live,
    Spent,
    Dead,
}

/// A registration authority in memory: one request with everything that its decisions touch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct World {
    pub(crate) procedure: Procedure,
    pub(crate) calendar: Calendar,
    pub(crate) request: Request,
    pub(crate) predecessor: Option<Certificate>,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) link: Link,
    pub(crate) link_expires_at: Option<Timestamp>,
    pub(crate) issue_is_due: bool,
    pub(crate) crl_is_due: bool,
    pub(crate) agent_countersigns: bool,
    /// Of record.
    pub(crate) contact: Contact,
    pub(crate) journal: Vec<Event>,
    pub(crate) now: Timestamp,
}

impl World {
    /// Before anything: the request is only wished for.
    pub(crate) fn new(procedure: &Procedure) -> Self {
        Self {
            procedure: procedure.clone(),
            calendar: Calendar { offset_minutes: 7 * 60, ..Calendar::default() },
            request: request(procedure),
            predecessor: procedure.needs_predecessor().then(|| certificate(1, BEGIN, 20, Progress::Active)),
            certificate: None,
            link: Link::None,
            link_expires_at: None,
            issue_is_due: false,
            crl_is_due: false,
            agent_countersigns: false,
            contact: request(procedure).contact,
            journal: Vec::new(),
            now: BEGIN,
        }
    }

    pub(crate) fn begun(procedure: &Procedure) -> Self {
        let mut world = Self::new(procedure);
        world.must(&Command::Create);
        world
    }

    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts {
            predecessor: self
                .predecessor
                .as_ref()
                .map(|current| PredecessorFacts { standing: current.standing(self.now), not_after: current.not_after }),
            certificate: self.certificate.as_ref().map(|new| CertificateFacts {
                progress: new.progress,
                standing: new.standing(self.now),
                blocked_since: new.blocked_since,
            }),
            key_seen_before: false,
            subscriber_barred: false,
            subscriber_admitted: true,
            contact_of_record: &self.contact,
            other_request_open: false,
            link_expires_at: self.link_expires_at.filter(|_| self.link == Link::Live),
            act_is_signed: matches!(self.request.act, Act::ClientSigned { .. }),
            agent_countersigns: self.agent_countersigns,
            calendar: &self.calendar,
        }
    }

    pub(crate) fn ask(&self, command: &Command) -> Result<Decision, Refusal> {
        decide(&self.request, command, &self.procedure, &self.facts(), self.now)
    }

    /// Decides and saves everything that was decided, as the registration authority does in one transaction.
    pub(crate) fn apply(&mut self, command: &Command) -> Result<Decision, Refusal> {
        let decision = self.ask(command)?;
        if let Command::Issue { certificate_id } = command {
            assert!(self.certificate.is_none(), "a second certificate");
            let new = certificate(2, self.now, 729, Progress::Issued);
            assert_eq!(new.id, *certificate_id);
            self.certificate = Some(new);
        }
        for step in &decision.certificate {
            let (next, event) = domain::certificate::decide(self.certificate.as_ref().unwrap(), *step, self.now)
                .unwrap_or_else(|refusal| panic!("{} asks for {step:?}: {refusal}", command.name()));
            self.certificate = Some(next);
            self.journal.push(event);
        }
        if let Some(step) = decision.predecessor {
            let (next, event) =
                domain::certificate::decide(self.predecessor.as_ref().unwrap(), step, self.now).unwrap();
            self.predecessor = Some(next);
            self.journal.push(event);
        }
        self.link = match decision.link {
            LinkChange::Keep => self.link,
            LinkChange::Make { expires_at } => {
                assert!(expires_at > self.now, "a link that is born dead");
                self.link_expires_at = Some(expires_at);
                Link::Live
            }
            LinkChange::Spend => Link::Spent,
            LinkChange::Kill => Link::Dead,
        };
        self.issue_is_due |= decision.effects.contains(&Effect::Issue);
        self.crl_is_due |= decision.effects.contains(&Effect::PublishCrl);
        self.journal.extend(decision.events.iter().cloned());
        self.request = decision.request.clone();
        Ok(decision)
    }

    pub(crate) fn must(&mut self, command: &Command) -> Decision {
        let stage = self.request.stage.name();
        self.apply(command).unwrap_or_else(|refusal| panic!("{} at {stage:?}: {refusal}", command.name()))
    }

    pub(crate) fn later(&mut self, span_ms: i64) {
        self.now = self.now.plus_ms(span_ms);
    }

    pub(crate) fn mailed(&self) -> bool {
        matches!(self.procedure.delivery, Delivery::MailedLink(_))
    }

    /// The first of these commands that the machine takes now.
    pub(crate) fn first_taken<'a>(&self, commands: &'a [Command]) -> Option<&'a Command> {
        commands.iter().find(|command| self.ask(command).is_ok())
    }

    /// Goes on by whatever brings the request forward, until `stop` holds.
    pub(crate) fn go_until(&mut self, stop: impl Fn(&Self) -> bool) {
        for _ in 0..30 {
            if stop(self) {
                return;
            }
            let commands = forward();
            let command = self.first_taken(&commands).unwrap_or_else(|| panic!("stuck at {:?}", self.request.stage));
            self.must(&command.clone());
        }
        panic!("never there: {:?}", self.request.stage);
    }
}

/// What brings a request forward, in the order of its life. Two people approve in turn.
pub(crate) fn forward() -> Vec<Command> {
    vec![
        Command::Send,
        Command::Sign,
        Command::OfferKey { spki_sha256: [7; 32] },
        Command::Correct { subject_changed: false },
        Command::ConfirmEmail,
        Command::RegisterApplication,
        Command::Approve { by: staff(1) },
        Command::Approve { by: staff(2) },
        Command::Issue { certificate_id: new_certificate_id() },
        Command::Activate,
        Command::Prove,
        Command::Deliver,
        Command::SignAct,
        Command::ReceiveAct,
    ]
}

/// One of every command.
pub(crate) fn every_command() -> Vec<Command> {
    vec![
        Command::Create,
        Command::Edit(Contact {
            phone: "+7 383 111-11-11".to_owned(),
            email: Email::parse("rogov@example.org").unwrap(),
        }),
        Command::Restate {
            subject: Subject::default(),
            contact: Contact { phone: String::new(), email: Email::parse("rogov@example.org").unwrap() },
        },
        Command::OfferKey { spki_sha256: [8; 32] },
        Command::Sign,
        Command::Send,
        Command::ConfirmEmail,
        Command::RegisterApplication,
        Command::Approve { by: staff(1) },
        Command::Return { by: staff(1), reason: "Опечатка".to_owned() },
        Command::Refuse { by: staff(1), reason: "Нет полномочий".to_owned() },
        Command::Correct { subject_changed: false },
        Command::Recall,
        Command::Issue { certificate_id: new_certificate_id() },
        Command::ResendLink,
        Command::LinkEnded,
        Command::CorrectEmail(Email::parse("rogov.new@example.org").unwrap()),
        Command::SignAct,
        Command::Decline,
        Command::Deliver,
        Command::Install,
        Command::Prove,
        Command::Activate,
        Command::ReceiveAct,
        Command::ActDuePassed,
        Command::Lapse,
    ]
}

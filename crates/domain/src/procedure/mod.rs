//! A bank's procedure, validated: which gates stand on the path of a request, which timers run, which documents are drawn.
//!
//! The raw TOML is in [`config`]; [`Procedure`] can only come from [`config::ProcedureConfig`] through [`Procedure::parse`],
//! which explains every refusal. A running request keeps the text it began under, so a changed file never rewrites history.

pub mod config;
mod table;

pub use config::ProcedureError;

use crate::actor::Role;
use crate::calendar::Calendar;
use crate::request::decide::Notice;
use crate::time::DAY_MS;
use crate::{Refusal, Timestamp};

/// The life a procedure gives to a request (domain notes 1.7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// No key to start from.
    FirstIssue,
    /// A new key, asked for with the current one.
    Renewal,
    /// Planned regeneration on the medium of the current key.
    Regeneration,
    /// A new certificate whose identity rests on the act.
    Replacement,
    /// New keys on a new medium, with an electronic application.
    Reissue,
    /// From a medium or algorithm that is no longer supported.
    MediumMigration,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::FirstIssue, Self::Renewal, Self::Regeneration, Self::Replacement, Self::Reissue, Self::MediumMigration];

    /// The word of TOML, SQL, the API and signed texts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstIssue => "first-issue",
            Self::Renewal => "renewal",
            Self::Regeneration => "regeneration",
            Self::Replacement => "replacement",
            Self::Reissue => "reissue",
            Self::MediumMigration => "medium-migration",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How a client signs in for a procedure.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Login {
    /// A public door.
    None,
    /// Login and password.
    Password,
    /// The current certificate.
    Certificate,
}

/// What proves at the request that the current key asks for the new one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// Nothing: identity rests on an application or on the act.
    None,
    /// The request is signed by the current key.
    CurrentKey,
}

/// In which form an application must come before review.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Application {
    /// None.
    None,
    /// On paper.
    Paper,
    /// On paper or as a scan.
    PaperOrScan,
    /// The signed electronic request is the application.
    Electronic,
}

/// Whether letters may be relied on before the bank looks at a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmailConfirmation {
    /// The address is taken as it was typed.
    #[default]
    None,
    /// A letter goes to it with a link; until it is followed, the bank's lists do not have the request.
    Link,
}

/// Forced change of secrets before the key is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PinChange {
    /// None.
    None,
    /// A new password of the key container.
    ContainerPassword,
    /// User and administrator PIN, both away from factory values.
    UserAndAdmin,
}

/// Where the administrator's new PIN comes from, where it is changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdministratorPin {
    /// The person thinks of it.
    #[default]
    Asked,
    /// The component makes it and shows it once.
    Generated,
}

/// Where the new key may live.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Medium {
    /// «Смарт-ключ».
    SmartKey,
    /// «Реестр».
    Registry,
    /// A directory: diskette or other removable medium.
    Directory,
    /// The medium of the current key.
    Current,
}

impl Medium {
    /// All media.
    pub const ALL: [Self; 4] = [Self::SmartKey, Self::Registry, Self::Directory, Self::Current];

    /// The word of TOML, forms and locales.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SmartKey => "smart-key",
            Self::Registry => "registry",
            Self::Directory => "directory",
            Self::Current => "current",
        }
    }
}

/// What the client may edit about themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// Phone.
    Phone,
    /// E-mail.
    Email,
    /// Name of the profile.
    ProfileName,
    /// Storage medium and path.
    Medium,
    /// The whole form of the procedure.
    All,
}

/// The bank's review before issue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Review {
    /// The gate approves by itself.
    None,
    /// People decide.
    By {
        /// Staff with any of these roles; never empty.
        roles: Vec<Role>,
        /// Whether two different people must approve.
        second_person: bool,
        /// By when the client is told to expect the answer.
        target: Target,
    },
}

/// When the bank wants to have answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// After this many milliseconds; with `skip_days_off` only hours of working days count (Fri 17:00 + 24 h = Mon 17:00).
    After {
        /// The span, milliseconds.
        milliseconds: i64,
        /// Days off do not count.
        skip_days_off: bool,
    },
    /// On the next working day at this minute of the day, local time of the agent.
    NextWorkingDay {
        /// Minutes since local midnight.
        minute: u16,
    },
    /// At once.
    Immediate,
}

/// A span that may count working days.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Span {
    /// Milliseconds of plain time.
    Plain(i64),
    /// Working days of the agent's calendar.
    WorkingDays(u32),
}

impl Span {
    /// The end of a term of this length that begins at `from`; working days end with their last moment.
    #[must_use]
    pub fn after(self, from: Timestamp, calendar: &Calendar) -> Timestamp {
        match self {
            Self::Plain(milliseconds) => from.plus_ms(milliseconds),
            Self::WorkingDays(days) => calendar.end_of_working_day(from, days),
        }
    }

    /// When so much is left until `due`: of working days, the beginning of the day after which that many follow.
    #[must_use]
    pub fn before(self, due: Timestamp, calendar: &Calendar) -> Timestamp {
        match self {
            Self::Plain(milliseconds) => due.plus_ms(milliseconds.saturating_neg()),
            Self::WorkingDays(days) => calendar.start_of_working_day_before(due, days),
        }
    }

    /// The last date of which so much or less is left at `now`: [`Self::before`] from the other side.
    #[must_use]
    pub fn reach(self, now: Timestamp, calendar: &Calendar) -> Timestamp {
        match self {
            Self::Plain(milliseconds) => now.plus_ms(milliseconds),
            // Days off after the last working day leave no more working days than it does.
            Self::WorkingDays(days) => calendar.end_of_working_day(now, days.saturating_add(1)).plus_ms(-DAY_MS),
        }
    }
}

/// How the client gets the certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// In the portal after sign-in.
    Portal,
    /// Behind a mailed link.
    MailedLink(LinkRule),
}

/// What becomes of a mailed link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LinkRule {
    /// How long it lives.
    pub life: Span,
    /// What happens when nobody took the certificate meanwhile.
    pub ended: LinkEnded,
}

/// What happens when a mailed link ends unused while its request lives (domain notes 1.7, last row).
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkEnded {
    /// Nothing: who wants another one asks the bank.
    Wait,
    /// A new one goes out by itself.
    SendAgain,
}

/// When the act must be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActGate {
    /// It gates nothing; it is due later.
    None,
    /// The certificate is not handed out before the act is signed.
    BeforeDelivery,
    /// The certificate is not taken into service before the act is received.
    BeforeActivation,
}

/// Electronic or on paper.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActForm {
    /// Signed by the current key over the canonical text.
    Electronic,
    /// Printed and signed by hand.
    Paper,
}

/// When the act is drawn, from which its due date counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActDrawn {
    /// When the request is created.
    AtCreation,
    /// When the certificate is issued.
    AtIssue,
}

/// What happens when the act is late.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overdue {
    /// Nothing but reminders.
    Remind,
    /// The certificate is blocked (bank-side), with a dated, reasoned notice.
    Block,
}

/// The act of a procedure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActRule {
    /// Key of its title in the procedure's locales.
    pub title: String,
    /// Electronic or paper.
    pub form: ActForm,
    /// Paper copies for the bank.
    pub copies: u8,
    /// Which step waits for it.
    pub gate: ActGate,
    /// When it is drawn.
    pub drawn: ActDrawn,
    /// By when the bank must have it.
    pub due: Option<Span>,
    /// What happens when it is late.
    pub overdue: Overdue,
}

/// What takes the certificate into service.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// Proof that the new key works on its medium. Together with a due act it is ON_INSTALL_ACT_DUE.
    OnInstall,
    /// Registration of the act by the bank.
    OnAct,
}

/// From when a client may start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EarliestStart {
    /// Any time.
    Any,
    /// This many milliseconds before the current certificate ends.
    BeforeEnd(i64),
}

/// A validated procedure. Fields are public to read; one can only be made by [`Procedure::parse`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Procedure {
    /// The folder's name.
    pub name: String,
    /// The text it came from, byte for byte: what a running request keeps.
    pub source: String,
    /// Which life.
    pub kind: Kind,
    /// Where the portal shows it; the words are in locales.
    pub entry: String,
    /// How the client signs in.
    pub login: Login,
    /// What the client may edit.
    pub editable: Vec<Field>,
    /// From when.
    pub earliest_start: EarliestStart,
    /// Media offered, never empty.
    pub medium: Vec<Medium>,
    /// Each signature needs its own card.
    pub one_per_signature: bool,
    /// Screen for checking the Latin spelling.
    pub latin_check: bool,
    /// The table that proposes the spelling on that screen.
    pub latin_table: crate::latin::Table,
    /// Forced change of secrets.
    pub pin_change: PinChange,
    /// Where the administrator's new PIN comes from.
    pub administrator_pin: AdministratorPin,
    /// Who signs the request.
    pub proof: Proof,
    /// Application before review.
    pub application: Application,
    /// Whether the address of a request must answer first.
    pub email_confirmation: EmailConfirmation,
    /// Review before issue.
    pub review: Review,
    /// Milliseconds a ready-mail may take after acceptance before support gets a ticket.
    pub mail_target_ms: Option<i64>,
    /// How the certificate reaches the client.
    pub delivery: Delivery,
    /// The act, if any.
    pub act: Option<ActRule>,
    /// What takes it into service.
    pub activation: Activation,
    /// Milliseconds both certificates are good after activation; none when there is no predecessor.
    pub overlap_ms: Option<i64>,
    /// Name of the certificate profile.
    pub profile: String,
    /// Milliseconds a request may live, from creation.
    pub request_life_ms: i64,
    /// Letters beside those that always go, and how long before a date reminders do.
    pub notices: Vec<config::NoticeRule>,
}

impl Procedure {
    /// Whether this letter goes out.
    #[must_use]
    pub fn wants(&self, notice: Notice) -> bool {
        self.notices.iter().any(|rule| rule.notice == notice.name())
    }

    /// How long before its date a reminder goes out, each time.
    #[must_use]
    pub fn reminders(&self, notice: Notice) -> &[Span] {
        self.notices.iter().find(|rule| rule.notice == notice.name()).map_or(&[], |rule| &rule.before)
    }

    /// Whether a later reminder of the same date is due as well: of two that wait, only that one still says something.
    #[must_use]
    pub fn is_overtaken(
        &self,
        notice: Notice,
        before: Span,
        due: Timestamp,
        now: Timestamp,
        calendar: &Calendar,
    ) -> bool {
        let moment = before.before(due, calendar);
        self.reminders(notice).iter().map(|other| other.before(due, calendar)).any(|at| moment < at && at <= now)
    }

    /// The medium with this word, where the procedure has it.
    ///
    /// # Errors
    /// No medium, or another one: no form of this procedure has it.
    pub fn medium_named(&self, name: &str) -> Result<Medium, Refusal> {
        self.medium.iter().copied().find(|medium| medium.name() == name).ok_or(Refusal::BodyMalformed)
    }

    /// True when one request carries the signature of the current key.
    #[must_use]
    pub fn signed_by_current_key(&self) -> bool {
        self.proof == Proof::CurrentKey
    }

    /// True when there must be a current certificate that the new one follows: every kind but the first issue.
    #[must_use]
    pub fn needs_predecessor(&self) -> bool {
        match self.kind {
            Kind::FirstIssue => false,
            Kind::Renewal | Kind::Regeneration | Kind::Replacement | Kind::Reissue | Kind::MediumMigration => true,
        }
    }

    /// When the life of a request ends that was created at `created_at`.
    #[must_use]
    pub fn expires_at(&self, created_at: Timestamp) -> Timestamp {
        created_at.plus_ms(self.request_life_ms)
    }

    /// True when an electronic act must be signed before the bytes are handed out.
    #[must_use]
    pub fn act_before_delivery(&self) -> bool {
        self.act.as_ref().is_some_and(|act| act.gate == ActGate::BeforeDelivery)
    }
}

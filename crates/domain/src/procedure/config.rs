//! Raw `procedure.toml` and the one constructor that turns it into a [`Procedure`].
//!
//! Words come from closed vocabularies, and unknown keys are refused. What the words say together is judged by `contradictions`: a
//! combination that could never end, or that lets somebody in unproven, is no procedure.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};

use super::{
    ActDrawn, ActForm, ActGate, ActRule, Activation, AdministratorPin, Application, Delivery, EarliestStart,
    EmailConfirmation, Field, Kind, LinkEnded, LinkRule, Login, Medium, Overdue, PinChange, Procedure, Proof, Review,
    Span, Target,
};
use crate::actor::Role;
use crate::latin;
use crate::request::decide::Notice;
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS};

/// Why a procedure's or an agent's file is refused: file, line where known, reason.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{file}{}: {reason}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct ProcedureError {
    /// The file, as given.
    pub file: String,
    /// Line, counted from 1.
    pub line: Option<usize>,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// A reminder rule, for example `expiry: 30d 14d 7d 3d 1d`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoticeRule {
    /// Which notice: the word of a [`Notice`].
    pub notice: String,
    /// How long before; empty for notices of an event, of reminders at least one.
    pub before: Vec<Span>,
}

/// `procedure.toml` as it is written. Keys that may be left out name their default here.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcedureConfig {
    /// Which life.
    pub kind: Kind,
    /// Where the portal shows it: lower-case words joined by `/`.
    pub entry: String,
    /// How the client signs in.
    pub login: Login,
    /// What the client may edit; nothing by default.
    #[serde(default)]
    pub editable: Vec<Field>,
    /// `any` (default) or a span before the end of the current certificate.
    #[serde(default = "word_any")]
    pub earliest_start: String,
    /// Media offered.
    pub medium: Vec<Medium>,
    /// Each signature needs its own card; false by default.
    #[serde(default)]
    pub one_per_signature: bool,
    /// Screen for checking the Latin spelling; false by default.
    #[serde(default)]
    pub latin_check: bool,
    /// The table that proposes the spelling; `icao-9303` by default.
    #[serde(default)]
    pub latin_table: latin::Table,
    /// Forced change of secrets; none by default.
    #[serde(default = "no_pin_change")]
    pub pin_change: PinChange,
    /// Where the administrator's new PIN comes from; asked by default.
    #[serde(default)]
    pub administrator_pin: AdministratorPin,
    /// Who signs the request.
    pub proof: Proof,
    /// Application before review; none by default.
    #[serde(default = "no_application")]
    pub application: Application,
    /// Whether the address must answer before the bank looks; `none` by default.
    #[serde(default)]
    pub email_confirmation: EmailConfirmation,
    /// `none`, or who reviews and by when.
    pub review: OrNone<ReviewConfig>,
    /// How long after acceptance the ready-mail may take before support gets a ticket; not watched by default.
    #[serde(default)]
    pub mail_target: Option<String>,
    /// How the certificate reaches the client.
    pub delivery: DeliveryConfig,
    /// `none` (default), or the act.
    #[serde(default)]
    pub act: OrNone<ActConfig>,
    /// What takes the certificate into service.
    pub activation: Activation,
    /// `none` (default), or what becomes of the current certificate.
    #[serde(default)]
    pub predecessor: OrNone<PredecessorConfig>,
    /// Name of the certificate profile.
    pub profile: String,
    /// How long a request may live; `30d` by default.
    #[serde(default = "thirty_days")]
    pub request_life: String,
    /// Notices beside those that are always sent; none by default.
    #[serde(default)]
    pub notices: Vec<String>,
}

/// The `review` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewConfig {
    /// Roles that may decide.
    pub by: Vec<Role>,
    /// Two different people must approve; false by default.
    #[serde(default)]
    pub second_person: bool,
    /// `immediate`, `next working day HH:MM`, or a span.
    pub target: String,
    /// Whether days off count into a span; they do by default.
    #[serde(default)]
    pub days_off: Option<DaysOff>,
}

/// Whether days off count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DaysOff {
    /// They do.
    Count,
    /// They do not.
    Skip,
}

/// The `delivery` word or table.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum DeliveryConfig {
    /// In the portal.
    Portal,
    /// Behind a mailed link.
    MailedLink {
        /// How long a link lives.
        life: String,
        /// What happens when it ends unused; nothing by default.
        #[serde(default = "wait")]
        ended: LinkEnded,
    },
}

/// The `act` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActConfig {
    /// Key of its title in the procedure's locales.
    pub title: String,
    /// Electronic or paper.
    pub form: ActForm,
    /// Paper copies for the bank.
    pub copies: u8,
    /// Which step waits for it.
    pub gate: ActGate,
    /// When it is drawn; at issue by default.
    #[serde(default = "at_issue")]
    pub drawn: ActDrawn,
    /// By when the bank must have it; never by default.
    #[serde(default)]
    pub due: Option<String>,
    /// What happens when it is late; reminders by default.
    #[serde(default = "remind")]
    pub overdue: Overdue,
}

/// The `predecessor` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredecessorConfig {
    /// What it becomes.
    pub becomes: Becomes,
    /// How long both are good.
    pub overlap: String,
}

/// What the current certificate becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Becomes {
    /// Superseded.
    Superseded,
}

/// The word `none`, or a table.
#[derive(Clone, Debug)]
pub struct OrNone<T>(pub Option<T>);

impl<T> Default for OrNone<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OrNone<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NoneOrTable<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for NoneOrTable<T> {
            type Value = OrNone<T>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("\"none\" or a table")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Self::Value, E> {
                if word == "none" {
                    Ok(OrNone(None))
                } else {
                    Err(E::invalid_value(serde::de::Unexpected::Str(word), &self))
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|table| OrNone(Some(table)))
            }
        }

        deserializer.deserialize_any(NoneOrTable(std::marker::PhantomData))
    }
}

impl Procedure {
    /// Parses and validates `procedure.toml` of the folder `name`; `file` is only for messages.
    ///
    /// # Errors
    /// The file, the line where known, and the reason in words.
    pub fn parse(name: &str, file: &str, text: &str) -> Result<Self, ProcedureError> {
        let refuse = |wrong: Wrong| wrong.into_error(file, text);
        if !is_word(name, "-") {
            return Err(refuse(Wrong::new(
                &[],
                format!("the folder name {name:?} is not lower-case words joined by -"),
            )));
        }
        let config: ProcedureConfig = from_toml(file, text)?;
        let procedure = validated(name, text, &config).map_err(refuse)?;
        match contradictions(&procedure).into_iter().next() {
            Some(wrong) => Err(refuse(wrong)),
            None => Ok(procedure),
        }
    }
}

/// Every word into its value.
fn validated(name: &str, text: &str, config: &ProcedureConfig) -> Result<Procedure, Wrong> {
    Ok(Procedure {
        name: name.to_owned(),
        source: text.to_owned(),
        kind: config.kind,
        entry: word(&config.entry, "-/", &["entry"])?,
        login: config.login,
        editable: distinct(&config.editable, &["editable"])?,
        earliest_start: earliest_start(&config.earliest_start)?,
        medium: distinct(&config.medium, &["medium"])?,
        one_per_signature: config.one_per_signature,
        latin_check: config.latin_check,
        latin_table: config.latin_table,
        pin_change: config.pin_change,
        administrator_pin: config.administrator_pin,
        proof: config.proof,
        application: config.application,
        email_confirmation: config.email_confirmation,
        review: review(config.review.0.as_ref())?,
        mail_target_ms: config.mail_target.as_deref().map(|span| plain_ms(span, &["mail_target"])).transpose()?,
        delivery: delivery(&config.delivery)?,
        act: config.act.0.as_ref().map(act).transpose()?,
        activation: config.activation,
        overlap_ms: config
            .predecessor
            .0
            .as_ref()
            .map(|predecessor| plain_ms(&predecessor.overlap, &["predecessor", "overlap"]))
            .transpose()?,
        profile: word(&config.profile, "-", &["profile"])?,
        request_life_ms: plain_ms(&config.request_life, &["request_life"])?,
        notices: config.notices.iter().map(|rule| notice(rule)).collect::<Result<_, _>>()?,
    })
}

fn earliest_start(text: &str) -> Result<EarliestStart, Wrong> {
    if text == "any" {
        return Ok(EarliestStart::Any);
    }
    plain_ms(text, &["earliest_start"]).map(EarliestStart::BeforeEnd)
}

fn review(config: Option<&ReviewConfig>) -> Result<Review, Wrong> {
    let Some(config) = config else { return Ok(Review::None) };
    let roles = distinct(&config.by, &["review", "by"])?;
    if roles.is_empty() {
        return Err(Wrong::new(&["review", "by"], "names no role; without review write review = \"none\""));
    }
    for role in &roles {
        match role {
            Role::Operator | Role::SecurityOfficer | Role::BranchClerk => {}
            Role::Support | Role::Auditor | Role::CaAdministrator => {
                let reason = format!("{} decides no requests", role.name());
                return Err(Wrong::new(&["review", "by"], reason));
            }
        }
    }
    Ok(Review::By { roles, second_person: config.second_person, target: target(config)? })
}

fn target(config: &ReviewConfig) -> Result<Target, Wrong> {
    let path = &["review", "target"];
    let target = if config.target == "immediate" {
        Target::Immediate
    } else if let Some(clock) = config.target.strip_prefix("next working day ") {
        Target::NextWorkingDay {
            minute: minute_of_day(clock).ok_or_else(|| Wrong::new(path, bad_target(&config.target)))?,
        }
    } else {
        let span = Span::parse(&config.target).ok_or_else(|| Wrong::new(path, bad_target(&config.target)))?;
        let Span::Plain(milliseconds) = span else { return Err(Wrong::new(path, bad_target(&config.target))) };
        return Ok(Target::After { milliseconds, skip_days_off: config.days_off == Some(DaysOff::Skip) });
    };
    match config.days_off {
        None => Ok(target),
        Some(_) => Err(Wrong::new(&["review", "days_off"], "only says something about a span such as 24h")),
    }
}

fn bad_target(text: &str) -> String {
    format!("{text:?} is not a target: \"immediate\", \"next working day 11:00\" or a span such as \"24h\"")
}

fn delivery(config: &DeliveryConfig) -> Result<Delivery, Wrong> {
    match config {
        DeliveryConfig::Portal => Ok(Delivery::Portal),
        DeliveryConfig::MailedLink { life, ended } => {
            let rule = |life| Delivery::MailedLink(LinkRule { life, ended: *ended });
            span(life, &["delivery", "mailed-link", "life"]).map(rule)
        }
    }
}

fn act(config: &ActConfig) -> Result<ActRule, Wrong> {
    Ok(ActRule {
        title: word(&config.title, "-", &["act", "title"])?,
        form: config.form,
        copies: config.copies,
        gate: config.gate,
        drawn: config.drawn,
        due: config.due.as_deref().map(|due| span(due, &["act", "due"])).transpose()?,
        overdue: config.overdue,
    })
}

fn notice(text: &str) -> Result<NoticeRule, Wrong> {
    let wrong = |reason: String| Wrong::new(&["notices"], reason);
    let (word, spans) = text.split_once(':').unwrap_or((text, ""));
    let before = spans
        .split_whitespace()
        .map(|before| Span::parse(before).ok_or_else(|| wrong(format!("{before:?} is not a span"))))
        .collect::<Result<Vec<_>, _>>()?;
    let Some(notice) = Notice::from_name(word) else {
        let words: Vec<_> = Notice::ALL.into_iter().map(Notice::name).collect();
        return Err(wrong(format!("{word:?} is not a notice: {}", words.join(", "))));
    };
    if notice.is_reminder() == before.is_empty() {
        let reason = if notice.is_reminder() { "needs spans, such as \"expiry: 30d 7d\"" } else { "takes no spans" };
        return Err(wrong(format!("{word:?} {reason}")));
    }
    if before.len() > MOST_REMINDERS {
        return Err(wrong(format!("{word:?} has more than {MOST_REMINDERS} spans")));
    }
    Ok(NoticeRule { notice: word.to_owned(), before })
}

/// What the words say together. Each row: does it contradict, which key to look at, why.
fn contradictions(procedure: &Procedure) -> Vec<Wrong> {
    let has_medium = |medium| procedure.medium.contains(&medium);
    let first = !procedure.needs_predecessor();
    let link_life = match procedure.delivery {
        Delivery::Portal => None,
        Delivery::MailedLink(rule) => Some(rule.life),
    };
    let window = matches!(procedure.earliest_start, EarliestStart::BeforeEnd(_));
    let paper = matches!(procedure.application, Application::Paper | Application::PaperOrScan);
    let rows: [(bool, &[&str], &str); 24] = [
        (
            first && procedure.proof == Proof::CurrentKey,
            &["proof"],
            "a first issue has no current key: proof = \"none\"",
        ),
        (first && procedure.overlap_ms.is_some(), &["predecessor"], "a first issue has no predecessor"),
        (first && window, &["earliest_start"], "a first issue has no current certificate to count from: \"any\""),
        (first && has_medium(Medium::Current), &["medium"], "a first issue has no current medium"),
        (
            first && procedure.login == Login::Certificate,
            &["login"],
            "a first issue has no certificate to sign in with",
        ),
        (
            !first && procedure.overlap_ms.is_none(),
            &["kind"],
            "needs predecessor = { becomes = \"superseded\", overlap = .. }",
        ),
        (!first && procedure.login == Login::None, &["login"], "only a first issue has a public door"),
        (
            procedure.email_confirmation == EmailConfirmation::Link && procedure.login != Login::None,
            &["email_confirmation"],
            "only at a public door does the bank not know the address: login = \"none\"",
        ),
        (procedure.medium.is_empty(), &["medium"], "names no medium"),
        (
            has_medium(Medium::Current) && procedure.medium.len() > 1,
            &["medium"],
            "\"current\" stands alone: it is of any kind",
        ),
        (
            procedure.one_per_signature && !has_medium(Medium::SmartKey),
            &["one_per_signature"],
            "needs the medium smart-key",
        ),
        (
            procedure.pin_change == PinChange::UserAndAdmin && !has_medium(Medium::SmartKey),
            &["pin_change"],
            "only the medium smart-key has two PINs",
        ),
        (
            procedure.administrator_pin == AdministratorPin::Generated
                && procedure.pin_change != PinChange::UserAndAdmin,
            &["administrator_pin"],
            "is changed by pin_change = \"user-and-admin\" alone",
        ),
        (
            procedure.editable.len() > 1 && procedure.editable.contains(&Field::All),
            &["editable"],
            "\"all\" stands alone",
        ),
        (
            procedure.application == Application::Electronic && procedure.proof == Proof::None,
            &["application"],
            "the electronic application is the request signed by the current key: proof = \"current-key\"",
        ),
        (
            procedure.proof == Proof::None && !paper && procedure.activation == Activation::OnInstall,
            &["proof"],
            "nothing would prove who asks: ask for the current key, a paper application or the act before activation",
        ),
        (
            procedure.mail_target_ms.is_some() && link_life.is_none(),
            &["mail_target"],
            "there is no mail: delivery is not a mailed link",
        ),
        (procedure.mail_target_ms == Some(0), &["mail_target"], "must be longer than nothing"),
        (procedure.request_life_ms < DAY_MS, &["request_life"], "must be a day at least"),
        (procedure.activation == Activation::OnAct && procedure.act.is_none(), &["activation"], "on-act needs an act"),
        (
            matches!(link_life, Some(Span::Plain(0) | Span::WorkingDays(0))),
            &["delivery"],
            "a link must live longer than nothing",
        ),
        (
            matches!(link_life, Some(Span::Plain(life)) if life > procedure.request_life_ms),
            &["delivery"],
            "a link cannot outlive the request",
        ),
        (
            procedure.wants(Notice::Act) && procedure.act.as_ref().is_none_or(|act| act.due.is_none()),
            &["notices"],
            "reminders of the act need act.due",
        ),
        (has_twice(procedure), &["notices"], "names a notice twice"),
    ];
    let rows = rows.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, path, reason)| Wrong::new(path, reason));
    let act = procedure.act.as_ref().map(|rule| act_contradictions(procedure, rule)).unwrap_or_default();
    rows.chain(act).collect()
}

fn act_contradictions(procedure: &Procedure, act: &ActRule) -> Vec<Wrong> {
    let electronic = act.form == ActForm::Electronic;
    let rows: [(bool, &[&str], &str); 9] = [
        (
            electronic && !procedure.needs_predecessor(),
            &["act", "form"],
            "an electronic act is signed by the current key, which a first issue does not have",
        ),
        (
            electronic && act.drawn == ActDrawn::AtCreation,
            &["act", "drawn"],
            "an electronic act names the certificate: it can only be drawn at-issue",
        ),
        (
            act.gate == ActGate::BeforeDelivery && !electronic,
            &["act", "gate"],
            "before-delivery needs form = \"electronic\": only a signature can be checked before the bytes go out",
        ),
        (
            act.gate == ActGate::BeforeActivation && procedure.activation == Activation::OnInstall,
            &["activation"],
            "the act is the gate before activation: activation = \"on-act\"",
        ),
        (
            act.gate == ActGate::None && procedure.activation == Activation::OnAct,
            &["act", "gate"],
            "activation = \"on-act\" waits for the act: gate = \"before-activation\"",
        ),
        (act.overdue == Overdue::Block && act.due.is_none(), &["act", "overdue"], "block needs a due date"),
        (
            matches!(act.due, Some(Span::Plain(0) | Span::WorkingDays(0))),
            &["act", "due"],
            "must be longer than nothing",
        ),
        (!electronic && act.copies == 0, &["act", "copies"], "a paper act has one copy at least"),
        (act.copies > MOST_COPIES, &["act", "copies"], "is more than nine"),
    ];
    rows.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, path, reason)| Wrong::new(path, reason)).collect()
}

fn has_twice(procedure: &Procedure) -> bool {
    let mut words: Vec<&str> = procedure.notices.iter().map(|rule| rule.notice.as_str()).collect();
    words.sort_unstable();
    words.windows(2).any(|pair| pair[0] == pair[1])
}

impl Span {
    /// Parses `30d`, `2h`, `45m`, `5wd` or `5 working days`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let (count, unit) = text.split_at(digits);
        // The longest span anybody writes is a few years; more is a slip of the finger.
        let count: u32 = count.parse().ok().filter(|count| *count <= LARGEST_COUNT)?;
        match unit {
            "d" => Some(Self::Plain(i64::from(count) * DAY_MS)),
            "h" => Some(Self::Plain(i64::from(count) * HOUR_MS)),
            "m" => Some(Self::Plain(i64::from(count) * MINUTE_MS)),
            "wd" | " working days" | " working day" => Some(Self::WorkingDays(count)),
            _ => None,
        }
    }
}

impl fmt::Display for Span {
    /// The shortest spelling that parses back.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkingDays(days) => write!(out, "{days}wd"),
            Self::Plain(span) if span % DAY_MS == 0 => write!(out, "{}d", span / DAY_MS),
            Self::Plain(span) if span % HOUR_MS == 0 => write!(out, "{}h", span / HOUR_MS),
            Self::Plain(span) => write!(out, "{}m", span / MINUTE_MS),
        }
    }
}

fn span(text: &str, path: &[&str]) -> Result<Span, Wrong> {
    Span::parse(text).ok_or_else(|| {
        Wrong::new(path, format!("{text:?} is not a span: \"30d\", \"2h\", \"45m\" or \"5 working days\""))
    })
}

fn plain_ms(text: &str, path: &[&str]) -> Result<i64, Wrong> {
    match span(text, path)? {
        Span::Plain(milliseconds) => Ok(milliseconds),
        Span::WorkingDays(_) => {
            Err(Wrong::new(path, format!("{text:?} counts working days; here only plain time does")))
        }
    }
}

fn minute_of_day(clock: &str) -> Option<u16> {
    let (hours, minutes) = clock.split_once(':').filter(|(hours, minutes)| hours.len() == 2 && minutes.len() == 2)?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn distinct<T: Copy + PartialEq>(words: &[T], path: &[&str]) -> Result<Vec<T>, Wrong> {
    let twice = words.iter().enumerate().any(|(index, word)| words[..index].contains(word));
    if twice { Err(Wrong::new(path, "names a word twice")) } else { Ok(words.to_vec()) }
}

fn word(text: &str, joiners: &str, path: &[&str]) -> Result<String, Wrong> {
    if is_word(text, joiners) {
        return Ok(text.to_owned());
    }
    let most = LONGEST_WORD;
    Err(Wrong::new(
        path,
        format!("{text:?} is not lower-case letters and digits joined by {joiners} (at most {most} characters)"),
    ))
}

/// Lower-case letters and digits, joined by single characters of `joiners`.
pub(crate) fn is_word(text: &str, joiners: &str) -> bool {
    text.len() <= LONGEST_WORD
        && text.split(|c| joiners.contains(c)).all(|part| {
            !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit())
        })
}

/// A wrong value at a key, before file and line are known.
pub(crate) struct Wrong {
    path: Vec<String>,
    reason: String,
}

impl Wrong {
    pub(crate) fn new(path: &[&str], reason: impl Into<String>) -> Self {
        Self { path: path.iter().map(|&key| key.to_owned()).collect(), reason: reason.into() }
    }

    pub(crate) fn into_error(self, file: &str, text: &str) -> ProcedureError {
        let reason =
            if self.path.is_empty() { self.reason } else { format!("{}: {}", self.path.join("."), self.reason) };
        let keys: Vec<&str> = self.path.iter().map(String::as_str).collect();
        ProcedureError { file: file.to_owned(), line: line_of_key(text, &keys), reason }
    }
}

/// Reads TOML; what serde and the parser refuse already knows its place.
pub(crate) fn from_toml<'de, T: Deserialize<'de>>(file: &str, text: &'de str) -> Result<T, ProcedureError> {
    toml::from_str(text).map_err(|error: toml::de::Error| ProcedureError {
        file: file.to_owned(),
        line: error.span().map(|span| line_at(text, span.start)),
        reason: error.message().to_owned(),
    })
}

/// The line of the deepest key of `path` that the text has.
fn line_of_key(text: &str, path: &[&str]) -> Option<usize> {
    let document = toml::de::DeTable::parse(text).ok()?;
    let mut table = document.get_ref();
    let mut line = None;
    for key in path {
        let Some((name, value)) = table.iter().find(|(name, _)| name.get_ref().as_ref() == *key) else { break };
        line = Some(line_at(text, name.span().start));
        match value.get_ref().as_table() {
            Some(inner) => table = inner,
            None => break,
        }
    }
    line
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|octet| *octet == b'\n').count() + 1
}

fn word_any() -> String {
    "any".to_owned()
}

fn thirty_days() -> String {
    "30d".to_owned()
}

fn no_pin_change() -> PinChange {
    PinChange::None
}

fn no_application() -> Application {
    Application::None
}

fn at_issue() -> ActDrawn {
    ActDrawn::AtIssue
}

fn wait() -> LinkEnded {
    LinkEnded::Wait
}

fn remind() -> Overdue {
    Overdue::Remind
}

/// A person who gets more letters than this about one date stops reading them.
const MOST_REMINDERS: usize = 10;
/// A counter takes one digit.
const MOST_COPIES: u8 = 9;
/// Ten years of days.
const LARGEST_COUNT: u32 = 3_660;
/// Words become file names and columns.
const LONGEST_WORD: usize = 64;

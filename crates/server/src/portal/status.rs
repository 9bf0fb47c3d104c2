//! How a request stands, by its УНЗ: whose move it is, when to expect an answer, what to do. Nobody's name is shown, so nobody has
//! to sign in; tries are counted, because numbers could be guessed at. The client's own page of a request says the same, from here.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Timestamp;
use domain::request::StageName;
use store::views::Status;

use super::delivery::speech;
use crate::api::{Door, Problem};
use crate::pages::{Field, Frame, Page, Tone, Visit, show_as};
use crate::words::Speech;

/// `?unz=`
#[derive(serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    unz: String,
}

#[derive(askama::Template)]
#[template(path = "portal/status.html")]
struct StatusPage<'a> {
    frame: Frame<'a>,
    field: Field,
    found: Option<Found>,
}

/// What is told of a request.
struct Found {
    unz: String,
    word: String,
    tone: Tone,
    told: Told,
    agent: String,
    way: Vec<Stop>,
}

/// Whose move it is and what happens next: what every page for a client's eyes says of a request.
pub(super) struct Told {
    /// The id of the words for whose move it is.
    pub(super) turn: &'static str,
    pub(super) next: String,
    /// While the bank is at work: when its letter comes, and whom to ask if it does not.
    pub(super) letter: Option<String>,
    /// Each time that matters: the word for it, and when.
    pub(super) times: Vec<(&'static str, String)>,
}

/// What that is told from: both pages know it, and nothing in it is personal.
pub(super) struct Position {
    pub(super) stage: StageName,
    /// It was the client who said no.
    pub(super) declined: bool,
    pub(super) email_confirmed: bool,
    /// The word of an act that the client owes to the bank.
    pub(super) owed: Option<&'static str>,
    pub(super) act_due: Option<Timestamp>,
    pub(super) eta: Option<Timestamp>,
    pub(super) link_until: Option<Timestamp>,
}

/// One station of the way.
pub(super) struct Stop {
    /// `done`, `now` or `then`.
    class: &'static str,
    word: String,
    at: Option<String>,
}

impl Page for StatusPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn status(
    State(door): State<Door>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let given = asked.unz.trim().to_lowercase();
    let status = match given.parse().ok() {
        Some(unz) => door.ask(move |ra, _| ra.view(|tx| store::views::status(tx, unz))).await?,
        None => None,
    };
    let agent = status.as_ref().and_then(|status| door.agents().iter().find(|agent| agent.id == status.agent_id));
    let procedure = status.as_ref().map_or("", |status| status.procedure.as_str());
    let speech = speech(&door, &visit, agent, procedure);
    let title = speech.say("status-title");
    let mut frame = Frame::new(&visit, speech, title).of_some_agent(agent);
    let found = match (&status, agent) {
        (Some(status), Some(agent)) => Some(found(&frame, &given, &agent.name, status, door.now())),
        _ => None,
    };
    let is_wrong = found.is_none() && !given.is_empty();
    let field = Field::line("unz", frame.say("page-link-unz"), asked.unz.trim())
        .hint(frame.say("status-hint"))
        .wrong(is_wrong.then(|| frame.say("status-unknown")))
        .required();
    if is_wrong {
        frame = frame.wrong_field("status-unknown");
    }
    let code = if is_wrong { StatusCode::NOT_FOUND } else { StatusCode::OK };
    Ok(show_as(code, &StatusPage { frame, field, found }))
}

fn found(frame: &Frame<'_>, unz: &str, agent: &str, status: &Status, now: Timestamp) -> Found {
    let speech = &frame.speech;
    Found {
        unz: unz.to_owned(),
        word: speech.stage(status.stage.name()),
        tone: tone(status.stage),
        told: Position::of_status(status).told(frame, now),
        agent: agent.to_owned(),
        way: way(speech, status),
    }
}

impl Position {
    fn of_status(status: &Status) -> Self {
        Self {
            stage: status.stage,
            declined: status.declined,
            email_confirmed: status.email_confirmed,
            owed: status.act.is_owed(status.stage).then(|| status.act.name()),
            act_due: status.act.due(),
            eta: status.eta,
            link_until: status.link_until,
        }
    }

    pub(super) fn of_card(card: &ra::RequestCard) -> Self {
        Self {
            stage: card.stage,
            declined: card.declined,
            email_confirmed: card.email_confirmed,
            owed: card.act_owed.then_some(card.act),
            act_due: card.act_due,
            eta: card.eta,
            link_until: card.link_until,
        }
    }

    /// In words, at this moment.
    pub(super) fn told(&self, frame: &Frame<'_>, now: Timestamp) -> Told {
        let speech = &frame.speech;
        let turn = self.turn();
        let is_with_bank = turn == "turn-bank";
        let eta = self.eta.filter(|_| is_with_bank);
        let link_ended = self.link_until.is_some_and(|until| until <= now);
        let mut next = speech.say(&self.next(link_ended));
        if eta.is_some_and(|eta| eta <= now) {
            next = format!("{next} {}", speech.say("next-late"));
        }
        let due = self.owed.and(self.act_due).map(|due| (act_word(due, now), due));
        let link = self.link_until.map(|until| (if link_ended { "status-link-ended" } else { "status-link" }, until));
        let times = eta.map(|eta| (eta_word(eta, now), eta)).into_iter().chain(link).chain(due);
        Told {
            turn,
            next,
            letter: is_with_bank.then(|| letter(frame)),
            times: times.map(|(word, at)| (word, speech.time(&at))).collect(),
        }
    }

    /// Whose move it is for a client's eyes: an act that is owed is the client's, also when the request is done.
    fn turn(&self) -> &'static str {
        if self.owed.is_some() { "turn-client" } else { turn(self.stage, self.email_confirmed) }
    }

    /// The id of the words for what happens next.
    fn next(&self, link_ended: bool) -> String {
        let id = match (self.owed, self.stage) {
            (Some("overdue"), _) => "next-act-overdue",
            // In the words of the bank: its manual says how a copy gets there.
            (Some(_), _) => "page-act-copy",
            (None, StageName::Accepted) if !self.email_confirmed => "next-confirm-email",
            (None, StageName::Issued | StageName::ActSigned | StageName::Installed) if link_ended => "next-link-ended",
            (None, StageName::Rejected) if self.declined => "next-declined",
            (None, stage) => return format!("next-{}", stage.name()),
        };
        id.to_owned()
    }
}

/// In the words of the bank: its manual promises the letter in so many hours and names its support.
fn letter(frame: &Frame<'_>) -> String {
    let support = frame.support.as_ref().map_or("", |support| support.phone.as_str());
    frame.speech.say1("page-accepted-mail", "support", support)
}

/// The word for the time of a promised answer, which may have passed.
fn eta_word(eta: Timestamp, now: Timestamp) -> &'static str {
    if eta <= now { "status-eta-passed" } else { "status-eta" }
}

fn act_word(due: Timestamp, now: Timestamp) -> &'static str {
    if due <= now { "status-act-passed" } else { "status-act" }
}

/// Whose move it is.
pub(crate) fn turn(stage: StageName, email_confirmed: bool) -> &'static str {
    match stage {
        StageName::Accepted if !email_confirmed => "turn-client",
        StageName::Draft
        | StageName::KeyReady
        | StageName::Signed
        | StageName::NeedsFix
        | StageName::Issued
        | StageName::ActSigned
        | StageName::Installed
        | StageName::Proven => "turn-client",
        StageName::Accepted | StageName::InReview | StageName::Approved => "turn-bank",
        StageName::InService | StageName::Rejected | StageName::Cancelled | StageName::Expired => "turn-nobody",
    }
}

/// How a stage is meant.
pub(crate) fn tone(stage: StageName) -> Tone {
    match stage {
        StageName::InService => Tone::Good,
        StageName::Rejected | StageName::Expired => Tone::Bad,
        StageName::Cancelled => Tone::Idle,
        StageName::Draft
        | StageName::KeyReady
        | StageName::Signed
        | StageName::NeedsFix
        | StageName::Issued
        | StageName::ActSigned
        | StageName::Installed
        | StageName::Proven => Tone::Warn,
        StageName::Accepted | StageName::InReview | StageName::Approved => Tone::Tell,
    }
}

/// The stations that people know, with what is behind and what is ahead.
fn way(speech: &Speech<'_>, status: &Status) -> Vec<Stop> {
    const STATIONS: [StageName; 5] =
        [StageName::Accepted, StageName::Approved, StageName::Issued, StageName::Installed, StageName::InService];
    let time = |at: Option<Timestamp>| at.map(|at| speech.time(&at));
    let at = |station: StageName| match station {
        StageName::Accepted => time(status.accepted_at),
        StageName::Issued => time(status.issued_at),
        StageName::InService => time(status.in_service_since),
        _ => None,
    };
    let is_over = matches!(status.stage, StageName::Rejected | StageName::Cancelled | StageName::Expired);
    let stop = |class, station: StageName| Stop {
        class,
        word: speech.say(&format!("station-{}", station.name())),
        at: at(station),
    };
    if is_over {
        let behind = STATIONS.into_iter().filter(|station| at(*station).is_some()).map(|station| stop("done", station));
        let word = if status.declined { speech.say("station-declined") } else { speech.stage(status.stage.name()) };
        let end = Stop { class: "now", word, at: None };
        return behind.chain(std::iter::once(end)).collect();
    }
    let reached = STATIONS.iter().rposition(|station| *station <= status.stage).unwrap_or(0);
    let is_done = status.stage == StageName::InService;
    let class = |place: usize| match place.cmp(&reached) {
        std::cmp::Ordering::Less => "done",
        std::cmp::Ordering::Equal if is_done => "done",
        std::cmp::Ordering::Equal => "now",
        std::cmp::Ordering::Greater => "then",
    };
    STATIONS.into_iter().enumerate().map(|(place, station)| stop(class(place), station)).collect()
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use domain::act::Act;
    let field = |frame: &Frame<'_>, wrong: bool| {
        let wrong = wrong.then(|| frame.say("status-unknown"));
        Field::line("unz", frame.say("page-link-unz"), "11\"><b>").hint(frame.say("status-hint")).wrong(wrong)
    };
    let mut pages: Vec<Box<dyn crate::pages::samples::Sample + 'a>> = Vec::new();
    for wrong in [false, true] {
        let frame = frame("status-title");
        pages.push(Box::new(StatusPage { field: field(&frame, wrong), frame, found: None }));
    }
    let day = Timestamp(1_535_021_580_000);
    let owed = [Act::None, Act::ClientSigned { at: day, due: Some(day) }, Act::Overdue { due: day }];
    let stages = StageName::ALL.into_iter().map(|stage| (stage, false)).chain([(StageName::Rejected, true)]);
    for ((stage, declined), act) in stages.flat_map(|stage| owed.iter().map(move |act| (stage, act.clone()))) {
        // Before every promised time, and after.
        for now in [Timestamp(0), day.plus_ms(1)] {
            let frame = frame("status-title");
            let status = Status {
                agent_id: domain::ids::AgentId(1),
                procedure: "sample".to_owned(),
                stage,
                declined,
                email_confirmed: true,
                accepted_at: Some(day),
                eta: Some(day),
                issued_at: Some(day).filter(|_| stage > StageName::Approved),
                in_service_since: Some(day).filter(|_| stage == StageName::InService),
                expires_at: Timestamp(1_537_613_580_000),
                link_until: Some(day),
                act: act.clone(),
            };
            let found = found(&frame, "1196837e3c03f2", "Sixth", &status, now);
            pages.push(Box::new(StatusPage { field: field(&frame, false), frame, found: Some(found) }));
        }
    }
    pages
}

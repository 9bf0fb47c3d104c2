//! The first page of a demonstration: who one may be, with what, and the walk step by step in the words of the pages it goes through.

use axum::extract::State;
use axum::response::{IntoResponse as _, Json, Response};

use super::{Stage, StageApplicant, StageClient, Step, stage};
use crate::api::{Door, Problem};
use crate::pages::{Frame, Page, Tone, Visit, show};
use crate::portal::first_issue;
use crate::words::Speech;

#[derive(askama::Template)]
#[template(path = "demo/guide.html")]
struct GuidePage<'a> {
    frame: Frame<'a>,
    component: ComponentLine,
    clients: Vec<StageClient>,
    staff: Vec<StaffLine>,
    /// What the forms that sign a member in with one button send along.
    to: &'static str,
    steps: Vec<GuideStep>,
    /// The walk of the first issue, where there is an applicant.
    first: Vec<GuideStep>,
}

struct StaffLine {
    name: String,
    login: String,
    password: String,
    code: String,
}

/// One step of the walk: what to do, and where.
struct GuideStep {
    text: String,
    address: Option<(&'static str, String)>,
}

/// How the component stands, as the page says it.
#[derive(serde::Serialize)]
struct ComponentLine {
    text: String,
    tone: &'static str,
    /// Of 100, while there is something to wait for.
    percent: Option<u32>,
}

/// What changes while the page stands open.
#[derive(serde::Serialize)]
struct Changing {
    component: ComponentLine,
    codes: Vec<String>,
}

impl Page for GuidePage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(super) async fn guide(State(door): State<Door>, visit: Visit) -> Result<Response, Problem> {
    let stage = stage(&door)?;
    let words = door.words().get(&stage.procedure);
    let speech = Speech::new(visit.language).of(words);
    let agent = door.agents().iter().find(|agent| agent.id.0 == stage.agent);
    let open = speech.say("demo-open");
    let steps = steps(&speech, agent.map_or("", |agent| agent.name.as_str()), &stage.clients, &open);
    let first = stage.applicant.as_ref().map(|applicant| {
        let words = door.words().get(&applicant.procedure);
        first_steps(&Speech::new(visit.language).of(words), applicant, &open)
    });
    let codes = codes(&stage, door.now());
    let staff = stage.staff.iter().zip(codes).map(|(one, code)| StaffLine {
        name: one.name.clone(),
        login: one.login.clone(),
        password: one.password.clone(),
        code,
    });
    let component = component_line(&speech, &stage.component.now());
    let title = speech.say("demo-title");
    let frame = Frame::new(&visit, speech, title);
    let (clients, staff, first) = (stage.clients.clone(), staff.collect(), first.unwrap_or_default());
    Ok(show(&GuidePage { frame, component, clients, staff, to: DESK, steps, first }))
}

/// `/demo/state`: asked again and again by the page's script.
pub(super) async fn state(State(door): State<Door>, visit: Visit) -> Result<Response, Problem> {
    let stage = stage(&door)?;
    let component = component_line(&Speech::new(visit.language), &stage.component.now());
    Ok(Json(Changing { component, codes: codes(&stage, door.now()) }).into_response())
}

/// `/demo/form`: the public form, filled in for the sample applicant.
pub(super) async fn fill(State(door): State<Door>, visit: Visit) -> Result<Response, Problem> {
    let stage = stage(&door)?;
    let applicant = stage.applicant.as_ref().ok_or(domain::Refusal::NotFound)?;
    Ok(first_issue::filled_in(&visit, stage.agent, &applicant.typed))
}

/// The code that each member's device would show now.
fn codes(stage: &Stage, now: domain::Timestamp) -> Vec<String> {
    let shown = |device: &str| ra::shown_by_device(device, now).map_or_else(String::new, |(code, _)| code);
    stage.staff.iter().map(|one| shown(&one.device)).collect()
}

fn component_line(speech: &Speech<'_>, step: &Step) -> ComponentLine {
    let (text, tone, percent) = match step {
        Step::Off => (speech.say("demo-component-off"), Tone::Idle, None),
        Step::Looking => (speech.say("demo-component-looking"), Tone::Tell, Some(0)),
        Step::Building(done, all) => {
            let text = speech.say2("demo-component-building", ("number", done), ("count", all));
            (text, Tone::Tell, Some((done * 100 / (*all).max(1)).min(100)))
        }
        Step::Cards => (speech.say("demo-component-cards"), Tone::Tell, Some(100)),
        Step::Ready => (speech.say("demo-component-ready"), Tone::Good, None),
        Step::NoCargo => (speech.say("demo-component-no-cargo"), Tone::Warn, None),
        Step::MachinePolicy(file) => (speech.say1("demo-component-policy", "name", file), Tone::Warn, None),
        Step::Failed(why) => (speech.say1("demo-component-failed", "name", why), Tone::Bad, None),
    };
    ComponentLine { text, tone: tone.class(), percent }
}

/// The walk. Buttons and titles are quoted from the pages themselves, so that the guide says what is to be seen.
fn steps(speech: &Speech<'_>, agent: &str, clients: &[StageClient], open: &str) -> Vec<GuideStep> {
    let client = clients.first();
    let (pin, card) = client.map_or(("", ""), |client| (client.pin.as_str(), client.card.as_str()));
    let subject = speech.of_procedure("mail-ready-subject").unwrap_or_default();
    let renewal_link = speech.say1("page-renewal-link", "agent", agent);
    let step = |id: &str, name: &str, from: &str, number: &str, address: Option<&'static str>| {
        let args = [("name", name.to_owned()), ("from", from.to_owned()), ("number", number.to_owned())];
        GuideStep { text: speech.with(id, &args), address: address.map(|address| (address, open.to_owned())) }
    };
    let say = |id: &str| speech.say(id);
    vec![
        step("demo-step-sign-in", &say("sign-in-go"), card, pin, Some("/security")),
        step("demo-step-menu", &say("page-renewal-title"), &say("menu-security"), "", None),
        step("demo-step-press", &renewal_link, "", "", None),
        step("demo-step-medium", &say("page-medium-smart-key"), &say("page-medium-label"), &say("page-next"), None),
        step("demo-step-own", &say("page-renew"), &say("page-own-title"), "", None),
        step("demo-step-send", &say("page-ok"), card, pin, None),
        step("demo-step-accepted", &say("page-accepted-title"), "", "", None),
        step("demo-step-desk", &say("desk-do-approve"), "", "", Some(DESK)),
        step("demo-step-letter", &subject, "", "", Some("/demo/letters")),
        step("demo-step-act", &say("page-sign-act"), "", pin, None),
        step("demo-step-paper", &say("page-act-view"), "", "", None),
        step("demo-step-save", &say("page-save"), "", pin, None),
        step("demo-step-saved", &say("page-saved"), "", "", None),
        step("demo-step-message", &say("saved-message"), &say("messages-title"), "", None),
        step("demo-step-attach", &say("messages-attach"), &say("messages-text"), &say("messages-send"), None),
        step("demo-step-read", &say("desk-messages-read"), &say("desk-messages"), "", Some(DESK)),
    ]
}

/// The walk of a first issue, likewise.
fn first_steps(speech: &Speech<'_>, applicant: &StageApplicant, open: &str) -> Vec<GuideStep> {
    let say = |id: &str| speech.say(id);
    let fill = say("demo-first-fill");
    let step = |id: &str, name: String, from: &str, address: Option<(&'static str, &str)>| {
        let args = [("name", name), ("from", from.to_owned()), ("number", applicant.pin.clone())];
        GuideStep { text: speech.with(id, &args), address: address.map(|(address, words)| (address, words.to_owned())) }
    };
    let subject = speech.of_procedure("mail-ready-subject").unwrap_or_default();
    vec![
        step("demo-first-form", say("page-apply-confirm"), &fill, Some(("/demo/form", &fill))),
        step("demo-first-send", say("page-latin-send"), &applicant.card, None),
        step("demo-step-accepted", say("page-accepted-title"), "", None),
        step("demo-first-desk", say("desk-do-register-application"), "", None),
        step("demo-first-admit", say("desk-admit-do"), &say("desk-admit"), None),
        step("demo-first-approve", say("desk-do-approve"), "", None),
        step("demo-step-letter", subject, "", Some(("/demo/letters", open))),
        step("demo-first-save", say("page-save"), "", None),
    ]
}

/// Where a member of staff begins.
const DESK: &str = "/desk/requests";

#[cfg(test)]
pub(super) fn samples<'a>(frame: &impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let client = || StageClient {
        name: "<1>".to_owned(),
        organisation: "\"2\"".to_owned(),
        card: "10000001".to_owned(),
        pin: "1".to_owned(),
    };
    let all = [
        Step::Off,
        Step::Looking,
        Step::Building(7, 0),
        Step::Building(7, 10),
        Step::Cards,
        Step::Ready,
        Step::NoCargo,
        Step::MachinePolicy("<3>".to_owned()),
        Step::Failed("<4>".to_owned()),
    ];
    let page = |step: &Step| {
        let frame = frame("demo-title");
        let component = component_line(&frame.speech, step);
        let steps = steps(&frame.speech, "<5>", &[client()], "<6>");
        let applicant = StageApplicant {
            procedure: "sample".to_owned(),
            typed: Default::default(),
            card: "10000003".to_owned(),
            pin: "1".to_owned(),
        };
        let first = if *step == Step::Ready { first_steps(&frame.speech, &applicant, "<6>") } else { Vec::new() };
        let staff =
            StaffLine { name: "6".to_owned(), login: "7".to_owned(), password: "8".to_owned(), code: "9".to_owned() };
        Box::new(GuidePage { frame, component, clients: vec![client()], staff: vec![staff], to: DESK, steps, first })
            as Box<dyn crate::pages::samples::Sample + 'a>
    };
    all.iter().map(page).collect()
}

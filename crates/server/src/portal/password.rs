//! Sign-in by password, where the agent offers it, and the room of one's own password and second device. What such a sign-in may not do is
//! `ra`'s to say; the pages only ask.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::actor::Actor;
use domain::agent::{Agent, SubscriberPassword};
use domain::ids::AgentId;
use ra::{OwnPassword, Password, PasswordEntered};

use super::cabinet::frame;
use super::sign_in;
use crate::api::{Door, Problem, parse_agent};
use crate::auth::{Client, Entrance, escaped, let_in};
use crate::pages::{Field, Form, Frame, Page, Tone, Visit, see_other, show_as};
use crate::words::Speech;

/// A handed-out password was right: now one's own.
#[derive(askama::Template)]
#[template(path = "portal/first_password.html")]
struct FirstPage<'a> {
    frame: Frame<'a>,
    agent: u32,
    login: String,
    to: String,
    fields: Vec<Field>,
    device: Option<NewDevice>,
    code: Option<Field>,
}

/// The room of one's own password.
#[derive(askama::Template)]
#[template(path = "portal/password.html")]
struct PasswordPage<'a> {
    frame: Frame<'a>,
    /// How it stands, in words; none: the agent offers no passwords.
    state: Option<String>,
    set: Vec<Field>,
    /// A password that the person set, which whoever came by certificate may take out of use.
    may_remove: bool,
    /// Whether a device can be set up: there is a password of one's own.
    may_have_device: bool,
    device_state: String,
    device: Option<NewDevice>,
    confirm: Vec<Field>,
    /// Fields of the form that takes the device out of use; none: it cannot be.
    remove_device: Option<Vec<Field>>,
}

/// A device to be set up: its square, and the secret for who cannot scan.
struct NewDevice {
    square: String,
    secret: String,
}

impl Page for FirstPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for PasswordPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// The room.
const HERE: &str = "/security/password";
/// As `ra` takes them.
const LONGEST_LOGIN: usize = 64;
const LONGEST_PASSWORD: usize = 200;
const LONGEST_CODE: usize = 10;

/// `?done=` a change that was made.
#[derive(serde::Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    done: String,
}

/// The fields of the door.
pub(super) fn door_fields(speech: &Speech<'_>, agent: &Agent, login: &str) -> Option<Vec<Field>> {
    let hint = match agent.subscriber_password {
        SubscriberPassword::None => return None,
        SubscriberPassword::Password => "password-code-if-hint",
        SubscriberPassword::PasswordAndCode => "password-code-first-hint",
    };
    Some(fields_of_door(speech, hint, login))
}

fn fields_of_door(speech: &Speech<'_>, hint: &str, login: &str) -> Vec<Field> {
    let password = Field::line("password", speech.say("desk-password"), "").kind("password", "current-password");
    vec![login_field(speech, login), password.longest(LONGEST_PASSWORD).required(), code_field(speech, hint)]
}

pub(crate) async fn sign_in(State(door): State<Door>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let agent = parse_agent(form.line("agent"))?;
    enter(&door, &visit, &form, (agent, form.line("code")), None).await
}

/// Why a right password lets nobody in.
enum NotYet {
    /// It was handed out: first one's own, and the device with this secret where the agent wants one.
    OwnWanted(Option<String>),
    Problem(Problem),
}

impl From<Problem> for NotYet {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// In by the password of the form, or on to one's own; `wrong` is what was wrong with that one when it was tried.
async fn enter(
    door: &Door,
    visit: &Visit,
    form: &Form,
    (agent, code): (AgentId, &str),
    wrong: Option<Wrong>,
) -> Result<Response, Problem> {
    let (login, to, code) = (form.line("login").to_owned(), form.line("to").to_owned(), code.to_owned());
    let (asked, password) = (door.clone(), secret(form, "password"));
    let open = async move {
        let entered = asked.ask(move |ra, at| match ra.password_sign_in(agent, &login, &password, &code, at)? {
            PasswordEntered::SignedIn(signed_in) => sign_in::opened(ra, signed_in.token, &to, at).map(Ok),
            PasswordEntered::OwnWanted(device) => Ok(Err(device)),
        });
        entered.await?.map_err(NotYet::OwnWanted)
    };
    match let_in(door, visit, Entrance::Cabinet, form, open).await {
        Ok(response) => Ok(response),
        Err(NotYet::OwnWanted(device)) => Ok(first_page(door, visit, form, device, wrong)),
        Err(NotYet::Problem(Problem::Refused { refused, .. })) if refused.refusal != Refusal::NotFound => {
            Ok(sign_in::refused_by_password(door, visit, form, refused.refusal))
        }
        Err(NotYet::Problem(problem)) => Err(problem),
    }
}

/// One's own password instead of the one that was handed out.
pub(crate) async fn exchange(State(door): State<Door>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let agent = parse_agent(form.line("agent"))?;
    let wrong = if form.text("own") == form.text("again") {
        let line = |name: &str| form.line(name).to_owned();
        let (asked, login, to, code) = (door.clone(), line("login"), line("to"), line("code"));
        let (password, own) = (secret(&form, "password"), secret(&form, "own"));
        let open = async move {
            let exchanged = asked.ask(move |ra, at| {
                let signed_in = ra.exchange_password(agent, &login, &password, &own, &code, at)?;
                sign_in::opened(ra, signed_in.token, &to, at)
            });
            exchanged.await
        };
        match let_in(&door, &visit, Entrance::Cabinet, &form, open).await {
            Ok(response) => return Ok(response),
            Err(Problem::Refused { refused, .. })
                if matches!(refused.refusal, Refusal::TextUnacceptable | Refusal::DeviceCodeWrong) =>
            {
                Wrong::Refused(refused.refusal)
            }
            Err(Problem::Refused { refused, .. }) if refused.refusal != Refusal::NotFound => {
                return Ok(sign_in::refused_by_password(&door, &visit, &form, refused.refusal));
            }
            Err(problem) => return Err(problem),
        }
    } else {
        Wrong::Differ
    };
    // What was handed out is still to be exchanged, and the device waits for its code; or else this is no try that held.
    enter(&door, &visit, &form, (agent, ""), Some(wrong)).await
}

pub(crate) async fn room(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let done = DONE.into_iter().find(|word| *word == done.done);
    page(&door, &visit, &actor, "", done.map(|word| (Tone::Good, format!("password-done-{word}"))), None).await
}

pub(crate) async fn set(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    form: Form,
) -> Result<Response, Problem> {
    let login = form.line("login").to_owned();
    if form.text("own") != form.text("again") {
        return page(&door, &visit, &actor, &login, None, Some(Wrong::Differ)).await;
    }
    let (by, asked, token) = (actor.clone(), login.clone(), visit.client().unwrap_or_default().to_owned());
    let (old, own) = (secret(&form, "password"), secret(&form, "own"));
    let answered = door.ask(move |ra, at| ra.set_own_password(&by, &token, &asked, (&old, &own), at)).await;
    answer(&door, &visit, &actor, &login, answered, "set").await
}

pub(crate) async fn remove(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    _form: Form,
) -> Result<Response, Problem> {
    let by = actor.clone();
    let answered = door.ask(move |ra, at| ra.remove_own_password(&by, at)).await;
    answer(&door, &visit, &actor, "", answered, "removed").await
}

pub(crate) async fn offer_device(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    _form: Form,
) -> Result<Response, Problem> {
    let by = actor.clone();
    let answered = door.ask(move |ra, at| ra.offer_own_device(&by, at)).await;
    answer(&door, &visit, &actor, "", answered, "offered").await
}

pub(crate) async fn set_device(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    form: Form,
) -> Result<Response, Problem> {
    let (by, password, code) = (actor.clone(), secret(&form, "password"), form.line("code").to_owned());
    let answered = door.ask(move |ra, at| ra.set_own_device(&by, &password, &code, at)).await;
    answer(&door, &visit, &actor, "", answered, "device").await
}

pub(crate) async fn remove_device(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    form: Form,
) -> Result<Response, Problem> {
    let (by, password) = (actor.clone(), secret(&form, "password"));
    let answered = door.ask(move |ra, at| ra.remove_own_device(&by, &password, at)).await;
    answer(&door, &visit, &actor, "", answered, "no-device").await
}

/// What can be said of a change that was made.
const DONE: [&str; 4] = ["set", "removed", "device", "no-device"];

/// Why a form comes back.
#[derive(Clone, Copy)]
enum Wrong {
    /// The new password, typed twice, is not the same.
    Differ,
    Refused(Refusal),
}

impl Wrong {
    fn noted<'a>(self, frame: Frame<'a>) -> Frame<'a> {
        match self {
            Self::Differ => frame.wrong("password-differ"),
            Self::Refused(Refusal::TextUnacceptable) => frame.wrong("password-unacceptable"),
            Self::Refused(refusal) => frame.refused(refusal),
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Differ => StatusCode::BAD_REQUEST,
            Self::Refused(refusal) => Problem::from(refusal).status(),
        }
    }
}

async fn answer(
    door: &Door,
    visit: &Visit,
    actor: &Actor,
    login: &str,
    answered: Result<(), Problem>,
    done: &str,
) -> Result<Response, Problem> {
    match answered {
        Ok(()) => Ok(see_other(&format!("{HERE}?done={done}"))),
        Err(Problem::Refused { refused, .. }) => {
            page(door, visit, actor, login, None, Some(Wrong::Refused(refused.refusal))).await
        }
        Err(problem) => Err(problem),
    }
}

async fn page(
    door: &Door,
    visit: &Visit,
    actor: &Actor,
    login: &str,
    note: Option<(Tone, String)>,
    wrong: Option<Wrong>,
) -> Result<Response, Problem> {
    let by = actor.clone();
    let own = door.ask(move |ra, _| ra.own_password(&by)).await?;
    let mut frame = frame(door, visit, actor, "", "password-title");
    if let Some((tone, word)) = note {
        let text = frame.say(&word);
        frame = frame.noted(tone, text);
    }
    if let Some(wrong) = wrong {
        frame = wrong.noted(frame);
    }
    let issuer = issuer(door, actor);
    let by_certificate = matches!(actor, Actor::Subscriber { .. });
    Ok(show_as(wrong.map_or(StatusCode::OK, Wrong::status), &page_of(frame, &own, by_certificate, &issuer, login)))
}

fn page_of<'a>(
    frame: Frame<'a>,
    own: &OwnPassword,
    by_certificate: bool,
    issuer: &str,
    typed: &str,
) -> PasswordPage<'a> {
    let speech = &frame.speech;
    let is_own = own.login.is_some() && own.one_time_until.is_none();
    let login = own.login.as_deref().unwrap_or_default();
    let state = match (own.offered, &own.one_time_until) {
        (SubscriberPassword::None, _) => None,
        (_, Some(until)) => Some(format!("{} {}", speech.say("password-handed-out"), speech.time(until))),
        _ if is_own => Some(speech.say("password-is-set")),
        _ => Some(speech.say("password-is-not-set")),
    };
    let old = |id: &'static str| {
        let field = Field::line(id, speech.say("password-old"), "").kind("password", "current-password");
        (!by_certificate).then(|| field.named("password").longest(LONGEST_PASSWORD).required())
    };
    let mut set = Vec::new();
    if by_certificate {
        set.push(
            login_field(speech, if typed.is_empty() { login } else { typed }).hint(speech.say("password-login-hint")),
        );
    }
    set.extend(old("password"));
    set.extend(own_fields(speech));
    let device = own.offered_device.as_deref().map(|secret| NewDevice::of(issuer, login, secret));
    let mut confirm: Vec<Field> = old("confirm-password").into_iter().collect();
    confirm.push(code_field(speech, "password-code-hint").required());
    let device_state = match (own.has_device, own.offered) {
        (true, _) => "password-device-set",
        (false, SubscriberPassword::PasswordAndCode) => "password-device-wanted",
        (false, _) => "password-device-none",
    };
    let may_remove_device = own.has_device && own.offered == SubscriberPassword::Password;
    PasswordPage {
        state,
        set,
        may_remove: is_own && by_certificate,
        may_have_device: is_own,
        device_state: speech.say(device_state),
        device,
        confirm,
        remove_device: may_remove_device.then(|| old("remove-password").into_iter().collect()),
        frame,
    }
}

fn first_page(door: &Door, visit: &Visit, form: &Form, device: Option<String>, wrong: Option<Wrong>) -> Response {
    let speech = Speech::new(visit.language);
    let title = speech.say("password-first-title");
    let frame = Frame::new(visit, speech, title);
    let agent = parse_agent(form.line("agent")).ok();
    let agent = door.agents().iter().find(|known| Some(known.id) == agent);
    let mut frame = frame.of_some_agent(agent);
    if let Some(wrong) = wrong {
        frame = wrong.noted(frame);
    }
    let name = agent.map(|agent| agent.name.clone()).unwrap_or_default();
    let number = agent.map_or(0, |agent| agent.id.0);
    let page = first_page_of(frame, (number, &name), form.line("login"), form.line("to"), device);
    show_as(wrong.map_or(StatusCode::OK, Wrong::status), &page)
}

fn first_page_of<'a>(
    frame: Frame<'a>,
    (agent, issuer): (u32, &str),
    login: &str,
    to: &str,
    device: Option<String>,
) -> FirstPage<'a> {
    let speech = &frame.speech;
    let handed_out = Field::line("password", speech.say("password-one-time"), "").kind("password", "current-password");
    let mut fields = vec![handed_out.longest(LONGEST_PASSWORD).required()];
    fields.extend(own_fields(speech));
    let device = device.map(|secret| NewDevice::of(issuer, login, &secret));
    let code = device.is_some().then(|| code_field(speech, "password-code-hint").required());
    FirstPage { agent, login: login.to_owned(), to: to.to_owned(), fields, device, code, frame }
}

impl NewDevice {
    /// As authenticators read it (the «Key Uri Format»).
    fn of(issuer: &str, login: &str, secret: &str) -> Self {
        let (issuer, login) = (escaped(issuer), escaped(login));
        let groups = secret.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>();
        Self {
            square: documents::qr::square(&format!("otpauth://totp/{issuer}:{login}?secret={secret}")),
            secret: groups.join(" "),
        }
    }
}

fn issuer(door: &Door, actor: &Actor) -> String {
    let agent = door.agents().iter().find(|agent| Some(agent.id) == actor.agent_id());
    agent.map(|agent| agent.name.clone()).unwrap_or_default()
}

fn login_field(speech: &Speech<'_>, login: &str) -> Field {
    Field::line("login", speech.say("desk-login"), login).kind("text", "username").longest(LONGEST_LOGIN).required()
}

fn code_field(speech: &Speech<'_>, hint: &str) -> Field {
    Field::line("code", speech.say("desk-code"), "")
        .kind("text", "one-time-code")
        .digits()
        .longest(LONGEST_CODE)
        .hint(speech.say(hint))
}

fn own_fields(speech: &Speech<'_>) -> [Field; 2] {
    let field = |id: &'static str, word: &str| {
        Field::line(id, speech.say(word), "").kind("password", "new-password").longest(LONGEST_PASSWORD).required()
    };
    [field("own", "password-own").hint(speech.say("password-own-hint")), field("again", "password-again")]
}

fn secret(form: &Form, name: &str) -> Password {
    Password::new(form.text(name).as_bytes().to_vec())
}

#[cfg(test)]
pub(super) fn sample_door(speech: &Speech<'_>) -> Vec<Field> {
    fields_of_door(speech, "password-code-if-hint", "\"><b>")
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use domain::Timestamp;

    let secret = || "MZXW6YTBOIMZXW6YTBOIMZXW6YTBOI23".to_owned();
    let own = |offered, set: bool, one_time: bool, device: bool| OwnPassword {
        offered,
        login: set.then(|| "\"><b>".to_owned()),
        one_time_until: one_time.then_some(Timestamp(0)),
        has_device: device,
        offered_device: set.then(secret),
        locked_until: None,
        set_at: None,
    };
    let mut pages: Vec<Box<dyn crate::pages::samples::Sample + 'a>> = Vec::new();
    for by_certificate in [true, false] {
        for own in [
            own(SubscriberPassword::None, false, false, false),
            own(SubscriberPassword::Password, false, false, false),
            own(SubscriberPassword::Password, true, true, false),
            own(SubscriberPassword::Password, true, false, true),
            own(SubscriberPassword::PasswordAndCode, true, false, false),
        ] {
            let mut frame = super::cabinet::sample::signed_in(frame("password-title"));
            for done in DONE {
                let text = frame.say(&format!("password-done-{done}"));
                frame = frame.noted(Tone::Good, text);
            }
            let frame = Wrong::Refused(Refusal::TextUnacceptable).noted(Wrong::Differ.noted(frame));
            pages.push(Box::new(page_of(frame, &own, by_certificate, "<Sixth>", "")));
        }
    }
    for device in [None, Some(secret())] {
        pages.push(Box::new(first_page_of(
            frame("password-first-title"),
            (1, "<Sixth>"),
            "\"><b>",
            "/requests",
            device,
        )));
    }
    pages
}

//! Staff sign-in with login, password and the code of a second device, or with a certificate through the component; the account with
//! its open sign-ins; the ways out.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use domain::Refusal;
use ra::{OpenSignIn, Password, StaffSignedIn, Wish};

use super::frame;
use crate::api::{CMS, Door, Problem, der_in_text, parse_agent};
use crate::auth::{Clerk, Entrance, Opened, let_in, way_on};
use crate::pages::{Cookie, Field, Form, Frame, Page, Visit, see_other, show, show_as};
use crate::words::Speech;

/// Where to go on.
#[derive(serde::Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    to: String,
}

#[derive(askama::Template)]
#[template(path = "desk/sign_in.html")]
struct SignInPage<'a> {
    frame: Frame<'a>,
    fields: Vec<Field>,
    to: String,
    /// Number and name of each.
    agents: Vec<(u32, String)>,
}

#[derive(askama::Template)]
#[template(path = "desk/account.html")]
struct AccountPage<'a> {
    frame: Frame<'a>,
    name: String,
    roles: Vec<String>,
    open: Vec<OpenFacts>,
}

/// An open sign-in in words.
pub(super) struct OpenFacts {
    pub(super) since: String,
    pub(super) until: String,
    pub(super) way: String,
    pub(super) is_this_one: bool,
    /// Where the form goes that ends it.
    pub(super) end: String,
}

pub(super) fn open_facts(speech: &Speech<'_>, open: &[OpenSignIn], here: &str) -> Vec<OpenFacts> {
    let facts = |row: &OpenSignIn| OpenFacts {
        since: speech.time(&row.created_at),
        until: speech.time(&row.expires_at),
        way: speech.say(if row.by_certificate { "desk-way-certificate" } else { "desk-way-password" }),
        is_this_one: row.is_this_one,
        end: format!("{here}/{}/end", row.id),
    };
    open.iter().map(facts).collect()
}

impl Page for SignInPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for AccountPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// The first page after a sign-in.
const FIRST: &str = "/desk/requests";

pub(crate) async fn ask(State(door): State<Door>, visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    show(&sign_in_page(plain_frame(&visit), agents(&door), "", &wanted.to))
}

fn plain_frame(visit: &Visit) -> Frame<'static> {
    let speech = Speech::new(visit.language);
    let title = speech.say("desk-sign-in");
    Frame::new(visit, speech, title)
}

fn agents(door: &Door) -> Vec<(u32, String)> {
    door.agents().iter().map(|agent| (agent.id.0, agent.name.clone())).collect()
}

pub(crate) async fn sign_in(State(door): State<Door>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let (login, to) = (form.line("login").to_owned(), form.line("to").to_owned());
    let (asked, typed, code, wanted) = (door.clone(), login.clone(), form.line("code").to_owned(), to.clone());
    let password = Password::new(form.text("password").as_bytes().to_vec());
    let open = async move {
        let signed_in = asked.ask(move |ra, at| ra.staff_sign_in(&typed, &password, &code, at)).await;
        signed_in.map(|signed_in| opened(signed_in, &wanted))
    };
    match let_in(&door, &visit, Entrance::Desk, &form, open).await {
        Err(Problem::Refused { refused, .. }) => {
            let page = sign_in_page(plain_frame(&visit).refused(refused.refusal), agents(&door), &login, &to);
            Ok(show_as(StatusCode::UNAUTHORIZED, &page))
        }
        answered => answered,
    }
}

/// A ticket for the component: the desk's challenge to be signed.
pub(crate) async fn ticket(State(door): State<Door>, form: Form) -> Result<Response, Problem> {
    let agent = parse_agent(form.line("agent"))?;
    let session = form.line("session").to_owned();
    let issued = door.ask(move |ra, at| ra.ticket(agent, Wish::StaffSignIn, &session, at)).await?;
    Ok(crate::portal::ticket_answer(issued))
}

pub(crate) async fn by_certificate(State(door): State<Door>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let (nonce, to) = (form.line("nonce").to_owned(), form.line("to").to_owned());
    // Without the component nothing was signed: the page says what is needed.
    if form.line("cms").is_empty() {
        let page = sign_in_page(plain_frame(&visit).wrong("token-needed"), agents(&door), "", &to);
        return Ok(show_as(StatusCode::BAD_REQUEST, &page));
    }
    let answered = match der_in_text(form.line("cms"), &CMS) {
        Ok(cms) => {
            let (asked, wanted) = (door.clone(), to.clone());
            let open = async move {
                let signed_in = asked.ask(move |ra, at| ra.staff_sign_in_by_certificate(&nonce, &cms, at)).await;
                signed_in.map(|signed_in| opened(signed_in, &wanted))
            };
            let_in(&door, &visit, Entrance::Desk, &form, open).await
        }
        Err(problem) => Err(problem),
    };
    match answered {
        Ok(response) => Ok(response),
        Err(problem) => {
            let status = problem.status();
            let Problem::Refused { refused, .. } = problem else { return Err(problem) };
            let frame = plain_frame(&visit).refused(refused.refusal);
            Ok(show_as(status, &sign_in_page(frame, agents(&door), "", &to)))
        }
    }
}

fn opened(signed_in: StaffSignedIn, to: &str) -> Opened {
    Opened { token: signed_in.token, to: way_on(to, FIRST).to_owned() }
}

pub(crate) async fn sign_out(State(door): State<Door>, visit: Visit, _form: Form) -> Result<Response, Problem> {
    if let Some(token) = visit.staff().map(str::to_owned) {
        door.ask(move |ra, _| ra.staff_sign_out(&token)).await?;
    }
    Ok(gone(&visit))
}

pub(crate) async fn sign_out_everywhere(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    _form: Form,
) -> Result<Response, Problem> {
    door.ask(move |ra, _| ra.staff_sign_out_everywhere(&clerk.actor)).await?;
    Ok(gone(&visit))
}

pub(crate) async fn account(State(door): State<Door>, visit: Visit, clerk: Clerk) -> Result<Response, Problem> {
    let (actor, token) = (clerk.actor.clone(), visit.staff().unwrap_or_default().to_owned());
    let open = door.ask(move |ra, at| ra.open_sign_ins(&actor, &token, at)).await?;
    let frame = frame(&door, &visit, &clerk, "", "desk-account");
    let open = open_facts(&frame.speech, &open, "/desk/account/sign-ins");
    let roles = match &clerk.actor {
        domain::actor::Actor::Staff { roles, .. } => {
            roles.iter().map(|role| frame.say(&format!("role-{}", role.name()))).collect()
        }
        _ => Vec::new(),
    };
    Ok(show(&AccountPage { name: clerk.name, roles, open, frame }))
}

/// Ends another of one's own sign-ins.
pub(crate) async fn end_own(
    State(door): State<Door>,
    clerk: Clerk,
    Path(id): Path<String>,
    _form: Form,
) -> Result<Response, Problem> {
    let domain::actor::Actor::Staff { id: own, .. } = clerk.actor else { return Err(Refusal::RoleMissing.into()) };
    door.ask(move |ra, at| ra.end_staff_sign_in(&clerk.actor, own, &id, at)).await?;
    Ok(see_other("/desk/account"))
}

fn gone(visit: &Visit) -> Response {
    let mut response = see_other("/desk/sign-in");
    response.headers_mut().append(SET_COOKIE, visit.cookie(Cookie::Staff, ""));
    response
}

/// The login that was typed stays, the secrets do not.
fn sign_in_page<'a>(frame: Frame<'a>, agents: Vec<(u32, String)>, login: &str, to: &str) -> SignInPage<'a> {
    let fields = vec![
        Field::line("login", frame.say("desk-login"), login).kind("text", "username").required(),
        Field::line("password", frame.say("desk-password"), "").kind("password", "current-password").required(),
        Field::line("code", frame.say("desk-code"), "")
            .kind("text", "one-time-code")
            .hint(frame.say("desk-code-hint"))
            .required(),
    ];
    SignInPage { frame: frame.with_token(), fields, to: to.to_owned(), agents }
}

#[cfg(test)]
pub(super) fn sample_open() -> Vec<OpenSignIn> {
    let row = |by_certificate: bool| OpenSignIn {
        id: "00".repeat(32),
        by_certificate,
        created_at: domain::Timestamp(0),
        expires_at: domain::Timestamp(36_000_000),
        is_this_one: !by_certificate,
    };
    vec![row(false), row(true)]
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let account = super::as_clerk(frame("desk-account"));
    let roles = domain::actor::Role::ALL.iter().map(|role| account.say(&format!("role-{}", role.name()))).collect();
    let open = open_facts(&account.speech, &sample_open(), "/desk/account/sign-ins");
    let agents = |count: usize| vec![(1, "<Sixth>".to_owned()); count];
    vec![
        Box::new(sign_in_page(frame("desk-sign-in"), agents(1), "\"><b>", "/desk/requests?x=\"")),
        Box::new(sign_in_page(frame("desk-sign-in"), agents(2), "", "")),
        Box::new(AccountPage { name: "<1>".to_owned(), roles, open, frame: account }),
    ]
}

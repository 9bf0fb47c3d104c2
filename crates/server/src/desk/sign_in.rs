//! Staff sign-in with login, password and the code of a second device; the account with its open sign-ins; the ways out.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use ra::Password;

use super::frame;
use crate::api::{Door, Problem};
use crate::auth::{Clerk, way_on};
use crate::pages::{Cookie, Field, Form, Frame, Page, Tone, Visit, see_other, show, show_as};
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
}

#[derive(askama::Template)]
#[template(path = "desk/account.html")]
struct AccountPage<'a> {
    frame: Frame<'a>,
    name: String,
    roles: Vec<String>,
    open: Vec<(String, String, bool)>,
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

pub(crate) async fn ask(State(_): State<Door>, visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    let speech = Speech::new(visit.language);
    let title = speech.say("desk-sign-in");
    show(&sign_in_page(Frame::new(&visit, speech, title), "", &wanted.to))
}

pub(crate) async fn sign_in(State(door): State<Door>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let (login, to) = (form.line("login").to_owned(), form.line("to").to_owned());
    let (asked, code) = (login.clone(), form.line("code").to_owned());
    let password = Password::new(form.text("password").as_bytes().to_vec());
    match door.ask(move |ra, at| ra.staff_sign_in(&asked, &password, &code, at)).await {
        Ok(signed_in) => {
            let mut response = see_other(way_on(&to, FIRST));
            // Whatever number the visit had before means nothing now.
            let number = hex::encode(crate::clock::random::<32>());
            response.headers_mut().append(SET_COOKIE, visit.cookie(Cookie::Staff, &signed_in.token));
            response.headers_mut().append(SET_COOKIE, visit.cookie(Cookie::Visitor, &number));
            Ok(response)
        }
        Err(Problem::Refused { refused, .. }) => {
            let speech = Speech::new(visit.language);
            let title = speech.say("desk-sign-in");
            let text = speech.refusal(refused.refusal);
            let frame = Frame::new(&visit, speech, title).noted(Tone::Bad, text);
            Ok(show_as(StatusCode::UNAUTHORIZED, &sign_in_page(frame, &login, &to)))
        }
        Err(problem) => Err(problem),
    }
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
    let times =
        |row: ra::OpenSignIn| (frame.speech.time(&row.created_at), frame.speech.time(&row.expires_at), row.is_this_one);
    let open = open.into_iter().map(times).collect();
    let roles = match &clerk.actor {
        domain::actor::Actor::Staff { roles, .. } => {
            roles.iter().map(|role| frame.say(&format!("role-{}", role.name()))).collect()
        }
        _ => Vec::new(),
    };
    Ok(show(&AccountPage { name: clerk.name, roles, open, frame }))
}

fn gone(visit: &Visit) -> Response {
    let mut response = see_other("/desk/sign-in");
    response.headers_mut().append(SET_COOKIE, visit.cookie(Cookie::Staff, ""));
    response
}

/// The login that was typed stays, the secrets do not.
fn sign_in_page<'a>(frame: Frame<'a>, login: &str, to: &str) -> SignInPage<'a> {
    let fields = vec![
        Field::line("login", frame.say("desk-login"), login).kind("text", "username").required(),
        Field::line("password", frame.say("desk-password"), "").kind("password", "current-password").required(),
        Field::line("code", frame.say("desk-code"), "")
            .kind("text", "one-time-code")
            .hint(frame.say("desk-code-hint"))
            .required(),
    ];
    SignInPage { frame, fields, to: to.to_owned() }
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let account = super::as_clerk(frame("desk-account"));
    let roles = domain::actor::Role::ALL.iter().map(|role| account.say(&format!("role-{}", role.name()))).collect();
    let open = vec![("1".to_owned(), "2".to_owned(), true), ("3".to_owned(), "4".to_owned(), false)];
    vec![
        Box::new(sign_in_page(frame("desk-sign-in"), "\"><b>", "/desk/requests?x=\"")),
        Box::new(AccountPage { name: "<1>".to_owned(), roles, open, frame: account }),
    ]
}

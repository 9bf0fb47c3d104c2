//! Sign-in by certificate: the component signs a challenge of the bank; the choice of a way in, where there are two. And the way out.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use domain::Refusal;
use domain::agent::Agent;
use domain::ids::{AgentId, ChallengeId};
use ra::{Failure, Moment, Ra, Reported, SignedIn, Wish};

use super::help::Case;
use super::password::door_fields;
use super::whose;
use crate::api::{CMS, Door, Problem, der_in_text, parse_agent};
use crate::auth::{Entrance, Opened, escaped, let_in, way_on};
use crate::pages::{Cookie, Field, Form, Frame, Page, Visit, see_other, show_as};
use crate::words::Speech;

/// Where to go on; the agent is the address's.
#[derive(serde::Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    to: String,
    /// A step with the own certificate that ended the sign-in.
    #[serde(default)]
    done: String,
}

#[derive(askama::Template)]
#[template(path = "portal/sign_in.html")]
struct SignInPage<'a> {
    frame: Frame<'a>,
    /// The one agent, or those to choose from.
    agent: Option<AgentChoice>,
    choice: Vec<AgentChoice>,
    to: String,
    /// The fields of the other way in, where the agent has it.
    password: Option<Vec<Field>>,
}

struct AgentChoice {
    number: u32,
    name: String,
    /// Where one signs in at it, and goes on to where one wanted.
    address: String,
}

impl Page for SignInPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// The first page after a sign-in.
pub(super) const FIRST: &str = "/certificates";

/// Where one signs in at an agent, or chooses one, and where one goes on to.
pub(crate) fn address(agent: Option<AgentId>, to: &str) -> String {
    let agent = agent.map(|agent| format!("agentId={agent}"));
    let to = Some(to).filter(|to| !to.is_empty()).map(|to| format!("to={}", escaped(to)));
    let fields: Vec<String> = agent.into_iter().chain(to).collect();
    if fields.is_empty() { HERE.to_owned() } else { format!("{HERE}?{}", fields.join("&")) }
}

const HERE: &str = "/sign-in";

pub(crate) async fn ask(State(door): State<Door>, visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    // Whoever was signed in a moment ago is asked to sign in again, not at which bank.
    let agent = whose(&door, &visit).await.map(|agent| agent.id.to_string());
    page(&door, &visit, agent.as_deref(), (&wanted.to, &wanted.done), None, "")
}

pub(crate) async fn sign_in(State(door): State<Door>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let (agent, to) = (form.line("agent").to_owned(), form.line("to").to_owned());
    let no = |problem: Problem| -> Result<Response, Problem> {
        match problem {
            Problem::Refused { ref refused, .. } => {
                Ok(page(&door, &visit, Some(&agent), (&to, ""), Some((problem.status(), Some(refused.refusal))), ""))
            }
            other => Err(other),
        }
    };
    if form.line("cms").is_empty() {
        return Ok(page(&door, &visit, Some(&agent), (&to, ""), Some((StatusCode::BAD_REQUEST, None)), ""));
    }
    let (nonce, challenge) = (form.line("nonce").to_owned(), form.line("challenge").parse().ok());
    let cms = match der_in_text(form.line("cms"), &CMS) {
        Ok(cms) => cms,
        Err(problem) => return no(problem),
    };
    let (asked, wanted) = (door.clone(), to.clone());
    let open = async move {
        let signed_in = asked.ask(move |ra, at| {
            let signed_in = proven(ra, &nonce, challenge, &cms, at)?;
            opened(ra, signed_in.token, &wanted, at)
        });
        signed_in.await
    };
    let_in(&door, &visit, Entrance::Cabinet, &form, open).await.or_else(no)
}

/// Whoever signed the challenge, by the component under a ticket or by other means.
pub(super) fn proven(
    ra: &Ra,
    nonce: &str,
    challenge: Option<ChallengeId>,
    cms: &[u8],
    at: &mut Moment<'_>,
) -> Result<SignedIn, Failure> {
    match (nonce, challenge) {
        ("", None) => Err(Refusal::ChallengeUnknown.into()),
        ("", Some(challenge)) => ra.sign_in(challenge, cms, at),
        (nonce, _) => match ra.ticket_answered(nonce, Some(cms), at)? {
            Reported::SignedIn(signed_in) => Ok(signed_in),
            Reported::Noted => Err(Refusal::ComponentTicketUnknown.into()),
        },
    }
}

/// On to where they wanted; whoever acts for several organisations chooses first.
pub(super) fn opened(ra: &Ra, token: String, to: &str, at: &mut Moment<'_>) -> Result<Opened, Failure> {
    let several = ra.acts_for(&ra.subscriber(&token, at)?)?.len() > 1;
    let to = way_on(to, FIRST);
    let to = if several { format!("/organisations?to={}", escaped(to)) } else { to.to_owned() };
    Ok(Opened { token, to })
}

/// The form by password once more; the login stays, the secrets do not.
pub(super) fn refused_by_password(door: &Door, visit: &Visit, form: &Form, refusal: Refusal) -> Response {
    let why = Some((Problem::from(refusal).status(), Some(refusal)));
    page(door, visit, Some(form.line("agent")), (form.line("to"), ""), why, form.line("login"))
}

/// A ticket for the component: the challenge to be signed.
pub(crate) async fn ticket(State(door): State<Door>, form: Form) -> Result<Response, Problem> {
    let agent = parse_agent(form.line("agent"))?;
    let session = form.line("session").to_owned();
    let issued = door.ask(move |ra, at| ra.ticket(agent, Wish::SignIn, &session, at)).await?;
    Ok(super::ticket_answer(issued))
}

pub(crate) async fn sign_out(State(door): State<Door>, visit: Visit, _form: Form) -> Result<Response, Problem> {
    if let Some(token) = visit.client().map(str::to_owned) {
        door.ask(move |ra, _| ra.sign_out(&token)).await?;
    }
    let mut response = see_other("/");
    response.headers_mut().append(SET_COOKIE, visit.cookie(Cookie::Client, ""));
    Ok(response)
}

/// `why` is the status of the answer, and the refusal; none when the component was not asked.
fn page(
    door: &Door,
    visit: &Visit,
    agent: Option<&str>,
    (to, done): (&str, &str),
    why: Option<(StatusCode, Option<Refusal>)>,
    login: &str,
) -> Response {
    let speech = Speech::new(visit.language);
    let title = speech.say("sign-in-title");
    let frame = super::own_step::done(Frame::new(visit, speech, title).with_token(), done);
    let wanted = agent.and_then(|text| text.parse::<u32>().ok());
    let agents = door.agents();
    let chosen: Option<&Agent> = match agents {
        [only] => Some(only),
        _ => agents.iter().find(|agent| Some(agent.id.0) == wanted),
    };
    let mut frame = frame.of_some_agent(chosen);
    let password = chosen.and_then(|agent| door_fields(&frame.speech, agent, login));
    if password.is_some() {
        frame.title = frame.say("sign-in-ways");
    }
    if let Some((_, refusal)) = why {
        let help = refusal.and_then(Case::of).map(|case| frame.help_on(case));
        frame = match refusal {
            Some(refusal) => frame.refused(refusal),
            None => frame.wrong("token-needed"),
        };
        if let Some(note) = frame.notes.last_mut() {
            note.help = help;
        }
    }
    let named = |agent: &Agent| AgentChoice {
        number: agent.id.0,
        name: agent.name.clone(),
        address: address(Some(agent.id), to),
    };
    let choice = if chosen.is_some() { Vec::new() } else { agents.iter().map(named).collect() };
    let page = SignInPage { frame, agent: chosen.map(named), choice, to: to.to_owned(), password };
    show_as(why.map_or(StatusCode::OK, |(status, _)| status), &page)
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let agent =
        || AgentChoice { number: 1, name: "\"Sixth\"".to_owned(), address: address(Some(AgentId(1)), "/requests?a=1") };
    let page = |agent, choice, password: Option<Vec<Field>>| SignInPage {
        frame: frame(if password.is_some() { "sign-in-ways" } else { "sign-in-title" }).with_token(),
        agent,
        choice,
        to: "/requests".to_owned(),
        password,
    };
    vec![
        Box::new(page(Some(agent()), Vec::new(), None)),
        Box::new(page(Some(agent()), Vec::new(), Some(super::password::sample_door(&frame("sign-in-ways").speech)))),
        Box::new(page(None, vec![agent(), agent()], None)),
    ]
}

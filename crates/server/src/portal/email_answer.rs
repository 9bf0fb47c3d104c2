//! The page behind the letter that asks whether an address is the applicant's. Looking confirms nothing: programs that read letters before
//! people do follow every link in them.

use axum::extract::{Query, State};
use axum::response::Response;
use domain::Refusal;
use domain::ids::AgentId;
use ra::EmailAsked;

use super::delivery::speech;
use crate::api::{Door, Problem, agent_of_link};
use crate::pages::{Form, Frame, Page, Visit, show};

/// Behind the agent's origin.
const HERE: &str = "/ca/email";

/// Most octets of a code: a request's id, a dot and 64 hexadecimal digits.
const CODE_OCTETS: usize = 160;

/// Fields of the address, as they came: mail gateways add some of their own.
type Fields = Query<Vec<(String, String)>>;

#[derive(askama::Template)]
#[template(path = "portal/email.html")]
struct EmailPage<'a> {
    frame: Frame<'a>,
    email: String,
    unz: String,
    /// Where the button leads; none when there is nothing to confirm.
    confirm: Option<String>,
    is_confirmed: bool,
    /// Where the request stands.
    status: String,
}

impl Page for EmailPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// The address in the letter.
pub(crate) async fn ask(State(door): State<Door>, visit: Visit, fields: Fields) -> Result<Response, Problem> {
    let (agent, code) = named(&fields)?;
    let asked = code.clone();
    let found = door.ask(move |ra, _| ra.email_asked(agent, &asked)).await?;
    Ok(show(&page(&door, &visit, &found, &code)))
}

/// «Подтвердить адрес».
pub(crate) async fn confirm(
    State(door): State<Door>,
    visit: Visit,
    fields: Fields,
    _form: Form,
) -> Result<Response, Problem> {
    let (agent, code) = named(&fields)?;
    let asked = code.clone();
    let found = door.ask(move |ra, at| ra.confirm_email(agent, &asked, at)).await?;
    Ok(show(&page(&door, &visit, &found, &code)))
}

fn named(Query(fields): &Fields) -> Result<(AgentId, String), Problem> {
    let field = |name: &str| fields.iter().find(|(have, _)| have == name).map_or("", |(_, value)| value.as_str());
    let (agent, code) = (agent_of_link(field("agentId"))?, field("code"));
    if code.is_empty() || code.len() > CODE_OCTETS {
        return Err(Refusal::LinkUnknown.into());
    }
    Ok((agent, code.to_owned()))
}

fn page<'a>(door: &'a Door, visit: &Visit, found: &EmailAsked, code: &str) -> EmailPage<'a> {
    let agent = door.agents().iter().find(|agent| agent.id == found.agent_id);
    let speech = speech(door, visit, agent, &found.procedure);
    let title = speech.say(if found.is_confirmed { "page-email-confirmed-title" } else { "page-email-title" });
    let frame = Frame::new(visit, speech, title).of_some_agent(agent);
    EmailPage::of(frame, found, code)
}

impl<'a> EmailPage<'a> {
    fn of(frame: Frame<'a>, found: &EmailAsked, code: &str) -> Self {
        let unz = found.unz.to_string();
        Self {
            email: found.email.as_str().to_owned(),
            confirm: found.is_open.then(|| format!("{HERE}?agentId={}&code={code}", found.agent_id)),
            is_confirmed: found.is_confirmed,
            status: format!("/status?unz={unz}"),
            unz,
            frame,
        }
    }
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let found = |is_open: bool, is_confirmed: bool| EmailAsked {
        agent_id: AgentId(6),
        procedure: String::new(),
        unz: domain::ids::Unz::new([6; 7]),
        email: domain::subscriber::Email::parse("ivanov@example.org").expect("an address"),
        is_confirmed,
        is_open,
    };
    let sample = |title: &str, is_open, is_confirmed| {
        EmailPage::of(frame(title), &found(is_open, is_confirmed), &"0".repeat(64))
    };
    vec![
        Box::new(sample("page-email-title", true, false)),
        Box::new(sample("page-email-confirmed-title", false, true)),
        Box::new(sample("page-email-title", false, false)),
    ]
}

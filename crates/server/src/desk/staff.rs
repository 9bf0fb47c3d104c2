//! The agent's staff: who there is, with which roles, and taking somebody out of use.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::Refusal;
use domain::ids::StaffId;
use ra::StaffMember;

use super::{Screen, frame};
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Form, Frame, Page, Visit, see_other, show};

#[derive(askama::Template)]
#[template(path = "desk/staff.html")]
struct StaffPage<'a> {
    frame: Frame<'a>,
    members: Vec<MemberFacts>,
}

struct MemberFacts {
    address: String,
    name: String,
    roles: Vec<String>,
    since: String,
    disabled: Option<String>,
    /// Where the form goes that takes the member out of use.
    disable: Option<String>,
}

impl Page for StaffPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn list(State(door): State<Door>, visit: Visit, clerk: Clerk) -> Result<Response, Problem> {
    Screen::Staff.must_be_of(&clerk)?;
    let actor = clerk.actor.clone();
    let members = door.ask(move |ra, _| ra.staff_members(&actor)).await?;
    let own = match clerk.actor {
        domain::actor::Actor::Staff { id, .. } => Some(id),
        _ => None,
    };
    Ok(show(&page_of(frame(&door, &visit, &clerk, "", "desk-staff"), &members, own)))
}

pub(crate) async fn disable(
    State(door): State<Door>,
    clerk: Clerk,
    Path(id): Path<String>,
    _form: Form,
) -> Result<Response, Problem> {
    let id: StaffId = id.parse().map_err(|_| Refusal::NotFound)?;
    door.ask(move |ra, at| ra.disable_staff(&clerk.actor, id, at)).await?;
    Ok(see_other("/desk/staff"))
}

fn page_of<'a>(frame: Frame<'a>, members: &[StaffMember], own: Option<StaffId>) -> StaffPage<'a> {
    let speech = &frame.speech;
    let facts = |member: &StaffMember| MemberFacts {
        address: format!("/desk/staff/{}", member.id),
        name: member.name.clone(),
        roles: member.roles.iter().map(|role| speech.say(&format!("role-{}", role.name()))).collect(),
        since: speech.date(&member.created_at),
        disabled: member.disabled_at.map(|at| speech.date(&at)),
        // Nobody locks themselves out.
        disable: (member.disabled_at.is_none() && Some(member.id) != own)
            .then(|| format!("/desk/staff/{}/disable", member.id)),
    };
    StaffPage { members: members.iter().map(facts).collect(), frame }
}

#[cfg(test)]
pub(super) fn sample(place: u8) -> StaffMember {
    use domain::Timestamp;
    StaffMember {
        id: StaffId::new(Timestamp(0), [place; 10]),
        agent_id: domain::ids::AgentId(1),
        name: "<Rogov>".to_owned(),
        roles: domain::actor::Role::ALL.into(),
        created_at: Timestamp(0),
        disabled_at: (place == 1).then_some(Timestamp(0)),
    }
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let members = [sample(0), sample(1), sample(2)];
    vec![Box::new(page_of(super::as_clerk(frame("desk-staff")), &members, Some(members[0].id)))]
}

//! The agent's staff: who there is, with which roles, taking somebody on and out of use.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::actor::Role;
use domain::ids::StaffId;
use ra::{NewStaff, StaffMember};

use super::{Screen, frame};
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Field, Form, Frame, Page, Visit, see_other, show, show_as};

#[derive(askama::Template)]
#[template(path = "desk/staff.html")]
struct StaffPage<'a> {
    frame: Frame<'a>,
    members: Vec<MemberFacts>,
    name: Field,
    roles: Vec<RoleFacts>,
    roles_wrong: Option<String>,
    login: Field,
}

/// What opens the desk for a new member; it is shown once.
#[derive(askama::Template)]
#[template(path = "desk/new_member.html")]
struct NewMemberPage<'a> {
    frame: Frame<'a>,
    member: String,
    name: String,
    login: String,
    password: String,
    secret: String,
}

/// A role that may be chosen for a new member.
struct RoleFacts {
    field: String,
    word: String,
    is_chosen: bool,
}

/// What was said of a new member.
#[derive(Clone, Default)]
struct Typed {
    name: String,
    roles: Vec<Role>,
    login: String,
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

impl Page for NewMemberPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn list(State(door): State<Door>, visit: Visit, clerk: Clerk) -> Result<Response, Problem> {
    page(&door, &visit, &clerk, &Typed::default(), None).await
}

/// The answer is the page itself: what is shown once has no address.
pub(crate) async fn add(State(door): State<Door>, visit: Visit, clerk: Clerk, form: Form) -> Result<Response, Problem> {
    let chosen = |role: &Role| form.line(&field_of(*role)) == "yes";
    let typed = Typed {
        name: form.line("name").to_owned(),
        roles: Role::ALL.into_iter().filter(chosen).collect(),
        login: form.line("login").to_owned(),
    };
    let (actor, said, asked) = (clerk.actor.clone(), typed.clone(), door.clone());
    let taken_on = async move {
        asked.ask(move |ra, at| ra.take_on_staff(&actor, &said.name, &said.roles, &said.login, at)).await
    };
    match door.new_staff().of(form.digest("/desk/staff"), taken_on).await {
        Ok(new) => {
            Ok(show(&new_member_page(frame(&door, &visit, &clerk, "", "desk-staff-taken-on"), &typed.name, &new)))
        }
        Err(Problem::Refused { refused, .. }) if refused.refusal != Refusal::RoleMissing => {
            let wrong = (refused.refusal, refused.detail.unwrap_or_default());
            page(&door, &visit, &clerk, &typed, Some(wrong)).await
        }
        Err(problem) => Err(problem),
    }
}

async fn page(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    typed: &Typed,
    wrong: Option<(Refusal, String)>,
) -> Result<Response, Problem> {
    Screen::Staff.must_be_of(clerk)?;
    let actor = clerk.actor.clone();
    let members = door.ask(move |ra, _| ra.staff_members(&actor)).await?;
    let own = match clerk.actor {
        domain::actor::Actor::Staff { id, .. } => Some(id),
        _ => None,
    };
    let mut frame = frame(door, visit, clerk, "", "desk-staff");
    let mut status = StatusCode::OK;
    if let Some((refusal, _)) = &wrong {
        frame = frame.refused(*refusal);
        status = Problem::from(*refusal).status();
    }
    Ok(show_as(status, &page_of(frame, &members, own, typed, wrong.as_ref())))
}

fn new_member_page<'a>(frame: Frame<'a>, name: &str, new: &NewStaff) -> NewMemberPage<'a> {
    NewMemberPage {
        member: format!("/desk/staff/{}", new.id),
        name: name.to_owned(),
        login: new.login.clone(),
        password: new.password.clone(),
        secret: new.secret.clone(),
        frame,
    }
}

/// The name of the box that chooses a role.
fn field_of(role: Role) -> String {
    format!("role-{}", role.name())
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

fn page_of<'a>(
    frame: Frame<'a>,
    members: &[StaffMember],
    own: Option<StaffId>,
    typed: &Typed,
    wrong: Option<&(Refusal, String)>,
) -> StaffPage<'a> {
    let speech = &frame.speech;
    let of = |field: &str| {
        let (refusal, _) = wrong.filter(|(_, detail)| detail == field)?;
        Some(speech.refusal(*refusal))
    };
    let roles = Role::ALL.into_iter().map(|role| RoleFacts {
        field: field_of(role),
        word: speech.say(&format!("role-{}", role.name())),
        is_chosen: typed.roles.contains(&role),
    });
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
    StaffPage {
        members: members.iter().map(facts).collect(),
        name: Field::line("name", speech.say("desk-field-person"), &typed.name).wrong(of("name")).required(),
        roles: roles.collect(),
        roles_wrong: of("roles"),
        login: Field::line("login", speech.say("desk-login"), &typed.login)
            .hint(speech.say("desk-staff-login-hint"))
            .wrong(of("login"))
            .required(),
        frame,
    }
}

#[cfg(test)]
pub(super) fn sample(place: u8) -> StaffMember {
    use domain::Timestamp;
    StaffMember {
        id: StaffId::new(Timestamp(0), [place; 10]),
        agent_id: domain::ids::AgentId(1),
        name: "<Rogov>".to_owned(),
        roles: Role::ALL.into(),
        created_at: Timestamp(0),
        disabled_at: (place == 1).then_some(Timestamp(0)),
    }
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let members = [sample(0), sample(1), sample(2)];
    let wrong =
        [(Refusal::TextUnacceptable, "name"), (Refusal::FieldMissing, "roles"), (Refusal::TextUnacceptable, "login")];
    let typed = Typed { name: "\"><b>".to_owned(), roles: vec![Role::Support], login: "<b>".to_owned() };
    let mut pages: Vec<Box<dyn crate::pages::samples::Sample + 'a>> = Vec::new();
    for wrong in [None].into_iter().chain(wrong.map(Some)) {
        let wrong = wrong.map(|(refusal, field)| (refusal, field.to_owned()));
        let frame = super::as_clerk(frame("desk-staff"));
        pages.push(Box::new(page_of(frame, &members, Some(members[0].id), &typed, wrong.as_ref())));
    }
    let new = NewStaff {
        id: members[0].id,
        login: "<b>".to_owned(),
        password: "ABCD-EFGH-2345-6767".to_owned(),
        secret: "ABCDEFGH23456767ABCDEFGH23456767".to_owned(),
    };
    pages.push(Box::new(new_member_page(super::as_clerk(frame("desk-staff-taken-on")), "<Rogov>", &new)));
    pages
}

//! One member of the agent's staff for the administrator: the certificate that opens the desk for them, and their open sign-ins.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::ids::{CertificateId, StaffId};
use ra::{DeskMember, DeskMemberCertificate};

use super::sign_in::{OpenFacts, open_facts};
use super::{Screen, frame, search};
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Field, Form, Frame, Page, Visit, see_other, show_as};
use crate::portal::cabinet::CertificateFacts;
use crate::words::Speech;

/// `?serial=` of a certificate to choose.
#[derive(serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    serial: String,
}

#[derive(askama::Template)]
#[template(path = "desk/member.html")]
struct MemberPage<'a> {
    frame: Frame<'a>,
    here: String,
    name: String,
    roles: Vec<String>,
    disabled: Option<String>,
    current: Option<ChoiceFacts>,
    may_set: bool,
    search: Field,
    found: Vec<ChoiceFacts>,
    open: Vec<OpenFacts>,
}

struct ChoiceFacts {
    id: String,
    person: String,
    name: String,
    certificate: CertificateFacts,
}

impl Page for MemberPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn one(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    page(&door, &visit, &clerk, &id, &asked.serial, None).await
}

pub(crate) async fn set(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let staff = staff_id(&id)?;
    let certificate: CertificateId = form.line("certificate").parse().map_err(|_| Refusal::NotFound)?;
    let actor = clerk.actor.clone();
    match door.ask(move |ra, at| ra.set_staff_certificate(&actor, staff, certificate, at)).await {
        Ok(()) => Ok(see_other(&format!("/desk/staff/{staff}"))),
        Err(Problem::Refused { refused, .. })
            if !matches!(refused.refusal, Refusal::NotFound | Refusal::RoleMissing) =>
        {
            page(&door, &visit, &clerk, &id, form.line("serial"), Some(refused.refusal)).await
        }
        Err(problem) => Err(problem),
    }
}

pub(crate) async fn remove(
    State(door): State<Door>,
    clerk: Clerk,
    Path(id): Path<String>,
    _form: Form,
) -> Result<Response, Problem> {
    let staff = staff_id(&id)?;
    door.ask(move |ra, at| ra.remove_staff_certificate(&clerk.actor, staff, at)).await?;
    Ok(see_other(&format!("/desk/staff/{staff}")))
}

pub(crate) async fn end_sign_in(
    State(door): State<Door>,
    clerk: Clerk,
    Path((id, sign_in)): Path<(String, String)>,
    _form: Form,
) -> Result<Response, Problem> {
    let staff = staff_id(&id)?;
    door.ask(move |ra, at| ra.end_staff_sign_in(&clerk.actor, staff, &sign_in, at)).await?;
    Ok(see_other(&format!("/desk/staff/{staff}")))
}

async fn page(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    id: &str,
    serial: &str,
    why: Option<Refusal>,
) -> Result<Response, Problem> {
    Screen::Staff.must_be_of(clerk)?;
    let staff = staff_id(id)?;
    let (actor, token) = (clerk.actor.clone(), visit.staff().unwrap_or_default().to_owned());
    let serials = search::meanings(serial).serials;
    let (member, found) = door
        .ask(move |ra, at| {
            let mut found = Vec::new();
            for serial in &serials {
                found.extend(ra.certificates_for_member(&actor, staff, serial, at)?);
            }
            Ok((ra.desk_member(&actor, staff, &token, at)?, found))
        })
        .await?;
    let mut frame = frame(door, visit, clerk, "", "desk-staff");
    if let Some(refusal) = why {
        frame = frame.refused(refusal);
    }
    let status = why.map_or(StatusCode::OK, |refusal| Problem::from(refusal).status());
    Ok(show_as(status, &page_of(frame, &member, serial, &found)))
}

fn page_of<'a>(frame: Frame<'a>, member: &DeskMember, serial: &str, found: &[DeskMemberCertificate]) -> MemberPage<'a> {
    let speech = &frame.speech;
    let person = &member.member;
    let here = format!("/desk/staff/{}", person.id);
    let nothing = !serial.trim().is_empty() && found.is_empty();
    let search = Field::line("serial", speech.say("desk-member-serial"), serial)
        .hint(speech.say("desk-member-serial-hint"))
        .wrong(nothing.then(|| speech.say("desk-member-serial-none")))
        .required();
    MemberPage {
        name: person.name.clone(),
        roles: person.roles.iter().map(|role| speech.say(&format!("role-{}", role.name()))).collect(),
        disabled: person.disabled_at.map(|at| speech.date(&at)),
        current: member.certificate.as_ref().map(|certificate| choice(speech, certificate)),
        may_set: member.may_set,
        found: found.iter().filter(|_| member.may_set).map(|certificate| choice(speech, certificate)).collect(),
        open: open_facts(speech, &member.open, &format!("{here}/sign-ins")),
        search,
        here,
        frame,
    }
}

fn choice(speech: &Speech<'_>, certificate: &DeskMemberCertificate) -> ChoiceFacts {
    ChoiceFacts {
        id: certificate.card.id.to_string(),
        person: format!("/desk/subscribers/{}", certificate.subscriber_id),
        name: certificate.subscriber_name.clone(),
        certificate: CertificateFacts::of(speech, &certificate.card, false),
    }
}

fn staff_id(text: &str) -> Result<StaffId, Problem> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use domain::Timestamp;
    let certificate = || DeskMemberCertificate {
        card: super::certificate::sample_card(),
        subscriber_id: domain::ids::SubscriberId::new(Timestamp(0), [0; 10]),
        subscriber_name: "<Ivanov>".to_owned(),
    };
    let member = |may_set: bool| DeskMember {
        member: super::staff::sample(u8::from(!may_set)),
        certificate: may_set.then(certificate),
        open: if may_set { super::sign_in::sample_open() } else { Vec::new() },
        may_set,
    };
    let page = |may_set: bool, serial: &str, found: &[DeskMemberCertificate]| {
        page_of(super::as_clerk(frame("desk-staff")), &member(may_set), serial, found)
    };
    vec![
        Box::new(page(true, "\"01", &[certificate()])),
        Box::new(page(true, "ff", &[])),
        Box::new(page(false, "", &[])),
    ]
}

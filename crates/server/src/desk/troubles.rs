//! What does not right itself, or not yet: work that was given up or keeps failing, tickets, and requests whose promised time has passed.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::ids::EffectId;
use domain::request::StageName;
use ra::Trouble;
use store::views::desk::{self, DeskRow};

use super::{Screen, frame};
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Form, Frame, Page, Visit, see_other, show_as};
use crate::words::Speech;

#[derive(askama::Template)]
#[template(path = "desk/troubles.html")]
struct TroublesPage<'a> {
    frame: Frame<'a>,
    troubles: Vec<TroubleFacts>,
    late: Vec<(String, String, String, String)>,
}

struct TroubleFacts {
    word: String,
    request: Option<String>,
    certificate: Option<String>,
    since: String,
    error: String,
    /// When it is tried again by itself.
    next_try: Option<String>,
    /// Where the form goes that has it tried again.
    again: Option<String>,
}

impl Page for TroublesPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// Overdue requests that are shown: the rest comes as these are worked off.
const LATE: i64 = 25;
/// Kinds that have words; another one is shown as it is called.
const KINDS: [&str; 10] = [
    "issue",
    "notify",
    "bind-inquiry",
    "countersign",
    "publish-crl",
    "lapse",
    "link-ended",
    "act-due",
    "mail-due",
    "mail-overdue",
];

pub(crate) async fn list(State(door): State<Door>, visit: Visit, clerk: Clerk) -> Result<Response, Problem> {
    page(&door, &visit, &clerk, None).await
}

pub(crate) async fn try_again(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    _form: Form,
) -> Result<Response, Problem> {
    let id: EffectId = id.parse().map_err(|_| Refusal::NotFound)?;
    let actor = clerk.actor.clone();
    match door.ask(move |ra, at| ra.try_again(&actor, id, at)).await {
        Ok(()) => Ok(see_other("/desk/troubles")),
        Err(Problem::Refused { refused, .. }) if refused.refusal != Refusal::NotFound => {
            page(&door, &visit, &clerk, Some(refused.refusal)).await
        }
        Err(problem) => Err(problem),
    }
}

async fn page(door: &Door, visit: &Visit, clerk: &Clerk, refusal: Option<Refusal>) -> Result<Response, Problem> {
    // A refusal is shown above the list: that too is for those whose screen it is.
    Screen::Troubles.must_be_of(clerk)?;
    let actor = clerk.actor.clone();
    let agent = actor.agent_id().ok_or(Refusal::NotFound)?;
    let now = door.now();
    let (troubles, rows) = door
        .ask(move |ra, _| {
            let waiting = [StageName::Accepted, StageName::InReview];
            Ok((ra.troubles(&actor)?, ra.view(|tx| desk::page(tx, agent, &waiting, None, LATE))?))
        })
        .await?;
    let mut frame = frame(door, visit, clerk, "", "desk-troubles");
    if let Some(refusal) = refusal {
        frame = frame.refused(refusal);
    }
    let status = refusal.map_or(StatusCode::OK, |refusal| Problem::from(refusal).status());
    let late = rows.into_iter().filter(|row| row.eta.is_some_and(|eta| eta < now));
    let late: Vec<DeskRow> = late.collect();
    Ok(show_as(status, &page_of(frame, &troubles, &late)))
}

fn page_of<'a>(frame: Frame<'a>, troubles: &[Trouble], late: &[DeskRow]) -> TroublesPage<'a> {
    let speech = &frame.speech;
    let late = late.iter().map(|row| {
        let eta = row.eta.map(|eta| speech.time(&eta)).unwrap_or_default();
        (format!("/desk/requests/{}", row.id), row.unz.to_string(), row.name.clone(), eta)
    });
    TroublesPage {
        troubles: troubles.iter().map(|trouble| TroubleFacts::of(speech, trouble)).collect(),
        late: late.collect(),
        frame,
    }
}

impl TroubleFacts {
    fn of(speech: &Speech<'_>, trouble: &Trouble) -> Self {
        let kind = trouble.kind.as_str();
        Self {
            word: if KINDS.contains(&kind) { speech.say(&format!("trouble-{kind}")) } else { kind.to_owned() },
            request: trouble.request_id.map(|id| format!("/desk/requests/{id}")),
            certificate: trouble.certificate_id.map(|id| format!("/desk/certificates/{id}")),
            since: speech.time(&trouble.since),
            error: trouble.error.clone().unwrap_or_default(),
            next_try: trouble.next_try.map(|at| speech.say1("desk-tried-again", "date", speech.time(&at))),
            again: trouble.effect_id.map(|id| format!("/desk/troubles/{id}/try-again")),
        }
    }
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use domain::Timestamp;
    let trouble = |kind: &&str| Trouble {
        effect_id: (*kind != "mail-overdue").then(|| EffectId::new(Timestamp(0), [0; 10])),
        kind: (*kind).to_owned(),
        request_id: Some(domain::ids::RequestId::new(Timestamp(0), [0; 10])),
        certificate_id: (*kind == "notify").then(|| domain::ids::CertificateId::new(Timestamp(0), [0; 10])),
        since: Timestamp(0),
        next_try: (*kind == "countersign").then_some(Timestamp(0)),
        error: Some("<550 no such user>".to_owned()),
    };
    let row = DeskRow {
        id: domain::ids::RequestId::new(Timestamp(0), [0; 10]),
        unz: domain::ids::Unz::new([1; 7]),
        procedure: "sample".to_owned(),
        stage: StageName::InReview,
        name: "<Rogov>".to_owned(),
        organisation: None,
        inn: None,
        eta: Some(Timestamp(0)),
        created_at: Timestamp(0),
    };
    let troubles: Vec<_> = KINDS.iter().chain(&["other"]).map(trouble).collect();
    vec![
        Box::new(page_of(super::as_clerk(frame("desk-troubles")), &troubles, &[row])),
        Box::new(page_of(super::as_clerk(frame("desk-troubles")), &[], &[])),
    ]
}

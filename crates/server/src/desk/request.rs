//! One request at the desk: what it says beside what the record says, what this person may do, and the decisions. What may be done
//! comes from the server with the request; a decision names the version that was looked at.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::ids::RequestId;
use ra::{Compared, Failure, Moment, Ra, RequestCard};

use super::frame;
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Field, Form, Frame, Page, Tone, Visit, see_other, show_as};
use crate::portal::cabinet::CertificateFacts;
use crate::portal::status::{tone, turn};
use crate::words::Speech;

#[derive(askama::Template)]
#[template(path = "desk/request.html")]
struct RequestPage<'a> {
    frame: Frame<'a>,
    here: String,
    version: i64,
    unz: Option<String>,
    name: String,
    word: String,
    tone: Tone,
    turn: &'static str,
    procedure: String,
    created: String,
    accepted: Option<String>,
    eta: Option<String>,
    mail: Option<String>,
    act: String,
    reason: Option<String>,
    compared: Vec<ComparedFacts>,
    certificate: Option<CertificateFacts>,
    /// Steps that need nothing but a click: the address's end, and the words.
    steps: Vec<(&'static str, String)>,
    /// Decisions that need a reason, each with its field.
    decisions: Vec<Decision>,
    may_nothing: bool,
}

struct ComparedFacts {
    field: String,
    of_request: String,
    of_record: String,
    mark: &'static str,
    mark_word: String,
    look_alikes: Option<String>,
}

struct Decision {
    step: &'static str,
    word: String,
    field: Field,
    is_open: bool,
}

impl Page for RequestPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// A decision that came back: which one, why not, and what was typed.
struct Returned<'a> {
    step: &'static str,
    refusal: Refusal,
    typed: &'a str,
}

pub(crate) async fn one(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&door, &visit, &clerk, &id, None).await
}

pub(crate) async fn approve(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let version = version(&form);
    step(&door, &visit, clerk, &id, "approve", "", move |ra, actor, id, at| ra.approve(actor, id, version, at)).await
}

pub(crate) async fn return_for_fix(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (version, reason) = (version(&form), form.line("return-reason").to_owned());
    let typed = reason.clone();
    step(&door, &visit, clerk, &id, "return", &typed, move |ra, actor, id, at| {
        ra.return_for_fix(actor, id, version, &reason, at)
    })
    .await
}

pub(crate) async fn refuse(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (version, reason) = (version(&form), form.line("refuse-reason").to_owned());
    let typed = reason.clone();
    step(&door, &visit, clerk, &id, "refuse", &typed, move |ra, actor, id, at| {
        ra.refuse(actor, id, version, &reason, at)
    })
    .await
}

pub(crate) async fn resend_link(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    _form: Form,
) -> Result<Response, Problem> {
    step(&door, &visit, clerk, &id, "resend-link", "", |ra, actor, id, at| ra.resend_link(actor, id, at)).await
}

pub(crate) async fn receive_act(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let version = version(&form);
    step(&door, &visit, clerk, &id, "receive-act", "", move |ra, actor, id, at| ra.receive_act(actor, id, version, at))
        .await
}

pub(crate) async fn register_application(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let version = version(&form);
    step(&door, &visit, clerk, &id, "register-application", "", move |ra, actor, id, at| {
        ra.register_application(actor, id, version, at)
    })
    .await
}

/// One verb, then the request as it is now. A refusal comes back on the page, with what was typed.
async fn step(
    door: &Door,
    visit: &Visit,
    clerk: Clerk,
    id: &str,
    step: &'static str,
    typed: &str,
    verb: impl FnOnce(&Ra, &domain::actor::Actor, RequestId, &mut Moment<'_>) -> Result<RequestCard, Failure>
    + Send
    + 'static,
) -> Result<Response, Problem> {
    let request = request_id(id)?;
    let actor = clerk.actor.clone();
    match door.ask(move |ra, at| verb(ra, &actor, request, at)).await {
        Ok(_) => Ok(see_other(&format!("/desk/requests/{request}"))),
        Err(Problem::Refused { refused, .. }) if refused.refusal != Refusal::NotFound => {
            let returned = Returned { step, refusal: refused.refusal, typed };
            page(door, visit, &clerk, id, Some(returned)).await
        }
        Err(problem) => Err(problem),
    }
}

async fn page(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    id: &str,
    returned: Option<Returned<'_>>,
) -> Result<Response, Problem> {
    let (request, actor) = (request_id(id)?, clerk.actor.clone());
    let (card, compared) =
        door.ask(move |ra, at| Ok((ra.request(&actor, request, at)?, ra.comparison(&actor, request)?))).await?;
    let status = returned.as_ref().map_or(StatusCode::OK, |returned| Problem::from(returned.refusal).status());
    let mut frame = frame(door, visit, clerk, &card.procedure, "desk-request");
    if let Some(returned) = &returned {
        let text = frame.speech.refusal(returned.refusal);
        frame = frame.noted(Tone::Bad, text);
    }
    Ok(show_as(status, &page_of(frame, &card, &compared, returned.as_ref())))
}

fn page_of<'a>(
    frame: Frame<'a>,
    card: &RequestCard,
    compared: &[Compared],
    returned: Option<&Returned<'_>>,
) -> RequestPage<'a> {
    let speech = &frame.speech;
    let allowed = |step: &str| card.allowed.contains(&step);
    let steps = ["approve", "register-application", "receive-act", "resend-link"];
    let steps: Vec<_> = steps
        .into_iter()
        .filter(|step| allowed(step))
        .map(|step| (step, speech.say(&format!("desk-do-{step}"))))
        .collect();
    let decisions = [("return", "return-reason"), ("refuse", "refuse-reason")];
    let decisions: Vec<_> = decisions
        .into_iter()
        .filter(|(step, _)| allowed(step))
        .map(|(step, field)| decision(speech, step, field, returned))
        .collect();
    RequestPage {
        here: format!("/desk/requests/{}", card.id),
        version: card.version,
        unz: card.unz.map(|unz| unz.to_string()),
        name: card.subscriber_name.clone(),
        word: speech.stage(card.stage.name()),
        tone: tone(card.stage),
        turn: turn(card.stage),
        procedure: speech.of_procedure("procedure-title").unwrap_or_else(|| card.procedure.clone()),
        created: speech.time(&card.created_at),
        accepted: card.accepted_at.map(|at| speech.time(&at)),
        eta: card.eta.map(|at| speech.time(&at)),
        mail: card.mail.map(|state| speech.say(&format!("desk-mail-{state}"))),
        act: speech.say(&format!("desk-act-{}", card.act)),
        reason: card.reason.clone(),
        compared: compared.iter().map(|line| compared_facts(speech, line)).collect(),
        certificate: card.certificate.as_ref().map(|card| CertificateFacts::of(speech, card, false)),
        may_nothing: steps.is_empty() && decisions.is_empty(),
        steps,
        decisions,
        frame,
    }
}

fn decision(speech: &Speech<'_>, step: &'static str, field: &'static str, returned: Option<&Returned<'_>>) -> Decision {
    let this = returned.filter(|returned| returned.step == step);
    let typed = this.map_or("", |returned| returned.typed);
    let wrong = this.filter(|returned| returned.refusal == Refusal::ReasonRequired);
    let field = Field::line(field, speech.say(&format!("desk-{step}-reason")), typed)
        .area(LONGEST_REASON)
        .hint(speech.say("desk-reason-hint"))
        .wrong(wrong.map(|returned| speech.refusal(returned.refusal)))
        .required();
    Decision { step, word: speech.say(&format!("desk-do-{step}")), field, is_open: this.is_some() }
}

/// Characters of a reason, as `domain` takes it.
const LONGEST_REASON: usize = 1_000;

fn compared_facts(speech: &Speech<'_>, line: &Compared) -> ComparedFacts {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "\u{2013}".to_owned());
    ComparedFacts {
        field: speech.say(&format!("desk-field-{}", line.field)),
        of_request: shown(&line.of_request),
        of_record: shown(&line.of_record),
        mark: line.mark.name(),
        mark_word: speech.say(&format!("mark-{}", line.mark.name())),
        look_alikes: (!line.look_alikes.is_empty())
            .then(|| speech.say1("desk-look-alikes", "name", line.look_alikes.join(", "))),
    }
}

fn version(form: &Form) -> i64 {
    // A version that is no number is one that nobody has looked at.
    form.line("version").parse().unwrap_or(0)
}

fn request_id(text: &str) -> Result<RequestId, Problem> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use domain::certificate::Standing;
    use ra::Mark;

    let mut pages: Vec<Box<dyn crate::pages::samples::Sample + 'a>> = Vec::new();
    let lines: Vec<Compared> = ["person", "organisation", "inn", "phone", "email", "owner", "power"]
        .into_iter()
        .zip([Mark::Equal, Mark::Differs, Mark::Missing].into_iter().cycle())
        .map(|(field, mark)| Compared {
            field,
            of_request: (mark != Mark::Missing).then(|| "<x>".to_owned()),
            of_record: Some("y".to_owned()),
            mark,
            look_alikes: if mark == Mark::Differs { vec!["O\u{41e}O".to_owned()] } else { Vec::new() },
        })
        .collect();
    let acts = ["none", "drawn", "client-signed", "bank-signed", "received", "overdue"];
    for (place, act) in acts.into_iter().enumerate() {
        let frame = super::as_clerk(frame("desk-request"));
        let speech = &frame.speech;
        let returned = Returned { step: "return", refusal: Refusal::ReasonRequired, typed: "<b>" };
        let returned = (place == 1).then_some(&returned);
        let steps: Vec<_> = ["approve", "register-application", "receive-act", "resend-link"]
            .into_iter()
            .map(|step| (step, speech.say(&format!("desk-do-{step}"))))
            .collect();
        let decisions = vec![
            decision(speech, "return", "return-reason", returned),
            decision(speech, "refuse", "refuse-reason", returned),
        ];
        let mail = ["sent", "pending", "failed"].get(place).map(|state| speech.say(&format!("desk-mail-{state}")));
        let certificate = (place > 2).then(|| crate::portal::cabinet::sample::certificate(speech, Standing::Active));
        pages.push(Box::new(RequestPage {
            here: "/desk/requests/1".to_owned(),
            version: 3,
            unz: Some("1196837e3c03f2".to_owned()),
            name: "<Rogov>".to_owned(),
            word: speech.stage("in-review"),
            tone: Tone::Tell,
            turn: "turn-bank",
            procedure: "sample".to_owned(),
            created: "1".to_owned(),
            accepted: Some("2".to_owned()),
            eta: Some("3".to_owned()),
            mail,
            act: speech.say(&format!("desk-act-{act}")),
            reason: Some("<why>".to_owned()),
            compared: lines.iter().map(|line| compared_facts(speech, line)).collect(),
            certificate,
            may_nothing: place == 5,
            steps: if place == 5 { Vec::new() } else { steps },
            decisions: if place == 5 { Vec::new() } else { decisions },
            frame,
        }));
    }
    pages
}

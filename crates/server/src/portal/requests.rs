//! One's own requests: the list, one of them, sending it with the new key, recalling it.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::actor::Actor;
use domain::calendar::Calendar;
use domain::ids::RequestId;
use domain::request::StageName;
use ra::RequestsWanted;

use super::cabinet::frame;
use super::renewal::is_over;
use super::signed;
use super::status::{Position, Told, tone};
use crate::api::{CMS, Door, PKCS10, Problem};
use crate::auth::{Client, escaped};
use crate::pages::{Form, Frame, Page, Tone, Visit, day, see_other, show, show_as};
use crate::papers::{self, ActFiles, ActOnCard};
use crate::words::Speech;

#[derive(askama::Template)]
#[template(path = "portal/requests.html")]
struct RequestsPage<'a> {
    frame: Frame<'a>,
    /// Days that are asked for, as they were typed.
    from: String,
    until: String,
    requests: Vec<Row>,
    /// The word of an empty list.
    none: Option<&'static str>,
    /// The address of the page after this one.
    next: Option<String>,
}

struct Row {
    address: String,
    title: String,
    unz: Option<String>,
    word: String,
    tone: Tone,
    created: String,
}

#[derive(askama::Template)]
#[template(path = "portal/request.html")]
struct RequestPage<'a> {
    frame: Frame<'a>,
    here: String,
    word: String,
    tone: Tone,
    told: Told,
    unz: Option<String>,
    phone: String,
    email: String,
    created: String,
    reason: Option<String>,
    /// The sentences of «Запрос принят», but for the one about the letter.
    accepted: Vec<String>,
    may_send: bool,
    may_recall: bool,
    edit: Option<String>,
    /// Where one writes about it.
    message: Option<String>,
    /// It has ended, and a key that was made for it is good for nothing.
    leaves_key: bool,
    files: Option<ActFiles>,
}

#[derive(askama::Template)]
#[template(path = "portal/send.html")]
struct SendPage<'a> {
    frame: Frame<'a>,
    here: String,
    edit: String,
    ticket: String,
    phone: String,
    email: String,
    /// The current key is of the withdrawn algorithm: two cards are needed.
    is_legacy: bool,
}

#[derive(askama::Template)]
#[template(path = "portal/recall.html")]
struct RecallPage<'a> {
    frame: Frame<'a>,
    here: String,
    unz: Option<String>,
}

impl Page for RequestsPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for RequestPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for SendPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for RecallPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// Days, and the last request of the page before.
#[derive(serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    after: String,
}

impl Asked {
    fn understood(&self, calendar: &Calendar) -> Result<RequestsWanted, Refusal> {
        let until = day(calendar, &self.until)?;
        let after = Some(self.after.as_str()).filter(|after| !after.is_empty());
        Ok(RequestsWanted {
            from: day(calendar, &self.from)?,
            // The day itself is in it.
            until: until.map(|until| until.plus_ms(domain::time::DAY_MS)),
            after: after.map(str::parse).transpose().map_err(|_| Refusal::BodyMalformed)?,
        })
    }

    fn page_after(&self, last: RequestId) -> String {
        format!("/requests?from={}&until={}&after={last}", escaped(&self.from), escaped(&self.until))
    }
}

pub(crate) async fn list(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let mut frame = frame(&door, &visit, &actor, "", "menu-requests");
    let agent = door.agents().iter().find(|agent| Some(agent.id) == actor.agent_id());
    let understood = asked.understood(agent.map_or(&Calendar::default(), |agent| &agent.calendar));
    let (status, none, (cards, next)) = match understood {
        Ok(wanted) => {
            let is_all = wanted.from.is_none() && wanted.until.is_none();
            let who = actor.clone();
            let found = door.ask(move |ra, at| ra.requests_page(&who, wanted, at)).await?;
            (StatusCode::OK, Some(if is_all { "requests-none" } else { "requests-none-then" }), found)
        }
        Err(refusal) => {
            frame = frame.refused(refusal);
            (Problem::from(refusal).status(), None, (Vec::new(), None))
        }
    };
    let row = |card: ra::RequestCard| {
        let speech = super::delivery::speech(&door, &visit, agent, &card.procedure);
        Row {
            address: format!("/requests/{}", card.id),
            title: speech.of_procedure("procedure-title").unwrap_or_else(|| card.procedure.clone()),
            unz: card.unz.map(|unz| unz.to_string()),
            word: speech.stage(card.stage.name()),
            tone: tone(card.stage),
            created: speech.date(&card.created_at),
        }
    };
    let requests: Vec<Row> = cards.into_iter().map(row).collect();
    let (none, next) = (none.filter(|_| requests.is_empty()), next.map(|last| asked.page_after(last)));
    Ok(show_as(status, &RequestsPage { frame, from: asked.from, until: asked.until, requests, none, next }))
}

pub(crate) async fn one(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let card = own(&door, &actor, &id).await?;
    Ok(show(&request_page(&door, &visit, &actor, &card)))
}

/// Step 4: what will happen when the client says OK.
pub(crate) async fn may_send(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let card = own(&door, &actor, &id).await?;
    if !can_send(&card) {
        return Ok(see_other(&format!("/requests/{}", card.id)));
    }
    Ok(show(&send_page(&door, &visit, &actor, &card)))
}

/// Step 5 came back from the component: the PKCS#10 of the new key, and the request signed by the current one.
pub(crate) async fn send(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let card = own(&door, &actor, &id).await?;
    let Some((ticket, [pkcs10, cms])) = signed(&form, [("pkcs10", &PKCS10), ("cms", &CMS)])? else {
        let mut page = send_page(&door, &visit, &actor, &card);
        page.frame = page.frame.wrong("token-needed");
        return Ok(show_as(StatusCode::BAD_REQUEST, &page));
    };
    let (id, on) = (card.id, super::made_on(&form));
    door.ask(move |ra, at| match ticket {
        None => ra.submit_with_key(&actor, id, (&pkcs10, &cms), at),
        Some(nonce) => ra.hand_in(&actor, id, &nonce, (&pkcs10, &cms), &on, at),
    })
    .await?;
    Ok(see_other(&format!("/requests/{id}")))
}

/// A ticket for the component: the key to be made, the request to be signed.
pub(crate) async fn ticket(
    State(door): State<Door>,
    Client(actor): Client,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (id, session) = (request_id(&id)?, form.line("session").to_owned());
    let issued = door.ask(move |ra, at| ra.key_ticket(&actor, id, None, &session, at)).await?;
    Ok(super::ticket_answer(issued))
}

pub(crate) async fn may_recall(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let card = own(&door, &actor, &id).await?;
    if !card.allowed.contains(&"recall") {
        return Ok(see_other(&format!("/requests/{}", card.id)));
    }
    let frame = frame(&door, &visit, &actor, &card.procedure, "recall-title");
    Ok(show(&RecallPage { frame, here: format!("/requests/{}", card.id), unz: card.unz.map(|unz| unz.to_string()) }))
}

pub(crate) async fn recall(
    State(door): State<Door>,
    Client(actor): Client,
    Path(id): Path<String>,
    _form: Form,
) -> Result<Response, Problem> {
    let id = request_id(&id)?;
    door.ask(move |ra, at| ra.recall(&actor, id, at)).await?;
    Ok(see_other(&format!("/requests/{id}")))
}

/// The act of one's own request as a file.
pub(crate) async fn act_file(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Path((id, name)): Path<(String, String)>,
    Query(fields): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let id = request_id(&id)?;
    let act = door.ask(move |ra, at| ra.act_file(&actor, id, at)).await?;
    papers::act_file(&door, &visit, act, &name, &fields).await
}

/// One's own, or there is none.
async fn own(door: &Door, actor: &Actor, id: &str) -> Result<ra::RequestCard, Problem> {
    let (asked, id) = (actor.clone(), request_id(id)?);
    door.ask(move |ra, at| ra.request(&asked, id, at)).await
}

fn request_id(text: &str) -> Result<RequestId, Problem> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

fn can_send(card: &ra::RequestCard) -> bool {
    card.allowed.contains(&"offer-key") || card.allowed.contains(&"submit")
}

/// Whether a key may lie on the medium that nothing will ever be issued for.
fn leaves_key(stage: StageName) -> bool {
    is_over(stage) && stage != StageName::InService
}

fn is_with_bank(stage: StageName) -> bool {
    matches!(stage, StageName::Accepted | StageName::InReview | StageName::Approved)
}

fn request_page<'a>(door: &'a Door, visit: &Visit, actor: &Actor, card: &ra::RequestCard) -> RequestPage<'a> {
    let title = if is_with_bank(card.stage) { "page-accepted-title" } else { "request-title" };
    let frame = frame(door, visit, actor, &card.procedure, title);
    let speech = &frame.speech;
    let unz = card.unz.map(|unz| unz.to_string());
    let agent = door.agents().iter().find(|agent| Some(agent.id) == actor.agent_id());
    let accepted = match (&unz, agent) {
        (Some(unz), Some(agent)) if is_with_bank(card.stage) => sentences(speech, unz, &agent.ca_name),
        _ => Vec::new(),
    };
    let edit = card.allowed.contains(&"correct") || super::renewal::is_editable(card.stage);
    RequestPage {
        here: format!("/requests/{}", card.id),
        word: speech.stage(card.stage.name()),
        tone: tone(card.stage),
        told: Position::of_card(card).told(&frame, door.now()),
        unz,
        phone: card.contact.phone.clone(),
        email: card.contact.email.as_str().to_owned(),
        created: speech.time(&card.created_at),
        reason: card.reason.clone(),
        accepted,
        may_send: can_send(card),
        may_recall: card.allowed.contains(&"recall"),
        message: card.unz.map(|_| format!("/messages/{}", card.id)),
        leaves_key: leaves_key(card.stage),
        edit: (edit && !is_over(card.stage)).then(|| format!("/security/renewal/{}", card.procedure)),
        files: card
            .has_act
            .then(|| ActFiles::at(&format!("/requests/{}/act", card.id), Vec::new(), &ActOnCard::of(card))),
        frame,
    }
}

/// What the manual says once a request is accepted; when the letter comes is told with where the request stands.
fn sentences(speech: &Speech<'_>, unz: &str, ca: &str) -> Vec<String> {
    vec![
        speech.say2("page-accepted-number", ("unz", unz), ("ca", ca)),
        speech.say("page-accepted-key"),
        speech.say("page-accepted-public"),
        speech.say("page-accepted-link"),
    ]
}

fn send_page<'a>(door: &'a Door, visit: &Visit, actor: &Actor, card: &ra::RequestCard) -> SendPage<'a> {
    let frame = frame(door, visit, actor, &card.procedure, "page-send-title").with_token();
    SendPage {
        here: format!("/requests/{}", card.id),
        edit: format!("/security/renewal/{}", card.procedure),
        ticket: format!("/requests/{}/ticket", card.id),
        phone: card.contact.phone.clone(),
        email: card.contact.email.as_str().to_owned(),
        is_legacy: super::is_legacy(card),
        frame,
    }
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use super::cabinet::sample::signed_in;
    let own = |title: &str| signed_in(frame(title));
    let mut pages: Vec<Box<dyn crate::pages::samples::Sample + 'a>> = Vec::new();
    let day = domain::Timestamp(1_535_021_580_000);
    // Before every promised time; then what is late, what has ended, and the client's own no.
    let before = StageName::ALL.map(|stage| (stage, false, domain::Timestamp(0)));
    let after = [(StageName::InReview, false, day), (StageName::Issued, false, day), (StageName::Rejected, true, day)];
    for (stage, declined, now) in before.into_iter().chain(after) {
        let frame = own("request-title");
        let accepted = if is_with_bank(stage) { sentences(&frame.speech, "1196837e3c03f2", "CA") } else { Vec::new() };
        let position = Position {
            stage,
            declined,
            email_confirmed: true,
            owed: None,
            act_due: None,
            eta: Some(day),
            link_until: Some(day),
        };
        pages.push(Box::new(RequestPage {
            here: "/requests/1".to_owned(),
            word: frame.speech.stage(stage.name()),
            tone: tone(stage),
            told: position.told(&frame, now),
            unz: Some("1196837e3c03f2".to_owned()),
            phone: "+7 000 000-00-01".to_owned(),
            email: "rogov@example.org".to_owned(),
            created: "2018-08-23".to_owned(),
            reason: (!declined).then(|| "<b>".to_owned()),
            accepted,
            may_send: super::renewal::is_editable(stage),
            may_recall: is_with_bank(stage),
            message: Some("/messages/1".to_owned()),
            leaves_key: leaves_key(stage),
            edit: super::renewal::is_editable(stage).then(|| "/security/renewal/sample".to_owned()),
            files: is_over(stage).then(|| {
                let is_signed = stage == StageName::InService;
                let act = ActOnCard { is_signed, countersigned: ra::Countersigned::Awaited, copies: 2 };
                ActFiles::at("/requests/1/act", Vec::new(), &act)
            }),
            frame,
        }));
    }
    let list = own("menu-requests");
    let row = Row {
        address: "/requests/1".to_owned(),
        title: "<Renewal>".to_owned(),
        unz: None,
        word: list.speech.stage("draft"),
        tone: Tone::Warn,
        created: "2018-08-23".to_owned(),
    };
    let (from, until) = (|| "2018-08-23".to_owned(), || "\"><b>".to_owned());
    let next = Some("/requests?from=&until=&after=1".to_owned());
    pages.push(Box::new(RequestsPage {
        frame: list,
        from: from(),
        until: until(),
        requests: vec![row],
        none: None,
        next,
    }));
    for none in [Some("requests-none"), Some("requests-none-then"), None] {
        let (frame, requests) = (own("menu-requests"), Vec::new());
        pages.push(Box::new(RequestsPage { frame, from: from(), until: until(), requests, none, next: None }));
    }
    for is_legacy in [false, true] {
        pages.push(Box::new(SendPage {
            here: "/requests/1".to_owned(),
            edit: "/security/renewal/sample".to_owned(),
            ticket: "/requests/1/ticket".to_owned(),
            phone: "+7".to_owned(),
            email: "rogov@example.org".to_owned(),
            is_legacy,
            frame: own("page-send-title").with_token(),
        }));
    }
    let recall = |unz: Option<&str>| RecallPage {
        frame: own("recall-title"),
        here: "/requests/1".to_owned(),
        unz: unz.map(str::to_owned),
    };
    pages.push(Box::new(recall(Some("1196837e3c03f2"))));
    pages.push(Box::new(recall(None)));
    pages
}

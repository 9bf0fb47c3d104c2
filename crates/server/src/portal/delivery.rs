//! The pages behind the mailed link: look, sign or decline the act, save the certificate. Looking changes nothing, every step is
//! a form; the code in the address is the key.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::Refusal;
use domain::agent::Agent;
use domain::ids::AgentId;
use domain::procedure::Kind;
use ra::{DeliveryWish, Failure, Moment, Ra};

use super::signed;
use crate::api::{CMS, Door, MAILED, Of, Problem, agent_of_link, der_in_text, parse_code};
use crate::pages::{Form, Frame, Page, Visit, see_other, show, show_as};
use crate::papers::{self, ActFiles, ActOnCard};
use crate::words::Speech;

/// Fields of the address, as they came: mail gateways add some of their own.
type Fields = Query<Vec<(String, String)>>;

/// A link that was named.
#[derive(Clone)]
struct Place {
    agent: AgentId,
    code: String,
}

/// Where on the way through the page the client is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    SignAct,
    Save,
}

#[derive(askama::Template)]
#[template(path = "portal/delivery.html")]
struct DeliveryPage<'a> {
    frame: Frame<'a>,
    step: Step,
    facts: Facts,
    links: Links,
    has_act: bool,
    may_decline: bool,
    /// The current key is of the withdrawn algorithm: two cards are needed.
    is_legacy: bool,
    /// The certificate was handed out already and waits for the proof.
    handed_out: bool,
    until: Option<String>,
}

/// The block «Информация о вашем сертификате».
struct Facts {
    subject: String,
    issuer: String,
    serial_decimal: String,
    serial_hex: String,
    unz: String,
}

/// Addresses of the pages behind one link.
struct Links {
    here: String,
    /// The act as a page, with its files.
    act: String,
    /// The act as PDF.
    paper: String,
    sign: String,
    save: String,
    decline: String,
    sign_ticket: String,
    save_ticket: String,
}

#[derive(askama::Template)]
#[template(path = "portal/act.html")]
struct ActPage<'a> {
    frame: Frame<'a>,
    text: String,
    is_signed: bool,
    files: Option<ActFiles>,
    back: String,
}

#[derive(askama::Template)]
#[template(path = "portal/decline.html")]
struct DeclinePage<'a> {
    frame: Frame<'a>,
    facts: Facts,
    links: Links,
    unconfirmed: bool,
}

#[derive(askama::Template)]
#[template(path = "portal/saved.html")]
struct SavedPage<'a> {
    frame: Frame<'a>,
    facts: Facts,
    links: Links,
    has_act: bool,
    in_service: bool,
    /// There is no certificate before this one: until it is in service nobody signs in.
    is_first: bool,
    /// Where a message with the act is written.
    message: String,
}

impl Page for DeliveryPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for ActPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for DeclinePage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for SavedPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// The page of the address in the letter.
pub(crate) async fn look(State(door): State<Door>, visit: Visit, fields: Fields) -> Result<Response, Problem> {
    let place = named(&door, &fields).await?;
    let delivery = open(&door, &place).await?;
    Ok(show(&delivery_page(&door, &visit, &place, &delivery)?))
}

/// The act, to be read and printed.
pub(crate) async fn act(State(door): State<Door>, visit: Visit, fields: Fields) -> Result<Response, Problem> {
    let place = named(&door, &fields).await?;
    let delivery = look_back(&door, &place).await?;
    let absent = Problem::about(Refusal::ActAbsent, &delivery.card.procedure);
    let text = delivery.act_text.clone().ok_or(absent)?;
    let frame = frame(&door, &visit, &place, &delivery, "page-act-title");
    let is_signed = delivery.act_signed;
    let act = ActOnCard { is_signed, ..ActOnCard::of(&delivery.card) };
    let files = Some(place.act_files(&act));
    Ok(show(&ActPage { frame, text, is_signed, files, back: place.address("") }))
}

/// The act as a file: PDF, text or signatures.
pub(crate) async fn act_file(
    State(door): State<Door>,
    visit: Visit,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let place = named(&door, &fields).await?;
    let act = place.ask(&door, |ra, place, at| ra.act_file_behind_link(place.agent, &place.code, at)).await?;
    papers::act_file(&door, &visit, act, &name, &fields).await
}

/// Takes the act that the component signed.
pub(crate) async fn sign_act(
    State(door): State<Door>,
    visit: Visit,
    fields: Fields,
    form: Form,
) -> Result<Response, Problem> {
    let place = named(&door, &fields).await?;
    let Some((ticket, [cms])) = signed(&form, [("cms", &CMS)])? else {
        return without_token(&door, &visit, &place).await;
    };
    let sign = move |ra: &Ra, place: &Place, at: &mut Moment<'_>| match ticket {
        None => ra.sign_act(place.agent, &place.code, &cms, at),
        Some(nonce) => ra.sign_act_by_ticket(place.agent, &place.code, &nonce, &cms, at),
    };
    place.ask(&door, sign).await?;
    Ok(see_other(&place.address("")))
}

/// Takes the proof of the new key, once the component has put the certificate beside it.
pub(crate) async fn save(
    State(door): State<Door>,
    visit: Visit,
    fields: Fields,
    form: Form,
) -> Result<Response, Problem> {
    let place = named(&door, &fields).await?;
    let Some((ticket, [proof])) = signed(&form, [("proof", &CMS)])? else {
        return without_token(&door, &visit, &place).await;
    };
    let act = Some(form.line("act")).filter(|text| !text.is_empty()).map(|text| der_in_text(text, &CMS)).transpose()?;
    let prove = move |ra: &Ra, place: &Place, at: &mut Moment<'_>| match ticket {
        None => ra.prove(place.agent, &place.code, (&proof, act.as_deref()), at),
        Some(nonce) => ra.prove_by_ticket(place.agent, &place.code, &nonce, (&proof, act.as_deref()), at),
    };
    place.ask(&door, prove).await?;
    Ok(see_other(&place.address("/saved")))
}

/// A ticket for the component: the act to be signed, or the certificate to be put beside its key.
pub(crate) async fn ticket(State(door): State<Door>, fields: Fields, form: Form) -> Result<Response, Problem> {
    let place = named(&door, &fields).await?;
    let operation = fields.iter().find(|(name, _)| name == "operation").map_or("", |(_, value)| value.as_str());
    let wish = match operation {
        "sign-act" => DeliveryWish::SignAct,
        "store-certificate" => DeliveryWish::StoreCertificate,
        _ => return Err(Refusal::BodyMalformed.into()),
    };
    let session = form.line("session").to_owned();
    let ticket = move |ra: &Ra, place: &Place, at: &mut Moment<'_>| {
        ra.delivery_ticket(place.agent, &place.code, wish, &session, at)
    };
    let issued = place.ask(&door, ticket).await?;
    Ok(super::ticket_answer(issued))
}

/// The certificate is saved and proven: what comes next.
pub(crate) async fn saved(State(door): State<Door>, visit: Visit, fields: Fields) -> Result<Response, Problem> {
    let place = named(&door, &fields).await?;
    let delivery = look_back(&door, &place).await?;
    let stage = delivery.card.stage;
    let in_service = stage == domain::request::StageName::InService;
    if !in_service && stage != domain::request::StageName::Proven {
        return Ok(see_other(&place.address("")));
    }
    let facts = Facts::of(&delivery)?;
    let frame = frame(&door, &visit, &place, &delivery, "page-saved-title");
    let message = format!("/messages/{}", delivery.card.id);
    let is_first = delivery.card.kind == Kind::FirstIssue;
    let (links, has_act) = (place.links(), delivery.act_text.is_some());
    let page = SavedPage { frame, facts, links, has_act, in_service, is_first, message };
    Ok(show(&page))
}

/// Asks whether the client means it.
pub(crate) async fn may_decline(State(door): State<Door>, visit: Visit, fields: Fields) -> Result<Response, Problem> {
    let place = named(&door, &fields).await?;
    let delivery = open(&door, &place).await?;
    decline_page(&door, &visit, &place, &delivery, false)
}

/// «Отказаться», confirmed.
pub(crate) async fn decline(
    State(door): State<Door>,
    visit: Visit,
    fields: Fields,
    form: Form,
) -> Result<Response, Problem> {
    let place = named(&door, &fields).await?;
    if form.line("confirmed") != "yes" {
        let delivery = open(&door, &place).await?;
        return decline_page(&door, &visit, &place, &delivery, true);
    }
    let card = place.ask(&door, |ra, place, at| ra.decline(place.agent, &place.code, true, at)).await?;
    let unz = card.unz.map(|unz| unz.to_string()).unwrap_or_default();
    Ok(see_other(&format!("/status?unz={unz}")))
}

/// Names the link: only `code` counts, and `agentId` where it is there, the first of each.
async fn named(door: &Door, Query(fields): &Fields) -> Result<Place, Problem> {
    let field = |wanted: &str| fields.iter().find(|(name, value)| name == wanted && !value.is_empty());
    let agent = field("agentId").map(|(_, agent)| agent_of_link(agent)).transpose()?;
    // Of a sentence that ends with the address some mail programs take the full stop along.
    let code = field("code").map_or("", |(_, code)| code.trim_end_matches('.'));
    let unknown = |problem: Problem| match agent {
        Some(agent) => problem.of(Of { agent, request: None }),
        None => problem,
    };
    let code = parse_code(code.to_owned()).map_err(unknown)?;
    let asked = code.clone();
    let agent = match agent {
        Some(agent) => agent,
        None => door.ask(move |ra, _| ra.link_agent(&asked)).await?,
    };
    Ok(Place { agent, code })
}

async fn open(door: &Door, place: &Place) -> Result<ra::Delivery, Problem> {
    place.ask(door, |ra, place, at| ra.open_link(place.agent, &place.code, at)).await
}

async fn look_back(door: &Door, place: &Place) -> Result<ra::Delivery, Problem> {
    place.ask(door, |ra, place, at| ra.look_back(place.agent, &place.code, at)).await
}

/// The form came without what the component adds to it: scripts are off, or it was not asked.
async fn without_token(door: &Door, visit: &Visit, place: &Place) -> Result<Response, Problem> {
    let delivery = open(door, place).await?;
    let mut page = delivery_page(door, visit, place, &delivery)?;
    page.frame = page.frame.wrong("token-needed");
    Ok(show_as(StatusCode::BAD_REQUEST, &page))
}

fn delivery_page<'a>(
    door: &'a Door,
    visit: &Visit,
    place: &Place,
    delivery: &ra::Delivery,
) -> Result<DeliveryPage<'a>, Problem> {
    let has_act = delivery.act_text.is_some();
    let step = if has_act && delivery.act_gates && !delivery.act_signed { Step::SignAct } else { Step::Save };
    let title = match step {
        Step::SignAct => "page-link-title",
        Step::Save => "page-save-title",
    };
    let frame = frame(door, visit, place, delivery, title).with_token();
    let until = Some(frame.speech.time(&delivery.link_until));
    Ok(DeliveryPage {
        frame,
        step,
        facts: Facts::of(delivery)?,
        links: place.links(),
        has_act,
        may_decline: delivery.card.allowed.contains(&"decline"),
        is_legacy: super::is_legacy(&delivery.card),
        handed_out: delivery.challenge.is_some(),
        until,
    })
}

fn decline_page(
    door: &Door,
    visit: &Visit,
    place: &Place,
    delivery: &ra::Delivery,
    unconfirmed: bool,
) -> Result<Response, Problem> {
    let mut frame = frame(door, visit, place, delivery, "page-decline-title");
    if unconfirmed {
        frame = frame.wrong_field(Refusal::ConfirmationRequired.code());
    }
    let page = DeclinePage { frame, facts: Facts::of(delivery)?, links: place.links(), unconfirmed };
    let status = if unconfirmed { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(show_as(status, &page).into_response())
}

fn frame<'a>(door: &'a Door, visit: &Visit, place: &Place, delivery: &ra::Delivery, title: &str) -> Frame<'a> {
    let agent = door.agents().iter().find(|agent| agent.id == place.agent);
    let speech = speech(door, visit, agent, &delivery.card.procedure);
    let title = speech.say(title);
    Frame::new(visit, speech, title).of_some_agent(agent)
}

/// Words of a procedure, dates of an agent.
pub(super) fn speech<'a>(door: &'a Door, visit: &Visit, agent: Option<&Agent>, procedure: &str) -> Speech<'a> {
    let speech = Speech::new(visit.language).of(door.words().get(procedure));
    match agent {
        Some(agent) => speech.dated(&agent.calendar),
        None => speech,
    }
}

impl Facts {
    fn of(delivery: &ra::Delivery) -> Result<Self, Problem> {
        let certificate = delivery.card.certificate.as_ref();
        let certificate = certificate.ok_or_else(|| Problem::incident(false, "a live link without a certificate"))?;
        Ok(Self {
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            serial_decimal: certificate.serial_decimal.clone(),
            serial_hex: certificate.serial_hex.clone(),
            unz: delivery.card.unz.map(|unz| unz.to_string()).unwrap_or_default(),
        })
    }
}

impl Place {
    /// One verb behind this link. Whoever is refused reads whom to ask, and of a link that was used where its request stands now.
    async fn ask<T: Send + 'static>(
        &self,
        door: &Door,
        verb: impl FnOnce(&Ra, &Self, &mut Moment<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Problem> {
        let place = self.clone();
        let problem = match door.ask(move |ra, at| verb(ra, &place, at)).await {
            Ok(answer) => return Ok(answer),
            Err(problem) => problem,
        };
        let request = match &problem {
            Problem::Refused { refused, .. } if refused.refusal == Refusal::LinkSpent => {
                let place = self.clone();
                door.ask(move |ra, _| ra.link_request(place.agent, &place.code)).await.ok()
            }
            _ => None,
        };
        Err(problem.of(Of { agent: self.agent, request }))
    }

    fn address(&self, page: &str) -> String {
        format!("{MAILED}{page}?agentId={}&code={}", self.agent, self.code)
    }

    fn act_files(&self, act: &ActOnCard) -> ActFiles {
        let fields = vec![("agentId", self.agent.to_string()), ("code", self.code.clone())];
        ActFiles::at(&format!("{MAILED}/act"), fields, act)
    }

    fn links(&self) -> Links {
        let ticket = |operation: &str| format!("{}&operation={operation}", self.address("/ticket"));
        Links {
            here: self.address(""),
            act: self.address("/act"),
            paper: self.address("/act/act.pdf"),
            sign: self.address("/act"),
            save: self.address("/save"),
            decline: self.address("/decline"),
            sign_ticket: ticket("sign-act"),
            save_ticket: ticket("store-certificate"),
        }
    }
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let place = || Place { agent: AgentId(1), code: "0".repeat(64) };
    let facts = || Facts {
        subject: "CN=Rogov Ivan Petrovich, O=OOO '<ooo>', L=Novosibirsk, C=RU".to_owned(),
        issuer: "CN=Class 2 CA, O=Center of Financial Technologies, C=RU".to_owned(),
        serial_decimal: "59441336".to_owned(),
        serial_hex: "38b00b8".to_owned(),
        unz: "1196837e3c03f2".to_owned(),
    };
    let delivery = |step, is_legacy, handed_out: bool| DeliveryPage {
        frame: frame("page-link-title").with_token(),
        step,
        facts: facts(),
        links: place().links(),
        has_act: true,
        may_decline: !handed_out,
        is_legacy,
        handed_out,
        until: Some("2018-08-30 23:59".to_owned()),
    };
    let saved = |in_service, is_first| SavedPage {
        frame: frame("page-saved-title"),
        facts: facts(),
        links: place().links(),
        has_act: true,
        in_service,
        is_first,
        message: "/messages/1".to_owned(),
    };
    let decline = |unconfirmed| DeclinePage {
        frame: frame("page-decline-title"),
        facts: facts(),
        links: place().links(),
        unconfirmed,
    };
    let act = |is_signed, countersigned| ActPage {
        frame: frame("page-act-title"),
        text: "1. <act>\n2. & so on".to_owned(),
        is_signed,
        files: Some(place().act_files(&ActOnCard { is_signed, countersigned, copies: 1 })),
        back: place().address(""),
    };
    vec![
        Box::new(delivery(Step::SignAct, false, false)),
        Box::new(delivery(Step::SignAct, true, false)),
        Box::new(delivery(Step::Save, false, false)),
        Box::new(delivery(Step::Save, false, true)),
        Box::new(act(false, ra::Countersigned::No)),
        Box::new(act(true, ra::Countersigned::No)),
        Box::new(act(true, ra::Countersigned::Awaited)),
        Box::new(act(true, ra::Countersigned::Yes)),
        Box::new(decline(false)),
        Box::new(decline(true)),
        Box::new(saved(true, false)),
        Box::new(saved(false, false)),
        Box::new(saved(true, true)),
        Box::new(saved(false, true)),
    ]
}

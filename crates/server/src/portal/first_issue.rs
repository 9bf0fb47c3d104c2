//! The public door: «Заполните анкету для получения сертификата», the Latin spelling, the key, «Запрос принят». A visitor is known by a
//! secret in a cookie of their own and by nothing else; it opens their own request alone.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use documents::application::Part;
use domain::Refusal;
use domain::Timestamp;
use domain::actor::Actor;
use domain::agent::Agent;
use domain::applicant::{Applicant, COUNTRIES, Fault, Field as Asked, LATIN_CHARACTERS, LatinSpelling, Needed, Typed};
use domain::cities;
use domain::ids::{AgentId, RequestId};
use domain::inquiry::Subject;
use domain::procedure::{Login, Procedure};
use domain::request::StageName;
use domain::subject::AttributeType;
use ra::NewApplication;

use super::delivery::speech;
use super::status::{Position, Told, tone, turn};
use crate::api::{Door, PKCS10, Problem, der_in_text, parse_agent};
use crate::pages::{Cookie, Field, Form, Frame, Page, Tone, Visit, see_other, show, show_as};
use crate::papers;
use crate::words::Speech;

/// Where the public door is (seed A001 step 3).
const HERE: &str = "/ca/new-certificate";
/// Where procedures of this kind say that they are shown.
const ENTRY: &str = "public/new-certificate";
/// Most cities that are suggested at once.
const SUGGESTED: usize = 10;

#[derive(askama::Template)]
#[template(path = "portal/application.html")]
struct FormPage<'a> {
    frame: Frame<'a>,
    here: &'static str,
    agent: AgentId,
    agent_name: String,
    medium: String,
    person: Vec<Field>,
    no_patronymic: bool,
    natural_person: bool,
    organisation: Vec<Field>,
    country: Vec<(&'static str, String)>,
    city: Field,
    suggested: Vec<&'static str>,
    contact: Vec<Field>,
}

#[derive(askama::Template)]
#[template(path = "portal/latin.html")]
struct LatinPage<'a> {
    frame: Frame<'a>,
    here: &'static str,
    /// Everything that was typed, to be sent again with the spelling.
    typed: Vec<(&'static str, String)>,
    spelled: Vec<Field>,
    /// «ИНН» and «Страна», which nobody spells.
    given: Vec<(String, String)>,
    /// Fields that do not go into the certificate.
    beside: Vec<(String, String)>,
    back: String,
}

#[derive(askama::Template)]
#[template(path = "portal/applied.html")]
struct AppliedPage<'a> {
    frame: Frame<'a>,
    here: &'static str,
    unz: Option<String>,
    word: String,
    tone: Tone,
    turn: &'static str,
    /// What comes next, where [`speaks_of_next`].
    told: Option<Told>,
    reason: Option<String>,
    /// The sentences of «Запрос принят».
    accepted: Vec<String>,
    /// What is said of the application on paper, its link in the middle.
    paper: Option<[String; 3]>,
    /// Where its scan may be sent.
    scan: Option<String>,
    edit: Option<String>,
    may_recall: bool,
}

impl Page for FormPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for LatinPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for AppliedPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// `?agentId=`, and the letters that a city begins with.
#[derive(serde::Deserialize)]
pub(crate) struct Fields {
    #[serde(default, rename = "agentId")]
    agent: String,
    #[serde(default)]
    begins: String,
}

/// The door of one agent.
struct Place<'a> {
    agent: &'a Agent,
    procedure: Procedure,
}

/// Step 4: the form, with what was typed before.
pub(crate) async fn form(
    State(door): State<Door>,
    visit: Visit,
    Query(fields): Query<Fields>,
) -> Result<Response, Problem> {
    let place = place(&door, &fields.agent).await?;
    let typed = match visit.draft().and_then(read_draft) {
        Some(draft) => draft,
        None => stated(&door, &visit, place.agent.id).await?,
    };
    Ok(show(&form_page(&door, &visit, &place, &typed, &[])))
}

/// What the visitor stated in a request that is still theirs to change; an empty form otherwise.
async fn stated(door: &Door, visit: &Visit, agent: AgentId) -> Result<Typed, Problem> {
    let empty = Typed { country: COUNTRIES[0].to_owned(), ..Typed::default() };
    let Some(secret) = visit.applicant().map(str::to_owned) else { return Ok(empty) };
    let said = door
        .ask(move |ra, at| {
            if !ra.goes_on(agent, &secret, at)? {
                return Ok(None);
            }
            let (actor, id) = ra.applicant(&secret)?;
            ra.applicant_of(&actor, id).map(Some)
        })
        .await?;
    Ok(said.map_or(empty, |applicant| applicant.typed()))
}

/// «Подтвердить»: every fault at once, or the Latin spelling.
pub(crate) async fn check(State(door): State<Door>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let place = place(&door, form.line("agentId")).await?;
    let typed = typed(&form);
    let page = match Applicant::check(&typed) {
        Err(faults) => show_as(StatusCode::BAD_REQUEST, &form_page(&door, &visit, &place, &typed, &faults)),
        Ok(applicant) => {
            count(&door, place.agent.id, &applicant)?;
            let latin = applicant.proposed(place.procedure.latin_table);
            show(&latin_page(&door, &visit, &place, (&typed, &applicant), &latin, &[]))
        }
    };
    Ok(with_cookie(page, visit.cookie(Cookie::Draft, &draft(&typed))))
}

/// Keeps what is being typed, so that a closed tab loses nothing.
pub(crate) async fn keep(visit: Visit, form: Form) -> Response {
    with_cookie(StatusCode::NO_CONTENT.into_response(), visit.cookie(Cookie::Draft, &draft(&typed(&form))))
}

/// Cities that begin with what is typed.
pub(crate) async fn suggest(Query(fields): Query<Fields>) -> Response {
    let letters: String = fields.begins.chars().take(Asked::City.rule().characters).collect();
    Json(cities::beginning_with(&letters, SUGGESTED)).into_response()
}

/// «Отправить запрос»: the request is there, and the component gets a ticket for its key.
pub(crate) async fn ticket(State(door): State<Door>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let (agent, new) = application(&door, &form).await?;
    count(&door, agent, &new.applicant)?;
    let (known, fresh) = (visit.applicant().map(str::to_owned), hex::encode(crate::clock::random::<32>()));
    let session = form.line("session").to_owned();
    let (issued, secret) = door
        .ask(move |ra, at| {
            ra::must_be_a_session(&session)?;
            // A second click is the same request; another signatory may follow on the same computer.
            let secret = match known {
                // guard: applicants-own-secret
                Some(known) if ra.goes_on_with(agent, &known, &new, at)? => known,
                _ => fresh,
            };
            ra.apply(agent, &secret, &new, at)?;
            let (actor, id) = ra.applicant(&secret)?;
            Ok((ra.key_ticket(&actor, id, None, &session, at)?, secret))
        })
        .await?;
    Ok(with_cookie(super::ticket_answer(issued), visit.cookie(Cookie::Applicant, &secret)))
}

/// An organisation is applied for: by how many, from wherever, is bounded.
fn count(door: &Door, agent: AgentId, applicant: &Applicant) -> Result<(), Problem> {
    applicant.organisation.as_ref().map_or(Ok(()), |organisation| door.count_application(agent, &organisation.inn))
}

/// The key is made: the request is handed in.
pub(crate) async fn send(State(door): State<Door>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let (nonce, pkcs10) = (form.line("nonce").to_owned(), form.line("pkcs10"));
    if pkcs10.is_empty() || nonce.is_empty() {
        return without_key(&door, &visit, &form).await;
    }
    let pkcs10 = der_in_text(pkcs10, &PKCS10)?;
    let on = super::made_on(&form);
    let (actor, id) = mine(&door, &visit).await?;
    door.ask(move |ra, at| ra.send_with_key(&actor, id, &nonce, &pkcs10, &on, at)).await?;
    Ok(with_cookie(see_other(&format!("{HERE}/accepted")), visit.cookie(Cookie::Draft, "")))
}

/// Step 9: «Запрос принят», and later where it stands.
pub(crate) async fn accepted(State(door): State<Door>, visit: Visit) -> Result<Response, Problem> {
    let (actor, id) = mine(&door, &visit).await?;
    let card = door.ask(move |ra, at| ra.request(&actor, id, at)).await?;
    Ok(show(&applied_page(&door, &visit, &card)))
}

/// Takes the request back.
pub(crate) async fn recall(State(door): State<Door>, visit: Visit, _form: Form) -> Result<Response, Problem> {
    let (actor, id) = mine(&door, &visit).await?;
    door.ask(move |ra, at| ra.recall(&actor, id, at)).await?;
    Ok(see_other(&format!("{HERE}/accepted")))
}

/// «Распечатать заявление на получение сертификата».
pub(crate) async fn paper(State(door): State<Door>, visit: Visit) -> Result<Response, Problem> {
    let (actor, id) = mine(&door, &visit).await?;
    let application = door.ask(move |ra, _| ra.application(&actor, id)).await?;
    papers::application(&door, &visit, application, Part::Whole).await
}

/// The form came without what the component adds to it: scripts are off, or it was not asked.
async fn without_key(door: &Door, visit: &Visit, form: &Form) -> Result<Response, Problem> {
    let place = place(door, form.line("agentId")).await?;
    let typed = typed(form);
    let applicant = match Applicant::check(&typed) {
        Ok(applicant) => applicant,
        Err(faults) => {
            let page = form_page(door, visit, &place, &typed, &faults);
            return Ok(show_as(StatusCode::BAD_REQUEST, &page));
        }
    };
    let latin = latin(form);
    let faults = applicant.subject(&latin).err().unwrap_or_default();
    let mut page = latin_page(door, visit, &place, (&typed, &applicant), &latin, &faults);
    if faults.is_empty() {
        page.frame = page.frame.wrong("token-needed");
    }
    Ok(show_as(StatusCode::BAD_REQUEST, &page))
}

/// What the form says, checked anew: a page is no proof.
async fn application(door: &Door, form: &Form) -> Result<(AgentId, NewApplication), Problem> {
    let place = place(door, form.line("agentId")).await?;
    let applicant = Applicant::check(&typed(form))
        .map_err(|faults| Problem::from(faults.first().map_or(Refusal::BodyMalformed, |fault| fault.refusal)))?;
    Ok((place.agent.id, NewApplication { procedure: place.procedure.name, applicant, latin: latin(form) }))
}

/// The visitor's own request, if there is one.
async fn mine(door: &Door, visit: &Visit) -> Result<(Actor, RequestId), Problem> {
    let secret = visit.applicant().ok_or(Refusal::NotFound)?.to_owned();
    door.ask(move |ra, _| ra.applicant(&secret)).await
}

/// The agent that was named, if it has a public door.
async fn place<'a>(door: &'a Door, agent: &str) -> Result<Place<'a>, Problem> {
    // No number, no such door: whoever shortened the address is told the same.
    let id = parse_agent(agent).map_err(|_| Refusal::ProcedureNotOffered)?;
    let agent = door.agents().iter().find(|agent| agent.id == id).ok_or(Refusal::ProcedureNotOffered)?;
    let offered = agent.procedures.clone();
    let found = door
        .ask(move |ra, _| {
            Ok(offered.iter().filter_map(|name| ra.procedure(name)).find(|found| is_at_the_door(found)).cloned())
        })
        .await?;
    Ok(Place { agent, procedure: found.ok_or(Refusal::ProcedureNotOffered)? })
}

/// Whether a procedure begins here.
pub(super) fn is_at_the_door(procedure: &Procedure) -> bool {
    procedure.entry == ENTRY && procedure.login == Login::None
}

fn typed(form: &Form) -> Typed {
    // A button with the name of a city that was meant.
    let meant = Some(form.text("city_meant")).filter(|name| !name.is_empty());
    let typed = typed_from(|name| form.text(name).to_owned());
    Typed { city: meant.map_or(typed.city, str::to_owned), ..typed }
}

/// The form whose fields have these values.
fn typed_from(of: impl Fn(&str) -> String) -> Typed {
    let text = |field: Asked| of(field.name());
    Typed {
        surname: text(Asked::Surname),
        given_name: text(Asked::GivenName),
        patronymic: text(Asked::Patronymic),
        no_patronymic: of("no_patronymic") == "yes",
        natural_person: of("natural_person") == "yes",
        organisation: text(Asked::Organisation),
        inn: text(Asked::Inn),
        country: text(Asked::Country),
        city: text(Asked::City),
        address: text(Asked::Address),
        phone: text(Asked::Phone),
        email: text(Asked::Email),
    }
}

fn latin(form: &Form) -> LatinSpelling {
    let natural_person = form.line("natural_person") == "yes";
    LatinSpelling {
        person: form.line("latin_person").to_owned(),
        organisation: (!natural_person).then(|| form.line("latin_organisation").to_owned()),
        city: form.line("latin_city").to_owned(),
    }
}

/// Names and values of everything typed, as the form sends them.
fn pairs(typed: &Typed) -> Vec<(&'static str, String)> {
    let flag = |on: bool| if on { "yes".to_owned() } else { String::new() };
    vec![
        (Asked::Surname.name(), typed.surname.clone()),
        (Asked::GivenName.name(), typed.given_name.clone()),
        (Asked::Patronymic.name(), typed.patronymic.clone()),
        ("no_patronymic", flag(typed.no_patronymic)),
        ("natural_person", flag(typed.natural_person)),
        (Asked::Organisation.name(), typed.organisation.clone()),
        (Asked::Inn.name(), typed.inn.clone()),
        (Asked::Country.name(), typed.country.clone()),
        (Asked::City.name(), typed.city.clone()),
        (Asked::Address.name(), typed.address.clone()),
        (Asked::Phone.name(), typed.phone.clone()),
        (Asked::Email.name(), typed.email.clone()),
    ]
}

/// What was typed, for its cookie: it stays with the one who typed it. What is longer than any field is not kept.
fn draft(typed: &Typed) -> String {
    let short = |(name, value): (&'static str, String)| (name, value.chars().take(200).collect::<String>());
    let kept: Vec<_> = pairs(typed).into_iter().filter(|(_, value)| !value.is_empty()).map(short).collect();
    let json = serde_json::to_vec(&kept).expect("pairs of texts are JSON");
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json);
    // Browsers keep cookies of 4,096 octets; a longer one would be lost without a word.
    if text.len() <= DRAFT_OCTETS { text } else { String::new() }
}

/// The form as it would be with these fields typed: where it is and the cookie that fills it in.
pub(crate) fn filled_in(visit: &Visit, agent: u32, fields: &BTreeMap<String, String>) -> Response {
    let typed = typed_from(|name| fields.get(name).cloned().unwrap_or_default());
    with_cookie(see_other(&format!("{HERE}?agentId={agent}")), visit.cookie(Cookie::Draft, &draft(&typed)))
}

/// Most octets of a draft's cookie (RFC 6265 section 6.1: at least 4,096 with its name and attributes).
const DRAFT_OCTETS: usize = 3_900;

fn read_draft(text: &str) -> Option<Typed> {
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?;
    let kept: Vec<(String, String)> = serde_json::from_slice(&json).ok()?;
    Some(typed_from(|wanted| {
        let found = kept.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }))
}

fn with_cookie(mut answer: Response, cookie: HeaderValue) -> Response {
    answer.headers_mut().append(SET_COOKIE, cookie);
    answer
}

fn frame<'a>(door: &'a Door, visit: &Visit, place: &Place<'_>, title: &str) -> Frame<'a> {
    let speech = speech(door, visit, Some(place.agent), &place.procedure.name);
    let title = speech.say(title);
    Frame::new(visit, speech, title).of_agent(place.agent)
}

fn form_page<'a>(door: &'a Door, visit: &Visit, place: &Place<'_>, typed: &Typed, faults: &[Fault]) -> FormPage<'a> {
    let mut frame = frame(door, visit, place, "page-apply-title");
    if let Some(fault) = faults.first() {
        frame = frame.wrong_field(fault.refusal.code());
    }
    FormPage::of(frame, place.agent.id, &place.agent.name, typed, faults)
}

impl<'a> FormPage<'a> {
    fn of(frame: Frame<'a>, agent: AgentId, agent_name: &str, typed: &Typed, faults: &[Fault]) -> Self {
        let wrong = |field: Asked| {
            let fault = faults.iter().find(|fault| fault.field == field)?;
            Some(frame.speech.refusal(fault.refusal))
        };
        let line = |field: Asked, value: &str| {
            let label = frame.say(&format!("page-apply-{}", field.name().replace('_', "-")));
            let line = Field::line(field.name(), label, value).longest(field.rule().characters).wrong(wrong(field));
            if field.rule().needed == Needed::Always { line.required() } else { line }
        };
        let person = vec![
            line(Asked::Surname, &typed.surname).kind("text", "family-name"),
            line(Asked::GivenName, &typed.given_name).kind("text", "given-name"),
            line(Asked::Patronymic, &typed.patronymic).kind("text", "additional-name"),
        ];
        let organisation = vec![
            line(Asked::Organisation, &typed.organisation).kind("text", "organization"),
            // Whoever pastes it may bring spaces along.
            line(Asked::Inn, &typed.inn).digits().longest(20),
        ];
        let city = line(Asked::City, &typed.city).kind("text", "address-level2");
        let city = city.hint(frame.say("page-apply-city-hint"));
        let email = line(Asked::Email, &typed.email).kind("email", "email");
        let contact = vec![
            line(Asked::Address, &typed.address).kind("text", "address-line1"),
            line(Asked::Phone, &typed.phone).kind("tel", "tel").hint(frame.say("page-apply-phone-hint")),
            email.hint(frame.say("page-apply-email-hint")),
        ];
        let suggested = if faults.iter().any(|fault| fault.refusal == Refusal::CityUnknown) {
            nearest(&typed.city)
        } else {
            Vec::new()
        };
        Self {
            here: HERE,
            agent,
            agent_name: agent_name.to_owned(),
            medium: frame.say("page-apply-medium-smart-key"),
            person,
            no_patronymic: typed.no_patronymic,
            natural_person: typed.natural_person,
            organisation,
            country: COUNTRIES
                .iter()
                .map(|code| (*code, frame.say(&format!("country-{}", code.to_lowercase()))))
                .collect(),
            city,
            suggested,
            contact,
            frame,
        }
    }
}

/// Cities that begin as the typed one does, with ever fewer letters until some do.
fn nearest(typed: &str) -> Vec<&'static str> {
    let letters: Vec<char> = typed.trim().chars().take(Asked::City.rule().characters).collect();
    (1..=letters.len())
        .rev()
        .map(|count| cities::beginning_with(&letters[..count].iter().collect::<String>(), SUGGESTED))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

fn latin_page<'a>(
    door: &'a Door,
    visit: &Visit,
    place: &Place<'_>,
    (typed, applicant): (&Typed, &Applicant),
    latin: &LatinSpelling,
    faults: &[domain::applicant::LatinFault],
) -> LatinPage<'a> {
    let mut frame = frame(door, visit, place, "page-latin-title").with_token();
    if let Some((_, refusal)) = faults.first() {
        frame = frame.wrong_field(refusal.code());
    }
    LatinPage::of(frame, place.agent.id, (typed, applicant), latin, faults)
}

impl<'a> LatinPage<'a> {
    fn of(
        frame: Frame<'a>,
        agent: AgentId,
        (typed, applicant): (&Typed, &Applicant),
        latin: &LatinSpelling,
        faults: &[domain::applicant::LatinFault],
    ) -> Self {
        let wrong = |kind: AttributeType| {
            let (_, refusal) = faults.iter().find(|(of, _)| *of == kind)?;
            Some(frame.speech.refusal(*refusal))
        };
        let line = |id: &'static str, label: &str, value: &str, kind: AttributeType| {
            Field::line(id, frame.say(label), value).longest(LATIN_CHARACTERS).required().wrong(wrong(kind))
        };
        let mut spelled = vec![line("latin_person", "page-latin-person", &latin.person, AttributeType::CN)];
        if let Some(organisation) = &latin.organisation {
            spelled.push(line("latin_organisation", "page-apply-organisation", organisation, AttributeType::O));
        }
        spelled.push(line("latin_city", "page-apply-city", &latin.city, AttributeType::L));
        let mut given = Vec::new();
        if let Some(organisation) = &applicant.organisation {
            given.push((frame.say("page-latin-inn"), organisation.inn.as_str().to_owned()));
        }
        given.push((frame.say("page-apply-country"), applicant.country.clone()));
        let beside = [
            ("page-apply-address", applicant.address.as_str()),
            ("page-apply-phone", applicant.contact.phone.as_str()),
            ("page-apply-email", applicant.contact.email.as_str()),
        ];
        let filled = beside.into_iter().filter(|(_, value)| !value.is_empty());
        let beside = filled.map(|(label, value)| (frame.say(label), value.to_owned())).collect();
        let mut typed = pairs(typed);
        typed.push(("agentId", agent.to_string()));
        Self { here: HERE, typed, spelled, given, beside, back: format!("{HERE}?agentId={agent}"), frame }
    }
}

fn applied_page<'a>(door: &'a Door, visit: &Visit, card: &ra::RequestCard) -> AppliedPage<'a> {
    let agent = door.agents().iter().find(|agent| agent.id == card.agent_id);
    let speech = speech(door, visit, agent, &card.procedure);
    let is_with_bank = matches!(card.stage, StageName::Accepted | StageName::InReview | StageName::Approved);
    let title = speech.say(if is_with_bank { "page-accepted-title" } else { "request-title" });
    let frame = Frame::new(visit, speech, title).of_some_agent(agent);
    AppliedPage::of(frame, card, agent.map_or("", |agent| agent.ca_name.as_str()), is_with_bank, door.now())
}

impl<'a> AppliedPage<'a> {
    fn of(frame: Frame<'a>, card: &ra::RequestCard, ca: &str, is_with_bank: bool, now: Timestamp) -> Self {
        let speech = &frame.speech;
        let unz = card.unz.map(|unz| unz.to_string());
        let mut accepted = match (&unz, is_with_bank) {
            (Some(unz), true) => vec![
                speech.say2("page-applied-number", ("unz", unz), ("ca", ca)),
                speech.say("page-accepted-key"),
                speech.say("page-accepted-public"),
                speech.say("page-accepted-link"),
            ],
            _ => Vec::new(),
        };
        if is_with_bank && !card.email_confirmed {
            accepted.insert(1, speech.say1("page-applied-confirm", "name", card.contact.email.as_str()));
        }
        let told = speaks_of_next(card.stage).then(|| Position::of_card(card).told(&frame, now));
        Self {
            here: HERE,
            word: speech.stage(card.stage.name()),
            tone: tone(card.stage),
            turn: told.as_ref().map_or_else(|| turn(card.stage, card.email_confirmed), |told| told.turn),
            told,
            unz,
            reason: card.reason.clone(),
            accepted,
            paper: is_with_bank.then(|| paper_words(speech, card.subject.value(AttributeType::O).is_some())),
            scan: card.unz.filter(|_| card.stage == StageName::Accepted).map(|unz| {
                format!("/feedback?agentId={}&subject={}&unz={unz}", card.agent_id, Subject::Application.name())
            }),
            edit: card.allowed.contains(&"restate").then(|| format!("{HERE}?agentId={}", card.agent_id)),
            may_recall: card.allowed.contains(&"recall"),
            frame,
        }
    }
}

/// Whether the certificate is there or will never be: before, the page itself says what to do.
fn speaks_of_next(stage: StageName) -> bool {
    match stage {
        StageName::Draft
        | StageName::KeyReady
        | StageName::Signed
        | StageName::Accepted
        | StageName::InReview
        | StageName::NeedsFix
        | StageName::Approved => false,
        StageName::Issued
        | StageName::ActSigned
        | StageName::Installed
        | StageName::Proven
        | StageName::InService
        | StageName::Rejected
        | StageName::Cancelled
        | StageName::Expired => true,
    }
}

/// Whoever acts for nobody else has an application of their own.
fn paper_words(speech: &Speech<'_>, has_organisation: bool) -> [String; 3] {
    let of = if has_organisation { "" } else { "-person" };
    ["print", "paper", "bring"].map(|word| speech.say(&format!("page-applied-{word}{of}")))
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use domain::applicant::ClaimedOrganisation;
    use domain::subscriber::{Contact, Email, Inn};
    let text = str::to_owned;
    let typed = |natural_person| Typed {
        surname: text("\"><b>"),
        given_name: text("Ivan"),
        patronymic: text("Ivanovich"),
        natural_person,
        organisation: text("<OOO>"),
        inn: text("1"),
        // There are cities that begin so.
        city: text("\u{41c}\"><b>"),
        email: text("ivanov@example.org"),
        ..Typed::default()
    };
    let applicant = |natural_person: bool| Applicant {
        surname: text("Ivanov"),
        given_name: text("Ivan"),
        patronymic: Some(text("Ivanovich")),
        organisation: (!natural_person).then(|| ClaimedOrganisation {
            name: text("<OOO>"),
            inn: Inn::parse("7707704692").expect("right check digits"),
        }),
        country: text("RU"),
        city: text("Moskva"),
        address: text("<b>"),
        contact: Contact { phone: text("+7 383"), email: Email::parse("ivanov@example.org").expect("an address") },
    };
    let form =
        |typed: &Typed, faults: &[Fault]| FormPage::of(frame("page-apply-title"), AgentId(6), "<Sixth>", typed, faults);
    let faults = [
        Fault { field: Asked::Surname, refusal: Refusal::NameWrong },
        Fault { field: Asked::Inn, refusal: Refusal::InnLengthWrong },
        Fault { field: Asked::City, refusal: Refusal::CityUnknown },
    ];
    let latin = |natural_person, faults: &[domain::applicant::LatinFault]| {
        let applicant = applicant(natural_person);
        let spelling = applicant.proposed(domain::latin::Table::default());
        let frame = frame("page-latin-title").with_token();
        LatinPage::of(frame, AgentId(6), (&typed(natural_person), &applicant), &spelling, faults)
    };
    let applied = |stage: StageName, unz: Option<&str>| {
        let frame = frame("page-accepted-title");
        let accepted = ["page-accepted-key", "page-accepted-public", "page-accepted-link"].map(|id| frame.say(id));
        AppliedPage {
            here: HERE,
            unz: unz.map(str::to_owned),
            word: frame.speech.stage(stage.name()),
            tone: tone(stage),
            turn: turn(stage, true),
            told: speaks_of_next(stage).then(|| {
                let position = Position {
                    stage,
                    declined: true,
                    email_confirmed: true,
                    owed: None,
                    act_due: None,
                    eta: None,
                    link_until: Some(Timestamp(0)),
                };
                position.told(&frame, Timestamp(1))
            }),
            reason: (stage == StageName::NeedsFix).then(|| text("<b>")),
            accepted: if stage == StageName::Accepted { accepted.to_vec() } else { Vec::new() },
            paper: (stage == StageName::Accepted).then(|| paper_words(&frame.speech, unz.is_none())),
            scan: (stage == StageName::Accepted).then(|| "/feedback?agentId=6".to_owned()),
            edit: (stage == StageName::NeedsFix).then(|| format!("{HERE}?agentId=6")),
            may_recall: stage == StageName::Accepted,
            frame,
        }
    };
    vec![
        Box::new(form(&Typed::default(), &[])),
        Box::new(form(&typed(false), &faults)),
        Box::new(latin(false, &[])),
        Box::new(latin(true, &[(AttributeType::CN, Refusal::LookAlikeLetters)])),
        Box::new(applied(StageName::Accepted, Some("12f39a077d1234"))),
        Box::new(applied(StageName::NeedsFix, Some("12f39a077d1234"))),
        Box::new(applied(StageName::Draft, None)),
        Box::new(applied(StageName::Issued, Some("12f39a077d1234"))),
        Box::new(applied(StageName::Rejected, Some("12f39a077d1234"))),
    ]
}

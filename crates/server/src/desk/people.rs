//! The bank's clients at the desk: people and organisations page by page, each with what hangs on it; and who may not work remotely.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::agent::SubscriberPassword;
use domain::ids::{OrganisationId, SubscriberId};
use domain::text::REASON_CHARACTERS;
use domain::{Refusal, Timestamp};
use ra::{DeskPerson, HandedOut, OwnPassword};
use store::views::desk::{OrganisationRow, PersonRow};

use super::certificate::EventFacts;
use super::frame;
use crate::api::{Door, Problem};
use crate::auth::{Clerk, escaped};
use crate::pages::{Field, Form, Frame, Page, Tone, Visit, see_other, show, show_as};
use crate::portal::cabinet::CertificateFacts;
use crate::portal::status::tone;
use crate::words::Speech;

/// `?q=` words to look for, `?after=` the end of the page before.
#[derive(serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: Option<String>,
}

/// Rows of one page. A person reads twenty-five at a time.
const PAGE: i64 = 25;
/// Longest words that are looked for.
const LONGEST: usize = 200;

#[derive(askama::Template)]
#[template(path = "desk/people.html")]
struct PeoplePage<'a> {
    frame: Frame<'a>,
    here: &'static str,
    search: Field,
    people: Vec<PersonFacts>,
    organisations: Vec<OrganisationFacts>,
    next: Option<String>,
}

#[derive(askama::Template)]
#[template(path = "desk/organisation.html")]
struct OrganisationPage<'a> {
    frame: Frame<'a>,
    organisation: OrganisationFacts,
    people: Vec<PersonFacts>,
}

#[derive(askama::Template)]
#[template(path = "desk/person.html")]
struct PersonPage<'a> {
    frame: Frame<'a>,
    here: String,
    version: i64,
    name: String,
    owner: String,
    organisation: Option<OrganisationFacts>,
    power: String,
    phone: String,
    email: String,
    subject: String,
    barred: bool,
    /// The step of the form, its words and its field; none for who may not.
    bar: Option<(&'static str, String, Field)>,
    /// How their sign-in by password stands, in lines; none where the agent offers none.
    password: Option<Vec<String>>,
    /// When the password was set: see [`seen_of`].
    password_set: String,
    may_hand_out: bool,
    certificates: Vec<(String, CertificateFacts)>,
    requests: Vec<RequestFacts>,
    history: Vec<EventFacts>,
}

/// A password that is good once, shown once.
#[derive(askama::Template)]
#[template(path = "desk/handed_out.html")]
struct HandedOutPage<'a> {
    frame: Frame<'a>,
    here: String,
    name: String,
    /// Where the client signs in.
    address: String,
    login: String,
    password: String,
    until: String,
}

pub(super) struct PersonFacts {
    pub(super) address: String,
    pub(super) name: String,
    pub(super) organisation: String,
    pub(super) barred: bool,
}

pub(super) struct OrganisationFacts {
    pub(super) address: String,
    pub(super) name: String,
    pub(super) inn: String,
    pub(super) city: String,
}

struct RequestFacts {
    address: String,
    unz: String,
    word: String,
    tone: Tone,
    created: String,
}

impl Page for PeoplePage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for OrganisationPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for PersonPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for HandedOutPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn people(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (typed, after) = (looked_for(&asked.q), place::<SubscriberId>(asked.after.as_deref())?);
    let (actor, wanted) = (clerk.actor.clone(), typed.clone());
    let rows = door.ask(move |ra, _| ra.people(&actor, &wanted, after, PAGE)).await?;
    let frame = frame(&door, &visit, &clerk, "", "desk-people");
    let last = rows.last().map(|row| (row.folded.clone(), row.id.to_string()));
    let next = next("/desk/subscribers", &typed, rows.len(), last);
    let people = rows.iter().map(|row| PersonFacts::of(&frame.speech, row)).collect();
    let search = search_field(&frame.speech, "desk-people-search", &typed);
    Ok(show(&PeoplePage { here: "/desk/subscribers", search, people, organisations: Vec::new(), next, frame }))
}

pub(crate) async fn organisations(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (typed, after) = (looked_for(&asked.q), place::<OrganisationId>(asked.after.as_deref())?);
    let (actor, wanted) = (clerk.actor.clone(), typed.clone());
    let rows = door.ask(move |ra, _| ra.organisations(&actor, &wanted, after, PAGE)).await?;
    let frame = frame(&door, &visit, &clerk, "", "desk-organisations");
    let last = rows.last().map(|row| (row.folded.clone(), row.id.to_string()));
    let next = next("/desk/organisations", &typed, rows.len(), last);
    let organisations = rows.iter().map(OrganisationFacts::of).collect();
    let search = search_field(&frame.speech, "desk-organisations-search", &typed);
    Ok(show(&PeoplePage { here: "/desk/organisations", search, people: Vec::new(), organisations, next, frame }))
}

pub(crate) async fn organisation(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: OrganisationId = id.parse().map_err(|_| Refusal::NotFound)?;
    let actor = clerk.actor.clone();
    let (organisation, people) = door.ask(move |ra, _| ra.desk_organisation(&actor, id)).await?;
    let frame = frame(&door, &visit, &clerk, "", "desk-field-organisation");
    let people = people.iter().map(|row| PersonFacts::of(&frame.speech, row)).collect();
    Ok(show(&OrganisationPage { organisation: OrganisationFacts::of_record(&organisation), people, frame }))
}

pub(crate) async fn person(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    person_page(&door, &visit, &clerk, &id, None).await
}

pub(crate) async fn bar(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    set_barred(&door, &visit, clerk, &id, &form, true).await
}

pub(crate) async fn unbar(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    set_barred(&door, &visit, clerk, &id, &form, false).await
}

/// The answer is the page itself: what is shown once has no address.
pub(crate) async fn hand_out_password(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let person: SubscriberId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (actor, asked, seen) = (clerk.actor.clone(), door.clone(), seen_of(&form));
    let answered = async move {
        asked
            .ask(move |ra, at| {
                let handed_out = ra.hand_out_password(&actor, person, seen, at)?;
                Ok((handed_out, ra.desk_person(&actor, person, at)?.record))
            })
            .await
    };
    let shown = match door.handed_out().of(form.digest(&format!("/desk/subscribers/{person}")), answered).await {
        Ok(both) => both,
        Err(Problem::Refused { refused, .. }) if refused.refusal != Refusal::NotFound => {
            return person_page(&door, &visit, &clerk, &id, Some((refused.refusal, ""))).await;
        }
        Err(problem) => return Err(problem),
    };
    let (handed_out, record) = &*shown;
    let frame = frame(&door, &visit, &clerk, "", "desk-handed-out");
    let address = format!("{}/sign-in?agentId={}", door.origin(), record.agent_id);
    Ok(show(&handed_out_page(frame, handed_out, record, address)))
}

/// When the password that the page knew of was set, in milliseconds; none where it knew of none. What is no number is no time either.
fn seen_of(form: &Form) -> Option<Timestamp> {
    let seen = form.line("password-set");
    (!seen.is_empty()).then(|| Timestamp(seen.parse().unwrap_or(i64::MIN)))
}

fn handed_out_page<'a>(
    frame: Frame<'a>,
    handed_out: &HandedOut,
    record: &domain::subscriber::Subscriber,
    address: String,
) -> HandedOutPage<'a> {
    HandedOutPage {
        here: format!("/desk/subscribers/{}", record.id),
        name: record.name.nominative.clone(),
        address,
        login: handed_out.login.clone(),
        password: handed_out.password.clone(),
        until: frame.speech.time(&handed_out.until),
        frame,
    }
}

/// How the sign-in by password stands, in lines.
fn password_lines(speech: &Speech<'_>, own: &OwnPassword) -> Vec<String> {
    let mut lines = vec![match (&own.login, &own.one_time_until) {
        (None, _) => speech.say("desk-password-none"),
        (Some(_), Some(until)) => format!("{} {}", speech.say("password-handed-out"), speech.time(until)),
        (Some(_), None) => speech.say("desk-password-own"),
    }];
    if own.has_device {
        lines.push(speech.say("password-device-set"));
    }
    if let Some(until) = &own.locked_until {
        lines.push(format!("{} {}", speech.say("desk-password-locked"), speech.time(until)));
    }
    lines
}

async fn set_barred(
    door: &Door,
    visit: &Visit,
    clerk: Clerk,
    id: &str,
    form: &Form,
    barred: bool,
) -> Result<Response, Problem> {
    let person: SubscriberId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (version, words) = (form.line("version").parse().unwrap_or(0), form.text("words").to_owned());
    let (actor, typed) = (clerk.actor.clone(), words.clone());
    match door.ask(move |ra, at| ra.bar(&actor, person, version, barred, &words, at)).await {
        Ok(()) => Ok(see_other(&format!("/desk/subscribers/{person}"))),
        Err(Problem::Refused { refused, .. }) if refused.refusal != Refusal::NotFound => {
            person_page(door, visit, &clerk, id, Some((refused.refusal, &typed))).await
        }
        Err(problem) => Err(problem),
    }
}

async fn person_page(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    id: &str,
    returned: Option<(Refusal, &str)>,
) -> Result<Response, Problem> {
    let id: SubscriberId = id.parse().map_err(|_| Refusal::NotFound)?;
    let actor = clerk.actor.clone();
    let person = door.ask(move |ra, at| ra.desk_person(&actor, id, at)).await?;
    let mut frame = frame(door, visit, clerk, "", "desk-field-person");
    if let Some((refusal, _)) = returned {
        frame = frame.refused(refusal);
        if refusal == Refusal::ChangedMeanwhile {
            frame = super::certificate::newest(frame, &person.history);
        }
    }
    let stage = |procedure: &str, name: &str| Speech::new(visit.language).of(door.words().get(procedure)).stage(name);
    let status = returned.map_or(StatusCode::OK, |(refusal, _)| Problem::from(refusal).status());
    Ok(show_as(status, &page_of(frame, &person, &stage, returned)))
}

fn page_of<'a>(
    frame: Frame<'a>,
    person: &DeskPerson,
    stage: &dyn Fn(&str, &str) -> String,
    returned: Option<(Refusal, &str)>,
) -> PersonPage<'a> {
    let speech = &frame.speech;
    let record = &person.record;
    let step = if record.barred { "unbar" } else { "bar" };
    let wrong = returned
        .filter(|(refusal, _)| matches!(refusal, Refusal::ReasonRequired | Refusal::TextUnacceptable))
        .map(|(refusal, _)| speech.refusal(refusal));
    let field = Field::line("words", speech.say("desk-step-words"), returned.map_or("", |(_, typed)| typed))
        .area(REASON_CHARACTERS)
        .hint(speech.say("desk-step-words-hint"))
        .wrong(wrong)
        .required();
    let request = |card: &ra::RequestCard| RequestFacts {
        address: format!("/desk/requests/{}", card.id),
        unz: card.unz.map_or_else(|| "\u{2013}".to_owned(), |unz| unz.to_string()),
        word: stage(&card.procedure, card.stage.name()),
        tone: tone(card.stage),
        created: speech.time(&card.created_at),
    };
    let certificate = |card: &ra::CertificateCard| {
        (format!("/desk/certificates/{}", card.id), CertificateFacts::of(speech, card, false))
    };
    PersonPage {
        here: format!("/desk/subscribers/{}", record.id),
        version: record.version,
        name: record.name.nominative.clone(),
        owner: record.owner_id.as_str().to_owned(),
        organisation: person.organisation.as_ref().map(OrganisationFacts::of_record),
        power: format!("{}, {}", record.position, record.basis),
        phone: record.contact.phone.clone(),
        email: record.contact.email.as_str().to_owned(),
        subject: record.subject.attributes.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(", "),
        barred: record.barred,
        password_set: person.password.set_at.map(|at| at.0.to_string()).unwrap_or_default(),
        password: (person.password.offered != SubscriberPassword::None)
            .then(|| password_lines(speech, &person.password)),
        may_hand_out: person.may_hand_out,
        bar: person.may_bar.then(|| (step, speech.say(&format!("desk-person-{step}")), field)),
        certificates: person.certificates.iter().map(certificate).collect(),
        requests: person.requests.iter().map(request).collect(),
        history: EventFacts::all(speech, &person.history),
        frame,
    }
}

impl PersonFacts {
    pub(super) fn of(speech: &Speech<'_>, row: &PersonRow) -> Self {
        let organisation = match (&row.organisation, &row.inn) {
            (Some(name), Some(inn)) => format!("{name}, {} {inn}", speech.say("desk-inn")),
            _ => speech.say("desk-person-alone"),
        };
        let address = format!("/desk/subscribers/{}", row.id);
        Self { address, name: row.name.clone(), organisation, barred: row.barred }
    }
}

impl OrganisationFacts {
    pub(super) fn of(row: &OrganisationRow) -> Self {
        let address = format!("/desk/organisations/{}", row.id);
        Self { address, name: row.name.clone(), inn: row.inn.clone(), city: row.city.clone() }
    }

    fn of_record(record: &domain::subscriber::Organisation) -> Self {
        Self {
            address: format!("/desk/organisations/{}", record.id),
            name: record.name.clone(),
            inn: record.inn.as_str().to_owned(),
            city: record.city.clone(),
        }
    }
}

/// No control character is part of a name, and one of the databases refuses texts with a zero in them.
pub(super) fn looked_for(typed: &str) -> String {
    typed.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

fn search_field(speech: &Speech<'_>, label: &str, typed: &str) -> Field {
    Field::line("q", speech.say(label), typed).kind("search", "off")
}

/// The end of the page before: id first, because a name may hold anything.
fn place<T: std::str::FromStr>(after: Option<&str>) -> Result<Option<(String, T)>, Problem> {
    let Some(after) = after else { return Ok(None) };
    let parsed = after.split_once('_').and_then(|(id, folded)| Some((folded.to_owned(), id.parse().ok()?)));
    let parsed = parsed.filter(|(folded, _): &(String, T)| !folded.chars().any(char::is_control));
    parsed.map(Some).ok_or_else(|| Refusal::BodyMalformed.into())
}

fn next(here: &str, typed: &str, rows: usize, last: Option<(String, String)>) -> Option<String> {
    let (folded, id) = last.filter(|_| i64::try_from(rows) == Ok(PAGE))?;
    Some(format!("{here}?q={}&after={}", escaped(typed), escaped(&format!("{id}_{folded}"))))
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use domain::subscriber::{CaseForms, Contact, Email, Gender, Inn, Organisation, Subscriber};

    let id = OrganisationId::new(Timestamp(0), [0; 10]);
    let organisation = Organisation {
        id,
        agent_id: domain::ids::AgentId(1),
        version: 1,
        name: "\"ooo\" <b>".to_owned(),
        inn: Inn::parse("5400000004").expect("its check digit is right"),
        city: "<x>".to_owned(),
    };
    let row = |alone: bool| PersonRow {
        id: SubscriberId::new(Timestamp(0), [0; 10]),
        name: "<Rogov>".to_owned(),
        organisation: (!alone).then(|| organisation.name.clone()),
        inn: (!alone).then(|| "5400000004".to_owned()),
        barred: alone,
        folded: "rogov".to_owned(),
    };
    let list = |title: &str, here, people: bool, organisations: bool| {
        let frame = super::as_clerk(frame(title));
        let people =
            [row(true), row(false)].into_iter().filter(|_| people).map(|row| PersonFacts::of(&frame.speech, &row));
        let people = people.collect();
        let organisations = organisations.then(|| OrganisationFacts::of_record(&organisation)).into_iter().collect();
        let search = search_field(&frame.speech, &format!("{title}-search"), "\"><b>");
        PeoplePage { here, search, people, organisations, next: Some("/desk/subscribers?after=1".to_owned()), frame }
    };
    let person = |barred: bool| DeskPerson {
        record: Subscriber {
            id: SubscriberId::new(Timestamp(0), [0; 10]),
            agent_id: domain::ids::AgentId(1),
            version: 1,
            admitted: true,
            organisation_id: barred.then_some(id),
            owner_id: "146b79e7de8a0".parse().expect("thirteen digits"),
            name: CaseForms {
                nominative: "<Rogov>".to_owned(),
                genitive: "x".to_owned(),
                instrumental: "x".to_owned(),
            },
            gender: Gender::Male,
            position: "<p>".to_owned(),
            basis: "<b>".to_owned(),
            subject: domain::subject::Subject { attributes: Vec::new() },
            contact: Contact { phone: String::new(), email: Email::parse("a@b.example").expect("an address") },
            barred,
        },
        organisation: barred.then(|| organisation.clone()),
        certificates: Vec::new(),
        requests: Vec::new(),
        history: Vec::new(),
        may_bar: barred,
        may_hand_out: !barred,
        password: OwnPassword {
            offered: SubscriberPassword::Password,
            login: (!barred).then(|| "<1>".to_owned()),
            one_time_until: barred.then_some(Timestamp(0)),
            has_device: true,
            offered_device: None,
            locked_until: Some(Timestamp(0)),
            set_at: Some(Timestamp(0)),
        },
    };
    let mut pages: Vec<Box<dyn crate::pages::samples::Sample + 'a>> = vec![
        Box::new(list("desk-people", "/desk/subscribers", true, false)),
        Box::new(list("desk-people", "/desk/subscribers", false, false)),
        Box::new(list("desk-organisations", "/desk/organisations", false, true)),
    ];
    let framed = super::as_clerk(frame("desk-field-organisation"));
    let people = vec![PersonFacts::of(&framed.speech, &row(true))];
    let facts = OrganisationFacts::of_record(&organisation);
    pages.push(Box::new(OrganisationPage { organisation: facts, people, frame: framed }));
    for (barred, returned) in [(true, Some((Refusal::ReasonRequired, "<b>"))), (true, None), (false, None)] {
        let frame = super::as_clerk(frame("desk-field-person"));
        let mut person = person(barred);
        person.may_bar = barred || returned.is_none();
        pages.push(Box::new(page_of(frame, &person, &|_, name| name.to_owned(), returned)));
    }
    pages.push(Box::new(HandedOutPage {
        here: "/desk/subscribers/1".to_owned(),
        name: "<Rogov>".to_owned(),
        address: "bank.example/sign-in?agentId=1".to_owned(),
        login: "146b79e7de8a0".to_owned(),
        password: "ABCD-EFGH-2345-6767".to_owned(),
        until: "2018-08-23".to_owned(),
        frame: super::as_clerk(frame("desk-handed-out")),
    }));
    pages
}

//! An applicant is taken into the bank's record: what they said at the public door, and what stands on their application on paper.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use documents::application::Part;
use domain::applicant::Applicant;
use domain::ids::{RequestId, SubscriberId};
use domain::subscriber::{CaseForms, Gender};
use domain::{Refusal, Timestamp};
use ra::{Admission, FoundPerson};

use super::frame;
use super::request::{ComparedFacts, compared_facts};
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Field, Form, Frame, Page, Visit, see_other, show_as};
use crate::words::Speech;

#[derive(askama::Template)]
#[template(path = "desk/admission.html")]
struct AdmissionPage<'a> {
    frame: Frame<'a>,
    back: String,
    here: String,
    paper: String,
    version: i64,
    said: Vec<(String, String)>,
    /// People of record whom the applicant may be.
    found: Vec<FoundFacts>,
    /// Why it is none of them.
    apart: Option<Field>,
    names: Vec<Field>,
    genders: [(&'static str, String, bool); 2],
    powers: Vec<Field>,
}

struct FoundFacts {
    id: String,
    version: i64,
    name: String,
    owner: String,
    barred: bool,
    compared: Vec<ComparedFacts>,
}

impl Page for AdmissionPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn ask(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let request = id.parse().map_err(|_| Refusal::NotFound)?;
    page(&door, &visit, &clerk, request, None, None).await
}

pub(crate) async fn take(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let request: RequestId = id.parse().map_err(|_| Refusal::NotFound)?;
    let version = form.line("version").parse().map_err(|_| Refusal::BodyMalformed)?;
    let line = |name: &str| form.line(name).to_owned();
    let gender = Gender::chosen(form.line("gender"));
    let typed = Admission {
        name: CaseForms {
            nominative: line("nominative"),
            genitive: line("genitive"),
            instrumental: line("instrumental"),
        },
        gender: gender.unwrap_or(Gender::Male),
        position: line("position"),
        basis: line("basis"),
        apart: line("apart"),
    };
    let admission = typed.clone();
    let actor = clerk.actor.clone();
    let outcome = match gender {
        Ok(_) => door.ask(move |ra, at| ra.admit(&actor, request, version, &admission, at)).await,
        Err(refusal) => Err(Problem::because(refusal, "gender")),
    };
    answer(&door, &visit, &clerk, request, outcome.map(|_| ()), Some(typed)).await
}

/// The applicant is somebody of the record.
pub(crate) async fn bind(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let request: RequestId = id.parse().map_err(|_| Refusal::NotFound)?;
    // What is no number is a version that nobody has looked at, what is no id is nobody's.
    let version = |name: &str| form.line(name).parse().unwrap_or(0);
    let person = form.line("subscriber").parse().unwrap_or_else(|_| SubscriberId::new(Timestamp(0), [0; 10]));
    let (seen, person) = (version("version"), (person, version("subscriber-version")));
    let actor = clerk.actor.clone();
    let outcome = door.ask(move |ra, at| ra.bind_applicant(&actor, request, seen, person, at)).await;
    answer(&door, &visit, &clerk, request, outcome.map(|_| ()), None).await
}

async fn answer(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    request: RequestId,
    outcome: Result<(), Problem>,
    typed: Option<Admission>,
) -> Result<Response, Problem> {
    match outcome {
        Ok(()) => Ok(see_other(&format!("/desk/requests/{request}"))),
        Err(Problem::Refused { refused, .. }) if refused.refusal != Refusal::NotFound => {
            let wrong = Wrong { refusal: refused.refusal, field: refused.detail.unwrap_or_default() };
            page(door, visit, clerk, request, typed, Some(wrong)).await
        }
        Err(problem) => Err(problem),
    }
}

/// A refusal, and the field that it is about where it is about one.
struct Wrong {
    refusal: Refusal,
    field: String,
}

async fn page(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    request: RequestId,
    typed: Option<Admission>,
    wrong: Option<Wrong>,
) -> Result<Response, Problem> {
    let actor = clerk.actor.clone();
    let (card, applicant, found) = door
        .ask(move |ra, at| {
            let applicant = ra.applicant_to_admit(&actor, request)?;
            let card = ra.request(&actor, request, at)?;
            let is_open = card.allowed.contains(&"admit");
            Ok((card, applicant, if is_open { ra.found_of_record(&actor, request)? } else { Vec::new() }))
        })
        .await?;
    if !card.allowed.contains(&"admit") && wrong.is_none() {
        return Err(Refusal::StageDoesNotAllow.into());
    }
    let mut frame = frame(door, visit, clerk, &card.procedure, "desk-admit");
    if let Some(wrong) = &wrong {
        frame = frame.refused(wrong.refusal);
    }
    let status = wrong.as_ref().map_or(StatusCode::OK, |wrong| Problem::from(wrong.refusal).status());
    Ok(show_as(status, &page_of(frame, (request, card.version), &applicant, &found, typed, wrong.as_ref())))
}

fn page_of<'a>(
    frame: Frame<'a>,
    (request, version): (RequestId, i64),
    applicant: &Applicant,
    found: &[FoundPerson],
    typed: Option<Admission>,
    wrong: Option<&Wrong>,
) -> AdmissionPage<'a> {
    let speech = &frame.speech;
    let typed = typed.unwrap_or_else(|| Admission {
        name: applicant.case_forms(),
        gender: applicant.gender_by_patronymic(),
        position: String::new(),
        basis: String::new(),
        apart: String::new(),
    });
    let line = |id: &'static str, value: &str| {
        let about = wrong.filter(|wrong| wrong.field == id).map(|wrong| speech.refusal(wrong.refusal));
        Field::line(id, speech.say(&format!("desk-admit-{id}")), value).longest(LONGEST).required().wrong(about)
    };
    let names = vec![
        line("nominative", &typed.name.nominative),
        line("genitive", &typed.name.genitive).hint(speech.say("desk-admit-genitive-hint")),
        line("instrumental", &typed.name.instrumental).hint(speech.say("desk-admit-instrumental-hint")),
    ];
    let powers = match &applicant.organisation {
        Some(_) => vec![
            line("position", &typed.position),
            line("basis", &typed.basis).hint(speech.say("desk-admit-basis-hint")),
        ],
        None => Vec::new(),
    };
    let gender = |name: &'static str, is_chosen| (name, speech.say(&format!("desk-admit-{name}")), is_chosen);
    let back = format!("/desk/requests/{request}");
    AdmissionPage {
        paper: format!("{back}/application.pdf"),
        here: format!("{back}/admission"),
        back,
        version,
        said: said(&frame, applicant),
        found: found.iter().map(|person| FoundFacts::of(speech, person)).collect(),
        apart: (!found.is_empty()).then(|| line("apart", &typed.apart).hint(speech.say("desk-admit-apart-hint"))),
        names,
        genders: [gender("male", typed.gender == Gender::Male), gender("female", typed.gender == Gender::Female)],
        powers,
        frame,
    }
}

impl FoundFacts {
    fn of(speech: &Speech<'_>, person: &FoundPerson) -> Self {
        Self {
            id: person.id.to_string(),
            version: person.version,
            name: person.name.clone(),
            owner: person.owner_id.to_string(),
            barred: person.barred,
            compared: person.compared.iter().map(|line| compared_facts(speech, line)).collect(),
        }
    }
}

/// Most characters of a line.
const LONGEST: usize = 200;

/// What the applicant said, line by line.
fn said(frame: &Frame<'_>, applicant: &Applicant) -> Vec<(String, String)> {
    let organisation = applicant.organisation.as_ref();
    let lines = [
        ("desk-field-person", Some(applicant.full_name())),
        ("desk-field-organisation", organisation.map(|organisation| organisation.name.clone())),
        ("desk-field-inn", organisation.map(|organisation| organisation.inn.as_str().to_owned())),
        ("page-apply-city", Some(applicant.city.clone())),
        ("page-apply-address", Some(applicant.address.clone())),
        ("page-apply-phone", Some(applicant.contact.phone.clone())),
        ("page-apply-email", Some(applicant.contact.email.as_str().to_owned())),
    ];
    let filled = lines.into_iter().filter_map(|(label, value)| Some((label, value.filter(|text| !text.is_empty())?)));
    filled.map(|(label, value)| (frame.say(label), value)).collect()
}

/// `?part=bank-half`: that alone, to be kept with the paper that the client printed.
#[derive(serde::Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    part: String,
}

/// The application as it was sent, with the bank's half filled in once it is registered.
pub(crate) async fn paper(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let request: RequestId = id.parse().map_err(|_| Refusal::NotFound)?;
    let file = door.ask(move |ra, _| ra.application(&clerk.actor, request)).await?;
    let part = match wanted.part.as_str() {
        "" => Part::Whole,
        // Before it is taken there is nobody to fill it in with.
        "bank-half" if file.taken.is_none() => return Err(Refusal::StageDoesNotAllow.into()),
        "bank-half" => Part::BankHalf,
        _ => return Err(Refusal::NotFound.into()),
    };
    crate::papers::application(&door, &visit, file, part).await
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use domain::applicant::ClaimedOrganisation;
    use domain::subscriber::{Contact, Email, Inn};
    use ra::{Compared, Mark};
    let text = str::to_owned;
    let applicant = |natural_person: bool| Applicant {
        surname: text("<Ivanov>"),
        given_name: text("Ivan"),
        patronymic: None,
        organisation: (!natural_person).then(|| ClaimedOrganisation {
            name: text("<OOO>"),
            inn: Inn::parse("7707704692").expect("right check digits"),
        }),
        country: text("RU"),
        city: text("Moskva"),
        address: text("<b>"),
        contact: Contact { phone: String::new(), email: Email::parse("ivanov@example.org").expect("an address") },
    };
    let person = |barred| FoundPerson {
        id: SubscriberId::new(Timestamp(0), [0; 10]),
        version: 3,
        name: text("<Ivanov>"),
        owner_id: "146b79e7de8a0".parse().expect("thirteen digits"),
        barred,
        compared: ["person", "organisation", "inn", "phone", "email", "subject"]
            .into_iter()
            .zip([Mark::Equal, Mark::Differs, Mark::Missing].into_iter().cycle())
            .map(|(field, mark)| Compared {
                field,
                of_request: (mark != Mark::Missing).then(|| text("<x>")),
                source: ra::Source::Request,
                of_record: Some(text("<y>")),
                mark,
                look_alikes: Vec::new(),
            })
            .collect(),
    };
    let page = |natural_person, found: &[FoundPerson], wrong: Option<Wrong>| {
        let applicant = applicant(natural_person);
        let frame = super::as_clerk(frame("desk-admit"));
        let id = RequestId::new(Timestamp(0), [0; 10]);
        Box::new(page_of(frame, (id, 1), &applicant, found, None, wrong.as_ref()))
            as Box<dyn crate::pages::samples::Sample + 'a>
    };
    let wrong = |refusal, field: &str| Some(Wrong { refusal, field: text(field) });
    vec![
        page(false, &[], None),
        page(true, &[], None),
        page(false, &[], wrong(Refusal::FieldMissing, "genitive")),
        page(false, &[person(false), person(true)], None),
        page(false, &[person(false)], wrong(Refusal::ReasonRequired, "apart")),
    ]
}

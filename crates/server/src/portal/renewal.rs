//! «Обновление сертификата»: choose the medium, check one's own data, begin the request. Steps 1 to 3 of the manuals.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::actor::Actor;
use domain::procedure::{Field as Editable, Medium, Procedure};
use domain::request::StageName;
use ra::{Failure, Moment, NewRequest, Ra, Refused};

use super::cabinet::{CertificateFacts, frame};
use super::help::Case;
use crate::api::{Door, Problem};
use crate::auth::Client;
use crate::pages::{Field, Form, Frame, Page, Visit, see_other, show, show_as};
use crate::words::Speech;

/// Where the portal shows procedures of this kind (`entry` of a procedure's folder).
const ENTRY: &str = "security/renewal";

#[derive(askama::Template)]
#[template(path = "portal/renewal.html")]
struct RenewalPage<'a> {
    frame: Frame<'a>,
    offers: Vec<Offer>,
}

/// A procedure of the agent.
struct Offer {
    /// Where it begins; none where it cannot begin now.
    address: Option<String>,
    /// The words of its link, or why there is none.
    words: String,
}

#[derive(askama::Template)]
#[template(path = "portal/medium.html")]
struct MediumPage<'a> {
    frame: Frame<'a>,
    here: String,
    media: Vec<(&'static str, String)>,
    /// Where a medium is spoken of that takes no key any more.
    help: String,
    /// A request that is not finished yet.
    open: Option<String>,
}

#[derive(askama::Template)]
#[template(path = "portal/own.html")]
struct OwnPage<'a> {
    frame: Frame<'a>,
    here: String,
    back: String,
    medium: &'static str,
    certificate: CertificateFacts,
    ca: String,
    fields: Vec<Field>,
}

impl Page for RenewalPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for MediumPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for OwnPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// Step 1: the link of each procedure that the agent offers here.
pub(crate) async fn offers(State(door): State<Door>, visit: Visit, Client(actor): Client) -> Result<Response, Problem> {
    let agent = door.agents().iter().find(|agent| Some(agent.id) == actor.agent_id()).ok_or(Refusal::NotFound)?;
    let offered = agent.procedures.clone();
    let asked = actor.clone();
    let here = door
        .ask(move |ra, at| {
            let is_here = |name: &String| ra.procedure(name).is_some_and(|procedure| procedure.entry == ENTRY);
            let here = offered.into_iter().filter(is_here);
            here.map(|name| Ok((hindrance(ra, &asked, &name, at)?, name))).collect::<Result<Vec<_>, Failure>>()
        })
        .await?;
    let offer = |(hindrance, name): &(Option<Refused>, String)| {
        let speech = Speech::new(visit.language).of(door.words().get(name));
        match hindrance {
            None => Offer {
                address: Some(format!("/{ENTRY}/{name}")),
                words: speech.say1("page-renewal-link", "agent", &agent.name),
            },
            Some(refused) => Offer { address: None, words: speech.refusal(refused.refusal) },
        }
    };
    let offers = here.iter().map(offer).collect();
    let procedure = here.first().map_or("", |(_, name)| name.as_str());
    Ok(show(&RenewalPage { frame: frame(&door, &visit, &actor, procedure, "page-renewal-title"), offers }))
}

/// Why a request cannot begin now. One that is open already is no hindrance: the way leads to it.
fn hindrance(ra: &Ra, actor: &Actor, procedure: &str, at: &mut Moment<'_>) -> Result<Option<Refused>, Failure> {
    Ok(ra.may_create(actor, procedure, at)?.filter(|refused| refused.refusal != Refusal::RequestOpenAlready))
}

/// `?medium=`
#[derive(serde::Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    medium: String,
}

/// Steps 2 and 3: the medium, then one's own data.
pub(crate) async fn begin(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Path(name): Path<String>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Problem> {
    let procedure = offered(&door, &actor, &name).await?;
    let (asked, wanted) = (actor.clone(), name.clone());
    if let Some(refused) = door.ask(move |ra, at| hindrance(ra, &asked, &wanted, at)).await? {
        return Err(Failure::from(refused).into());
    }
    let Ok(medium) = procedure.medium_named(&chosen.medium) else {
        let open = open_request(&door, &actor).await?;
        let open = open.filter(|card| !is_editable(card.stage)).map(|card| format!("/requests/{}", card.id));
        let frame = frame(&door, &visit, &actor, &name, "page-renewal-title");
        let media = procedure.medium.iter().map(|medium| spoken(&frame, *medium)).collect();
        let help = frame.help_on(Case::MsKey);
        return Ok(show(&MediumPage { here: format!("/{ENTRY}/{name}"), media, help, open, frame }));
    };
    let open = open_request(&door, &actor).await?.filter(|card| is_editable(card.stage) && card.procedure == name);
    let (person, certificate) = person(&door, &actor).await?;
    // What was typed before is not lost: an open request has it.
    let contact = open.map_or_else(|| person.contact.clone(), |card| card.contact);
    let typed = (contact.phone.clone(), contact.email.as_str().to_owned());
    Ok(show(&own_page(&door, &visit, &actor, &procedure, medium, &certificate, &typed, None)))
}

/// «Обновить»: begins the request, or corrects the one that is still the client's.
pub(crate) async fn renew(
    State(door): State<Door>,
    visit: Visit,
    Client(actor): Client,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let procedure = offered(&door, &actor, &name).await?;
    let medium = procedure.medium_named(form.line("medium"))?;
    let typed = (form.line("phone").to_owned(), form.line("email").to_owned());
    let (phone, email) = (edited(&procedure, Editable::Phone, &typed.0), edited(&procedure, Editable::Email, &typed.1));
    let open = open_request(&door, &actor).await?;
    let asked = actor.clone();
    let made = match open {
        Some(card) if is_editable(card.stage) && card.procedure == name => {
            door.ask(move |ra, at| {
                if card.stage == StageName::NeedsFix {
                    ra.correct(&asked, card.id, at)?;
                }
                ra.edit(&asked, card.id, phone, email, at)
            })
            .await
        }
        // A second click, another tab, the way back: the request is there already.
        Some(card) => return Ok(see_other(&format!("/requests/{}", card.id))),
        None => {
            let new = NewRequest { procedure: name.clone(), phone, email, idempotency_key: None };
            door.ask(move |ra, at| ra.create(&asked, new, at)).await
        }
    };
    match made {
        Ok(card) => Ok(see_other(&format!("/requests/{}/send", card.id))),
        Err(Problem::Refused { refused, .. }) if field_of(refused.refusal).is_some() => {
            let (_, certificate) = person(&door, &actor).await?;
            let page = own_page(&door, &visit, &actor, &procedure, medium, &certificate, &typed, Some(refused.refusal));
            Ok(show_as(StatusCode::BAD_REQUEST, &page))
        }
        Err(Problem::Refused { refused, .. }) if refused.refusal == Refusal::RequestOpenAlready => {
            Ok(see_other("/requests"))
        }
        Err(problem) => Err(problem),
    }
}

/// The field that a refusal is about.
fn field_of(refusal: Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::PhoneWrong => Some("phone"),
        Refusal::EmailWrong => Some("email"),
        _ => None,
    }
}

/// What was typed into a field that the procedure lets one edit.
fn edited(procedure: &Procedure, field: Editable, typed: &str) -> Option<String> {
    may_edit(procedure, field).then(|| typed.to_owned())
}

fn may_edit(procedure: &Procedure, field: Editable) -> bool {
    procedure.editable.iter().any(|have| *have == field || *have == Editable::All)
}

/// Whether a request is still the client's to change.
pub(super) fn is_editable(stage: StageName) -> bool {
    matches!(stage, StageName::Draft | StageName::KeyReady | StageName::Signed | StageName::NeedsFix)
}

async fn offered(door: &Door, actor: &Actor, name: &str) -> Result<Procedure, Problem> {
    let agent = door.agents().iter().find(|agent| Some(agent.id) == actor.agent_id());
    let is_offered = agent.is_some_and(|agent| agent.procedures.iter().any(|offered| offered == name));
    let asked = name.to_owned();
    let procedure = door.ask(move |ra, _| Ok(ra.procedure(&asked).cloned())).await?;
    procedure
        .filter(|procedure| is_offered && procedure.entry == ENTRY)
        .ok_or_else(|| Refusal::ProcedureNotOffered.into())
}

/// The request that has not ended, if there is one.
async fn open_request(door: &Door, actor: &Actor) -> Result<Option<ra::RequestCard>, Problem> {
    let asked = actor.clone();
    let cards = door.ask(move |ra, at| ra.requests_of(&asked, at)).await?;
    Ok(cards.into_iter().find(|card| !is_over(card.stage)))
}

/// Whether a request has come to its end.
pub(super) fn is_over(stage: StageName) -> bool {
    matches!(stage, StageName::InService | StageName::Rejected | StageName::Cancelled | StageName::Expired)
}

/// Whoever renews, and the certificate they came by: by password nobody comes as far as that.
async fn person(door: &Door, actor: &Actor) -> Result<(ra::Person, ra::CertificateCard), Problem> {
    let asked = actor.clone();
    let person = door.ask(move |ra, at| ra.person(&asked, at)).await?;
    let certificate = person.certificate.clone().ok_or(Refusal::CertificateSignInNeeded)?;
    Ok((person, certificate))
}

#[expect(clippy::too_many_arguments, reason = "the page shows all of them once")]
fn own_page<'a>(
    door: &'a Door,
    visit: &Visit,
    actor: &Actor,
    procedure: &Procedure,
    medium: Medium,
    certificate: &ra::CertificateCard,
    (phone, email): &(String, String),
    wrong: Option<Refusal>,
) -> OwnPage<'a> {
    let mut frame = frame(door, visit, actor, &procedure.name, "page-renewal-title");
    let of =
        |id: &str| wrong.filter(|refusal| field_of(*refusal) == Some(id)).map(|refusal| frame.speech.refusal(refusal));
    let mut fields = Vec::new();
    if may_edit(procedure, Editable::Phone) {
        fields.push(Field::line("phone", frame.say("page-phone"), phone).kind("tel", "tel").wrong(of("phone")));
    }
    if may_edit(procedure, Editable::Email) {
        let email = Field::line("email", frame.say("page-email"), email).kind("email", "email").required();
        fields.push(email.hint(frame.say("page-email-hint")).wrong(of("email")));
    }
    if let Some(refusal) = wrong {
        frame = frame.wrong_field(refusal.code());
    }
    let agent = door.agents().iter().find(|agent| Some(agent.id) == actor.agent_id());
    let here = format!("/{ENTRY}/{}", procedure.name);
    OwnPage {
        certificate: CertificateFacts::of(&frame.speech, certificate, true),
        back: here.clone(),
        here,
        medium: medium.name(),
        ca: agent.map(|agent| agent.ca_name.clone()).unwrap_or_default(),
        fields,
        frame,
    }
}

/// A medium as forms and people call it.
fn spoken(frame: &Frame<'_>, medium: Medium) -> (&'static str, String) {
    (medium.name(), frame.say(&format!("page-medium-{}", medium.name())))
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use super::cabinet::sample::{certificate, signed_in};
    let own = || signed_in(frame("page-renewal-title"));
    let here = || format!("/{ENTRY}/sample");
    let link = own();
    let offers = vec![
        Offer { address: Some(here()), words: link.speech.say1("page-renewal-link", "agent", "\"Sixth\"") },
        Offer { address: None, words: link.speech.refusal(Refusal::TooEarly) },
    ];
    let media = |frame: &Frame<'_>| Medium::ALL.map(|medium| spoken(frame, medium)).to_vec();
    let medium = |open: Option<String>| {
        let frame = own();
        MediumPage { media: media(&frame), here: here(), help: frame.help_on(Case::MsKey), open, frame }
    };
    let filled = |wrong: bool| {
        let frame = own();
        let wrong = wrong.then(|| frame.speech.refusal(Refusal::EmailWrong));
        let fields = vec![
            Field::line("phone", frame.say("page-phone"), "\"><b>").kind("tel", "tel"),
            Field::line("email", frame.say("page-email"), "x").hint(frame.say("page-email-hint")).wrong(wrong),
        ];
        OwnPage {
            certificate: certificate(&frame.speech, domain::certificate::Standing::Active),
            here: here(),
            back: here(),
            medium: Medium::SmartKey.name(),
            ca: "AUTHORITY".to_owned(),
            fields,
            frame,
        }
    };
    vec![
        Box::new(RenewalPage { frame: link, offers }),
        Box::new(RenewalPage { frame: own(), offers: Vec::new() }),
        Box::new(medium(None)),
        Box::new(medium(Some("/requests/1".to_owned()))),
        Box::new(filled(false)),
        Box::new(filled(true)),
    ]
}

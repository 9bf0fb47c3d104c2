//! The register of smart cards at the branch: the list, cards that come in, one card with its history, and the receipt that both sign.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::ids::SmartCardId;
use domain::smart_card::{CardReason, CardSerial, CardStanding, LINE_CHARACTERS, SignatureSlot, TypedHandOut};
use ra::{DeskCard, HandOut};
use store::views::cards::CardLine;

use super::certificate::{EventFacts, newest, reason_words};
use super::people::looked_for;
use super::{Screen, frame};
use crate::api::{Door, Problem};
use crate::auth::{Clerk, escaped};
use crate::pages::{Choice, Field, Form, Frame, Page, Tone, Visit, see_other, show, show_as};
use crate::words::Speech;

/// `?q=` what to look for, `?after=` the last serial number of the page before.
#[derive(serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: Option<String>,
}

/// `?number=` of the receipt; without it the newest one.
#[derive(serde::Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    number: Option<String>,
}

/// Rows of one page. A person reads twenty-five at a time.
const PAGE: i64 = 25;
/// Longest list of serial numbers: a box of cards, each number as long as they come, with spaces.
const SERIALS: usize = 4_000;
/// Longest full name.
const PERSON: usize = 182;
/// Longest name of an organisation.
const ORGANISATION: usize = 200;

#[derive(askama::Template)]
#[template(path = "desk/cards.html")]
struct CardsPage<'a> {
    frame: Frame<'a>,
    search: Field,
    is_search: bool,
    may_keep: bool,
    cards: Vec<LineFacts>,
    next: Option<String>,
}

#[derive(askama::Template)]
#[template(path = "desk/cards_new.html")]
struct NewPage<'a> {
    frame: Frame<'a>,
    serials: Field,
    model: Field,
}

#[derive(askama::Template)]
#[template(path = "desk/card.html")]
struct CardPage<'a> {
    frame: Frame<'a>,
    here: String,
    version: i64,
    standing: String,
    tone: Tone,
    model: String,
    registered: String,
    holder: Option<HandOutFacts>,
    hand_out: Option<HandOutForm>,
    return_reason: Option<Choice>,
    may_clear: bool,
    write_off_reason: Option<Choice>,
    hand_outs: Vec<HandOutFacts>,
    history: Vec<EventFacts>,
}

/// One card of the list in words.
struct LineFacts {
    address: String,
    serial: String,
    model: String,
    standing: String,
    tone: Tone,
    holder: String,
    slot: String,
}

/// One hand-out in words.
struct HandOutFacts {
    receipt: String,
    receipt_words: String,
    person: String,
    organisation: String,
    slot: String,
    handed: String,
    ended: String,
}

/// The form of a hand-out.
struct HandOutForm {
    client: Vec<Field>,
    gender: Choice,
    slot: Choice,
    place: Vec<Field>,
}

/// What came back refused, and what was typed.
struct Returned {
    refusal: Refusal,
    /// The field of a hand-out that it is about.
    field: String,
    typed: Typed,
}

/// What was typed into which form.
enum Typed {
    HandOut(TypedHandOut),
    Return(String),
    Clear,
    WriteOff(String),
}

impl Page for CardsPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for NewPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for CardPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn list(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    Screen::Cards.must_be_of(&clerk)?;
    let typed = looked_for(&asked.q);
    let after = match asked.after {
        Some(after) => Some(CardSerial::parse(&after).ok_or(Refusal::BodyMalformed)?),
        None => None,
    };
    let (actor, wanted) = (clerk.actor.clone(), typed.clone());
    let (rows, may_keep) = door
        .ask(move |ra, _| {
            let after = after.as_ref().map(CardSerial::as_str);
            Ok((ra.smart_cards(&actor, &wanted, after, PAGE)?, ra.may_keep_cards(&actor)))
        })
        .await?;
    let frame = frame(&door, &visit, &clerk, "", "desk-cards");
    Ok(show(&list_of(frame, &typed, &rows, may_keep)))
}

fn list_of<'a>(frame: Frame<'a>, typed: &str, rows: &[CardLine], may_keep: bool) -> CardsPage<'a> {
    let speech = &frame.speech;
    let last = rows.last().filter(|_| i64::try_from(rows.len()) == Ok(PAGE));
    CardsPage {
        search: Field::line("q", speech.say("desk-cards-search"), typed).kind("search", "off"),
        is_search: !typed.is_empty(),
        may_keep,
        next: last.map(|row| format!("/desk/cards?q={}&after={}", escaped(typed), row.serial)),
        cards: rows.iter().map(|row| LineFacts::of(speech, row)).collect(),
        frame,
    }
}

pub(crate) async fn ask(State(door): State<Door>, visit: Visit, clerk: Clerk) -> Result<Response, Problem> {
    let actor = clerk.actor.clone();
    if !door.ask(move |ra, _| Ok(ra.may_keep_cards(&actor))).await? {
        return Err(Refusal::RoleMissing.into());
    }
    Ok(show(&new_of(frame(&door, &visit, &clerk, "", "desk-cards-new"), ("", ""), None)))
}

pub(crate) async fn register(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    form: Form,
) -> Result<Response, Problem> {
    let (serials, model) = (form.text("serials").to_owned(), form.text("model").to_owned());
    let (actor, typed) = (clerk.actor.clone(), (serials.clone(), model.clone()));
    match door.ask(move |ra, at| ra.register_cards(&actor, &serials, &model, at)).await {
        // One card is mostly handed out next.
        Ok(ids) => match ids.as_slice() {
            [id] => Ok(see_other(&format!("/desk/cards/{id}"))),
            _ => Ok(see_other("/desk/cards")),
        },
        Err(Problem::Refused { refused, .. }) if refused.refusal != Refusal::RoleMissing => {
            let frame = frame(&door, &visit, &clerk, "", "desk-cards-new").refused(refused.refusal);
            let wrong = (refused.refusal, refused.detail.unwrap_or_default());
            let status = Problem::from(refused.refusal).status();
            Ok(show_as(status, &new_of(frame, (&typed.0, &typed.1), Some(wrong))))
        }
        Err(problem) => Err(problem),
    }
}

fn new_of<'a>(frame: Frame<'a>, (serials, model): (&str, &str), wrong: Option<(Refusal, String)>) -> NewPage<'a> {
    let speech = &frame.speech;
    let of = |field: &str| {
        let (refusal, detail) = wrong.as_ref()?;
        let words = speech.refusal(*refusal);
        match refusal {
            // The detail is the number.
            Refusal::CardSerialWrong | Refusal::CardRegisteredAlready if field == "serials" => {
                let number: String = detail.chars().filter(|c| !c.is_control()).take(40).collect();
                Some(if number.is_empty() { words } else { format!("{number}: {words}") })
            }
            Refusal::CardSerialWrong | Refusal::CardRegisteredAlready => None,
            _ => (detail == field).then_some(words),
        }
    };
    NewPage {
        serials: Field::line("serials", speech.say("desk-cards-serials"), serials)
            .area(SERIALS)
            .hint(speech.say("desk-cards-serials-hint"))
            .wrong(of("serials"))
            .required(),
        model: Field::line("model", speech.say("desk-cards-model"), model)
            .longest(LINE_CHARACTERS)
            .hint(speech.say("desk-cards-model-hint"))
            .wrong(of("model"))
            .required(),
        frame,
    }
}

pub(crate) async fn one(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    card_page(&door, &visit, &clerk, card_id(&id)?, None).await
}

pub(crate) async fn hand_out(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (id, version) = (card_id(&id)?, version(&form));
    let text = |name: &str| form.text(name).to_owned();
    let typed = TypedHandOut {
        inn: text("inn"),
        organisation: text("organisation"),
        person: text("person"),
        gender: text("gender"),
        slot: text("slot"),
        city: text("city"),
        branch: text("branch"),
    };
    let (actor, wanted) = (clerk.actor.clone(), typed.clone());
    let outcome = door.ask(move |ra, at| ra.hand_out_card(&actor, id, version, &wanted, at)).await;
    stepped(&door, &visit, &clerk, id, outcome, Typed::HandOut(typed)).await
}

pub(crate) async fn take_back(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (id, version, reason) = (card_id(&id)?, version(&form), form.line("return-reason").to_owned());
    let (actor, chosen) = (clerk.actor.clone(), reason.clone());
    let outcome = door.ask(move |ra, at| ra.take_card_back(&actor, id, version, &chosen, at)).await;
    stepped(&door, &visit, &clerk, id, outcome, Typed::Return(reason)).await
}

pub(crate) async fn clear(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (id, version, actor) = (card_id(&id)?, version(&form), clerk.actor.clone());
    let outcome = door.ask(move |ra, at| ra.clear_card(&actor, id, version, at)).await;
    stepped(&door, &visit, &clerk, id, outcome, Typed::Clear).await
}

pub(crate) async fn write_off(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (id, version, reason) = (card_id(&id)?, version(&form), form.line("write-off-reason").to_owned());
    let (actor, chosen) = (clerk.actor.clone(), reason.clone());
    let outcome = door.ask(move |ra, at| ra.write_card_off(&actor, id, version, &chosen, at)).await;
    stepped(&door, &visit, &clerk, id, outcome, Typed::WriteOff(reason)).await
}

pub(crate) async fn receipt(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let id = card_id(&id)?;
    let number = match wanted.number {
        Some(number) => Some(number.parse().map_err(|_| Refusal::NotFound)?),
        None => None,
    };
    let receipt = door.ask(move |ra, _| ra.card_receipt(&clerk.actor, id, number)).await?;
    crate::papers::receipt(&door, &visit, receipt).await
}

/// Back to the card, or to the form with what was typed and why it came back.
async fn stepped(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    id: SmartCardId,
    outcome: Result<(), Problem>,
    typed: Typed,
) -> Result<Response, Problem> {
    match outcome {
        Ok(()) => Ok(see_other(&format!("/desk/cards/{id}"))),
        Err(Problem::Refused { refused, .. }) if refused.refusal != Refusal::NotFound => {
            let returned = Returned { refusal: refused.refusal, field: refused.detail.unwrap_or_default(), typed };
            card_page(door, visit, clerk, id, Some(returned)).await
        }
        Err(problem) => Err(problem),
    }
}

async fn card_page(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    id: SmartCardId,
    returned: Option<Returned>,
) -> Result<Response, Problem> {
    let actor = clerk.actor.clone();
    let card = door.ask(move |ra, _| ra.smart_card(&actor, id)).await?;
    let mut frame = frame(door, visit, clerk, "", "desk-cards");
    frame.title = frame.speech.say1("desk-card", "number", card.card.serial.as_str());
    if let Some(returned) = &returned {
        frame = frame.refused(returned.refusal);
        if returned.refusal == Refusal::ChangedMeanwhile {
            frame = newest(frame, &card.history);
        }
    }
    let status = returned.as_ref().map_or(StatusCode::OK, |returned| Problem::from(returned.refusal).status());
    Ok(show_as(status, &page_of(frame, &card, returned.as_ref())))
}

fn page_of<'a>(frame: Frame<'a>, card: &DeskCard, returned: Option<&Returned>) -> CardPage<'a> {
    let speech = &frame.speech;
    let here = format!("/desk/cards/{}", card.card.id);
    let hand_outs: Vec<_> = card.hand_outs.iter().map(|was| HandOutFacts::of(speech, &here, was)).collect();
    let typed = returned.map(|returned| &returned.typed);
    let (mut to, mut back, mut off) = (None, None, None);
    match typed {
        Some(Typed::HandOut(typed)) => to = Some(typed.clone()),
        Some(Typed::Return(reason)) => back = Some(reason.as_str()),
        Some(Typed::WriteOff(reason)) => off = Some(reason.as_str()),
        Some(Typed::Clear) | None => {}
    }
    if card.card.standing == CardStanding::InStock && to.is_none() {
        let (city, branch) = card.place.clone();
        to = Some(TypedHandOut { city, branch, ..TypedHandOut::default() });
    }
    let is_held = matches!(card.card.standing, CardStanding::HandedOut(_));
    let may_write_off = card.may_keep && card.card.standing != CardStanding::WrittenOff;
    CardPage {
        version: card.card.version,
        standing: speech.say(&format!("desk-card-standing-{}", card.card.standing.name())),
        tone: tone(card.card.standing.name()),
        model: card.card.model.clone(),
        registered: format!("{}, {}", speech.time(&card.registered_at), card.registered_by),
        holder: card.hand_outs.first().filter(|_| is_held).map(|was| HandOutFacts::of(speech, &here, was)),
        hand_out: to.filter(|_| card.may_keep).map(|typed| HandOutForm::of(speech, &typed, returned)),
        return_reason: (card.may_keep && is_held)
            .then(|| reasons(speech, "return-reason", &CardReason::OF_RETURN, back, returned)),
        may_clear: card.may_keep && card.card.standing == CardStanding::Returned,
        write_off_reason: may_write_off
            .then(|| reasons(speech, "write-off-reason", &CardReason::OF_WRITE_OFF, off, returned)),
        hand_outs,
        history: EventFacts::all(speech, &card.history),
        here,
        frame,
    }
}

/// A list of reasons to choose from. A refusal of a reason is shown beside the one that came back.
fn reasons(
    speech: &Speech<'_>,
    id: &'static str,
    list: &[CardReason],
    chosen: Option<&str>,
    returned: Option<&Returned>,
) -> Choice {
    let about = |refusal| matches!(refusal, Refusal::ReasonRequired | Refusal::CardReasonUnknown);
    let wrong = returned.filter(|returned| chosen.is_some() && about(returned.refusal));
    Choice {
        id,
        label: speech.say("desk-reason"),
        empty: speech.say("desk-choose"),
        options: list.iter().map(|reason| (reason.name(), reason_words(speech, reason.name()))).collect(),
        chosen: chosen.unwrap_or_default().to_owned(),
        wrong: wrong.map(|returned| speech.refusal(returned.refusal)),
    }
}

impl HandOutForm {
    fn of(speech: &Speech<'_>, typed: &TypedHandOut, returned: Option<&Returned>) -> Self {
        let wrong = |id: &str| {
            let about = returned.filter(|returned| returned.field == id);
            about.map(|returned| speech.refusal(returned.refusal))
        };
        let line = |id: &'static str, value: &str, longest| {
            let label = speech.say(&format!("desk-card-{id}"));
            Field::line(id, label, value).longest(longest).wrong(wrong(id))
        };
        let hinted = |field: Field| {
            let hint = speech.say(&format!("desk-card-{}-hint", field.id));
            field.hint(hint)
        };
        let choice = |id: &'static str, label: &str, options: Vec<(&'static str, String)>, chosen: &str| Choice {
            id,
            label: speech.say(label),
            empty: speech.say("desk-choose"),
            options,
            chosen: chosen.to_owned(),
            wrong: wrong(id),
        };
        let genders = ["male", "female"].map(|name| (name, speech.say(&format!("desk-admit-{name}"))));
        let slots = SignatureSlot::ALL.map(|slot| (slot.name(), slot_words(speech, slot)));
        Self {
            client: vec![
                // Digits in threes are how people read them; spaces do not count.
                hinted(line("inn", &typed.inn, 20)).digits().required(),
                hinted(line("organisation", &typed.organisation, ORGANISATION)),
                hinted(line("person", &typed.person, PERSON)).required(),
            ],
            gender: choice("gender", "desk-admit-gender", genders.into(), &typed.gender),
            slot: choice("slot", "desk-card-slot", slots.into(), &typed.slot),
            place: vec![
                line("city", &typed.city, LINE_CHARACTERS).required(),
                hinted(line("branch", &typed.branch, LINE_CHARACTERS)).required(),
            ],
        }
    }
}

impl LineFacts {
    fn of(speech: &Speech<'_>, row: &CardLine) -> Self {
        let holder = row.holder.as_ref();
        Self {
            address: format!("/desk/cards/{}", row.id),
            serial: row.serial.clone(),
            model: row.model.clone(),
            standing: speech.say(&format!("desk-card-standing-{}", row.standing)),
            tone: tone(&row.standing),
            holder: holder.map_or_else(
                || speech.say("desk-card-nobody"),
                |holder| {
                    let client = client_words(speech, holder.organisation.as_deref(), &holder.inn);
                    format!("{}, {client}", holder.person)
                },
            ),
            slot: holder.map_or_else(|| "\u{2013}".to_owned(), |holder| slot_words(speech, holder.slot)),
        }
    }
}

impl HandOutFacts {
    fn of(speech: &Speech<'_>, card: &str, was: &HandOut) -> Self {
        let ended = was
            .ended
            .as_ref()
            .map(|(by, at, reason)| format!("{}, {by}. {}", speech.time(at), reason_words(speech, reason.name())));
        Self {
            receipt: format!("{card}/receipt.pdf?number={}", was.number),
            receipt_words: speech.say1("desk-card-receipt-print", "number", was.number),
            person: was.to.person.clone(),
            organisation: client_words(speech, was.to.organisation.as_deref(), was.to.inn.as_str()),
            slot: slot_words(speech, was.to.slot),
            handed: format!("{}, {}. {}, {}", speech.time(&was.at), was.by, was.to.branch, was.to.city),
            ended: ended.unwrap_or_else(|| "\u{2013}".to_owned()),
        }
    }
}

fn client_words(speech: &Speech<'_>, organisation: Option<&str>, inn: &str) -> String {
    let number = format!("{} {inn}", speech.say("desk-inn"));
    organisation.map_or_else(|| number.clone(), |name| format!("{name}, {number}"))
}

fn slot_words(speech: &Speech<'_>, slot: SignatureSlot) -> String {
    speech.say(&format!("desk-card-slot-{}", slot.name()))
}

fn tone(standing: &str) -> Tone {
    match standing {
        "in-stock" => Tone::Good,
        "handed-out" => Tone::Tell,
        "returned" => Tone::Warn,
        _ => Tone::Idle,
    }
}

fn card_id(text: &str) -> Result<SmartCardId, Problem> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

/// The version that was looked at; one that is no number was looked at by nobody.
fn version(form: &Form) -> i64 {
    form.line("version").parse().unwrap_or(0)
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use domain::Timestamp;
    use domain::ids::{AgentId, HandOutId};
    use domain::smart_card::{HandedTo, SmartCard};
    use domain::subscriber::{Gender, Inn};
    use store::views::cards::HolderLine;

    let text = str::to_owned;
    let id = SmartCardId::new(Timestamp(0), [0; 10]);
    let line = |standing: &str, organisation: Option<&str>| CardLine {
        id,
        serial: text("0853123456"),
        model: text("<Model>"),
        standing: text(standing),
        holder: (standing != "in-stock").then(|| HolderLine {
            person: text("<Rogov>"),
            organisation: organisation.map(text),
            inn: text("5400000004"),
            slot: SignatureSlot::First,
            at: Timestamp(0),
        }),
    };
    let hand_out = |number, organisation: Option<&str>, ended: Option<CardReason>| HandOut {
        number,
        to: HandedTo {
            inn: Inn::parse("5400000004").expect("its check digit is right"),
            organisation: organisation.map(text),
            person: text("<Rogov>"),
            gender: Gender::Male,
            slot: SignatureSlot::Second,
            city: text("<x>"),
            branch: text("<b>"),
        },
        by: text("<Ivanov>"),
        at: Timestamp(0),
        ended: ended.map(|reason| (text("<Ivanov>"), Timestamp(1), reason)),
    };
    let card = |standing, may_keep| DeskCard {
        card: SmartCard {
            id,
            agent_id: AgentId(1),
            version: 1,
            serial: CardSerial::parse("0853123456").expect("ten digits"),
            model: text("<Model>"),
            standing,
        },
        registered_at: Timestamp(0),
        registered_by: text("<Ivanov>"),
        hand_outs: match standing {
            CardStanding::InStock => Vec::new(),
            // The open one, and one ended for every reason.
            _ => [None]
                .into_iter()
                .chain(CardReason::OF_RETURN.map(Some))
                .chain(CardReason::OF_WRITE_OFF.map(Some))
                .zip(1..)
                .map(|(ended, number)| hand_out(number, ended.map(|_| "<OOO>"), ended))
                .collect(),
        },
        history: Vec::new(),
        may_keep,
        place: (text("<x>"), text("<b>")),
    };
    let mut pages: Vec<Box<dyn crate::pages::samples::Sample + 'a>> = Vec::new();
    for (typed, rows, may_keep) in [("", Vec::new(), true), ("\"><b>", Vec::new(), false), ("", full(&line), true)] {
        pages.push(Box::new(list_of(super::as_clerk(frame("desk-cards")), typed, &rows, may_keep)));
    }
    for wrong in [
        None,
        Some((Refusal::CardSerialWrong, text("<1>"))),
        Some((Refusal::CardRegisteredAlready, String::new())),
        Some((Refusal::FieldMissing, text("model"))),
    ] {
        pages.push(Box::new(new_of(super::as_clerk(frame("desk-cards-new")), ("</textarea>", "\">"), wrong)));
    }
    let held = CardStanding::HandedOut(HandOutId::new(Timestamp(0), [0; 10]));
    let returned = |refusal, field: &str, typed| Some(Returned { refusal, field: text(field), typed });
    let typed = TypedHandOut { inn: text("\">"), person: text("<Rogov>"), ..TypedHandOut::default() };
    for (standing, may_keep, returned) in [
        (CardStanding::InStock, true, None),
        (CardStanding::InStock, false, None),
        (CardStanding::InStock, true, returned(Refusal::InnNotDigits, "inn", Typed::HandOut(typed.clone()))),
        (held, true, None),
        (held, true, returned(Refusal::CardInOtherHands, "", Typed::HandOut(typed.clone()))),
        (held, true, returned(Refusal::CardReasonUnknown, "", Typed::Return(text("<x>")))),
        (CardStanding::Returned, true, returned(Refusal::ReasonRequired, "", Typed::WriteOff(String::new()))),
        (CardStanding::WrittenOff, true, returned(Refusal::CardWrittenOff, "", Typed::Clear)),
    ] {
        let mut frame = super::as_clerk(frame("desk-cards"));
        frame.title = frame.speech.say1("desk-card", "number", "0853123456");
        pages.push(Box::new(page_of(frame, &card(standing, may_keep), returned.as_ref())));
    }
    pages
}

/// A page with a next one, and every standing on it.
#[cfg(test)]
fn full(line: &dyn Fn(&str, Option<&str>) -> CardLine) -> Vec<CardLine> {
    let standings = CardStanding::NAMES.iter().cycle().take(usize::try_from(PAGE).expect("a page has few rows"));
    standings.enumerate().map(|(at, standing)| line(standing, (at % 2 == 0).then_some("<OOO>"))).collect()
}

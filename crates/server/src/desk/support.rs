//! The support's own page: a request by its number, or by what somebody says on the telephone. It shows what the answer needs; the one thing that can be
//! done here is to send the letter again.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use pkcs11::workplace::{CodeError, Described, Finding, Picture, Said, Severity, decode, described, said};
use ra::{Caller, KeyCard, SupportCard};

use super::request::key_card_standing;
use super::{Screen, frame};
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Field, Form, Frame, Page, Tone, Visit, show, show_as};
use crate::portal::status::{tone, turn};
use crate::words::{Language, ProcedureWords, Speech};

#[derive(askama::Template)]
#[template(path = "desk/support.html")]
struct SupportPage<'a> {
    frame: Frame<'a>,
    number: Field,
    caller: Vec<Field>,
    /// None before anything was looked for.
    found: Option<Vec<Found>>,
    code: Field,
    /// What the component saw at the caller's workplace, by the code that was read out.
    workplace: Option<Workplace>,
}

/// The same picture that the caller sees.
struct Workplace {
    /// Of each, whether the work can go on, what was found, and what to do.
    findings: Vec<(Tone, String, String)>,
    /// The program and each medium, with what is said of it.
    parts: Vec<Described>,
}

struct Found {
    unz: String,
    procedure: String,
    word: String,
    tone: Tone,
    turn: String,
    eta: Option<String>,
    email: String,
    /// The end of the serial number of the key's card, and what the register says of it.
    key_card: Option<(String, String)>,
    /// When, what, and which letter.
    letters: Vec<(String, String, String)>,
    /// Where the form goes that sends the letter again, and the version it names.
    resend: Option<(String, i64)>,
}

impl Page for SupportPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// A refusal, and the field that it is about.
struct Wrong {
    refusal: Refusal,
    field: String,
}

pub(crate) async fn ask(State(door): State<Door>, visit: Visit, clerk: Clerk) -> Result<Response, Problem> {
    Screen::Support.must_be_of(&clerk)?;
    Ok(show(&page_of(frame(&door, &visit, &clerk, "", "desk-support"), &Caller::default(), None, None)))
}

/// A form that is sent and not an address: what a caller says of themselves stays out of histories and logs.
pub(crate) async fn look_up(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    form: Form,
) -> Result<Response, Problem> {
    Screen::Support.must_be_of(&clerk)?;
    let text = |name| form.line(name).to_owned();
    let caller =
        Caller { unz: text("unz"), phone: text("phone"), name: text("name"), organisation: text("organisation") };
    let (actor, asked) = (clerk.actor.clone(), caller.clone());
    let frame = frame(&door, &visit, &clerk, "", "desk-support");
    match door.ask(move |ra, at| ra.look_up(&actor, &asked, at)).await {
        Ok(cards) => {
            let words = |name: &str| door.words().get(name);
            let found = cards.iter().map(|card| found(&frame.speech, words(&card.procedure), card)).collect();
            Ok(show(&page_of(frame, &caller, Some(found), None)))
        }
        Err(Problem::Refused { refused, .. }) => {
            let status = Problem::from(refused.refusal).status();
            let wrong = Wrong { refusal: refused.refusal, field: refused.detail.unwrap_or_default() };
            let frame = frame.refused(wrong.refusal);
            Ok(show_as(status, &page_of(frame, &caller, None, Some(&wrong))))
        }
        Err(problem) => Err(problem),
    }
}

/// The code of a caller's component. It is of no request, and nothing is looked up by it.
pub(crate) async fn read_code(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    form: Form,
) -> Result<Response, Problem> {
    Screen::Support.must_be_of(&clerk)?;
    let typed = form.line("code").to_owned();
    let frame = frame(&door, &visit, &clerk, "", "desk-support");
    let page = match decode(&typed) {
        Ok(picture) => {
            let workplace = Workplace::of(&frame.speech, &picture);
            let mut page = page_of(frame, &Caller::default(), None, None);
            page.workplace = Some(workplace);
            page
        }
        Err(error) => {
            let word = word_of(error);
            let wrong = frame.say(word);
            let mut page = page_of(frame.wrong(word), &Caller::default(), None, None);
            page.code = page.code.wrong(Some(wrong));
            page
        }
    };
    let status = if page.workplace.is_some() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let page = SupportPage { code: Field { value: typed, ..page.code }, ..page };
    Ok(show_as(status, &page))
}

fn word_of(error: CodeError) -> &'static str {
    match error {
        CodeError::NotACode => "desk-support-code-none",
        CodeError::Damaged => "desk-support-code-damaged",
        CodeError::Version => "desk-support-code-version",
    }
}

impl Workplace {
    fn of(speech: &Speech<'_>, picture: &Picture) -> Self {
        let language = match speech.language() {
            Language::Ru => pkcs11::Language::Ru,
            Language::En => pkcs11::Language::En,
        };
        let finding = |finding: &Finding| {
            let tone = match finding.code.severity() {
                Severity::Stops => Tone::Bad,
                Severity::Warns => Tone::Warn,
                Severity::Fine => Tone::Good,
            };
            let Said { cause, next } = said(picture, finding, language);
            (tone, cause, next)
        };
        Self { findings: picture.findings.iter().map(finding).collect(), parts: described(picture, language) }
    }
}

/// What the caller is asked to read aloud is not shown whole.
fn serial_end(card: &KeyCard) -> String {
    let Some(serial) = &card.serial else { return String::new() };
    let end = serial.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    format!("…{}", &serial[end..])
}

fn found(house: &Speech<'_>, words: Option<&ProcedureWords>, card: &SupportCard) -> Found {
    let speech = Speech::new(house.language()).of(words);
    let turn = turn(card.stage, card.email_confirmed);
    let letter = |letter: &ra::SupportLetter| {
        let title = speech.of_procedure(&format!("mail-{}-subject", letter.notice));
        let title = title.unwrap_or_else(|| letter.notice.clone());
        (house.time(&letter.at), house.say(&format!("event-{}", letter.event)), title)
    };
    Found {
        unz: card.unz.to_string(),
        procedure: speech.of_procedure("procedure-title").unwrap_or_else(|| card.procedure.clone()),
        word: speech.stage(card.stage.name()),
        tone: tone(card.stage),
        turn: house.say(&turn.replace("turn-", "desk-turn-")),
        eta: card.eta.filter(|_| turn == "turn-bank").map(|eta| house.time(&eta)),
        email: card.email.clone(),
        key_card: card.key_card.as_ref().map(|card| (serial_end(card), key_card_standing(house, card))),
        letters: card.letters.iter().map(letter).collect(),
        resend: card.may_resend.then(|| (format!("/desk/requests/{}/resend-link", card.id), card.version)),
    }
}

fn page_of<'a>(frame: Frame<'a>, caller: &Caller, found: Option<Vec<Found>>, wrong: Option<&Wrong>) -> SupportPage<'a> {
    let speech = &frame.speech;
    let line = |id: &'static str, label: &str, value: &str| {
        let wrong = wrong.filter(|wrong| wrong.field == id).map(|wrong| speech.refusal(wrong.refusal));
        Field::line(id, speech.say(label), value).longest(LONGEST).wrong(wrong)
    };
    let number = line("unz", "page-link-unz", &caller.unz).required();
    let caller = vec![
        line("phone", "page-apply-phone", &caller.phone).kind("tel", "off").required(),
        line("name", "desk-field-person", &caller.name).hint(speech.say("desk-support-name-hint")).required(),
        line("organisation", "desk-support-organisation", &caller.organisation)
            .hint(speech.say("desk-support-organisation-hint")),
    ];
    let code = Field::line("code", speech.say("desk-support-code"), "")
        .longest(LONGEST_CODE)
        .hint(speech.say("desk-support-code-hint"))
        .required();
    SupportPage { number, caller, found, code, workplace: None, frame }
}

/// Characters of a support code: of the largest picture it has under half of them.
const LONGEST_CODE: usize = 20_000;
/// Characters of a field, as `ra` takes them.
const LONGEST: usize = 200;

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use domain::Timestamp;
    use domain::request::StageName;
    let letter = |event: &str, notice: &str| ra::SupportLetter {
        at: Timestamp(0),
        event: event.to_owned(),
        notice: notice.to_owned(),
    };
    let card = |stage| SupportCard {
        id: domain::ids::RequestId::new(Timestamp(0), [0; 10]),
        version: 3,
        unz: if stage == StageName::Issued { "1196837e3c03f2" } else { "12f39a077d1234" }.parse().expect("a number"),
        procedure: "<sample>".to_owned(),
        stage,
        email_confirmed: true,
        eta: Some(Timestamp(0)),
        email: "r***@example.org".to_owned(),
        key_card: super::request::sample_key_cards().into_iter().nth(usize::from(stage == StageName::Issued)),
        letters: vec![letter("mail-sent", "ready"), letter("mail-failed", "accepted"), letter("mail-overdue", "")],
        may_resend: stage == StageName::Issued,
    };
    let typed = Caller { phone: "<b>".to_owned(), name: "\"><b>".to_owned(), ..Caller::default() };
    let page = |caller: &Caller, stages: Option<&[StageName]>, wrong: Option<Wrong>| {
        let frame = super::as_clerk(frame("desk-support"));
        let found = stages.map(|stages| stages.iter().map(|stage| found(&frame.speech, None, &card(*stage))).collect());
        Box::new(page_of(frame, caller, found, wrong.as_ref())) as Box<dyn crate::pages::samples::Sample + 'a>
    };
    let wrong = |field: &str, refusal| Some(Wrong { refusal, field: field.to_owned() });
    let seen = || {
        let frame = super::as_clerk(frame("desk-support"));
        let picture = sample_picture();
        let workplace = Workplace::of(&frame.speech, &picture);
        let page = page_of(frame, &Caller::default(), None, None);
        Box::new(SupportPage { workplace: Some(workplace), ..page }) as Box<dyn crate::pages::samples::Sample + 'a>
    };
    vec![
        seen(),
        page(&Caller::default(), None, None),
        page(&typed, Some(&[]), None),
        page(&typed, Some(&[StageName::Issued, StageName::InReview]), None),
        page(&typed, None, wrong("phone", Refusal::FieldMissing)),
        page(&typed, None, wrong("unz", Refusal::UnzWrong)),
    ]
}

/// A workplace where nothing is as it should be.
#[cfg(test)]
fn sample_picture() -> Picture {
    use pkcs11::workplace::{AttemptsSeen, FindingCode, MediumSeen, ModuleSeen, PinSeen, PlaceKind};
    let pin = PinSeen { attempts: AttemptsSeen::Left(3), factory: Some(true), must_change: true };
    Picture {
        component: "0.1.0".into(),
        system: "<linux>".into(),
        at: 1_795_900_000,
        clock_ahead_seconds: Some(-17),
        modules: vec![ModuleSeen { file: "<b>.so".into(), version: String::new(), exact_counters: true }],
        empty_readers: 3,
        media: vec![MediumSeen {
            kind: PlaceKind::Token,
            maker: "<b>".into(),
            model: "ECP".into(),
            serial_end: "5432".into(),
            firmware: "23.2".into(),
            pin,
            so_pin: pin,
            memory_kib: Some(128),
            free_kib: None,
            algorithms: vec!["gost-256".into()],
            keys: Vec::new(),
        }],
        findings: FindingCode::ALL
            .iter()
            .map(|code| Finding { code: *code, medium: Some(0), detail: "x".into() })
            .collect(),
    }
}

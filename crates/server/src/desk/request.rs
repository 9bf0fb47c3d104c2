//! One request at the desk: what it says beside what the record says, what this person may do, and the decisions. What may be done
//! comes from the server with the request; a decision names the version that was looked at.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::actor::Actor;
use domain::ids::{MessageId, RequestId};
use domain::latin::LookAlikes;
use domain::paper::{Channel, Document, MOST_COPIES};
use domain::procedure::Kind;
use domain::request::StageName;
use domain::text::REASON_CHARACTERS;
use ra::{
    Compared, DeskEvent, Failure, KeyCard, KeyCardStanding, LetterCard, Mark, MessageCard, MessageFile, Moment, Paper,
    PaperCard, Proposal, Ra, RequestCard, Scan,
};

use super::certificate::{EventFacts, newest};
use super::frame;
use super::inquiries::ScanFacts;
use super::letters::LetterFacts;
use super::paper::PaperFacts;
use super::proposals::ProposalFacts;
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Field, Form, Frame, Page, Tone, Upload, Visit, see_other, show_as};
use crate::papers::{self, ActFiles, ActOnCard};
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
    act_agent: Option<String>,
    reason: Option<String>,
    compared: Vec<ComparedFacts>,
    certificate: Option<CertificateFacts>,
    /// Steps that need nothing but a click: the address's end, and the words.
    steps: Vec<(&'static str, String)>,
    /// Papers that may be registered now.
    desks: Vec<PaperDesk>,
    /// Papers that were.
    papers: Vec<PaperFacts>,
    /// Decisions that need a reason, each with its field.
    decisions: Vec<Decision>,
    may_nothing: bool,
    /// Where another address is proposed.
    email: Option<String>,
    /// Where an applicant is taken into the record.
    admission: Option<String>,
    /// Where steps on the certificate are.
    certificate_address: Option<String>,
    /// Where the person's card is.
    person: String,
    waiting: Vec<ProposalFacts>,
    letters: Vec<LetterFacts>,
    history: Vec<EventFacts>,
    files: Option<ActFiles>,
    /// Where the bank's half of the application is, once it was taken.
    bank_half: Option<String>,
    /// What came last as a scan in a message.
    scanned: Option<Scanned>,
}

/// A message with scans, beside what the request says.
struct Scanned {
    by: String,
    at: String,
    thread: String,
    scans: Vec<ScanFacts>,
    /// The word of the way they came, for whoever may register the application from one of them.
    channel: Option<&'static str>,
}

/// Everything the page is made of.
struct Shown {
    card: RequestCard,
    compared: Vec<Compared>,
    key_card: Option<KeyCard>,
    papers: Vec<PaperCard>,
    act_copies: u8,
    waiting: Vec<Proposal>,
    letters: Vec<LetterCard>,
    history: Vec<DeskEvent>,
    scanned: Option<MessageCard>,
}

pub(super) struct ComparedFacts {
    pub(super) field: String,
    pub(super) of_request: String,
    /// Whose word that is, where it is not the request's own.
    pub(super) source: Option<String>,
    pub(super) of_record: String,
    pub(super) mark: &'static str,
    pub(super) mark_word: String,
    pub(super) look_alikes: Vec<String>,
}

struct Decision {
    step: &'static str,
    word: String,
    field: Field,
    is_open: bool,
}

/// The form that registers a paper.
struct PaperDesk {
    step: &'static str,
    word: String,
    copies: Field,
    has_seal: bool,
    /// Word, text, and whether it is chosen.
    channels: Vec<(&'static str, String, bool)>,
    scan_wrong: Option<String>,
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
    paper: Option<PaperTyped>,
}

/// What was said of a paper. A file cannot be put back into a form: it is chosen again.
#[derive(Clone, Default)]
struct PaperTyped {
    copies: String,
    has_seal: bool,
    channel: String,
}

pub(crate) async fn one(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&door, &visit, &clerk, &id, None).await
}

/// The act of a request of the agent as a file.
pub(crate) async fn act_file(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path((id, name)): Path<(String, String)>,
    Query(fields): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (id, actor) = (request_id(&id)?, clerk.actor);
    let act = door.ask(move |ra, at| ra.act_file(&actor, id, at)).await?;
    papers::act_file(&door, &visit, act, &name, &fields).await
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
    form: Form,
) -> Result<Response, Problem> {
    let seen = version(&form);
    step(&door, &visit, clerk, &id, "resend-link", "", move |ra, actor, id, at| ra.resend_link(actor, id, seen, at))
        .await
}

pub(crate) async fn receive_act(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    upload: Upload,
) -> Result<Response, Problem> {
    register(&door, &visit, clerk, &id, Document::Act, upload).await
}

pub(crate) async fn register_application(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    upload: Upload,
) -> Result<Response, Problem> {
    register(&door, &visit, clerk, &id, Document::Application, upload).await
}

async fn register(
    door: &Door,
    visit: &Visit,
    clerk: Clerk,
    id: &str,
    document: Document,
    upload: Upload,
) -> Result<Response, Problem> {
    let step = step_of(document);
    let version = version(&upload.form);
    let form = &upload.form;
    let typed = PaperTyped {
        copies: form.line("copies").to_owned(),
        has_seal: match form.line("seal") {
            "" => false,
            "yes" => true,
            _ => return Err(Refusal::BodyMalformed.into()),
        },
        channel: form.line("channel").to_owned(),
    };
    let request = request_id(id)?;
    let from = form.line("from").to_owned();
    let scan = match from.split_once('/') {
        // A scan that came in a message of this request.
        Some((message, place)) => {
            let message: MessageId = message.parse().map_err(|_| Problem::from(Refusal::BodyMalformed))?;
            let place: i64 = place.parse().map_err(|_| Problem::from(Refusal::BodyMalformed))?;
            let actor = clerk.actor.clone();
            Some(door.ask(move |ra, _| ra.message_file(&actor, request, message, place)).await?.2)
        }
        None if !from.is_empty() => return Err(Refusal::BodyMalformed.into()),
        None => upload.files("scan").next().map(|file| file.octets),
    };
    let answer = match paper_of(&typed) {
        Err(refusal) => Err(refusal.into()),
        Ok(paper) => {
            let actor = clerk.actor.clone();
            door.ask(move |ra, at| {
                // To look a file through takes its time: here, and not on the runtime.
                let paper = Paper { scan: scan.map(Scan::parse).transpose()?, ..paper };
                ra.register_paper(&actor, request, version, document, &paper, at)
            })
            .await
        }
    };
    answered(door, visit, &clerk, request, answer, |refusal| Returned { step, refusal, typed: "", paper: Some(typed) })
        .await
}

fn step_of(document: Document) -> &'static str {
    match document {
        Document::Application => "register-application",
        Document::Act => "receive-act",
    }
}

/// What was typed, read; its scan is not looked through yet.
fn paper_of(typed: &PaperTyped) -> Result<Paper, Refusal> {
    let copies = match typed.copies.as_str() {
        "" => 1,
        text => text.parse().map_err(|_| Refusal::CopiesTooFew)?,
    };
    let channel = match typed.channel.as_str() {
        "" => Channel::Branch,
        name => Channel::from_name(name).ok_or(Refusal::TextUnacceptable)?,
    };
    Ok(Paper { copies, seal: typed.has_seal, channel, scan: None })
}

/// One verb, then the request as it is now. A refusal comes back on the page, with what was typed.
async fn step(
    door: &Door,
    visit: &Visit,
    clerk: Clerk,
    id: &str,
    step: &'static str,
    typed: &str,
    verb: impl FnOnce(&Ra, &Actor, RequestId, &mut Moment<'_>) -> Result<RequestCard, Failure> + Send + 'static,
) -> Result<Response, Problem> {
    let request = request_id(id)?;
    let actor = clerk.actor.clone();
    let answer = door.ask(move |ra, at| verb(ra, &actor, request, at)).await;
    answered(door, visit, &clerk, request, answer, |refusal| Returned { step, refusal, typed, paper: None }).await
}

async fn answered<'a>(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    request: RequestId,
    answer: Result<RequestCard, Problem>,
    returned: impl FnOnce(Refusal) -> Returned<'a>,
) -> Result<Response, Problem> {
    match answer {
        Ok(_) => Ok(see_other(&format!("/desk/requests/{request}"))),
        Err(Problem::Refused { refused, .. }) if refused.refusal != Refusal::NotFound => {
            page(door, visit, clerk, &request.to_string(), Some(returned(refused.refusal))).await
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
    let shown = door
        .ask(move |ra, at| {
            let (papers, act_copies) = ra.papers_of(&actor, request)?;
            Ok(Shown {
                card: ra.request(&actor, request, at)?,
                compared: ra.comparison(&actor, request)?,
                key_card: ra.key_card(&actor, request, at)?,
                papers,
                act_copies,
                waiting: ra.proposals_about(&actor, request)?,
                letters: ra.letters_of_request(&actor, request, at)?,
                history: ra.request_history(&actor, request)?,
                scanned: last_scanned(ra, &actor, request)?,
            })
        })
        .await?;
    let status = returned.as_ref().map_or(StatusCode::OK, |returned| Problem::from(returned.refusal).status());
    let mut frame = frame(door, visit, clerk, &shown.card.procedure, "desk-request");
    if shown.card.stage == StageName::Accepted && !shown.card.email_confirmed {
        let text = frame.speech.refusal(Refusal::EmailNotConfirmed);
        frame = frame.noted(Tone::Tell, text);
    }
    let wrong = shown.key_card.as_ref().filter(|card| card.mark() == Mark::Differs);
    if let (true, Some(card)) = (shown.card.allowed.contains(&"approve"), wrong) {
        let holds_own = matches!(card.standing, KeyCardStanding::HoldsOwn { .. });
        let text = frame.speech.say(if holds_own { "desk-key-card-holds-own" } else { "desk-key-card-differs" });
        frame = frame.noted(Tone::Warn, text);
    }
    if let Some(returned) = &returned {
        frame = frame.refused(returned.refusal);
        if returned.refusal == Refusal::ChangedMeanwhile {
            frame = newest(frame, &shown.history);
        }
        // The form has gone with the step: what was written in it is for the writer to keep.
        if !returned.typed.is_empty() && !shown.card.allowed.contains(&returned.step) {
            let text = frame.speech.say1("desk-typed", "name", returned.typed.to_owned());
            frame = frame.noted(Tone::Tell, text);
        }
    }
    Ok(show_as(status, &page_of(frame, &shown, returned.as_ref())))
}

fn page_of<'a>(frame: Frame<'a>, shown: &Shown, returned: Option<&Returned<'_>>) -> RequestPage<'a> {
    let speech = &frame.speech;
    let Shown { card, compared, papers, act_copies, .. } = shown;
    let allowed = |step: &str| card.allowed.contains(&step);
    let steps = ["approve", "resend-link"];
    let steps: Vec<_> = steps
        .into_iter()
        .filter(|step| allowed(step))
        .map(|step| (step, speech.say(&format!("desk-do-{step}"))))
        .collect();
    let copies = |document| if document == Document::Act { *act_copies } else { 1 };
    let desks: Vec<_> = Document::ALL
        .into_iter()
        .filter(|document| allowed(step_of(*document)))
        .map(|document| paper_desk(speech, document, copies(document), returned))
        .collect();
    let decisions = [("return", "return-reason"), ("refuse", "refuse-reason")];
    let decisions: Vec<_> = decisions
        .into_iter()
        .filter(|(step, _)| allowed(step))
        .map(|(step, field)| decision(speech, step, field, &shown.compared, returned))
        .collect();
    RequestPage {
        here: format!("/desk/requests/{}", card.id),
        version: card.version,
        unz: card.unz.map(|unz| unz.to_string()),
        name: card.subscriber_name.clone(),
        word: speech.stage(card.stage.name()),
        tone: tone(card.stage),
        turn: turn(card.stage, card.email_confirmed),
        procedure: speech.of_procedure("procedure-title").unwrap_or_else(|| card.procedure.clone()),
        created: speech.time(&card.created_at),
        accepted: card.accepted_at.map(|at| speech.time(&at)),
        eta: card.eta.map(|at| speech.time(&at)),
        mail: card.mail.map(|state| speech.say(&format!("desk-mail-{state}"))),
        act: speech.say(&format!("desk-act-{}", card.act)),
        act_agent: act_agent(speech, card.countersigned),
        reason: why(speech, card.reason.clone(), card.declined),
        compared: compared
            .iter()
            .map(|line| compared_facts(speech, line))
            .chain(shown.key_card.iter().map(|card| key_card_facts(speech, card)))
            .collect(),
        certificate: card.certificate.as_ref().map(|card| CertificateFacts::of(speech, card, false)),
        may_nothing: card.allowed.is_empty() && !shown.waiting.iter().any(|step| step.may_confirm || step.may_decline),
        admission: allowed("admit").then(|| format!("/desk/requests/{}/admission", card.id)),
        email: allowed("correct-email").then(|| format!("/desk/requests/{}/email", card.id)),
        certificate_address: card.certificate.as_ref().map(|card| format!("/desk/certificates/{}", card.id)),
        person: format!("/desk/subscribers/{}", card.subscriber_id),
        waiting: shown.waiting.iter().map(|waiting| ProposalFacts::of(speech, waiting)).collect(),
        letters: LetterFacts::all(speech, &shown.letters),
        history: EventFacts::all(speech, &shown.history),
        papers: papers.iter().map(|card| PaperFacts::of(speech, card)).collect(),
        desks,
        bank_half: papers
            .iter()
            .any(|paper| paper.document == Document::Application && card.kind == Kind::FirstIssue)
            .then(|| format!("/desk/requests/{}/application.pdf?part=bank-half", card.id)),
        scanned: shown.scanned.as_ref().map(|message| {
            let may_register = allowed(step_of(Document::Application));
            scanned_facts(speech, &format!("/desk/messages/{}", card.id), message, may_register)
        }),
        files: card
            .has_act
            .then(|| ActFiles::at(&format!("/desk/requests/{}/act", card.id), Vec::new(), &ActOnCard::of(card))),
        steps,
        decisions,
        frame,
    }
}

/// Why it was returned or refused. A client who declines gives no reason; that it was the client is what there is to know.
fn why(speech: &Speech<'_>, reason: Option<String>, declined: bool) -> Option<String> {
    reason.or_else(|| declined.then(|| speech.say("desk-declined")))
}

/// The newest message of the other side that came with a scan; a request that nobody can write about has none.
fn last_scanned(ra: &Ra, actor: &Actor, request: RequestId) -> Result<Option<MessageCard>, Failure> {
    match ra.thread(actor, request) {
        Ok(thread) => {
            let mut newest_first = thread.messages.into_iter().rev();
            Ok(newest_first.find(|message| message.by_bank.is_none() && message.files.iter().any(MessageFile::is_scan)))
        }
        Err(Failure::Refused(refused)) if refused.refusal == Refusal::NotFound => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn scanned_facts(speech: &Speech<'_>, thread: &str, message: &MessageCard, may_register: bool) -> Scanned {
    let scans = message.files.iter().filter(|file| file.is_scan());
    let (by, channel) = match &message.stranger {
        Some(name) => (speech.say1("messages-stranger", "name", name), Channel::Site),
        None => (speech.say("desk-client"), Channel::Message),
    };
    Scanned {
        by,
        at: speech.time(&message.sent_at),
        scans: scans.map(|file| ScanFacts::of(&format!("{thread}/{}", message.id), file)).collect(),
        thread: thread.to_owned(),
        channel: may_register.then(|| channel.name()),
    }
}

/// The line about the agent's signature, where the agent signs this act.
fn act_agent(speech: &Speech<'_>, countersigned: ra::Countersigned) -> Option<String> {
    match countersigned {
        ra::Countersigned::No => None,
        shown => Some(speech.say(&format!("desk-act-agent-{}", shown.name()))),
    }
}

/// What is to be corrected is a list, a line for each; what differs stands there to begin with.
fn decision(
    speech: &Speech<'_>,
    step: &'static str,
    field: &'static str,
    compared: &[Compared],
    returned: Option<&Returned<'_>>,
) -> Decision {
    let this = returned.filter(|returned| returned.step == step);
    let differs = compared.iter().filter(|line| step == "return" && line.mark == Mark::Differs);
    let item = |line: &Compared| {
        let field = speech.say(&format!("desk-field-{}", line.field));
        speech.say1("desk-return-item", "name", field)
    };
    let to_begin_with = differs.map(item).collect::<Vec<_>>().join("\n");
    let typed = this.map_or(to_begin_with.as_str(), |returned| returned.typed);
    let wrong = this.filter(|returned| returned.refusal == Refusal::ReasonRequired);
    let field = Field::line(field, speech.say(&format!("desk-{step}-reason")), typed)
        .area(REASON_CHARACTERS)
        .hint(speech.say(if step == "return" { "desk-return-hint" } else { "desk-reason-hint" }))
        .wrong(wrong.map(|returned| speech.refusal(returned.refusal)))
        .required();
    Decision { step, word: speech.say(&format!("desk-do-{step}")), field, is_open: this.is_some() }
}

fn paper_desk(speech: &Speech<'_>, document: Document, copies: u8, returned: Option<&Returned<'_>>) -> PaperDesk {
    let step = step_of(document);
    let this = returned.filter(|returned| returned.step == step);
    let typed = this.and_then(|returned| returned.paper.clone()).unwrap_or_else(|| PaperTyped {
        copies: copies.to_string(),
        has_seal: false,
        channel: Channel::ALL[0].name().to_owned(),
    });
    let wrong = |of_scan: bool| {
        let refusal = this.map(|returned| returned.refusal)?;
        let is_scan = matches!(
            refusal,
            Refusal::ScanKindUnknown
                | Refusal::ScanDamaged
                | Refusal::ScanActive
                | Refusal::ScanTooLarge
                | Refusal::ScanMissing
        );
        let is_here = if of_scan { is_scan } else { refusal == Refusal::CopiesTooFew };
        is_here.then(|| speech.refusal(refusal))
    };
    let (copies_id, most) = match document {
        Document::Application => ("application-copies", MOST_COPIES),
        Document::Act => ("act-copies", MOST_COPIES),
    };
    let channel = |channel: Channel| {
        let name = channel.name();
        (name, speech.say(&format!("desk-channel-{name}")), name == typed.channel)
    };
    PaperDesk {
        step,
        word: speech.say(&format!("desk-do-{step}")),
        copies: Field::line(copies_id, speech.say("desk-paper-copies"), &typed.copies)
            .kind("text", "off")
            .named("copies")
            .digits()
            .hint(speech.say2("desk-copies-hint", ("from", copies), ("until", most)))
            .wrong(wrong(false))
            .required(),
        has_seal: typed.has_seal,
        channels: Channel::ALL.into_iter().map(channel).collect(),
        scan_wrong: wrong(true),
        is_open: this.is_some(),
    }
}

pub(super) fn compared_facts(speech: &Speech<'_>, line: &Compared) -> ComparedFacts {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "\u{2013}".to_owned());
    ComparedFacts {
        field: speech.say(&format!("desk-field-{}", line.field)),
        of_request: shown(&line.of_request),
        source: line.source.name().map(|source| speech.say(&format!("desk-source-{source}"))),
        of_record: shown(&line.of_record),
        mark: line.mark.name(),
        mark_word: speech.say(&format!("mark-{}", line.mark.name())),
        look_alikes: line.look_alikes.iter().map(|found| look_alikes(speech, found)).collect(),
    }
}

/// Which letters of a word are not what they look like.
fn look_alikes(speech: &Speech<'_>, found: &LookAlikes) -> String {
    let letters = found.letters.iter().map(|(place, letter)| {
        speech.say2("desk-look-alike-letter", ("name", letter.to_string()), ("number", place.to_string()))
    });
    let letters = letters.collect::<Vec<_>>().join(", ");
    let words = format!("desk-look-alikes-{}", found.alphabet.name());
    speech.say2(&words, ("name", found.word.clone()), ("letters", letters))
}

fn key_card_facts(speech: &Speech<'_>, card: &KeyCard) -> ComparedFacts {
    ComparedFacts {
        field: speech.say("desk-field-card"),
        of_request: card.serial.clone().unwrap_or_else(|| "\u{2013}".to_owned()),
        source: None,
        of_record: match &card.standing {
            KeyCardStanding::InOtherHands { person, organisation } => {
                let holder = organisation.as_ref().map_or_else(|| person.clone(), |name| format!("{person}, {name}"));
                speech.say1("key-card-of", "name", holder)
            }
            _ => key_card_standing(speech, card),
        },
        mark: card.mark().name(),
        mark_word: speech.say(&format!("mark-{}", card.mark().name())),
        look_alikes: Vec::new(),
    }
}

/// What the register says of the card of a key, naming nobody.
pub(super) fn key_card_standing(speech: &Speech<'_>, card: &KeyCard) -> String {
    match &card.standing {
        KeyCardStanding::Untold => speech.say("key-card-untold"),
        KeyCardStanding::NotRegistered => speech.say("key-card-not-registered"),
        KeyCardStanding::HandedOut { slot, receipt } => {
            let slot = speech.say(&format!("desk-card-slot-{}", slot.name()));
            speech.say2("key-card-handed-out", ("name", slot), ("number", receipt))
        }
        KeyCardStanding::InOtherHands { .. } => speech.say("key-card-of-another"),
        KeyCardStanding::HoldsOwn { certificate } => speech.say1("key-card-holds-own", "number", certificate),
        KeyCardStanding::InStock => speech.say("key-card-in-stock"),
        KeyCardStanding::Returned => speech.say("key-card-returned"),
        KeyCardStanding::WrittenOff(None) => speech.say("desk-card-standing-written-off"),
        KeyCardStanding::WrittenOff(Some(reason)) => {
            let reason = speech.say(&format!("desk-card-reason-{}", reason.name()));
            speech.say1("key-card-written-off", "name", reason)
        }
    }
}

fn version(form: &Form) -> i64 {
    // A version that is no number is one that nobody has looked at.
    form.line("version").parse().unwrap_or(0)
}

fn request_id(text: &str) -> Result<RequestId, Problem> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

/// Cards of a key, one for each word.
#[cfg(test)]
pub(super) fn sample_key_cards() -> Vec<KeyCard> {
    use domain::smart_card::{CardReason, SignatureSlot};
    let other = |organisation| KeyCardStanding::InOtherHands { person: "<Ivanov>".to_owned(), organisation };
    let slot = SignatureSlot::Second;
    let standings = [
        KeyCardStanding::HandedOut { slot, receipt: 14 },
        other(Some("<x>".to_owned())),
        KeyCardStanding::Untold,
        KeyCardStanding::NotRegistered,
        other(None),
        KeyCardStanding::HoldsOwn { certificate: "38bd82b".to_owned() },
        KeyCardStanding::InStock,
        KeyCardStanding::Returned,
        KeyCardStanding::WrittenOff(None),
        KeyCardStanding::WrittenOff(Some(CardReason::Lost)),
    ];
    let said =
        |standing| KeyCard { serial: (standing != KeyCardStanding::Untold).then(|| "<0853>".to_owned()), standing };
    standings.map(said).into()
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use domain::certificate::Standing;
    use domain::latin::look_alikes as look_alikes_of;
    let mut pages: Vec<Box<dyn crate::pages::samples::Sample + 'a>> = Vec::new();
    let lines: Vec<Compared> = ["person", "organisation", "inn", "phone", "email", "owner", "power"]
        .into_iter()
        .zip([Mark::Equal, Mark::Differs, Mark::Missing].into_iter().cycle())
        .map(|(field, mark)| Compared {
            field,
            of_request: (mark != Mark::Missing).then(|| "<x>".to_owned()),
            source: match field {
                "inn" => ra::Source::Certificate,
                "owner" | "power" => ra::Source::RecordThen,
                _ => ra::Source::Request,
            },
            of_record: Some("y".to_owned()),
            mark,
            look_alikes: if mark == Mark::Differs {
                look_alikes_of("O\u{41e}O Po R\u{3bf}", "\u{420}\u{43e}")
            } else {
                Vec::new()
            },
        })
        .collect();
    let acts = ["none", "drawn", "client-signed", "bank-signed", "received", "overdue"];
    for (place, act) in acts.into_iter().enumerate() {
        let frame = super::as_clerk(frame("desk-request"));
        let speech = &frame.speech;
        let returned = match place {
            1 => Some(Returned { step: "return", refusal: Refusal::ReasonRequired, typed: "<b>", paper: None }),
            2 | 3 => Some(Returned {
                step: "receive-act",
                refusal: if place == 2 { Refusal::CopiesTooFew } else { Refusal::ScanActive },
                typed: "",
                paper: Some(PaperTyped { copies: "<2>".to_owned(), has_seal: true, channel: "site".to_owned() }),
            }),
            _ => None,
        };
        let returned = returned.as_ref();
        let desks = Document::ALL.map(|document| paper_desk(speech, document, 2, returned));
        let kinds = [None, Some(ra::ScanKind::Pdf), Some(ra::ScanKind::Png)];
        let papers = kinds.map(|kind| super::paper::sample(speech, kind));
        let steps: Vec<_> =
            ["approve", "resend-link"].into_iter().map(|step| (step, speech.say(&format!("desk-do-{step}")))).collect();
        let decisions = vec![
            decision(speech, "return", "return-reason", &[], returned),
            decision(speech, "refuse", "refuse-reason", &[], returned),
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
            act_agent: act_agent(speech, countersigned(place)),
            reason: why(speech, (place > 0).then(|| "<why>".to_owned()), place == 0),
            compared: lines
                .iter()
                .map(|line| compared_facts(speech, line))
                .chain(sample_key_cards().iter().skip(2 * place).take(2).map(|card| key_card_facts(speech, card)))
                .collect(),
            certificate,
            may_nothing: place == 5,
            admission: (place < 4).then(|| "/desk/requests/1/admission".to_owned()),
            email: (place < 4).then(|| "/desk/requests/1/email".to_owned()),
            person: "/desk/subscribers/1".to_owned(),
            certificate_address: (place > 2).then(|| "/desk/certificates/1".to_owned()),
            waiting: match place {
                0 => super::proposals::sample_proposals().iter().map(|each| ProposalFacts::of(speech, each)).collect(),
                _ => Vec::new(),
            },
            letters: LetterFacts::all(speech, &super::letters::sample()[..3 * place]),
            history: Vec::new(),
            desks: if place == 5 { Vec::new() } else { desks.into() },
            papers: if place == 5 { Vec::new() } else { papers.into() },
            files: (place > 0).then(|| {
                let act = ActOnCard { is_signed: place > 1, countersigned: countersigned(place), copies: 2 };
                ActFiles::at("/desk/requests/1/act", Vec::new(), &act)
            }),
            bank_half: (place == 4).then(|| "/desk/requests/1/application.pdf?part=bank-half".to_owned()),
            scanned: (place < 3).then(|| sample_scanned(speech, place)),
            steps: if place == 5 { Vec::new() } else { steps },
            decisions: if place == 5 { Vec::new() } else { decisions },
            frame,
        }));
    }
    pages
}

#[cfg(test)]
fn sample_scanned(speech: &Speech<'_>, place: usize) -> Scanned {
    let file = |place, name: &str| MessageFile { place, name: name.to_owned(), sha256: [7; 32] };
    let message = MessageCard {
        id: MessageId::new(domain::Timestamp(0), [0; 10]),
        by_bank: None,
        stranger: (place == 0).then(|| "<Ivanov>".to_owned()),
        text: String::new(),
        sent_at: domain::Timestamp(0),
        read_at: None,
        files: vec![file(0, "scan-1.png"), file(1, "scan-2.pdf"), file(2, "act.txt")],
    };
    scanned_facts(speech, "/desk/messages/1", &message, place < 2)
}

#[cfg(test)]
fn countersigned(place: usize) -> ra::Countersigned {
    [ra::Countersigned::No, ra::Countersigned::Awaited, ra::Countersigned::Yes][place % 3]
}

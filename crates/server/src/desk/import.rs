//! Import at the desk: files are chosen, looked at with every fault by its row, and taken as they were looked at.

use axum::extract::{Path, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::Refusal;
use domain::ids::ImportId;
use ra::{ImportFault, ImportOutcome, ImportReport, StagedFile, StagedImport, StagedState};

use super::{Screen, frame};
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Form, Frame, Page, Upload, Visit, see_other, show, show_as};
use crate::words::Speech;

/// Most faults that a page shows: whoever has more of them begins with these.
const FAULTS: usize = 200;
/// The fields in which files are chosen.
const FIELDS: [&str; 3] = ["organisations", "signatories", "certificates"];
/// Files to begin with. The mark of the byte order at their beginning tells spreadsheets that they are UTF-8.
const ORGANISATIONS: &str = include_str!("../../locales/import/organisations.csv");
const SIGNATORIES: &str = include_str!("../../locales/import/signatories.csv");

#[derive(askama::Template)]
#[template(path = "desk/import.html")]
struct AskPage<'a> {
    frame: Frame<'a>,
    most_mib: usize,
}

#[derive(askama::Template)]
#[template(path = "desk/import_preview.html")]
struct PreviewPage<'a> {
    frame: Frame<'a>,
    here: String,
    counts: Vec<(String, usize)>,
    /// What a confirmation names; none when there is nothing to take.
    digest: Option<String>,
    faults: Vec<FaultFacts>,
    more_faults: usize,
    files: Vec<(String, String)>,
}

struct FaultFacts {
    file: String,
    line: String,
    why: String,
    code: &'static str,
}

#[derive(askama::Template)]
#[template(path = "desk/import_done.html")]
struct DonePage<'a> {
    frame: Frame<'a>,
    counts: Vec<(String, usize)>,
}

impl Page for AskPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for PreviewPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

impl Page for DonePage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn ask(State(door): State<Door>, visit: Visit, clerk: Clerk) -> Result<Response, Problem> {
    Screen::Import.must_be_of(&clerk)?;
    Ok(show(&ask_page(&door, &visit, &clerk, None)))
}

pub(crate) async fn organisations(clerk: Clerk) -> Result<Response, Problem> {
    example(&clerk, "organisations.csv", ORGANISATIONS)
}

pub(crate) async fn signatories(clerk: Clerk) -> Result<Response, Problem> {
    example(&clerk, "signatories.csv", SIGNATORIES)
}

pub(crate) async fn stage(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    request: Request,
) -> Result<Response, Problem> {
    let staged = match chosen(&door, request).await {
        Ok(files) => {
            let actor = clerk.actor.clone();
            door.ask(move |ra, at| ra.stage_import(&actor, None, files, at)).await
        }
        Err(problem) => Err(problem),
    };
    match staged {
        Ok(id) => Ok(see_other(&address(id))),
        Err(problem) => match words_of(&problem) {
            Some(word) => Ok(show_as(problem.status(), &ask_page(&door, &visit, &clerk, Some(word)))),
            None => Err(problem),
        },
    }
}

pub(crate) async fn one(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&door, &visit, &clerk, import_id(&id)?, None).await
}

/// More files, or others in place of those that have faults: what was chosen before stays.
pub(crate) async fn add(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let id = import_id(&id)?;
    let staged = match chosen(&door, request).await {
        Ok(files) => {
            let actor = clerk.actor.clone();
            door.ask(move |ra, at| ra.stage_import(&actor, Some(id), files, at)).await
        }
        Err(problem) => Err(problem),
    };
    match staged {
        Ok(id) => Ok(see_other(&address(id))),
        Err(problem) => match words_of(&problem) {
            Some(word) => page(&door, &visit, &clerk, id, Some((problem.status(), word))).await,
            None => Err(problem),
        },
    }
}

pub(crate) async fn confirm(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let id = import_id(&id)?;
    let (actor, digest) = (clerk.actor.clone(), form.line("digest").to_owned());
    match door.ask(move |ra, at| ra.confirm_import(&actor, id, &digest, at)).await {
        Ok(()) => Ok(see_other(&address(id))),
        // Somebody was faster: what would come of it now is shown, and asked for again.
        Err(Problem::Refused { ref refused, .. }) if refused.refusal == Refusal::ChangedMeanwhile => {
            page(&door, &visit, &clerk, id, Some((StatusCode::CONFLICT, "import-changed"))).await
        }
        Err(problem) => Err(problem),
    }
}

/// The files of a form: field, name, contents.
async fn chosen(door: &Door, request: Request) -> Result<Vec<(String, String, Vec<u8>)>, Problem> {
    let upload = Upload::within(door.limits().upload_bytes, request, door).await?;
    Ok(upload.all().filter(|file| FIELDS.contains(&file.field.as_str())).map(|f| (f.field, f.name, f.octets)).collect())
}

/// What a person can put right on the page itself.
fn words_of(problem: &Problem) -> Option<&'static str> {
    let Problem::Refused { refused, .. } = problem else { return None };
    match refused.refusal {
        Refusal::BodyTooLarge => Some("import-too-large"),
        Refusal::BodyMalformed => Some("import-no-file"),
        Refusal::TextUnacceptable => Some("import-name-wrong"),
        _ => None,
    }
}

fn ask_page<'a>(door: &'a Door, visit: &Visit, clerk: &Clerk, wrong: Option<&str>) -> AskPage<'a> {
    let mut frame = frame(door, visit, clerk, "", "desk-import");
    if let Some(word) = wrong {
        frame = frame.wrong(word);
    }
    AskPage { most_mib: door.limits().upload_bytes / MIB, frame }
}

const MIB: usize = 1024 * 1024;

async fn page(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    id: ImportId,
    wrong: Option<(StatusCode, &str)>,
) -> Result<Response, Problem> {
    Screen::Import.must_be_of(clerk)?;
    let actor = clerk.actor.clone();
    let staged = door.ask(move |ra, at| ra.staged_import(&actor, id, at)).await?;
    let mut frame = frame(door, visit, clerk, "", "import-preview");
    if let Some((_, word)) = wrong {
        frame = frame.wrong(word);
    }
    let status = wrong.map_or(StatusCode::OK, |(status, _)| status);
    Ok(match &staged.state {
        StagedState::Preview(report, digest) => show_as(status, &preview(frame, &staged, report, digest)),
        StagedState::Done(outcome) => show_as(status, &done(frame, *outcome)),
    })
}

fn preview<'a>(frame: Frame<'a>, staged: &StagedImport, report: &ImportReport, digest: &str) -> PreviewPage<'a> {
    let speech = &frame.speech;
    let differing = report.refused.iter().filter(|row| row.fault == ImportFault::Differs).count();
    let counts = vec![
        (speech.say("import-new-organisations"), report.organisations),
        (speech.say("import-new-people"), report.subscribers),
        (speech.say("import-unchanged"), report.unchanged),
        (speech.say("import-differing"), differing),
        (speech.say("import-faulty"), report.refused.len() - differing),
    ];
    let faults = report.refused.iter().take(FAULTS).map(|row| FaultFacts {
        file: row.file.clone(),
        line: row.line.map_or_else(|| "–".to_owned(), |line| line.to_string()),
        why: speech.say(&format!("import-fault-{}", row.fault.code())),
        code: row.fault.code(),
    });
    PreviewPage {
        here: address(staged.id),
        counts,
        digest: (report.organisations + report.subscribers > 0).then(|| digest.to_owned()),
        faults: faults.collect(),
        more_faults: report.refused.len().saturating_sub(FAULTS),
        files: staged.files.iter().map(|file| (file.name.clone(), size(speech, file))).collect(),
        frame,
    }
}

fn done(mut frame: Frame<'_>, outcome: ImportOutcome) -> DonePage<'_> {
    frame.title = frame.say("import-done");
    let counts = vec![
        (frame.say("import-new-organisations"), outcome.organisations),
        (frame.say("import-new-people"), outcome.subscribers),
        (frame.say("import-unchanged"), outcome.unchanged),
        (frame.say("import-skipped"), outcome.skipped),
    ];
    DonePage { frame, counts }
}

fn size(speech: &Speech<'_>, file: &StagedFile) -> String {
    format!("{} {}", file.octets, speech.say("import-octets"))
}

fn example(clerk: &Clerk, name: &str, text: &'static str) -> Result<Response, Problem> {
    Screen::Import.must_be_of(clerk)?;
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    let head = [
        (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (CONTENT_DISPOSITION, disposition.expect("a name of ours is a header's value")),
    ];
    Ok((head, text).into_response())
}

fn address(id: ImportId) -> String {
    format!("/desk/import/{id}")
}

fn import_id(text: &str) -> Result<ImportId, Problem> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use ra::RefusedRow;
    let row = |fault: ImportFault| RefusedRow {
        file: "signatories.csv".to_owned(),
        line: (fault != ImportFault::NotText).then_some(17),
        fault,
        reason: "<1>".to_owned(),
    };
    let report = |is_new: bool| ImportReport {
        organisations: usize::from(is_new),
        subscribers: 2,
        unchanged: 3,
        refused: if is_new { ImportFault::ALL.map(row).into() } else { Vec::new() },
        ..ImportReport::default()
    };
    let files = vec![StagedFile { name: "certificates/<a>.der".to_owned(), octets: 1_000 }];
    let staged = |report: &ImportReport| StagedImport {
        id: ImportId::new(domain::Timestamp(0), [0; 10]),
        files: files.clone(),
        state: StagedState::Preview(report.clone(), "00".repeat(32)),
    };
    let clerk = |title: &str| super::as_clerk(frame(title));
    let page = |report: &ImportReport| preview(clerk("import-preview"), &staged(report), report, &"00".repeat(32));
    let nothing = ImportReport { unchanged: 1, ..ImportReport::default() };
    let outcome = ImportOutcome { organisations: 1, subscribers: 2, unchanged: 3, skipped: 4 };
    let mut noted = clerk("desk-import");
    for word in ["import-too-large", "import-no-file", "import-name-wrong", "import-changed"] {
        noted = noted.wrong(word);
    }
    vec![
        Box::new(AskPage { frame: noted, most_mib: 16 }),
        Box::new(page(&report(true))),
        Box::new(page(&report(false))),
        Box::new(page(&nothing)),
        Box::new(done(clerk("import-preview"), outcome)),
    ]
}

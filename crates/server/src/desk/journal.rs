//! The journal as an auditor reads it: by time, by whom, about what, which event; whether its chain holds; and as a file. Nothing is
//! changed here.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::calendar::Calendar;
use domain::ids::{StaffId, Unz};
use domain::{Refusal, Timestamp};
use ra::{ExportPlace, JournalLine, JournalWanted, VerifyReport};

use super::{Screen, frame};
use crate::api::{Door, Problem};
use crate::auth::{Clerk, escaped};
use crate::pages::{Field, Form, Frame, Page, Visit, day, show_as};
use crate::papers::answer;
use crate::words::Speech;

/// What is looked for, as it was typed, and `?after=` the end of the page before.
#[derive(Clone, Default, serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    after: String,
}

#[derive(askama::Template)]
#[template(path = "desk/journal.html")]
struct JournalPage<'a> {
    frame: Frame<'a>,
    from: String,
    until: String,
    about: Field,
    /// Value, words, and whether it is chosen.
    actors: Vec<(String, String, bool)>,
    kinds: Vec<(&'static str, String, bool)>,
    rows: Vec<RowFacts>,
    /// What stands in place of rows where there are none.
    none: String,
    next: Option<String>,
    export: String,
    /// What the check of the chain said.
    checked: Option<Checked>,
}

struct Checked {
    rows: i64,
    checkpoints: i64,
    problems: Vec<String>,
}

struct RowFacts {
    at: String,
    word: String,
    kind: String,
    by: String,
    object: String,
    /// Where the object has a page.
    address: Option<String>,
    body: String,
    place: String,
    hash: String,
}

impl Page for JournalPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// Rows of one page.
const PAGE: i64 = 50;
/// Faults of the chain that are shown: the command shows all of them.
const MOST_SHOWN: usize = 50;
/// Actors of the journal who are no members of staff.
const OTHERS: [&str; 5] = ["subscriber:", "link-holder:", "applicant:", "command-line:", "system"];
/// Objects that have a page of the desk.
const OBJECTS: [(&str, &str); 5] = [
    ("request:", "/desk/requests/"),
    ("certificate:", "/desk/certificates/"),
    ("subscriber:", "/desk/subscribers/"),
    ("card:", "/desk/cards/"),
    ("inquiry:", "/desk/inquiries/"),
];

pub(crate) async fn read(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    page(&door, &visit, &clerk, asked, None).await
}

/// Recomputes the whole chain: a form, because it is work.
pub(crate) async fn verify(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    _form: Form,
) -> Result<Response, Problem> {
    let actor = clerk.actor.clone();
    let report = door.ask(move |ra, _| ra.audit_journal(&actor)).await?;
    page(&door, &visit, &clerk, Asked::default(), Some(&report)).await
}

/// What the filter shows, as lines of JSON.
pub(crate) async fn export(
    State(door): State<Door>,
    clerk: Clerk,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (wanted, after) = understood(&door, &clerk, &asked).await?;
    let actor = clerk.actor.clone();
    let octets = door.ask(move |ra, _| ra.export_read_journal(&actor, &wanted, after)).await?;
    answer("application/x-ndjson", "attachment", "journal.jsonl", "journal.jsonl", octets)
}

async fn page(
    door: &Door,
    visit: &Visit,
    clerk: &Clerk,
    asked: Asked,
    report: Option<&VerifyReport>,
) -> Result<Response, Problem> {
    Screen::Journal.must_be_of(clerk)?;
    let mut frame = frame(door, visit, clerk, "", "desk-journal");
    let understood = understood(door, clerk, &asked).await;
    let actor = clerk.actor.clone();
    let (wrong, wanted) = match understood {
        Ok(wanted) => (None, Some(wanted)),
        Err(Problem::Refused { refused, .. }) => (Some(refused.refusal), None),
        Err(problem) => return Err(problem),
    };
    let (staff, (lines, next)) = door
        .ask(move |ra, _| {
            let read = match &wanted {
                Some((wanted, after)) => ra.read_journal(&actor, wanted, *after, PAGE)?,
                None => (Vec::new(), None),
            };
            Ok((ra.audited_staff(&actor)?, read))
        })
        .await?;
    if let Some(wrong) = wrong {
        frame = frame.refused(wrong);
    }
    let status = wrong.map_or(StatusCode::OK, |wrong| Problem::from(wrong).status());
    Ok(show_as(status, &page_of(frame, &asked, &staff, &lines, next, report)))
}

/// What was typed, read. A number of a request that nobody has is about nothing.
async fn understood(
    door: &Door,
    clerk: &Clerk,
    asked: &Asked,
) -> Result<(JournalWanted, Option<ExportPlace>), Problem> {
    let agent = door.agents().iter().find(|agent| Some(agent.id) == clerk.actor.agent_id());
    let calendar = agent.map_or_else(Calendar::default, |agent| agent.calendar.clone());
    let is_known = |of: &[&str], text: &str| text.is_empty() || of.contains(&text);
    let is_actor = is_known(&OTHERS, &asked.who)
        || asked.who.strip_prefix("staff:").is_some_and(|id| id.parse::<StaffId>().is_ok());
    if !is_actor || !is_known(&KINDS, &asked.kind) {
        return Err(Refusal::BodyMalformed.into());
    }
    // No control character is part of a number, and one of the databases refuses texts with a zero in them.
    let about: String = asked.about.trim().chars().filter(|c| !c.is_control()).collect();
    let about = match about.parse::<Unz>() {
        Ok(unz) => door.ask(move |ra, _| ra.object_of_unz(unz)).await?.unwrap_or(about),
        Err(_) => about,
    };
    let until = day(&calendar, &asked.until)?;
    let wanted = JournalWanted {
        from: day(&calendar, &asked.from)?,
        // The day itself is in it.
        until: until.map(|until| until.plus_ms(domain::time::DAY_MS)),
        who: asked.who.clone(),
        about,
        kind: asked.kind.clone(),
    };
    let after = if asked.after.is_empty() { None } else { Some(place(&asked.after).ok_or(Refusal::BodyMalformed)?) };
    Ok((wanted, after))
}

/// The end of the page before.
fn place(text: &str) -> Option<ExportPlace> {
    let mut parts = text.splitn(3, '_');
    let at = Timestamp(parts.next()?.parse().ok()?);
    Some((at, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn page_of<'a>(
    frame: Frame<'a>,
    asked: &Asked,
    staff: &[(StaffId, String)],
    lines: &[JournalLine],
    next: Option<ExportPlace>,
    report: Option<&VerifyReport>,
) -> JournalPage<'a> {
    let speech = &frame.speech;
    let members = staff.iter().map(|(id, name)| (format!("staff:{id}"), name.clone()));
    let others = OTHERS.iter().map(|who| ((*who).to_owned(), actor_words(speech, who, None)));
    let actors = members.chain(others).map(|(who, words)| (who.clone(), words, who == asked.who)).collect();
    let mut kinds: Vec<_> =
        KINDS.iter().map(|kind| (*kind, speech.say(&format!("event-{kind}")), *kind == asked.kind)).collect();
    kinds.sort_by(|one, other| one.1.cmp(&other.1));
    let fields = [
        ("from", &asked.from),
        ("until", &asked.until),
        ("who", &asked.who),
        ("about", &asked.about),
        ("kind", &asked.kind),
    ];
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let fields = fields.join("&");
    JournalPage {
        from: asked.from.clone(),
        until: asked.until.clone(),
        about: Field::line("about", speech.say("desk-journal-about"), &asked.about)
            .hint(speech.say("desk-journal-about-hint")),
        actors,
        kinds,
        rows: lines.iter().map(|line| RowFacts::of(speech, line)).collect(),
        none: none_words(speech, next),
        next: next.map(|(at, lane, seq)| format!("/desk/journal?{fields}&after={}_{lane}_{seq}", at.0)),
        export: format!("/desk/journal/export?{fields}"),
        checked: report.map(|report| Checked {
            rows: report.rows,
            checkpoints: report.checkpoints,
            problems: report.problems.iter().take(MOST_SHOWN).map(ToString::to_string).collect(),
        }),
        frame,
    }
}

/// Only so many rows are looked through for a page: that none of them fits says nothing of those before.
fn none_words(speech: &Speech<'_>, next: Option<ExportPlace>) -> String {
    match next {
        Some((at, ..)) => speech.with("desk-journal-none-until", &[("date", speech.time(&at))]),
        None => speech.say("desk-journal-none"),
    }
}

impl RowFacts {
    fn of(speech: &Speech<'_>, JournalLine { row, by }: &JournalLine) -> Self {
        let is_known = KINDS.contains(&row.kind.as_str());
        let address = OBJECTS.iter().find_map(|(kind, page)| Some(format!("{page}{}", row.object.strip_prefix(kind)?)));
        Self {
            at: speech.time(&row.at),
            word: if is_known { speech.say(&format!("event-{}", row.kind)) } else { row.kind.clone() },
            kind: row.kind.clone(),
            by: actor_words(speech, &row.actor, by.as_deref()),
            object: row.object.clone(),
            address,
            body: row.body.clone(),
            place: format!("{}/{}", row.lane, row.seq),
            hash: hex::encode(row.hash),
        }
    }
}

/// A member of staff by name, anybody else by what they are.
fn actor_words(speech: &Speech<'_>, actor: &str, by: Option<&str>) -> String {
    match (by, OTHERS.iter().find(|kind| actor.starts_with(**kind))) {
        (Some(name), _) => name.to_owned(),
        (None, Some(kind)) => speech.say(&format!("desk-journal-by-{}", kind.trim_end_matches(':'))),
        (None, None) => actor.to_owned(),
    }
}

/// Every event of the journal.
pub(super) const KINDS: [&str; 85] = [
    "act-countersigned",
    "act-declined",
    "act-drawn",
    "act-overdue",
    "act-received",
    "act-signed",
    "applicant-admitted",
    "applicant-bound",
    "applicant-set-apart",
    "application-registered",
    "authority-created",
    "card-cleared",
    "card-handed-out",
    "card-registered",
    "card-returned",
    "card-written-off",
    "certificate-activated",
    "certificate-blocked",
    "certificate-delivered",
    "certificate-held",
    "certificate-installed",
    "certificate-issued",
    "certificate-released",
    "certificate-revoked",
    "certificate-superseded",
    "certificate-unblocked",
    "contact-recorded",
    "crl-published",
    "effect-retried",
    "email-confirmed",
    "email-corrected",
    "imported",
    "inquiry-bound",
    "inquiry-closed",
    "inquiry-received",
    "intent-recorded",
    "key-offered",
    "link-made",
    "link-replaced",
    "link-spent",
    "mail-failed",
    "mail-overdue",
    "mail-sent",
    "message-sent",
    "one-time-password-handed-out",
    "organisation-chosen",
    "organisations-joined",
    "organisations-left",
    "paper-registered",
    "possession-proven",
    "refused",
    "request-accepted",
    "request-approved",
    "request-approved-first",
    "request-corrected",
    "request-created",
    "request-edited",
    "request-lapsed",
    "request-recalled",
    "request-refused",
    "request-returned",
    "request-signed",
    "signed-in",
    "staff-added",
    "staff-certificate-removed",
    "staff-certificate-set",
    "staff-disabled",
    "staff-password-set",
    "staff-sign-in-ended",
    "staff-signed-in",
    "staff-signed-in-by-certificate",
    "started",
    "step-declined",
    "step-explained",
    "step-proposed",
    "stopped",
    "subscriber-barred",
    "subscriber-device-removed",
    "subscriber-device-set",
    "subscriber-password-locked",
    "subscriber-password-removed",
    "subscriber-password-set",
    "subscriber-signed-in-by-password",
    "subscriber-unbarred",
    "support-looked-up",
];

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    use ra::{JournalProblem as Problem, JournalRow};
    let actors = ["staff:1", "subscriber:1/certificate:2", "link-holder:3", "command-line:root", "system", "<other>"];
    let staff = [(StaffId::new(Timestamp(0), [0; 10]), "<Rogov>".to_owned())];
    let line = |place: usize, kind: &str| JournalLine {
        row: JournalRow {
            lane: 3,
            seq: 7,
            at: Timestamp(0),
            actor: actors[place % actors.len()].to_owned(),
            object: if place.is_multiple_of(2) {
                format!("request:{}", staff[0].0)
            } else {
                "authority:issuing".to_owned()
            },
            kind: kind.to_owned(),
            body: "{\"event\":\"<b>\"}".to_owned(),
            prev_hash: [0; 32],
            hash: [1; 32],
        },
        by: (place == 0).then(|| "<Rogov>".to_owned()),
    };
    let lines: Vec<_> = KINDS.iter().chain(&["other"]).enumerate().map(|(place, kind)| line(place, kind)).collect();
    let right = VerifyReport { rows: 12, checkpoints: 3, problems: Vec::new() };
    let wrong = VerifyReport { problems: vec![Problem::RowChanged { lane: 1, seq: 2 }], ..right.clone() };
    let asked = Asked { about: "\"><b>".to_owned(), kind: "refused".to_owned(), ..Asked::default() };
    let before = Some((Timestamp(0), 0, 0));
    let page = |asked: &Asked, lines: &[JournalLine], next, report: Option<&VerifyReport>| {
        page_of(super::as_clerk(frame("desk-journal")), asked, &staff, lines, next, report)
    };
    vec![
        Box::new(page(&Asked::default(), &lines, before, None)),
        Box::new(page(&asked, &[], None, Some(&right))),
        Box::new(page(&asked, &[], before, Some(&wrong))),
    ]
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn every_event_of_the_journal_can_be_asked_for() {
        let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/tests/it/golden");
        let files = std::fs::read_dir(golden).unwrap().map(|entry| entry.unwrap().path());
        let mut kinds: Vec<_> = files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        kinds.sort();
        assert_eq!(kinds, KINDS);
    }

    #[test]
    fn a_page_that_looked_through_a_part_does_not_say_that_there_is_nothing() {
        let speech = Speech::new(crate::words::Language::En);
        assert_eq!(none_words(&speech, None), "No such rows were found.");
        let part = none_words(&speech, Some((Timestamp(0), 0, 0)));
        assert!(part.contains("as far as") && part.contains("1970") && part.contains("Earlier"), "{part}");
    }

    #[test]
    fn a_day_begins_and_ends_where_the_agent_is_and_one_that_is_none_is_refused() {
        let calendar = Calendar { offset_minutes: 420, ..Calendar::default() };
        let read = |text: &str| day(&calendar, text).map(|at| at.map(|at| at.to_string()));
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("2026-11-29"), Ok(Some("2026-11-28T17:00:00Z".to_owned())));
        for wrong in ["2026-13-01", "2026-02-29", "2026-11", "x-y-z", "2026-11-29-1", "99999-01-01", "-1-1-1"] {
            assert_eq!(read(wrong), Err(Refusal::BodyMalformed), "{wrong}");
        }
    }
}

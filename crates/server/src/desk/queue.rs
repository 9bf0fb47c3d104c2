//! The queue by deadline, with counts, a filter and a search; page by page, without counting what nobody looks at.

use axum::extract::{Query, State};
use axum::response::Response;
use domain::Refusal;
use domain::ids::RequestId;
use domain::request::StageName;
use store::views::desk::{self, DeskRow};

use super::frame;
use super::search::meanings;
use crate::api::{Door, Problem};
use crate::auth::{Clerk, escaped};
use crate::pages::{Field, Frame, Page, Tone, Visit, show};
use crate::words::Speech;

/// `?show=` a filter, `?q=` words to look for, `?after=` the end of the page before.
#[derive(serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    show: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: Option<String>,
}

/// Which requests a filter shows.
struct Filter {
    /// Its word in the address and in locales.
    name: &'static str,
    stages: &'static [StageName],
}

/// What waits for the bank comes first.
const FILTERS: [Filter; 4] = [
    Filter { name: "waiting", stages: &[StageName::Accepted, StageName::InReview] },
    Filter {
        name: "client",
        stages: &[
            StageName::NeedsFix,
            StageName::Issued,
            StageName::ActSigned,
            StageName::Installed,
            StageName::Proven,
        ],
    },
    Filter { name: "issuing", stages: &[StageName::Approved] },
    Filter {
        name: "done",
        stages: &[StageName::InService, StageName::Rejected, StageName::Cancelled, StageName::Expired],
    },
];

/// Requests of one page. A person reads twenty-five at a time.
const PAGE: i64 = 25;
/// Most requests that a search shows.
const FOUND: i64 = 50;

#[derive(askama::Template)]
#[template(path = "desk/queue.html")]
struct QueuePage<'a> {
    frame: Frame<'a>,
    search: Field,
    filters: Vec<Choice>,
    rows: Vec<Row>,
    is_search: bool,
    next: Option<String>,
}

struct Choice {
    name: &'static str,
    word: String,
    count: String,
    is_current: bool,
}

struct Row {
    address: String,
    unz: String,
    name: String,
    organisation: String,
    word: String,
    tone: Tone,
    eta: String,
    is_late: bool,
}

impl Page for QueuePage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn queue(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let filter = FILTERS.iter().find(|filter| filter.name == asked.show).unwrap_or(&FILTERS[0]);
    let after = asked.after.as_deref().map(place).transpose()?;
    let agent = clerk.actor.agent_id().ok_or(Refusal::NotFound)?;
    let is_search = !asked.q.trim().is_empty();
    let wanted = meanings(&asked.q);
    let (rows, counts) = door
        .ask(move |ra, _| {
            ra.view(|tx| {
                let rows = if is_search {
                    desk::search(tx, agent, &wanted, FOUND)?
                } else {
                    desk::page(tx, agent, filter.stages, after, PAGE)?
                };
                Ok((rows, desk::counts(tx, agent)?))
            })
        })
        .await?;
    let frame = frame(&door, &visit, &clerk, "", "desk-queue");
    let is_full = i64::try_from(rows.len()) == Ok(PAGE);
    let next = rows.last().filter(|_| is_full && !is_search).map(|row| {
        let (deadline, id) = row.place();
        format!("/desk/requests?show={}&after={}", filter.name, escaped(&format!("{deadline}_{id}")))
    });
    let now = door.now();
    let row = |row: &DeskRow| {
        let speech = Speech::new(visit.language).of(door.words().get(&row.procedure));
        row_of(&frame.speech, &speech, row, now)
    };
    let rows = rows.iter().map(row).collect();
    let choice = |each: &Filter| Choice {
        name: each.name,
        word: frame.say(&format!("desk-show-{}", each.name)),
        count: counted(each.stages.iter().filter_map(|stage| counts.get(stage)).sum()),
        is_current: !is_search && each.name == filter.name,
    };
    let filters = FILTERS.iter().map(choice).collect();
    let search = search_field(&frame.speech, asked.q.trim());
    Ok(show(&QueuePage { search, filters, rows, is_search, next, frame }))
}

/// A count as it is shown: beyond what is counted it is only more.
fn counted(count: i64) -> String {
    if count > desk::MOST_COUNTED { format!("{}+", desk::MOST_COUNTED) } else { count.to_string() }
}

fn search_field(speech: &Speech<'_>, typed: &str) -> Field {
    Field::line("q", speech.say("desk-search"), typed).kind("search", "off").hint(speech.say("desk-search-hint"))
}

fn row_of(dates: &Speech<'_>, words: &Speech<'_>, row: &DeskRow, now: domain::Timestamp) -> Row {
    let waits = FILTERS[0].stages.contains(&row.stage);
    let organisation = match (&row.organisation, &row.inn) {
        (Some(name), Some(inn)) => format!("{name}, {} {inn}", dates.say("desk-inn")),
        _ => String::new(),
    };
    Row {
        address: format!("/desk/requests/{}", row.id),
        unz: row.unz.to_string(),
        name: row.name.clone(),
        organisation,
        word: words.stage(row.stage.name()),
        tone: crate::portal::status::tone(row.stage),
        eta: row.eta.map_or_else(|| "\u{2013}".to_owned(), |eta| dates.time(&eta)),
        is_late: waits && row.eta.is_some_and(|eta| eta < now),
    }
}

/// The end of the page before.
fn place(text: &str) -> Result<(i64, RequestId), Problem> {
    let parsed = text.split_once('_').and_then(|(deadline, id)| Some((deadline.parse().ok()?, id.parse().ok()?)));
    parsed.ok_or_else(|| Refusal::BodyMalformed.into())
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let page = |rows: bool, is_search| {
        let frame = super::as_clerk(frame("desk-queue"));
        let filters = FILTERS.iter().map(|filter| Choice {
            name: filter.name,
            word: frame.say(&format!("desk-show-{}", filter.name)),
            count: counted(1_001),
            is_current: filter.name == "waiting",
        });
        let filters = filters.collect();
        let row = DeskRow {
            id: RequestId::new(domain::Timestamp(0), [0; 10]),
            unz: domain::ids::Unz::new([1; 7]),
            procedure: "sample".to_owned(),
            stage: StageName::InReview,
            name: "<Rogov>".to_owned(),
            organisation: Some("\"ooo\"".to_owned()),
            inn: Some("5400000004".to_owned()),
            eta: Some(domain::Timestamp(0)),
            created_at: domain::Timestamp(0),
        };
        let row = row_of(&frame.speech, &frame.speech, &row, domain::Timestamp(1));
        let rows = if rows { vec![row] } else { Vec::new() };
        let next = (!rows.is_empty()).then(|| "/desk/requests?after=1_2".to_owned());
        QueuePage { search: search_field(&frame.speech, "\"><b>"), filters, rows, is_search, next, frame }
    };
    vec![Box::new(page(true, false)), Box::new(page(false, false)), Box::new(page(false, true))]
}

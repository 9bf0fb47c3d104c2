//! The queue by deadline, with counts and a filter; page by page, without counting what nobody looks at. The branch, which works off papers,
//! opens it on the requests that wait for one. A search shows whatever the bank has: requests, people, organisations and certificates.

use axum::extract::{Query, State};
use axum::response::Response;
use domain::Refusal;
use domain::actor::Role;
use domain::certificate::Certificate;
use domain::ids::RequestId;
use domain::procedure::ActForm;
use domain::request::StageName;
use store::views::desk::{self, DeskRow, First, Found};

use super::people::{OrganisationFacts, PersonFacts};
use super::search::{code, is_current, meanings};
use super::{frame, roles};
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
    /// Of [`PAPER`] none: a paper may be awaited in any stage.
    stages: &'static [StageName],
}

/// The filter of the branch: what waits for an application or for the copies of an act.
const PAPER: &str = "paper";

/// What waits for the bank comes first.
const FILTERS: [Filter; 5] = [
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
    Filter { name: PAPER, stages: &[] },
    Filter { name: "issuing", stages: &[StageName::Approved] },
    Filter {
        name: "done",
        stages: &[StageName::InService, StageName::Rejected, StageName::Cancelled, StageName::Expired],
    },
];

/// Requests of one page. A person reads twenty-five at a time.
const PAGE: i64 = 25;
/// Most rows of each kind that a search shows.
const FOUND: i64 = 50;

#[derive(askama::Template)]
#[template(path = "desk/queue.html")]
struct QueuePage<'a> {
    frame: Frame<'a>,
    search: Field,
    filters: Vec<Choice>,
    rows: Vec<Row>,
    /// What a search found beside requests.
    beside: Option<Beside>,
    /// What the column of dates says.
    dates: String,
    next: Option<String>,
}

/// What a search finds beside requests, and of each table the words that it is cut, where it is.
struct Beside {
    requests_cut: Option<String>,
    people: Vec<PersonFacts>,
    people_cut: Option<String>,
    organisations: Vec<OrganisationFacts>,
    organisations_cut: Option<String>,
    certificates: Vec<CertificateRow>,
    certificates_cut: Option<String>,
}

struct CertificateRow {
    address: String,
    serial_hex: String,
    serial_decimal: String,
    name: String,
    until: String,
    standing: String,
    tone: Tone,
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

impl QueuePage<'_> {
    fn is_empty(&self) -> bool {
        let nothing_beside = |beside: &Beside| {
            beside.people.is_empty() && beside.organisations.is_empty() && beside.certificates.is_empty()
        };
        self.rows.is_empty() && self.beside.as_ref().is_none_or(nothing_beside)
    }
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
    let filter = chosen(&asked.show, roles(&clerk));
    let after = asked.after.as_deref().map(place).transpose()?;
    let agent = clerk.actor.agent_id().ok_or(Refusal::NotFound)?;
    let is_search = !asked.q.trim().is_empty();
    let is_paper = !is_search && filter.name == PAPER;
    let wanted = meanings(&asked.q);
    let (rows, found, counts, papers) = door
        .ask(move |ra, _| {
            let on_paper = with_an_act_on_paper(ra, agent);
            ra.view(|tx| {
                let found = if is_search { Some(desk::search(tx, agent, &wanted, FOUND)?) } else { None };
                let rows = match &found {
                    Some(found) => found.requests.rows.clone(),
                    None if is_paper => desk::paper(tx, agent, &on_paper, after, PAGE)?,
                    None => desk::page(tx, agent, filter.stages, after, PAGE)?,
                };
                Ok((rows, found, desk::counts(tx, agent)?, desk::paper_count(tx, agent, &on_paper)?))
            })
        })
        .await?;
    let mut frame = frame(&door, &visit, &clerk, "", "desk-queue");
    if let Some(code) = code(&asked.q)
        && let Some(request) = rows.iter().find(|row| row.unz == code.unz)
    {
        let is_current = is_current(&door, clerk.actor.clone(), request.id, &code).await?;
        let (tone, words) =
            if is_current { (Tone::Good, "desk-code-current") } else { (Tone::Warn, "desk-code-other") };
        let text = frame.say(words);
        frame = frame.noted(tone, text);
    }
    let is_full = i64::try_from(rows.len()) == Ok(PAGE);
    let next = rows.last().filter(|_| is_full && !is_search).map(|row| {
        let (deadline, id) = row.place();
        format!("/desk/requests?show={}&after={}", filter.name, escaped(&format!("{deadline}_{id}")))
    });
    let now = door.now();
    let row = |row: &DeskRow| {
        let speech = Speech::new(visit.language).of(door.words().get(&row.procedure));
        if is_paper { paper_row_of(&frame.speech, &speech, row, now) } else { row_of(&frame.speech, &speech, row, now) }
    };
    let rows = rows.iter().map(row).collect();
    let choice = |each: &Filter| Choice {
        name: each.name,
        word: frame.say(&format!("desk-show-{}", each.name)),
        count: counted(match each.name {
            PAPER => papers,
            _ => each.stages.iter().filter_map(|stage| counts.get(stage)).sum(),
        }),
        is_current: !is_search && each.name == filter.name,
    };
    let filters = FILTERS.iter().map(choice).collect();
    let search = search_field(&frame.speech, asked.q.trim());
    let dates = frame.say(dates_word(is_paper));
    let beside = found.map(|found| Beside::of(&frame.speech, &found, now));
    Ok(show(&QueuePage { search, filters, rows, beside, dates, next, frame }))
}

/// The filter that was asked for; without a word the one that the role begins its day with.
fn chosen(asked: &str, roles: &[Role]) -> &'static Filter {
    let reviews = roles.iter().any(|role| matches!(role, Role::Operator | Role::SecurityOfficer));
    let own = if roles.contains(&Role::BranchClerk) && !reviews { PAPER } else { FILTERS[0].name };
    let named = |name: &str| FILTERS.iter().find(|filter| filter.name == name);
    named(asked).or_else(|| named(own)).unwrap_or(&FILTERS[0])
}

/// The agent's procedures whose act is signed by hand.
fn with_an_act_on_paper(ra: &ra::Ra, agent: domain::ids::AgentId) -> Vec<String> {
    let offered = ra.agent(agent).map(|agent| agent.procedures.as_slice()).unwrap_or_default();
    let on_paper = |name: &&String| {
        let rule = ra.procedure(name).and_then(|procedure| procedure.act.as_ref());
        rule.is_some_and(|rule| rule.form == ActForm::Paper)
    };
    offered.iter().filter(on_paper).cloned().collect()
}

fn dates_word(is_paper: bool) -> &'static str {
    if is_paper { "desk-paper-due" } else { "status-eta" }
}

/// A count as it is shown: beyond what is counted it is only more.
fn counted(count: i64) -> String {
    if count > desk::MOST_COUNTED { format!("{}+", desk::MOST_COUNTED) } else { count.to_string() }
}

impl Beside {
    fn of(speech: &Speech<'_>, found: &Found, now: domain::Timestamp) -> Self {
        let certificates = found.certificates.rows.iter();
        Self {
            requests_cut: cut(speech, &found.requests),
            people: found.people.rows.iter().map(|row| PersonFacts::of(speech, row)).collect(),
            people_cut: cut(speech, &found.people),
            organisations: found.organisations.rows.iter().map(OrganisationFacts::of).collect(),
            organisations_cut: cut(speech, &found.organisations),
            certificates: certificates.map(|(row, name)| CertificateRow::of(speech, row, name, now)).collect(),
            certificates_cut: cut(speech, &found.certificates),
        }
    }
}

impl CertificateRow {
    fn of(speech: &Speech<'_>, row: &Certificate, name: &str, now: domain::Timestamp) -> Self {
        let standing = row.standing(now);
        Self {
            address: format!("/desk/certificates/{}", row.id),
            serial_hex: row.serial_hex.trim_start_matches('0').to_owned(),
            // The column holds nothing but octets in hexadecimal.
            serial_decimal: hex::decode(&row.serial_hex)
                .map(|octets| ca::decimal_from_octets(&octets))
                .unwrap_or_default(),
            name: name.to_owned(),
            until: speech.date(&row.not_after),
            standing: speech.say(&format!("standing-{}", standing.name())),
            tone: crate::portal::cabinet::tone(standing),
        }
    }
}

/// What is said under a list that does not show everything.
fn cut<T>(speech: &Speech<'_>, first: &First<T>) -> Option<String> {
    first.has_more.then(|| speech.say1("desk-found-first", "count", first.rows.len()))
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

/// A request beside the paper that it waits for, and the day on which it must be in.
fn paper_row_of(dates: &Speech<'_>, words: &Speech<'_>, row: &DeskRow, now: domain::Timestamp) -> Row {
    let awaited = if row.stage == StageName::Accepted { "desk-awaits-application" } else { "desk-awaits-act" };
    let is_late = row.eta.is_some_and(|due| due < now);
    Row { word: dates.say(awaited), tone: Tone::Tell, is_late, ..row_of(dates, words, row, now) }
}

/// The end of the page before.
fn place(text: &str) -> Result<(i64, RequestId), Problem> {
    let parsed = text.split_once('_').and_then(|(deadline, id)| Some((deadline.parse().ok()?, id.parse().ok()?)));
    parsed.ok_or_else(|| Refusal::BodyMalformed.into())
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let page = |rows: bool, is_search: bool| {
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
        let shown = [row_of, paper_row_of].map(|of| of(&frame.speech, &frame.speech, &row, domain::Timestamp(1)));
        let rows = if rows { Vec::from(shown) } else { Vec::new() };
        let next = (!rows.is_empty()).then(|| "/desk/requests?after=1_2".to_owned());
        let dates = frame.say(dates_word(!is_search));
        let beside =
            is_search.then(|| Beside::of(&frame.speech, &sample_found(!rows.is_empty()), domain::Timestamp(1)));
        QueuePage { search: search_field(&frame.speech, "\"><b>"), filters, rows, beside, dates, next, frame }
    };
    let shown = [(true, false), (false, false), (false, true), (true, true)];
    let boxed = |(rows, is_search)| Box::new(page(rows, is_search)) as Box<dyn crate::pages::samples::Sample + 'a>;
    shown.into_iter().map(boxed).collect()
}

#[cfg(test)]
fn sample_found(is_something: bool) -> Found {
    use domain::Timestamp;
    use domain::certificate::Progress;
    use domain::ids::{AgentId, CertificateId, OrganisationId, SubscriberId};
    use store::views::desk::{OrganisationRow, PersonRow};
    fn first<T>(is_something: bool, row: T) -> First<T> {
        First { rows: is_something.then_some(row).into_iter().collect(), has_more: is_something }
    }
    let person = PersonRow {
        id: SubscriberId::new(Timestamp(0), [0; 10]),
        name: "<Rogov>".to_owned(),
        organisation: None,
        inn: None,
        barred: true,
        folded: "rogov".to_owned(),
    };
    let organisation = OrganisationRow {
        id: OrganisationId::new(Timestamp(0), [0; 10]),
        name: "\"ooo\"".to_owned(),
        inn: "5400000004".to_owned(),
        city: "<Novosibirsk>".to_owned(),
        folded: "ooo".to_owned(),
    };
    let certificate = Certificate {
        id: CertificateId::new(Timestamp(0), [0; 10]),
        version: 1,
        agent_id: AgentId(1),
        subscriber_id: person.id,
        request_id: None,
        authority: "imported".to_owned(),
        serial_hex: "038b00b8".to_owned(),
        der: Vec::new(),
        spki_sha256: [0; 32],
        thumbprint_sha256: [0; 32],
        not_before: Timestamp(0),
        not_after: Timestamp(2),
        progress: Progress::Active,
        blocked_since: None,
        revocation: None,
        superseded_from: None,
    };
    Found {
        // Whatever requests there are stands on the page already.
        requests: First { rows: Vec::new(), has_more: is_something },
        people: first(is_something, person),
        organisations: first(is_something, organisation),
        certificates: first(is_something, (certificate, "<Rogov>".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_branch_opens_the_queue_on_what_waits_for_paper_and_everybody_may_ask_for_it() {
        let check = |asked: &str, roles: &[Role], wanted: &str| {
            assert_eq!(chosen(asked, roles).name, wanted, "{asked:?} {roles:?}");
        };
        check("", &[Role::BranchClerk], "paper");
        check("no such filter", &[Role::BranchClerk], "paper");
        check("waiting", &[Role::BranchClerk], "waiting");
        check("", &[Role::BranchClerk, Role::Operator], "waiting");
        check("", &[Role::Operator], "waiting");
        check("", &[], "waiting");
        check("paper", &[Role::Auditor], "paper");
    }
}

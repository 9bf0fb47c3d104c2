//! One registered paper with its scan, and the scan itself: a foreign file, shown without any power. Of a PDF the pictures in it are shown, as any
//! other picture is; the file is there to be saved.

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName};
use axum::response::{IntoResponse as _, Response};
use domain::Refusal;
use domain::ids::PaperId;
use ra::{PaperCard, Scan, ScanKind};

use super::frame;
use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Frame, Page, Visit, show};
use crate::words::Speech;

/// Nothing loads, nothing runs, no form goes anywhere, and it has no origin.
const POWERLESS: &str = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'";

/// Pictures of one PDF that are shown: an application and its annexes have fewer pages.
const MOST_PAGES: usize = 20;

/// A paper in words.
pub(super) struct PaperFacts {
    pub(super) address: String,
    pub(super) document: String,
    pub(super) copies: u8,
    pub(super) seal: String,
    pub(super) channel: String,
    pub(super) by: String,
    pub(super) at: String,
    pub(super) scan: Option<ScanFacts>,
}

/// Its scan.
pub(super) struct ScanFacts {
    pub(super) address: String,
    pub(super) kind: String,
    pub(super) sha256: String,
    /// A browser shows it on the page.
    pub(super) is_picture: bool,
}

impl PaperFacts {
    pub(super) fn of(speech: &Speech<'_>, card: &PaperCard) -> Self {
        let address = format!("/desk/papers/{}", card.id);
        Self {
            document: speech.say(&format!("desk-document-{}", card.document.name())),
            copies: card.copies,
            seal: speech.say(if card.seal { "desk-seal-yes" } else { "desk-seal-no" }),
            channel: speech.say(&format!("desk-channel-{}", card.channel.name())),
            by: card.by.clone(),
            at: speech.time(&card.at),
            scan: card.scan.map(|(sha256, kind)| ScanFacts {
                address: format!("{address}/scan"),
                kind: kind.name().to_uppercase(),
                sha256: hex::encode(sha256),
                is_picture: kind != ScanKind::Pdf,
            }),
            address,
        }
    }
}

#[derive(askama::Template)]
#[template(path = "desk/paper.html")]
struct PaperPage<'a> {
    frame: Frame<'a>,
    request: String,
    paper: PaperFacts,
    /// Where the pictures of a PDF are.
    pages: Vec<String>,
}

impl Page for PaperPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn one(
    State(door): State<Door>,
    visit: Visit,
    clerk: Clerk,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (id, actor) = (paper_id(&id)?, clerk.actor.clone());
    let (card, count) = door
        .ask(move |ra, _| {
            let card = ra.paper(&actor, id)?;
            let count = match card.scan {
                Some((_, ScanKind::Pdf)) => pages_of(&ra.scan(&actor, id)?.1).len(),
                _ => 0,
            };
            Ok((card, count))
        })
        .await?;
    let frame = frame(&door, &visit, &clerk, "", "desk-paper");
    let paper = PaperFacts::of(&frame.speech, &card);
    let pages = (1..=count).map(|page| format!("{}/page/{page}", paper.address)).collect();
    Ok(show(&PaperPage { request: format!("/desk/requests/{}", card.request_id), paper, pages, frame }))
}

/// One picture of a PDF, by its number from 1.
pub(crate) async fn page(
    State(door): State<Door>,
    clerk: Clerk,
    Path((id, page)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let id = paper_id(&id)?;
    let number: usize = page.parse().map_err(|_| Problem::from(Refusal::NotFound))?;
    let picture = door
        .ask(move |ra, _| {
            let (kind, octets) = ra.scan(&clerk.actor, id)?;
            let pages = if kind == ScanKind::Pdf { pages_of(&octets) } else { Vec::new() };
            let page = number.checked_sub(1).and_then(|place| pages.into_iter().nth(place));
            Ok(page.ok_or(Refusal::NotFound)?)
        })
        .await?;
    Ok(powerless(picture.kind(), &format!("{id}-{number}"), picture.octets().to_vec()))
}

/// The pictures in a PDF that are whole and nothing else at the same time, as a picture that comes alone must be.
fn pages_of(pdf: &[u8]) -> Vec<Scan> {
    let pictures = documents::scanned::pages(pdf, MOST_PAGES).into_iter();
    pictures
        .filter_map(|picture| Scan::parse(picture.to_vec()).ok())
        .filter(|scan| scan.kind() == ScanKind::Jpeg)
        .collect()
}

pub(crate) async fn scan(State(door): State<Door>, clerk: Clerk, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = paper_id(&id)?;
    let (kind, octets) = door.ask(move |ra, _| ra.scan(&clerk.actor, id)).await?;
    Ok(powerless(kind, &id.to_string(), octets))
}

/// A foreign file, shown without any power. Its name is ours.
pub(super) fn powerless(kind: ScanKind, name: &str, octets: Vec<u8>) -> Response {
    // Browsers show pictures in a sandbox; for a PDF they start a program of their own, so it is saved and opened outside.
    let way = if kind == ScanKind::Pdf { "attachment" } else { "inline" };
    let disposition = HeaderValue::try_from(format!("{way}; filename=\"{name}.{}\"", kind.name()));
    let head = [
        (CONTENT_TYPE, HeaderValue::from_static(kind.media_type())),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POWERLESS)),
        (CONTENT_DISPOSITION, disposition.expect("an id and a word of a list are a header's value")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    (head, octets).into_response()
}

fn paper_id(text: &str) -> Result<PaperId, Problem> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

#[cfg(test)]
pub(super) fn sample(speech: &Speech<'_>, scan: Option<ScanKind>) -> PaperFacts {
    use domain::paper::{Channel, Document};
    let card = PaperCard {
        id: PaperId::new(domain::Timestamp(0), [0; 10]),
        request_id: domain::ids::RequestId::new(domain::Timestamp(0), [0; 10]),
        document: if scan.is_some() { Document::Act } else { Document::Application },
        copies: 2,
        seal: scan.is_some(),
        channel: match scan {
            Some(ScanKind::Pdf) => Channel::Site,
            Some(ScanKind::Jpeg) => Channel::Message,
            Some(ScanKind::Png) => Channel::Post,
            None => Channel::Branch,
        },
        by: "<Rogov>".to_owned(),
        at: domain::Timestamp(0),
        scan: scan.map(|kind| ([7; 32], kind)),
    };
    PaperFacts::of(speech, &card)
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let kinds = [None, Some(ScanKind::Pdf), Some(ScanKind::Jpeg), Some(ScanKind::Png)];
    kinds
        .into_iter()
        .map(|kind| {
            let frame = super::as_clerk(frame("desk-paper"));
            let paper = sample(&frame.speech, kind);
            let pages = if kind == Some(ScanKind::Pdf) { vec!["/desk/papers/1/page/1".to_owned()] } else { Vec::new() };
            let page = PaperPage { request: "/desk/requests/1".to_owned(), paper, pages, frame };
            Box::new(page) as Box<dyn crate::pages::samples::Sample + 'a>
        })
        .collect()
}

//! Papers registered at the desk: the application and the act, with copies, seal, the way they came, and their scan.

use domain::Refusal;
use domain::Timestamp;
use domain::actor::Actor;
use domain::ids::{PaperId, RequestId};
use domain::journal::{Entry, Event};
use domain::paper::{Channel, Document, MOST_COPIES};
use domain::procedure::ActForm;
use domain::request::Command;
use store::papers::{PaperRow, ScanRow};

use crate::cards::RequestCard;
use crate::change::{Extra, Loaded};
use crate::failure::{Error, Failure};
use crate::scan::{Scan, ScanKind};
use crate::setup::{Moment, Ra};

/// What is said of a paper that came.
#[derive(Clone, Debug)]
pub struct Paper {
    /// How many copies.
    pub copies: u8,
    /// Whether it bears a seal.
    pub seal: bool,
    /// By which way it came.
    pub channel: Channel,
    /// Its scan.
    pub scan: Option<Scan>,
}

/// A registered paper as the desk sees it.
#[derive(Clone, Debug)]
pub struct PaperCard {
    /// Its id.
    pub id: PaperId,
    /// The request it is about.
    pub request_id: RequestId,
    /// Which paper.
    pub document: Document,
    /// How many copies.
    pub copies: u8,
    /// Whether it bears a seal.
    pub seal: bool,
    /// By which way it came.
    pub channel: Channel,
    /// The name of who registered it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// SHA-256 of the scan and what it is.
    pub scan: Option<([u8; 32], ScanKind)>,
}

impl Ra {
    /// Registers a paper that came, and keeps what it came with. With its act a certificate that waited for it goes into service. There is no
    /// other way to say that a paper came: none leaves out what is said of it.
    ///
    /// # Errors
    /// As [`Ra::approve`]; and refused when there are fewer copies than the procedure asks for, or neither paper nor a scan.
    pub fn register_paper(
        &self,
        actor: &Actor,
        id: RequestId,
        version: i64,
        document: Document,
        paper: &Paper,
        at: &mut Moment<'_>,
    ) -> Result<RequestCard, Failure> {
        let (verb, command) = match document {
            Document::Application => ("register-application", Command::RegisterApplication),
            Document::Act => ("receive-act", Command::ReceiveAct),
        };
        let beside = |loaded: &Loaded, at: &mut Moment<'_>| paper_rows(loaded, actor, document, paper, at);
        self.staff_step_beside(actor, id, version, verb, |_| Ok(command.clone()), beside, at)
    }

    /// The papers of a request, oldest first, and how many copies of its act there must be.
    ///
    /// # Errors
    /// Refused for anyone but the staff of its agent.
    pub fn papers_of(&self, actor: &Actor, id: RequestId) -> Result<(Vec<PaperCard>, u8), Failure> {
        let copies = least_copies(&self.load_of_agent(actor, id)?, Document::Act);
        let papers = self.0.store.read(|tx| -> Result<_, store::Error> {
            let rows = store::papers::of_request(tx, id)?;
            rows.into_iter().map(|row| card(tx, row)).collect()
        })?;
        Ok((papers, copies))
    }

    /// One paper.
    ///
    /// # Errors
    /// Refused as not found for anyone but the staff of its agent.
    pub fn paper(&self, actor: &Actor, id: PaperId) -> Result<PaperCard, Failure> {
        let row = self.0.store.read(move |tx| store::papers::by_id(tx, id))?.ok_or(Refusal::NotFound)?;
        // guard: papers-of-the-agents-own
        self.load_of_agent(actor, row.request_id)?;
        Ok(self.0.store.read(|tx| card(tx, row.clone()))?)
    }

    /// The scan of a paper.
    ///
    /// # Errors
    /// Refused as not found for anyone but the staff of its agent, and when there is none.
    pub fn scan(&self, actor: &Actor, id: PaperId) -> Result<(ScanKind, Vec<u8>), Failure> {
        let (sha256, kind) = self.paper(actor, id)?.scan.ok_or(Refusal::NotFound)?;
        let scan = self.0.store.read(move |tx| store::papers::scan(tx, &sha256))?;
        let scan = scan.ok_or_else(|| Error::Contradiction(format!("the scan of paper {id} is not kept")))?;
        // Whoever owns the database could put another file in its place.
        if crypto::sha256(&scan.octets) != sha256 {
            return Err(Error::Contradiction(format!("the scan of paper {id} is another than was registered")).into());
        }
        Ok((kind, scan.octets))
    }
}

fn card(tx: &mut store::Tx<'_>, row: PaperRow) -> Result<PaperCard, store::Error> {
    let by = store::staff::by_id(tx, row.registered_by)?.map_or_else(String::new, |member| member.name);
    let scan = match row.scan_sha256 {
        Some(sha256) => {
            let kind = store::papers::scan_kind(tx, &sha256)?;
            kind.as_deref().and_then(ScanKind::from_name).map(|kind| (sha256, kind))
        }
        None => None,
    };
    Ok(PaperCard {
        id: row.id,
        request_id: row.request_id,
        document: row.document,
        copies: row.copies,
        seal: row.seal,
        channel: row.channel,
        by,
        at: row.registered_at,
        scan,
    })
}

/// What is written beside the step: the scan, the paper, and the journal's word of both.
fn paper_rows(
    loaded: &Loaded,
    actor: &Actor,
    document: Document,
    paper: &Paper,
    at: &mut Moment<'_>,
) -> Result<Extra, Failure> {
    let Actor::Staff { id: registered_by, .. } = *actor else { return Err(Refusal::RoleMissing.into()) };
    let asked = least_copies(loaded, document);
    // guard: copies-of-an-act
    if !(asked..=MOST_COPIES).contains(&paper.copies) {
        return Err(Refusal::CopiesTooFew.into());
    }
    if !paper.channel.brings_paper() && paper.scan.is_none() {
        return Err(Refusal::ScanMissing.into());
    }
    let scan = paper.scan.as_ref().map(|scan| ScanRow {
        sha256: crypto::sha256(scan.octets()),
        kind: scan.kind().name().to_owned(),
        octets: scan.octets().to_vec(),
    });
    let row = PaperRow {
        id: PaperId::new(at.now, at.octets()),
        request_id: loaded.request.id,
        document,
        copies: paper.copies,
        seal: paper.seal,
        channel: paper.channel,
        scan_sha256: scan.as_ref().map(|scan| scan.sha256),
        registered_by,
        registered_at: at.now,
    };
    let entry = Entry {
        at: at.now,
        actor: actor.clone(),
        object: format!("request:{}", row.request_id),
        event: Event::PaperRegistered {
            paper_id: row.id.to_string(),
            document: document.name().to_owned(),
            copies: row.copies,
            seal: row.seal,
            channel: row.channel.name().to_owned(),
            scan_sha256: row.scan_sha256.map(hex::encode),
        },
    };
    Ok(Box::new(move |tx| {
        if let Some(scan) = &scan {
            store::papers::keep_scan(tx, scan)?;
        }
        store::papers::insert(tx, &row)?;
        store::journal::append(tx, &entry)
    }))
}

/// How many copies there must be: an act on paper has as many as its procedure says.
fn least_copies(loaded: &Loaded, document: Document) -> u8 {
    match (document, &loaded.offered.procedure.act) {
        (Document::Act, Some(rule)) if rule.form == ActForm::Paper => rule.copies.max(1),
        (Document::Act | Document::Application, _) => 1,
    }
}

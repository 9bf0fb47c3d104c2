//! Requests. A stage is a word and the columns that are true in it; the one way from a row to a request checks that exactly those
//! are filled, and says which one is not.

use std::collections::BTreeSet;

use domain::Timestamp;
use domain::act::Act;
use domain::ids::{AgentId, CertificateId, RequestId, StaffId, SubscriberId, Unz};
use domain::procedure::Kind;
use domain::request::{Certified, Keyed, RejectedBy, Request, Stage, StageName, Submitted};

use crate::db::statement::{both, by_values, sql};
use crate::db::value::{Arg, Fields, Row, args};
use crate::subscribers::{mark_having_requests, read_contact, read_subject, subject_text};
use crate::{Error, Tx, kill, one_row};

/// What is stored with a new request beside the request itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NewRequestRow {
    /// The client's own key of this wish: the same key again means the same request.
    pub idempotency_key: Option<String>,
}

/// Stores a new request. Its procedure must be remembered before (`procedures::remember`).
///
/// # Errors
/// [`Error::AlreadyThere`] for its id, `requests.unz`, `requests.subscriber_id, requests.idempotency_key`, or
/// `requests.subscriber_id` when the person has an open request; with a repeated key either of the last two may be named.
pub fn insert(tx: &mut Tx<'_>, new: &Request, beside: &NewRequestRow) -> Result<(), Error> {
    kill::point("requests.insert.before");
    let subject = subject_text(&new.subject)?;
    let (stage, act) = (StageColumns::of(&new.stage), ActColumns::of(&new.act));
    let mut values: Vec<Arg<'_>> = args![
        new.id,
        new.version,
        &subject,
        &new.contact.phone,
        new.contact.email.as_str(),
        new.email_confirmed,
        new.nonce,
        new.predecessor,
        new.expires_at,
    ]
    .to_vec();
    values.extend(stage.args(new.stage.name()));
    values.extend(act.args());
    values.extend_from_slice(args![
        new.agent_id,
        new.subscriber_id,
        new.kind.name(),
        &new.procedure,
        &new.procedure_sha256,
        new.unz,
        new.created_at,
        beside.idempotency_key.as_ref(),
    ]);
    tx.execute(&INSERT, &values)?;
    mark_having_requests(tx, new.subscriber_id)?;
    kill::point("requests.insert.after");
    Ok(())
}

/// Saves everything that may change; the row must still have the version of `changed` and gets the next one.
///
/// # Errors
/// [`Error::Conflict`] `request` when somebody was faster.
pub fn save(tx: &mut Tx<'_>, changed: &Request) -> Result<(), Error> {
    kill::point("requests.save.before");
    let subject = subject_text(&changed.subject)?;
    let (stage, act) = (StageColumns::of(&changed.stage), ActColumns::of(&changed.act));
    let mut values: Vec<Arg<'_>> = args![
        changed.id,
        changed.version,
        &subject,
        &changed.contact.phone,
        changed.contact.email.as_str(),
        changed.email_confirmed,
        changed.nonce,
        changed.predecessor,
        changed.expires_at,
    ]
    .to_vec();
    values.extend(stage.args(changed.stage.name()));
    values.extend(act.args());
    let rows = tx.execute(&SAVE, &values)?;
    one_row(rows, "request")?;
    kill::point("requests.save.after");
    Ok(())
}

/// The request with this id.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_id(tx: &mut Tx<'_>, id: RequestId) -> Result<Option<Request>, Error> {
    tx.optional(&BY_ID, args![id], request)
}

/// The request with this УНЗ.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_unz(tx: &mut Tx<'_>, unz: Unz) -> Result<Option<Request>, Error> {
    tx.optional(&BY_UNZ, args![unz], request)
}

/// The request this person began under this key.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_idempotency(tx: &mut Tx<'_>, subscriber_id: SubscriberId, key: &str) -> Result<Option<Request>, Error> {
    tx.optional(&BY_IDEMPOTENCY, args![subscriber_id, key], request)
}

/// The person's requests that have not ended (there is at most one while the unique key stands).
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn open_of_subscriber(tx: &mut Tx<'_>, subscriber_id: SubscriberId) -> Result<Vec<Request>, Error> {
    tx.all(&OPEN_OF_SUBSCRIBER, args![subscriber_id], request)
}

/// All requests of the person, newest first.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn of_subscriber(tx: &mut Tx<'_>, subscriber_id: SubscriberId) -> Result<Vec<Request>, Error> {
    tx.all(&OF_SUBSCRIBER, args![subscriber_id], request)
}

/// A page of the person's requests that were created from the one moment on and before the other, newest first. `after` is the last request of
/// the page before.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn page_of_subscriber(
    tx: &mut Tx<'_>,
    subscriber_id: SubscriberId,
    (from, until): (Timestamp, Timestamp),
    after: Option<RequestId>,
    limit: i64,
) -> Result<Vec<Request>, Error> {
    let before = after.map_or_else(|| BEHIND_EVERY_ID.to_owned(), |id| id.to_string());
    tx.all(&PAGE_OF_SUBSCRIBER, args![subscriber_id, before, from, until, limit], request)
}

/// Ids begin with a hexadecimal digit.
const BEHIND_EVERY_ID: &str = "g";

/// A page of the agent's requests in these stages, those with the nearest answer first, then by id. `after` is the
/// [`queue_place`] of the last request of the page before.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn queue(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    stages: &[StageName],
    after: Option<(i64, RequestId)>,
    limit: i64,
) -> Result<Vec<Request>, Error> {
    let wanted: BTreeSet<StageName> = stages.iter().copied().collect();
    let Some(last) = wanted.last() else { return Ok(Vec::new()) };
    let mut values: Vec<Arg<'_>> = args![agent_id].to_vec();
    // One text for every choice of stages: the free places repeat the last one.
    let padded = wanted.iter().chain(std::iter::repeat(last)).take(StageName::ALL.len());
    values.extend(padded.map(|stage| Arg::from(stage.name())));
    let (deadline_ms, id) = after.map_or((i64::MIN, String::new()), |(at, id)| (at, id.to_string()));
    values.extend_from_slice(args![deadline_ms, id, limit]);
    tx.all(&QUEUE, &values, request)
}

/// Where a request stands in [`queue`]: its promised time (the end of time when nothing was promised), then its id.
#[must_use]
pub fn queue_place(request: &Request) -> (i64, RequestId) {
    let eta = request.stage.submitted().and_then(|submitted| submitted.eta);
    (eta.map_or(i64::MAX, |eta| eta.0), request.id)
}

const _: () = assert!(StageName::ALL.len() == 15, "QUEUE has a place for each stage");

fn request(row: Row) -> Result<Request, Error> {
    let mut row = row.of("requests");
    Ok(Request {
        id: row.parsed("id")?,
        version: row.next("version")?,
        subject: read_subject(&mut row)?,
        contact: read_contact(&mut row)?,
        email_confirmed: row.next("email_confirmed")?,
        nonce: row.parsed("nonce")?,
        predecessor: row.parsed_option("predecessor")?,
        expires_at: row.next("expires_at")?,
        stage: {
            let name = row.text_as("stage", StageName::from_name)?;
            StageColumns::read(&mut row)?.stage(name).map_err(|column| row.contradiction(column))?
        },
        act: {
            let name: String = row.next("act")?;
            let columns = ActColumns { name: "", at: row.next("act_at")?, due: row.next("act_due")? };
            columns.act(&name).map_err(|column| row.contradiction(column))?
        },
        agent_id: row.next("agent_id")?,
        subscriber_id: row.parsed("subscriber_id")?,
        kind: row.text_as("kind", Kind::from_name)?,
        procedure: row.next("procedure")?,
        procedure_sha256: row.next("procedure_sha256")?,
        unz: row.parsed("unz")?,
        created_at: row.next("created_at")?,
    })
}

/// The columns beside `stage`; which of them are filled follows from the stage.
#[derive(Clone, PartialEq, Eq, Default)]
struct StageColumns {
    spki_sha256: Option<[u8; 32]>,
    accepted_at: Option<Timestamp>,
    eta: Option<Timestamp>,
    first_approval: Option<StaffId>,
    /// Joined by commas; empty when approved without review.
    approvals: Option<Vec<StaffId>>,
    reason: Option<String>,
    certificate_id: Option<CertificateId>,
    issued_at: Option<Timestamp>,
    delivered_at: Option<Timestamp>,
    since: Option<Timestamp>,
    /// `client`, or `bank:` and who.
    rejected_by: Option<RejectedBy>,
}

impl StageColumns {
    fn of(stage: &Stage) -> Self {
        let mut columns = Self::default();
        if let Some(key) = stage.key() {
            columns.spki_sha256 = Some(key.spki_sha256);
        }
        if let Some(submitted) = stage.submitted() {
            columns.accepted_at = Some(submitted.accepted_at);
            columns.eta = submitted.eta;
        }
        if let Some(certified) = stage.certified() {
            columns.certificate_id = Some(certified.certificate_id);
            columns.issued_at = Some(certified.issued_at);
            columns.delivered_at = certified.delivered_at;
        }
        match stage {
            Stage::Draft
            | Stage::KeyReady(_)
            | Stage::Signed(_)
            | Stage::Accepted(_)
            | Stage::Issued(_)
            | Stage::ActSigned(_)
            | Stage::Installed(_)
            | Stage::Proven(_)
            | Stage::Cancelled => {}
            Stage::InReview { first_approval, .. } => columns.first_approval = *first_approval,
            Stage::NeedsFix { reason, .. } => columns.reason = Some(reason.clone()),
            Stage::Approved { approvals, .. } => columns.approvals = Some(approvals.clone()),
            Stage::InService { since, .. } => columns.since = Some(*since),
            Stage::Rejected { by, reason, certificate_id } => {
                columns.rejected_by = Some(by.clone());
                columns.reason = Some(reason.clone());
                columns.certificate_id = *certificate_id;
            }
            Stage::Expired { certificate_id } => columns.certificate_id = *certificate_id,
        }
        columns
    }

    /// In the order of [`columns`], the stage's word first.
    fn args(&self, name: StageName) -> Vec<Arg<'_>> {
        let approvals = self.approvals.as_ref().map(|ids| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            ids.join(",")
        });
        let rejected_by = self.rejected_by.as_ref().map(|by| match by {
            RejectedBy::Bank(staff) => format!("bank:{staff}"),
            RejectedBy::Client => "client".to_owned(),
        });
        args![
            name.name(),
            self.spki_sha256.as_ref(),
            self.accepted_at,
            self.eta,
            self.first_approval,
            approvals,
            self.reason.as_ref(),
            self.certificate_id,
            self.issued_at,
            self.delivered_at,
            self.since,
            rejected_by,
        ]
        .to_vec()
    }

    fn read(row: &mut Fields) -> Result<Self, Error> {
        Ok(Self {
            spki_sha256: row.next("spki_sha256")?,
            accepted_at: row.next("accepted_at")?,
            eta: row.next("eta")?,
            first_approval: row.parsed_option("first_approval")?,
            approvals: row.option_as("approvals", |text| {
                text.split(',').filter(|_| !text.is_empty()).map(|id| id.parse().ok()).collect()
            })?,
            reason: row.next("reason")?,
            certificate_id: row.parsed_option("certificate_id")?,
            issued_at: row.next("issued_at")?,
            delivered_at: row.next("delivered_at")?,
            since: row.next("since")?,
            rejected_by: row.option_as("rejected_by", |text| match text.split_once(':') {
                None if text == "client" => Some(RejectedBy::Client),
                Some(("bank", staff)) => staff.parse().ok().map(RejectedBy::Bank),
                None | Some(_) => None,
            })?,
        })
    }

    /// The stage these columns tell; the name of the first column that is missing or should not be there.
    fn stage(self, name: StageName) -> Result<Stage, &'static str> {
        let key = || self.spki_sha256.map(|spki_sha256| Keyed { spki_sha256 }).ok_or("spki_sha256");
        let submitted = || {
            let accepted_at = self.accepted_at.ok_or("accepted_at")?;
            Ok::<_, &'static str>(Submitted { key: key()?, accepted_at, eta: self.eta })
        };
        let certified = || {
            Ok::<_, &'static str>(Certified {
                submitted: submitted()?,
                certificate_id: self.certificate_id.ok_or("certificate_id")?,
                issued_at: self.issued_at.ok_or("issued_at")?,
                delivered_at: self.delivered_at,
            })
        };
        let stage = match name {
            StageName::Draft => Stage::Draft,
            StageName::KeyReady => Stage::KeyReady(key()?),
            StageName::Signed => Stage::Signed(key()?),
            StageName::Accepted => Stage::Accepted(submitted()?),
            StageName::InReview => Stage::InReview { submitted: submitted()?, first_approval: self.first_approval },
            StageName::NeedsFix => {
                Stage::NeedsFix { submitted: submitted()?, reason: self.reason.clone().ok_or("reason")? }
            }
            StageName::Approved => {
                Stage::Approved { submitted: submitted()?, approvals: self.approvals.clone().ok_or("approvals")? }
            }
            StageName::Issued => Stage::Issued(certified()?),
            StageName::ActSigned => Stage::ActSigned(certified()?),
            StageName::Installed => Stage::Installed(certified()?),
            StageName::Proven => Stage::Proven(certified()?),
            StageName::InService => Stage::InService { certified: certified()?, since: self.since.ok_or("since")? },
            StageName::Rejected => Stage::Rejected {
                by: self.rejected_by.clone().ok_or("rejected_by")?,
                reason: self.reason.clone().ok_or("reason")?,
                certificate_id: self.certificate_id,
            },
            StageName::Cancelled => Stage::Cancelled,
            StageName::Expired => Stage::Expired { certificate_id: self.certificate_id },
        };
        // What the stage does not tell must not be there.
        match Self::of(&stage).differs_from(&self) {
            None => Ok(stage),
            Some(column) => Err(column),
        }
    }

    fn differs_from(&self, other: &Self) -> Option<&'static str> {
        [
            (self.spki_sha256 == other.spki_sha256, "spki_sha256"),
            (self.accepted_at == other.accepted_at, "accepted_at"),
            (self.eta == other.eta, "eta"),
            (self.first_approval == other.first_approval, "first_approval"),
            (self.approvals == other.approvals, "approvals"),
            (self.reason == other.reason, "reason"),
            (self.certificate_id == other.certificate_id, "certificate_id"),
            (self.issued_at == other.issued_at, "issued_at"),
            (self.delivered_at == other.delivered_at, "delivered_at"),
            (self.since == other.since, "since"),
            (self.rejected_by == other.rejected_by, "rejected_by"),
        ]
        .into_iter()
        .find_map(|(same, column)| (!same).then_some(column))
    }
}

/// The columns of the act: its word and two times.
struct ActColumns {
    name: &'static str,
    at: Option<Timestamp>,
    due: Option<Timestamp>,
}

impl ActColumns {
    fn of(act: &Act) -> Self {
        let (at, due) = match act {
            Act::None => (None, None),
            Act::Drawn { at, due } | Act::ClientSigned { at, due } => (Some(*at), *due),
            Act::BankSigned { at } | Act::Received { at } => (Some(*at), None),
            Act::Overdue { due } => (None, Some(*due)),
        };
        Self { name: act.name(), at, due }
    }

    fn args(&self) -> Vec<Arg<'_>> {
        args![self.name, self.at, self.due].to_vec()
    }

    /// The act these columns tell; the name of the first column that does not fit.
    fn act(&self, name: &str) -> Result<Act, &'static str> {
        let at = || self.at.ok_or("act_at");
        let act = match name {
            "none" => Act::None,
            "drawn" => Act::Drawn { at: at()?, due: self.due },
            "client-signed" => Act::ClientSigned { at: at()?, due: self.due },
            "bank-signed" => Act::BankSigned { at: at()? },
            "received" => Act::Received { at: at()? },
            "overdue" => Act::Overdue { due: self.due.ok_or("act_due")? },
            _ => return Err("act"),
        };
        let told = Self::of(&act);
        if told.at != self.at {
            return Err("act_at");
        }
        if told.due == self.due { Ok(act) } else { Err("act_due") }
    }
}

macro_rules! changing {
    () => {
        "subject, phone, email, email_confirmed, nonce, predecessor, expires_at, stage, spki_sha256, accepted_at, eta, first_approval, approvals, \
         reason, certificate_id, issued_at, delivered_at, since, rejected_by, act, act_at, act_due"
    };
}

macro_rules! columns {
    () => {
        concat!(
            "id, version, ",
            changing!(),
            ", agent_id, subscriber_id, kind, procedure, procedure_sha256, unz, created_at"
        )
    };
}

sql! {
    INSERT = both(concat!(
        "INSERT INTO requests (",
        columns!(),
        ", idempotency_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
         $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)"
    ));
    SAVE = both(concat!(
        "UPDATE requests SET (version, ",
        changing!(),
        ") = (version + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24) \
         WHERE id = $1 AND version = $2"
    ));
    BY_ID = both(concat!("SELECT ", columns!(), " FROM requests WHERE id = $1"));
    BY_UNZ = both(concat!("SELECT ", columns!(), " FROM requests WHERE unz = $1"));
    BY_IDEMPOTENCY = both(concat!(
        "SELECT ", columns!(), " FROM requests WHERE subscriber_id = $1 AND idempotency_key = $2"
    ));
    OPEN_OF_SUBSCRIBER = both(concat!(
        "SELECT ",
        columns!(),
        " FROM requests WHERE subscriber_id = $1 AND stage NOT IN ('in-service', 'rejected', 'cancelled', 'expired') ORDER BY id"
    ));
    OF_SUBSCRIBER = both(concat!("SELECT ", columns!(), " FROM requests WHERE subscriber_id = $1 ORDER BY id DESC"));
    PAGE_OF_SUBSCRIBER = both(concat!(
        "SELECT ",
        columns!(),
        " FROM requests WHERE subscriber_id = $1 AND id < $2 AND created_at >= $3 AND created_at < $4 ORDER BY id DESC LIMIT $5"
    ));
    QUEUE = by_values(both(concat!(
        "SELECT ",
        columns!(),
        " FROM requests WHERE agent_id = $1 AND email_confirmed = TRUE \
         AND stage IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
         AND (COALESCE(eta, 9223372036854775807), id) > ($17, $18) \
         ORDER BY COALESCE(eta, 9223372036854775807), id LIMIT $19"
    )));
}

//! Papers that were registered, and their scans. A scan is kept under its hash, once, in the transaction that registers the paper.

use domain::Timestamp;
use domain::ids::{PaperId, RequestId, StaffId};
use domain::paper::{Channel, Document};

use crate::db::statement::{both, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx};

/// One registered paper.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaperRow {
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
    /// SHA-256 of its scan.
    pub scan_sha256: Option<[u8; 32]>,
    /// Who registered it.
    pub registered_by: StaffId,
    /// When.
    pub registered_at: Timestamp,
}

/// A scan as it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScanRow {
    /// SHA-256 of the octets.
    pub sha256: [u8; 32],
    /// `pdf`, `jpeg` or `png`.
    pub kind: String,
    /// The file.
    pub octets: Vec<u8>,
}

/// Stores a paper.
///
/// # Errors
/// [`Error::AlreadyThere`] for its id.
pub fn insert(tx: &mut Tx<'_>, new: &PaperRow) -> Result<(), Error> {
    tx.execute(
        &INSERT,
        args![
            new.id,
            new.request_id,
            new.document.name(),
            i64::from(new.copies),
            new.seal,
            new.channel.name(),
            new.scan_sha256.as_ref(),
            new.registered_by,
            new.registered_at,
        ],
    )?;
    Ok(())
}

/// Keeps a scan; the same octets are kept once.
///
/// # Errors
/// When the database fails.
pub fn keep_scan(tx: &mut Tx<'_>, scan: &ScanRow) -> Result<(), Error> {
    tx.execute(&KEEP_SCAN, args![&scan.sha256, &scan.kind, &scan.octets])?;
    Ok(())
}

/// The papers of a request, oldest first.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn of_request(tx: &mut Tx<'_>, request_id: RequestId) -> Result<Vec<PaperRow>, Error> {
    tx.all(&OF_REQUEST, args![request_id], paper)
}

/// The paper with this id.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_id(tx: &mut Tx<'_>, id: PaperId) -> Result<Option<PaperRow>, Error> {
    tx.optional(&BY_ID, args![id], paper)
}

/// The scan with this hash.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn scan(tx: &mut Tx<'_>, sha256: &[u8; 32]) -> Result<Option<ScanRow>, Error> {
    tx.optional(&SCAN, args![sha256], |row| {
        let mut row = row.of("scans");
        Ok(ScanRow { sha256: row.next("sha256")?, kind: row.next("kind")?, octets: row.next("octets")? })
    })
}

/// What the scan with this hash is, without its octets.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn scan_kind(tx: &mut Tx<'_>, sha256: &[u8; 32]) -> Result<Option<String>, Error> {
    tx.optional(&SCAN_KIND, args![sha256], |row| row.of("scans").next("kind"))
}

fn paper(row: Row) -> Result<PaperRow, Error> {
    let mut row = row.of("papers");
    Ok(PaperRow {
        id: row.parsed("id")?,
        request_id: row.parsed("request_id")?,
        document: row.text_as("document", Document::from_name)?,
        copies: u8::try_from(row.next::<i64>("copies")?).map_err(|_| row.contradiction("copies"))?,
        seal: row.next("seal")?,
        channel: row.text_as("channel", Channel::from_name)?,
        scan_sha256: row.next("scan_sha256")?,
        registered_by: row.parsed("registered_by")?,
        registered_at: row.next("registered_at")?,
    })
}

macro_rules! columns {
    () => {
        "id, request_id, document, copies, seal, channel, scan_sha256, registered_by, registered_at"
    };
}

sql! {
    INSERT = both(concat!("INSERT INTO papers (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"));
    KEEP_SCAN = both("INSERT INTO scans (sha256, kind, octets) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING");
    OF_REQUEST = both(concat!("SELECT ", columns!(), " FROM papers WHERE request_id = $1 ORDER BY id"));
    BY_ID = both(concat!("SELECT ", columns!(), " FROM papers WHERE id = $1"));
    SCAN_KIND = both("SELECT kind FROM scans WHERE sha256 = $1");
    SCAN = both("SELECT sha256, kind, octets FROM scans WHERE sha256 = $1");
}

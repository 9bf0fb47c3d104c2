//! Checkpoints of the journal: every lane's head, signed, in the database and in a file beside it.

use std::io::Write;
use std::sync::PoisonError;

use crypto::Signer;
use domain::actor::{Actor, Role};
use domain::ids::{AgentId, StaffId, Unz};
use domain::time::HOUR_MS;
use domain::{Refusal, Timestamp};
use store::journal::checkpoint::{self, CheckpointRow};
use store::journal::reading::{self, Wanted};
use store::journal::verify::VerifyReport;
use store::journal::{ExportPlace, JournalRow};

use crate::failure::{Error, Failure};
use crate::setup::{Moment, Ra};

/// A checkpoint is made after this many rows at the latest.
const ROWS_BETWEEN: i64 = 1_000;

/// The file of checkpoints outside the database, in the data folder; one JSON object a line.
pub(crate) const CHECKPOINT_FILE: &str = "checkpoints.jsonl";

impl Ra {
    /// Housekeeping, every few seconds: CRLs at half life, the checkpoint when it is time, old sign-ins and challenges.
    ///
    /// # Errors
    /// When the database is gone.
    pub fn tend(&self, at: &mut Moment<'_>) -> Result<(), Error> {
        // A CRL that cannot be renewed must not stop the checkpoints.
        let renewed = self.renew_crls(at);
        let reminded = self.remind(at);
        if self.checkpoint_is_due(at.now)? {
            self.checkpoint(at)?;
        }
        let now = at.now;
        self.0.store.write(move |tx| {
            store::sessions::purge(tx, now)?;
            store::staff_sign_in::purge(tx, now)?;
            store::challenges::purge(tx, now)?;
            store::imports::purge(tx, now.plus_ms(-crate::import_desk::KEPT_MS))?;
            store::component_tickets::purge(tx, now.plus_ms(-TICKETS_KEPT_MS))?;
            Ok::<_, store::Error>(())
        })?;
        renewed.and(reminded)
    }

    fn checkpoint_is_due(&self, now: Timestamp) -> Result<bool, Error> {
        let (draft, latest) = self
            .0
            .store
            .read(|tx| -> Result<_, store::Error> { Ok((checkpoint::draft(tx, now)?, checkpoint::latest(tx)?)) })?;
        let last_at = latest.map_or(i64::MIN, |latest| latest.at.0);
        Ok(draft.new_rows > 0 && (draft.new_rows >= ROWS_BETWEEN || now.0.saturating_sub(last_at) >= HOUR_MS))
    }

    /// Signs the heads of all lanes, and keeps the result in the database and in the file.
    ///
    /// # Errors
    /// When the database is gone or the disk is full.
    pub fn checkpoint(&self, at: &mut Moment<'_>) -> Result<(), Error> {
        let _one_at_a_time = self.0.checkpoint_file.lock().unwrap_or_else(PoisonError::into_inner);
        let now = at.now;
        let draft = self.0.store.read(|tx| checkpoint::draft(tx, now))?;
        let key = &self.0.keyring.journal;
        let row = CheckpointRow {
            number: draft.number,
            at: draft.at,
            signature: key.sign(draft.text.as_bytes(), at.rng)?,
            algorithm: key.signature_algorithm().name().to_owned(),
            text: draft.text,
        };
        let line = CheckpointLine::of(&row);
        let inserted = self.0.store.write(move |tx| checkpoint::insert(tx, &row));
        match inserted {
            // Another node made this one; it covers what we saw.
            Err(store::Error::AlreadyThere { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
            Ok(()) => {}
        }
        store::kill::point("ra.checkpoint.inserted");
        let path = self.0.data.join(CHECKPOINT_FILE);
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|source| Error::io(&path, source))?;
        let line = serde_json::to_string(&line).map_err(|error| Error::Store(error.to_string()))?;
        // One write: a crash leaves a whole line or a torn one, never two lines glued; and a torn one is closed before the next.
        let torn = !ends_with_line(&path).map_err(|source| Error::io(&path, source))?;
        let text = format!("{}{line}\n", if torn { "\n" } else { "" });
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|source| Error::io(&path, source))
    }

    /// Recomputes every lane, compares heads and checkpoints, those of the outside file included.
    ///
    /// # Errors
    /// When something cannot be read; what does not hold is in the report.
    pub fn verify_journal(&self, outside: Option<&std::path::Path>) -> Result<VerifyReport, Error> {
        let default = self.0.data.join(CHECKPOINT_FILE);
        let path = outside.unwrap_or(&default);
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && outside.is_none() => String::new(),
            Err(source) => return Err(Error::io(path, source)),
        };
        let outside = text
            .lines()
            .enumerate()
            .map(|(index, line)| {
                CheckpointLine::parse(line)
                    .ok_or_else(|| Error::Setup(format!("{}, line {}: not a checkpoint", path.display(), index + 1)))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let key = &self.0.keyring.journal;
        let holds = |row: &CheckpointRow| {
            row.algorithm == key.signature_algorithm().name()
                && key.public_key().verify(key.signature_algorithm(), row.text.as_bytes(), &row.signature).is_ok()
        };
        Ok(store::journal::verify(&self.0.store, &holds, &outside)?)
    }

    /// A page of what an auditor sees, newest first, and where the next one begins.
    ///
    /// # Errors
    /// Refused without the role.
    pub fn read_journal(
        &self,
        actor: &Actor,
        wanted: &Wanted,
        before: Option<ExportPlace>,
        limit: i64,
    ) -> Result<(Vec<JournalLine>, Option<ExportPlace>), Failure> {
        let agent_id = may_audit(actor)?;
        let page = self.0.store.read(|tx| -> Result<_, store::Error> {
            let (rows, next) = reading::page(tx, agent_id, wanted, before, limit)?;
            let mut lines = Vec::new();
            for row in rows {
                lines.push(JournalLine { by: crate::by_hand::name_of(tx, &row.actor)?, row });
            }
            Ok((lines, next))
        })?;
        Ok(page)
    }

    /// The rows of [`Ra::read_journal`] as lines of JSON, newest first: each with what a verifier needs to recompute its hash. Where
    /// there are more than one file holds, its last line names the place where the next file begins.
    ///
    /// # Errors
    /// Refused without the role.
    pub fn export_read_journal(
        &self,
        actor: &Actor,
        wanted: &Wanted,
        before: Option<ExportPlace>,
    ) -> Result<Vec<u8>, Failure> {
        let (mut out, mut place, mut written) = (Vec::new(), before, 0);
        while written < MOST_EXPORTED {
            let (lines, next) = self.read_journal(actor, wanted, place, EXPORT_PAGE)?;
            for JournalLine { row, .. } in &lines {
                let line = ExportedRow::of(row)?;
                out.extend(serde_json::to_vec(&line).map_err(|error| Error::Store(error.to_string()))?);
                out.push(b'\n');
                written += 1;
            }
            let Some(next) = next else { return Ok(out) };
            place = Some(next);
        }
        if let Some((at, lane, seq)) = place {
            out.extend(format!("{{\"next\":\"{}_{lane}_{seq}\"}}\n", at.0).into_bytes());
        }
        Ok(out)
    }

    /// [`Ra::verify_journal`] for an auditor.
    ///
    /// # Errors
    /// Refused without the role.
    pub fn audit_journal(&self, actor: &Actor) -> Result<VerifyReport, Failure> {
        may_audit(actor)?;
        Ok(self.verify_journal(None)?)
    }

    /// The agent's staff, those who have left included: whose deeds an auditor may ask for.
    ///
    /// # Errors
    /// Refused without the role.
    pub fn audited_staff(&self, actor: &Actor) -> Result<Vec<(StaffId, String)>, Failure> {
        let agent_id = may_audit(actor)?;
        let rows = self.0.store.read(store::staff::all)?;
        Ok(rows.into_iter().filter(|row| row.agent_id == agent_id).map(|row| (row.id, row.name)).collect())
    }

    /// The object that an auditor means by the number of a request.
    ///
    /// # Errors
    /// When the database fails.
    pub fn object_of_unz(&self, unz: Unz) -> Result<Option<String>, Failure> {
        let found = self.0.store.read(|tx| store::requests::by_unz(tx, unz))?;
        Ok(found.map(|request| format!("request:{}", request.id)))
    }

    /// Writes every row as a line of JSON, in order of time. Returns how many.
    ///
    /// # Errors
    /// When the database is gone or `out` refuses.
    pub fn export_journal(&self, out: &mut dyn Write) -> Result<u64, Error> {
        let mut place = None;
        let mut written = 0;
        loop {
            let rows = self.0.store.read(|tx| store::journal::export_page(tx, place, EXPORT_PAGE))?;
            let Some(last) = rows.last() else { return Ok(written) };
            place = Some(store::journal::export_place(last));
            for row in &rows {
                let line = ExportedRow::of(row)?;
                let text = serde_json::to_string(&line).map_err(|error| Error::Store(error.to_string()))?;
                writeln!(out, "{text}").map_err(|source| Error::Io { path: "journal export".to_owned(), source })?;
                written += 1;
            }
        }
    }
}

/// Whether a file is empty or ends with a line break.
fn ends_with_line(path: &std::path::Path) -> std::io::Result<bool> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = std::fs::File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Who reads the journal, and whose.
fn may_audit(actor: &Actor) -> Result<AgentId, Refusal> {
    let may = actor.has(Role::Auditor) || actor.has(Role::CaAdministrator);
    // guard: journal-by-role
    actor.agent_id().filter(|_| may).ok_or(Refusal::RoleMissing)
}

/// A row as an auditor reads it.
#[derive(Clone, Debug)]
pub struct JournalLine {
    /// The row as it stands.
    pub row: JournalRow,
    /// The name of the member of staff, where it was one.
    pub by: Option<String>,
}

/// Most rows of one exported file: under fifty megabytes.
const MOST_EXPORTED: usize = 50_000;
/// Rows read at once for an export.
const EXPORT_PAGE: i64 = 1_000;

/// A checkpoint as a line of the outside file; frozen.
#[derive(serde::Serialize, serde::Deserialize)]
struct CheckpointLine {
    number: i64,
    at_ms: i64,
    text: String,
    algorithm: String,
    signature: String,
}

impl CheckpointLine {
    fn of(row: &CheckpointRow) -> Self {
        Self {
            number: row.number,
            at_ms: row.at.0,
            text: row.text.clone(),
            algorithm: row.algorithm.clone(),
            signature: hex::encode(&row.signature),
        }
    }

    fn parse(line: &str) -> Option<CheckpointRow> {
        let line: Self = serde_json::from_str(line).ok()?;
        Some(CheckpointRow {
            number: line.number,
            at: Timestamp(line.at_ms),
            signature: hex::decode(&line.signature).ok()?,
            text: line.text,
            algorithm: line.algorithm,
        })
    }
}

/// A journal row as a line of an export: everything a verifier needs to recompute its hash.
#[derive(serde::Serialize)]
struct ExportedRow<'a> {
    lane: u8,
    seq: i64,
    at: String,
    at_ms: i64,
    actor: &'a str,
    object: &'a str,
    kind: &'a str,
    body: &'a serde_json::value::RawValue,
    prev_hash: String,
    hash: String,
}

impl<'a> ExportedRow<'a> {
    fn of(row: &'a JournalRow) -> Result<Self, Error> {
        let body = serde_json::from_str(&row.body)
            .map_err(|_| Error::Contradiction(format!("journal row {}/{} is no JSON", row.lane, row.seq)))?;
        Ok(Self {
            lane: row.lane,
            seq: row.seq,
            at: row.at.to_string(),
            at_ms: row.at.0,
            actor: &row.actor,
            object: &row.object,
            kind: &row.kind,
            body,
            prev_hash: hex::encode(row.prev_hash),
            hash: hex::encode(row.hash),
        })
    }
}

/// Tickets that belong to no request are kept for a day, for whoever asks support what just happened.
const TICKETS_KEPT_MS: i64 = domain::time::DAY_MS;

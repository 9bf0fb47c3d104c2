//! An import at the desk: the files are kept while a person looks at what they hold, and taken only as they were looked at. What may be
//! brought in here are organisations, signatories and their certificates; whom to trust (authorities, CRLs) is the command line's alone.

use domain::Refusal;
use domain::actor::Actor;
use domain::ids::{AgentId, ImportId, StaffId};
use store::imports::ImportRow;

use crate::failure::{Error, Failure, Refused};
use crate::import::{ImportFiles, ImportReport};
use crate::setup::{Moment, Ra};

/// How long files and outcomes are kept: a working day, and the next morning.
pub(crate) const KEPT_MS: i64 = 24 * 3_600_000;
/// Longest name of a file.
const NAME_CHARACTERS: usize = 200;
const ORGANISATIONS: &str = "organisations.csv";
const SIGNATORIES: &str = "signatories.csv";

/// An import as its maker sees it.
#[derive(Clone, Debug)]
pub struct StagedImport {
    /// Its id.
    pub id: ImportId,
    /// What was chosen.
    pub files: Vec<StagedFile>,
    /// How far it is.
    pub state: StagedState,
}

/// A file that was chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StagedFile {
    /// Its name within the import.
    pub name: String,
    /// Its length.
    pub octets: usize,
}

/// How far an import is.
#[derive(Clone, Debug)]
pub enum StagedState {
    /// Looked at: what would be written, and the digest that a confirmation must name.
    Preview(ImportReport, String),
    /// Done.
    Done(ImportOutcome),
}

/// What an import did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportOutcome {
    /// Organisations taken.
    pub organisations: usize,
    /// Signatories taken, each with a certificate.
    pub subscribers: usize,
    /// Rows that were of record already.
    pub unchanged: usize,
    /// Rows and files left out.
    pub skipped: usize,
}

impl Ra {
    /// Keeps files to be looked at; changes nothing else. `files` are (field, name, contents): the field is `organisations`, `signatories`
    /// or `certificates`. With `into`, they join those of an earlier import, in place of those of the same name.
    ///
    /// # Errors
    /// Refused for anyone but a CA administrator, without any file, for a name that is none, and for an import that is not the actor's.
    pub fn stage_import(
        &self,
        actor: &Actor,
        into: Option<ImportId>,
        files: Vec<(String, String, Vec<u8>)>,
        at: &mut Moment<'_>,
    ) -> Result<ImportId, Failure> {
        let (agent_id, staff_id) = self.importer(actor)?;
        if files.is_empty() && into.is_none() {
            return Err(Refused::because(Refusal::BodyMalformed, "no file was chosen").into());
        }
        let mut named = Vec::with_capacity(files.len());
        for (field, name, octets) in files {
            named.push((place_of(&field, &name)?, octets));
        }
        let id = match into {
            Some(id) => self.import_of(actor, id)?.id,
            None => ImportId::new(at.now, at.octets()),
        };
        let new = into.is_none().then_some(ImportRow { id, agent_id, staff_id, created_at: at.now, outcome: None });
        self.0.store.write(move |tx| -> Result<(), store::Error> {
            if let Some(new) = &new {
                store::imports::insert(tx, new)?;
            }
            for (name, octets) in &named {
                store::imports::put_file(tx, id, name, octets)?;
            }
            Ok(())
        })?;
        Ok(id)
    }

    /// What the files hold against what is of record now, or what came of them.
    ///
    /// # Errors
    /// Refused as not found for anyone but its maker.
    pub fn staged_import(&self, actor: &Actor, id: ImportId, at: &mut Moment<'_>) -> Result<StagedImport, Failure> {
        let row = self.import_of(actor, id)?;
        if let Some(outcome) = &row.outcome {
            let outcome =
                serde_json::from_str(outcome).map_err(|error| Error::Contradiction(format!("import {id}: {error}")))?;
            return Ok(StagedImport { id, files: Vec::new(), state: StagedState::Done(outcome) });
        }
        let files = self.files_of(id)?;
        let (report, _) = self.read_import(row.agent_id, &files, at)?;
        let digest = digest(&files, &report);
        let shown = files.0.iter().map(|(name, octets)| StagedFile { name: name.clone(), octets: octets.len() });
        Ok(StagedImport { id, files: shown.collect(), state: StagedState::Preview(report, digest) })
    }

    /// Takes what was looked at: the right rows, all of them in one transaction. Said twice it is done once.
    ///
    /// # Errors
    /// Refused as `changed-meanwhile` when files or records are not those that were looked at, or nothing would be written.
    pub fn confirm_import(
        &self,
        actor: &Actor,
        id: ImportId,
        looked_at: &str,
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        self.attempt(actor, &format!("import:{id}"), "import", at, |ra, at| {
            let row = ra.import_of(actor, id)?;
            if row.outcome.is_some() {
                return Ok(());
            }
            let files = ra.files_of(id)?;
            let (report, taken) = ra.read_import(row.agent_id, &files, at)?;
            if digest(&files, &report) != looked_at || report.organisations + report.subscribers == 0 {
                return Err(Refusal::ChangedMeanwhile.into());
            }
            let outcome = ImportOutcome {
                organisations: report.organisations,
                subscribers: report.subscribers,
                unchanged: report.unchanged,
                skipped: report.refused.len(),
            };
            let words = serde_json::to_string(&outcome).map_err(|error| Error::Contradiction(error.to_string()))?;
            match ra.take(actor, row.agent_id, taken, report.refused.len(), Some((id, words)), at) {
                // Another click did it.
                Err(Failure::Broken(Error::Conflict(_))) => Ok(()),
                // Another import brought one of them meanwhile: nothing of this one was written.
                Err(Failure::Broken(Error::AlreadyThere(_))) => Err(Refusal::ChangedMeanwhile.into()),
                other => other,
            }
        })
    }

    fn importer(&self, actor: &Actor) -> Result<(AgentId, StaffId), Failure> {
        let Actor::Staff { id, agent_id, .. } = *actor else { return Err(Refusal::RoleMissing.into()) };
        self.may_import(actor, agent_id)?;
        Ok((agent_id, id))
    }

    fn import_of(&self, actor: &Actor, id: ImportId) -> Result<ImportRow, Failure> {
        let (_, staff_id) = self.importer(actor)?;
        let row = self.0.store.read(move |tx| store::imports::by_id(tx, id))?;
        // guard: import-of-its-maker
        Ok(row.filter(|row| row.staff_id == staff_id).ok_or(Refusal::NotFound)?)
    }

    fn files_of(&self, id: ImportId) -> Result<ImportFiles, Failure> {
        Ok(ImportFiles(self.0.store.read(move |tx| store::imports::files(tx, id))?.into_iter().collect()))
    }
}

/// Where a chosen file stands in an import.
fn place_of(field: &str, name: &str) -> Result<String, Refusal> {
    match field {
        "organisations" => Ok(ORGANISATIONS.to_owned()),
        "signatories" => Ok(SIGNATORIES.to_owned()),
        "certificates" => {
            let wrong = name.is_empty()
                || name.chars().count() > NAME_CHARACTERS
                || name.chars().any(|c| c.is_control() || c == '/' || c == '\\');
            if wrong { Err(Refusal::TextUnacceptable) } else { Ok(format!("certificates/{name}")) }
        }
        _ => Err(Refusal::BodyMalformed),
    }
}

/// Of exactly what was looked at: the files, and what would come of them.
fn digest(files: &ImportFiles, report: &ImportReport) -> String {
    let mut seen = String::new();
    for (name, octets) in &files.0 {
        seen.push_str(&format!("{}:{name}:{}\n", name.len(), hex::encode(crypto::sha256(octets))));
    }
    seen.push_str(&format!("{} {} {}\n", report.organisations, report.subscribers, report.unchanged));
    for row in &report.refused {
        seen.push_str(&format!("{}:{}:{:?}:{}\n", row.file.len(), row.file, row.line, row.fault.code()));
    }
    hex::encode(crypto::sha256(seen.as_bytes()))
}

//! Opening the registration authority: everything the bank configured is parsed and checked before the first verb runs.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use domain::agent::Agent;
use domain::ids::AgentId;
use domain::journal::{Entry, Event};
use domain::procedure::Procedure;
use domain::{Timestamp, actor::Actor};
use statement::act::ActTemplate;
use store::Store;
use store::authorities::{AuthorityKind, AuthorityRow};

use crate::countersignature::{Countersigner, OpenAgentKey};
use crate::failure::Error;
use crate::keyring::{Keyring, OutsideKeys, Password};

/// The clock and the randomness of one call.
pub struct Moment<'a> {
    /// Now.
    pub now: Timestamp,
    /// A cryptographically secure generator.
    pub rng: &'a mut crypto::Rng,
}

impl Moment<'_> {
    pub(crate) fn octets<const N: usize>(&mut self) -> [u8; N] {
        let mut octets = [0; N];
        self.rng.fill_bytes(&mut octets);
        octets
    }
}

/// What the registration authority is opened with.
pub struct Setup {
    /// Which database.
    pub location: store::Location,
    /// Scheme, host and port that clients see; part of every signed text and link. No trailing slash.
    pub origin: String,
    /// The data folder: `keys/` and the file of checkpoints.
    pub data: PathBuf,
    /// Opens the keys.
    pub key_password: Password,
    /// Keys of authorities on a token or in an HSM, where some are.
    pub outside_keys: Option<OutsideKeys>,
    /// Opens the keys by which agents sign acts; without it none may name one.
    pub open_agent_key: Option<Box<OpenAgentKey>>,
    /// `agents/NAME.toml`.
    pub agents: Vec<SourceFile>,
    /// `procedures/NAME/`.
    pub procedures: Vec<ProcedureFolder>,
    /// `profiles/NAME.toml`.
    pub profiles: Vec<SourceFile>,
    /// Numbers that bound things.
    pub limits: Limits,
}

/// A configured text file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// File name without extension.
    pub name: String,
    /// Where it came from, for messages.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The parts of a procedure's folder that decide and sign; words are the server's.
#[derive(Clone, Debug)]
pub struct ProcedureFolder {
    /// The folder's name.
    pub name: String,
    /// Where it came from, for messages.
    pub path: String,
    /// `procedure.toml`.
    pub toml: String,
    /// `documents/act.txt`, if there is one.
    pub act_template: Option<String>,
    /// `documents/act-person.txt`, the act of whoever acts for nobody else; without it they sign the other one.
    pub act_person_template: Option<String>,
}

/// Numbers that bound the registration authority's work.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a sign-in lasts, milliseconds.
    pub sign_in_ms: i64,
    /// How long a challenge may wait for its signature, milliseconds.
    pub challenge_ms: i64,
    /// How long a claimed effect belongs to the worker that claimed it, milliseconds.
    pub lease_ms: i64,
    /// Tries of an effect before the desk must look: with the pauses of `effects` about nine hours.
    pub effect_tries: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { sign_in_ms: 30 * 60_000, challenge_ms: 5 * 60_000, lease_ms: 30_000, effect_tries: 60 }
    }
}

/// The wording of an act.
pub(crate) struct Wording {
    pub(crate) template: ActTemplate,
    /// Its text, for a component that renders the act itself.
    pub(crate) source: String,
}

/// A procedure with the wordings of its act, and the text under which requests remember all of them.
pub(crate) struct Offered {
    pub(crate) procedure: Procedure,
    act: Option<Wording>,
    act_person: Option<Wording>,
    pub(crate) copy: String,
    pub(crate) copy_sha256: [u8; 32],
}

/// A profile with the digest by which an intent names it.
pub(crate) struct ProfileInForce {
    pub(crate) profile: ca::Profile,
    pub(crate) sha256: [u8; 32],
}

/// The registration authority. Cloning shares it.
#[derive(Clone)]
pub struct Ra(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) origin: String,
    pub(crate) data: PathBuf,
    pub(crate) agents: Vec<Agent>,
    pub(crate) procedures: BTreeMap<String, Arc<Offered>>,
    pub(crate) profiles: BTreeMap<String, ProfileInForce>,
    pub(crate) keyring: Keyring,
    pub(crate) open_agent_key: Option<Box<OpenAgentKey>>,
    /// Opened when a server is at work, not for every command: whoever adds a member of staff needs no agent's token.
    pub(crate) countersigners: OnceLock<Vec<Countersigner>>,
    pub(crate) limits: Limits,
    /// Procedures that running requests began under and that have since changed, by the digest of their copy.
    copies: Mutex<HashMap<[u8; 32], Arc<Offered>>>,
    work: Mutex<bool>,
    work_came: Condvar,
    pub(crate) checkpoint_file: Mutex<()>,
}

impl Ra {
    /// Opens for work: validates everything, loads the keys, brings the database to this version, and puts on record what is new:
    /// the texts of procedures, for the requests that will begin under them, and authorities that it has not seen.
    ///
    /// # Errors
    /// The first thing that does not hold: file, line and reason for configured files.
    pub fn open(setup: Setup, at: &mut Moment<'_>) -> Result<Self, Error> {
        let store = Store::open(&setup.location)?;
        let ra = Self::assemble(setup, store)?;
        let copies: Vec<_> =
            ra.0.procedures
                .values()
                .map(|offered| (offered.copy_sha256, offered.procedure.name.clone(), offered.copy.clone()))
                .collect();
        let authorities = ra.authorities_of_record(at.now);
        ra.0.store.write(move |tx| -> Result<(), store::Error> {
            for (sha256, name, copy) in &copies {
                store::procedures::remember(tx, sha256, name, copy)?;
            }
            let known = store::authorities::all(tx)?;
            for (row, entry) in &authorities {
                if known.iter().all(|known| known.der != row.der) {
                    store::authorities::insert(tx, row)?;
                    store::journal::append(tx, entry)?;
                }
            }
            Ok(())
        })?;
        Ok(ra)
    }

    fn authorities_of_record(&self, now: Timestamp) -> Vec<(AuthorityRow, Entry)> {
        let rows = self.0.keyring.authorities().iter().map(|authority| {
            let row = AuthorityRow {
                name: authority.name.clone(),
                kind: AuthorityKind::Own,
                der: authority.certificate.as_der().to_vec(),
                chain_position: None,
                imported_at: now,
            };
            let entry = Entry {
                at: now,
                actor: Actor::System,
                object: format!("authority:{}", authority.name),
                event: Event::AuthorityCreated {
                    authority: authority.name.clone(),
                    thumbprint_sha256: hex::encode(authority.certificate.thumbprint_sha256()),
                },
            };
            (row, entry)
        });
        rows.collect()
    }

    /// A server is at work from now on: the keys of agents that sign acts are opened, a journal row says so, and what a crash left half done is taken up.
    ///
    /// # Errors
    /// When such a key cannot be used today, and when the database is gone.
    pub fn started(&self, at: &mut Moment<'_>) -> Result<(), Error> {
        self.open_countersigners(at.now)?;
        let entry = Entry {
            at: at.now,
            actor: Actor::System,
            object: "server".to_owned(),
            event: Event::Started { version: env!("CARGO_PKG_VERSION").to_owned() },
        };
        self.0.store.write(move |tx| store::journal::append(tx, &entry))?;
        self.reconcile(at)
    }

    /// Opens for reading beside a running server: no migration, no journal row.
    ///
    /// # Errors
    /// As [`Ra::open`].
    pub fn open_reading(setup: Setup) -> Result<Self, Error> {
        let store = Store::open_reading(&setup.location)?;
        Self::assemble(setup, store)
    }

    fn assemble(setup: Setup, store: Store) -> Result<Self, Error> {
        let keyring = Keyring::load(&setup.data, &setup.key_password, setup.outside_keys.as_ref())?;
        let procedures = offered_procedures(&setup.procedures)?;
        let profiles = profiles_in_force(&setup.profiles)?;
        let agents = agents(&setup.agents)?;
        check_together(&agents, &procedures, &profiles, &keyring)?;
        Ok(Self(Arc::new(Inner {
            store,
            origin: setup.origin,
            data: setup.data,
            agents,
            procedures,
            profiles,
            keyring,
            open_agent_key: setup.open_agent_key,
            countersigners: OnceLock::new(),
            limits: setup.limits,
            copies: Mutex::default(),
            work: Mutex::new(false),
            work_came: Condvar::new(),
            checkpoint_file: Mutex::new(()),
        })))
    }

    /// Ends in order: a last checkpoint, and a journal row that says so.
    ///
    /// # Errors
    /// When the database is gone.
    pub fn stop(&self, at: &mut Moment<'_>) -> Result<(), Error> {
        let entry = Entry { at: at.now, actor: Actor::System, object: "server".to_owned(), event: Event::Stopped };
        self.0.store.write(move |tx| store::journal::append(tx, &entry))?;
        self.checkpoint(at)
    }

    /// The agent with this number.
    #[must_use]
    pub fn agent(&self, id: AgentId) -> Option<&Agent> {
        self.0.agents.iter().find(|agent| agent.id == id)
    }

    /// All agents.
    #[must_use]
    pub fn agents(&self) -> &[Agent] {
        &self.0.agents
    }

    /// The procedure in force under this name.
    #[must_use]
    pub fn procedure(&self, name: &str) -> Option<&Procedure> {
        self.0.procedures.get(name).map(|offered| &offered.procedure)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// What it said instead.
    pub fn healthy(&self) -> Result<(), Error> {
        Ok(self.0.store.healthy()?)
    }

    /// Waits until a verb left work in the outbox, at most `timeout`. True when there is some.
    #[must_use]
    pub fn wait_for_work(&self, timeout: Duration) -> bool {
        let guard = self.0.work.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut came, _) =
            self.0.work_came.wait_timeout_while(guard, timeout, |came| !*came).unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *came)
    }

    /// Wakes whoever waits in [`Ra::wait_for_work`]: after every change with effects, and by the server when it stops.
    pub fn wake(&self) {
        *self.0.work.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.work_came.notify_all();
    }

    pub(crate) fn known_agent(&self, id: AgentId) -> Result<&Agent, domain::Refusal> {
        self.agent(id).ok_or(domain::Refusal::NotFound)
    }

    /// The procedure a request began under: the one in force if its text is the same, else the remembered copy.
    pub(crate) fn offered(&self, name: &str, sha256: &[u8; 32]) -> Result<Arc<Offered>, Error> {
        if let Some(offered) = self.0.procedures.get(name).filter(|offered| offered.copy_sha256 == *sha256) {
            return Ok(offered.clone());
        }
        if let Some(offered) = self.0.copies.lock().unwrap_or_else(PoisonError::into_inner).get(sha256) {
            return Ok(offered.clone());
        }
        let key = *sha256;
        let (name, copy) = self.0.store.read(move |tx| store::procedures::by_sha256(tx, &key))?.ok_or_else(|| {
            Error::Contradiction(format!("a request began under an unknown text of procedure {name}"))
        })?;
        let offered = Arc::new(Offered::from_copy(&name, copy)?);
        self.0.copies.lock().unwrap_or_else(PoisonError::into_inner).insert(*sha256, offered.clone());
        Ok(offered)
    }
}

/// Between `procedure.toml` and the act's template in the copy that requests remember.
const COPY_SEAM: &str = "\n\u{1e}documents/act.txt\u{1e}\n";

/// Before the act's template of a natural person in that copy.
const PERSON_SEAM: &str = "\n\u{1e}documents/act-person.txt\u{1e}\n";

impl Offered {
    /// The wording of the act that an organisation's person signs, or somebody who acts for nobody else.
    pub(crate) fn act_for(&self, has_organisation: bool) -> Option<&Wording> {
        let own = self.act_person.as_ref().filter(|_| !has_organisation);
        own.or(self.act.as_ref())
    }

    fn new(folder: &ProcedureFolder) -> Result<Self, Error> {
        let file = format!("{}/procedure.toml", folder.path);
        let procedure =
            Procedure::parse(&folder.name, &file, &folder.toml).map_err(|error| Error::Setup(error.to_string()))?;
        let wording = |name: &str, text: &String| match ActTemplate::parse(text) {
            Ok(template) => Ok(Wording { template, source: text.clone() }),
            Err(error) => Err(Error::Setup(format!("{}/documents/{name}: {error}", folder.path))),
        };
        let act = folder.act_template.as_ref().map(|text| wording("act.txt", text)).transpose()?;
        let act_person = folder.act_person_template.as_ref().map(|text| wording("act-person.txt", text)).transpose()?;
        let mut copy = folder.toml.clone();
        for (seam, text) in [(COPY_SEAM, &folder.act_template), (PERSON_SEAM, &folder.act_person_template)] {
            if let Some(text) = text {
                copy.push_str(seam);
                copy.push_str(text);
            }
        }
        let copy_sha256 = crypto::sha256(copy.as_bytes());
        Ok(Self { procedure, act, act_person, copy, copy_sha256 })
    }

    fn from_copy(name: &str, copy: String) -> Result<Self, Error> {
        let apart = |text: &str, seam| match text.split_once(seam) {
            Some((before, after)) => (before.to_owned(), Some(after.to_owned())),
            None => (text.to_owned(), None),
        };
        let (rest, act_person_template) = apart(&copy, PERSON_SEAM);
        let (toml, act_template) = apart(&rest, COPY_SEAM);
        Self::new(&ProcedureFolder {
            name: name.to_owned(),
            path: format!("remembered copy of {name}"),
            toml,
            act_template,
            act_person_template,
        })
    }
}

fn offered_procedures(folders: &[ProcedureFolder]) -> Result<BTreeMap<String, Arc<Offered>>, Error> {
    folders.iter().map(|folder| Ok((folder.name.clone(), Arc::new(Offered::new(folder)?)))).collect()
}

fn profiles_in_force(files: &[SourceFile]) -> Result<BTreeMap<String, ProfileInForce>, Error> {
    files
        .iter()
        .map(|file| {
            let profile = ca::Profile::parse(&file.name, &file.text).map_err(|error| {
                let line = error.line.map(|line| format!(":{line}")).unwrap_or_default();
                Error::Setup(format!("{}{line}: {}", file.path, error.reason))
            })?;
            Ok((file.name.clone(), ProfileInForce { profile, sha256: crypto::sha256(file.text.as_bytes()) }))
        })
        .collect()
}

fn agents(files: &[SourceFile]) -> Result<Vec<Agent>, Error> {
    let mut agents: Vec<Agent> = Vec::new();
    for file in files {
        let mut agent = Agent::parse(&file.path, &file.text).map_err(|error| Error::Setup(error.to_string()))?;
        let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
        agent.countersignature = agent.countersignature.map(|named| named.seen_from(folder));
        if let Some(other) = agents.iter().find(|other| other.id == agent.id) {
            return Err(Error::Setup(format!("{}: agentId {} is already that of {}", file.path, agent.id, other.file)));
        }
        agents.push(agent);
    }
    Ok(agents)
}

/// What one file says about another must hold before the server starts.
fn check_together(
    agents: &[Agent],
    procedures: &BTreeMap<String, Arc<Offered>>,
    profiles: &BTreeMap<String, ProfileInForce>,
    keyring: &Keyring,
) -> Result<(), Error> {
    for agent in agents {
        for name in &agent.procedures {
            let offered = procedures.get(name).ok_or_else(|| {
                Error::Setup(format!("{}: offers procedure {name}, of which there is no folder", agent.file))
            })?;
            let profile = profiles.get(&offered.procedure.profile).ok_or_else(|| {
                Error::Setup(format!("{name}: names profile {}, of which there is no file", offered.procedure.profile))
            })?;
            if keyring.authority(profile.profile.authority()).is_none() {
                return Err(Error::Setup(format!(
                    "profile {}: its authority {} has no key here; `surguch ca init` makes one",
                    offered.procedure.profile,
                    profile.profile.authority()
                )));
            }
            let electronic =
                offered.procedure.act.as_ref().is_some_and(|act| act.form == domain::procedure::ActForm::Electronic);
            if electronic && offered.act.is_none() {
                return Err(Error::Setup(format!("{name}: has an electronic act but no documents/act.txt")));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_remembered_copy_has_every_wording_of_the_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../procedures");
        let mut with_two = 0;
        for entry in std::fs::read_dir(root).unwrap() {
            let path = entry.unwrap().path();
            let text = |file: &str| std::fs::read_to_string(path.join(file)).ok();
            let folder = ProcedureFolder {
                name: path.file_name().unwrap().to_str().unwrap().to_owned(),
                path: path.display().to_string(),
                toml: text("procedure.toml").unwrap(),
                act_template: text("documents/act.txt"),
                act_person_template: text("documents/act-person.txt"),
            };
            let now = Offered::new(&folder).unwrap();
            let remembered = Offered::from_copy(&folder.name, now.copy.clone()).unwrap();
            assert_eq!(remembered.copy_sha256, now.copy_sha256);
            let source = |offered: &Offered, has_organisation| {
                offered.act_for(has_organisation).map(|wording| wording.source.clone())
            };
            assert_eq!(source(&remembered, true), folder.act_template);
            let person = folder.act_person_template.clone().or(folder.act_template);
            assert_eq!(source(&remembered, false), person, "{}", folder.name);
            with_two += usize::from(folder.act_person_template.is_some());
        }
        assert!(with_two > 0, "no folder has two wordings");
    }
}

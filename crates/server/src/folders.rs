//! Agents, procedures and profiles: the embedded folders, and those of the bank in front of them, read into memory once.
//!
//! What the texts mean is judged in `domain`, `ca` and `ra`; the words of the procedures are parsed here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use domain::agent::Agent;
use domain::procedure::Procedure;
use include_dir::{Dir, include_dir};
use ra::{ProcedureFolder, SourceFile};

use crate::config;
use crate::papers::{self, PaperFiles};
use crate::terminal::Trouble;
use crate::words::{ProcedureWords, WordsError};

static PROCEDURES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../procedures");
static AGENTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../agents");
static PROFILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../profiles");

/// Everything that is configured by folders, as text.
pub(crate) struct Folders {
    pub(crate) agents: Vec<SourceFile>,
    pub(crate) profiles: Vec<SourceFile>,
    pub(crate) procedures: Vec<ProcedureFolder>,
    /// `locales/ru.ftl` and `locales/en.ftl` of each procedure that has them, with the folder's path for messages.
    locales: BTreeMap<String, (String, String, String)>,
    papers: BTreeMap<String, PaperFiles>,
}

impl Folders {
    /// The embedded folders with the bank's own in front. An entry replaces the embedded one of its name as a whole.
    pub(crate) fn read(own: &config::Folders) -> anyhow::Result<Self> {
        let mut folders = Self {
            agents: embedded_files(&AGENTS, "agents"),
            profiles: embedded_files(&PROFILES, "profiles"),
            procedures: Vec::new(),
            locales: BTreeMap::new(),
            papers: BTreeMap::new(),
        };
        for folder in PROCEDURES.dirs() {
            let name = last(folder.path());
            let text = |file: &str| {
                folder.get_file(folder.path().join(file)).and_then(|file| file.contents_utf8()).map(str::to_owned)
            };
            folders.take_procedure(&name, &format!("procedures/{name}"), false, text)?;
        }
        if let Some(path) = &own.agents {
            replace(&mut folders.agents, files(path)?);
        }
        if let Some(path) = &own.profiles {
            replace(&mut folders.profiles, files(path)?);
        }
        if let Some(path) = &own.procedures {
            for folder in entries(path)?.into_iter().filter(|entry| entry.is_dir()) {
                let name = last(&folder);
                let shown = folder.display().to_string();
                folders.procedures.retain(|other| other.name != name);
                folders.locales.remove(&name);
                folders.take_procedure(&name, &shown, true, |file| std::fs::read_to_string(folder.join(file)).ok())?;
            }
        }
        folders.agents.sort_by(|one, other| one.name.cmp(&other.name));
        folders.procedures.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(folders)
    }

    fn take_procedure(
        &mut self,
        name: &str,
        path: &str,
        is_own: bool,
        text: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<()> {
        let Some(toml) = text("procedure.toml") else {
            return Err(refused(format!("{path}/procedure.toml: missing or not UTF-8")));
        };
        self.procedures.push(ProcedureFolder {
            name: name.to_owned(),
            path: path.to_owned(),
            toml,
            act_template: text("documents/act.txt"),
            act_person_template: text("documents/act-person.txt"),
        });
        if let (Some(ru), Some(en)) = (text("locales/ru.ftl"), text("locales/en.ftl")) {
            self.locales.insert(name.to_owned(), (path.to_owned(), ru, en));
        }
        let files = papers::FILES.into_iter().filter_map(|file| Some((file, text(&format!("documents/{file}"))?)));
        self.papers.insert(name.to_owned(), PaperFiles { path: path.to_owned(), is_own, files: files.collect() });
        Ok(())
    }

    /// What each procedure's folder says about its papers.
    pub(crate) fn papers(&self) -> &BTreeMap<String, PaperFiles> {
        &self.papers
    }

    /// The words of every procedure that has some.
    pub(crate) fn words(&self) -> Result<BTreeMap<String, ProcedureWords>, WordsError> {
        self.locales
            .iter()
            .map(|(name, (path, ru, en))| Ok((name.clone(), ProcedureWords::parse(path, ru, en)?)))
            .collect()
    }

    /// Where a procedure came from, for messages.
    pub(crate) fn path(&self, name: &str) -> String {
        self.procedures
            .iter()
            .find(|folder| folder.name == name)
            .map_or_else(|| name.to_owned(), |folder| folder.path.clone())
    }
}

/// Everything that is wrong with the words of the procedures that these agents offer: parse errors, missing ids, ids of one
/// language only. `of` gives a procedure by its name.
pub(crate) fn faults_of_words<'a>(
    folders: &Folders,
    agents: &[Agent],
    of: impl Fn(&str) -> Option<&'a Procedure>,
) -> Vec<String> {
    let words = match folders.words() {
        Ok(words) => words,
        Err(error) => return vec![error.to_string()],
    };
    let offered: BTreeSet<&String> = agents.iter().flat_map(|agent| &agent.procedures).collect();
    offered
        .into_iter()
        .flat_map(|name| match words.get(name) {
            Some(words) => words.faults(of(name)).iter().map(ToString::to_string).collect(),
            None => vec![format!(
                "{}/locales: an agent offers it, but ru.ftl and en.ftl are not both there",
                folders.path(name)
            )],
        })
        .collect()
}

/// "The server does not start", with file, line and reason.
pub(crate) fn refused(detail: String) -> anyhow::Error {
    Trouble::new("folder-refused", CONFIG_REFUSED).with("detail", detail).into()
}

/// Exit code for a configuration or folder that is refused.
pub(crate) const CONFIG_REFUSED: u8 = 3;

fn embedded_files(folder: &Dir<'_>, name: &str) -> Vec<SourceFile> {
    folder
        .files()
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "toml"))
        .filter_map(|file| {
            let stem = file.path().file_stem()?.to_str()?.to_owned();
            Some(SourceFile { path: format!("{name}/{stem}.toml"), text: file.contents_utf8()?.to_owned(), name: stem })
        })
        .collect()
}

fn files(folder: &Path) -> anyhow::Result<Vec<SourceFile>> {
    entries(folder)?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| {
            let text =
                std::fs::read_to_string(&path).map_err(|error| refused(format!("{}: {error}", path.display())))?;
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            Ok(SourceFile { name, path: path.display().to_string(), text })
        })
        .collect()
}

fn replace(all: &mut Vec<SourceFile>, own: Vec<SourceFile>) {
    all.retain(|file| own.iter().all(|other| other.name != file.name));
    all.extend(own);
}

fn entries(folder: &Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let mut paths = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>())
        .with_context(|| folder.display().to_string())?;
    paths.sort();
    Ok(paths)
}

fn last(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

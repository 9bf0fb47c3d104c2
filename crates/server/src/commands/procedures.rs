//! `surguch procedure`: a procedure as a table that the bank can read, and the check that its words are whole.

use anyhow::Context as _;
use domain::agent::Agent;
use domain::procedure::Procedure;

use super::FAULTS;
use crate::config::Settings;
use crate::folders::{Folders, faults_of_words, refused};
use crate::papers::faults_of_papers;
use crate::terminal::{Trouble, say, tell_word};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Print one procedure, or all, as a table.
    Show {
        /// Folder name.
        name: Option<String>,
    },
    /// Check every folder and its papers, and the words of those that an agent offers.
    Check,
}

pub(super) fn run(command: &Command, settings: &Settings) -> anyhow::Result<()> {
    let folders = Folders::read(&settings.folders)?;
    match command {
        Command::Show { name } => show(&folders, name.as_deref()),
        Command::Check => check(&folders),
    }
}

fn show(folders: &Folders, name: Option<&str>) -> anyhow::Result<()> {
    let procedures = procedures(folders)?;
    let wanted: Vec<_> = procedures.iter().filter(|procedure| name.is_none_or(|name| procedure.name == name)).collect();
    if wanted.is_empty() {
        let known: Vec<_> = procedures.iter().map(|procedure| procedure.name.as_str()).collect();
        anyhow::bail!("no procedure {}; there are {}", name.unwrap_or_default(), known.join(", "));
    }
    let tables: Vec<_> = wanted.iter().map(|procedure| procedure.table()).collect();
    say(tables.join("\n").trim_end());
    Ok(())
}

fn check(folders: &Folders) -> anyhow::Result<()> {
    let procedures = procedures(folders)?;
    let agents = folders
        .agents
        .iter()
        .map(|file| Agent::parse(&file.path, &file.text).map_err(|error| refused(error.to_string())))
        .collect::<Result<Vec<_>, _>>()?;
    let find = |name: &str| procedures.iter().find(|procedure| procedure.name == name);
    for agent in &agents {
        for name in &agent.procedures {
            find(name).with_context(|| format!("{}: offers {name}, of which there is no folder", agent.file))?;
        }
    }
    let mut faults = faults_of_words(folders, &agents, find);
    faults.extend(faults_of_papers(folders));
    for fault in &faults {
        say(fault);
    }
    if !faults.is_empty() {
        return Err(Trouble::new("procedures-wrong", FAULTS).with("count", faults.len().to_string()).into());
    }
    tell_word("procedures-right", &[]);
    Ok(())
}

fn procedures(folders: &Folders) -> anyhow::Result<Vec<Procedure>> {
    folders
        .procedures
        .iter()
        .map(|folder| {
            let file = format!("{}/procedure.toml", folder.path);
            Procedure::parse(&folder.name, &file, &folder.toml).map_err(|error| refused(error.to_string()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_embedded_folders_are_whole() {
        let folders = Folders::read(&crate::config::Folders::default()).unwrap();
        assert!(!folders.agents.is_empty() && !folders.profiles.is_empty());
        check(&folders).unwrap();
        show(&folders, None).unwrap();
        assert!(show(&folders, Some("no-such")).is_err());
    }

    #[test]
    fn a_procedure_of_the_bank_with_a_fault_is_refused_with_file_and_line() {
        let own = tempfile::tempdir().unwrap();
        let folder = own.path().join("sample");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("procedure.toml"), "kind = \"renewal\"\nno_such_word = 1\n").unwrap();
        let folders =
            Folders::read(&crate::config::Folders { procedures: Some(own.path().to_path_buf()), ..Default::default() })
                .unwrap();
        let message = check(&folders).unwrap_err().to_string();
        assert!(message.contains("sample/procedure.toml:") && message.contains("no_such_word"), "{message}");
    }
}

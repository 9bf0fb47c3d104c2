//! `surguch staff`: who may decide. A token is shown once and stored hashed.

use std::path::Path;

use anyhow::Context as _;
use domain::actor::Role;
use domain::ids::{AgentId, StaffId};

use ra::Password;
use zeroize::Zeroizing;

use super::{FAULTS, actor};
use crate::config::Settings;
use crate::server::{open_reading, open_writing};
use crate::terminal::{Trouble, say, tell_word};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Add a member of staff and print the access token, once.
    Add {
        /// The agent: the number in ?agentId=.
        #[arg(long, value_name = "N")]
        agent: u32,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// A role; may be given several times.
        #[arg(long = "role", value_name = "ROLE", required = true, value_parser = role)]
        roles: Vec<Role>,
    },
    /// Give a member a login and a password for the desk's pages; the password is read from a file or the standard input. Prints the
    /// secret of the second device, once.
    Password {
        /// The id that `staff list` shows.
        id: StaffId,
        /// What the person types as their name.
        #[arg(long)]
        login: String,
        /// A file with the password in its first line; without it the first line of the standard input.
        #[arg(long, value_name = "FILE")]
        file: Option<std::path::PathBuf>,
    },
    /// Let a certificate of record open the desk for a member, or take it away.
    #[command(group = clap::ArgGroup::new("what").required(true).args(["serial", "remove"]))]
    Certificate {
        /// The id that `staff list` shows.
        id: StaffId,
        /// Serial number of the certificate in hexadecimal.
        #[arg(long, value_name = "HEX")]
        serial: Option<String>,
        /// The member's certificate opens the desk no more.
        #[arg(long)]
        remove: bool,
    },
    /// Take a member's token out of use.
    Disable {
        /// The id that `staff list` shows.
        id: StaffId,
    },
    /// List the members of staff: id, agent, name, roles, since when, disabled since (tab-separated).
    List,
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| format!("one of {}", Role::ALL.map(Role::name).join(", ")))
}

/// A password is never an argument: arguments are seen by everybody on the machine.
fn first_line(file: Option<&Path>) -> anyhow::Result<Password> {
    let mut line = Zeroizing::new(String::new());
    match file {
        Some(file) => {
            let text = Zeroizing::new(std::fs::read_to_string(file).with_context(|| file.display().to_string())?);
            line.push_str(text.lines().next().unwrap_or_default());
        }
        None => {
            std::io::stdin().read_line(&mut line)?;
        }
    }
    Ok(Password::new(line.trim_end_matches(['\r', '\n']).as_bytes().to_vec()))
}

pub(super) fn run(command: Command, settings: &Settings) -> anyhow::Result<()> {
    match command {
        Command::Add { agent, name, roles } => {
            let (_lock, ra, clock) = open_writing(settings)?;
            let (_, token) = clock.at(|at| ra.add_staff(&actor(), AgentId(agent), &name, &roles, at))?;
            tell_word("token-once", &[("name", name)]);
            say(token);
            Ok(())
        }
        Command::Password { id, login, file } => {
            let password = first_line(file.as_deref())?;
            let (_lock, ra, clock) = open_writing(settings)?;
            let secret = clock.at(|at| ra.set_staff_password(&actor(), id, &login, &password, at))?;
            tell_word("device-once", &[("name", login)]);
            say(secret);
            Ok(())
        }
        Command::Certificate { id, serial, remove: _ } => {
            let (_lock, ra, clock) = open_writing(settings)?;
            let Some(serial) = serial else {
                clock.at(|at| ra.remove_staff_certificate(&actor(), id, at))?;
                tell_word("staff-certificate-removed", &[("name", id.to_string())]);
                return Ok(());
            };
            let serial = serial.to_lowercase();
            let found = clock.at(|at| ra.certificates_for_member(&actor(), id, &serial, at))?;
            let [certificate] = found.as_slice() else {
                return Err(Trouble::new("staff-certificate-not-one", FAULTS)
                    .with("count", found.len().to_string())
                    .into());
            };
            clock.at(|at| ra.set_staff_certificate(&actor(), id, certificate.card.id, at))?;
            tell_word("staff-certificate-set", &[("name", id.to_string())]);
            say(&certificate.card.subject);
            Ok(())
        }
        Command::Disable { id } => {
            let (_lock, ra, clock) = open_writing(settings)?;
            clock.at(|at| ra.disable_staff(&actor(), id, at))?;
            tell_word("staff-disabled", &[("name", id.to_string())]);
            Ok(())
        }
        Command::List => {
            for member in open_reading(settings)?.staff_members(&actor())? {
                let roles = member.roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(",");
                let since = member.disabled_at.map_or_else(|| "-".to_owned(), |at| at.to_string());
                say(format!(
                    "{}\t{}\t{}\t{roles}\t{}\t{since}",
                    member.id, member.agent_id, member.name, member.created_at
                ));
            }
            Ok(())
        }
    }
}

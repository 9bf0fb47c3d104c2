//! `surguch staff`: who may decide. A token is shown once and stored hashed.

use domain::actor::Role;
use domain::ids::AgentId;

use super::actor;
use crate::config::Settings;
use crate::server::open_writing;
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
    /// List the members of staff.
    List,
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| format!("one of {}", Role::ALL.map(Role::name).join(", ")))
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
        // ra has no verb for it yet, and the server reads rows only through ra.
        Command::List => Err(Trouble::new("not-yet", 1).with("name", "surguch staff list".to_owned()).into()),
    }
}

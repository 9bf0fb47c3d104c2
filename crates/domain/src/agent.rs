//! An agent: the bank or broker that is the registration authority of its clients. Its facts are data (`agents/NAME.toml`).

use crate::calendar::Calendar;
use crate::ids::AgentId;
use crate::subscriber::{CaseForms, Gender};

/// A validated agent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agent {
    /// The file's name without `.toml`.
    pub file: String,
    /// The number in `?agentId=`.
    pub id: AgentId,
    /// Full name, as printed on acts.
    pub name: String,
    /// The person who acts for it.
    pub person: CaseForms,
    /// That person's gender.
    pub person_gender: Gender,
    /// The basis of that person's power, genitive: «приказа».
    pub basis: String,
    /// City of its acts.
    pub city: String,
    /// Name of the certification authority as printed on acts: «AUTHORITY».
    pub ca_name: String,
    /// Support: phone, extension, hours, e-mail, in words.
    pub support: String,
    /// From-address of letters.
    pub mail_from: String,
    /// Working days and time zone.
    pub calendar: Calendar,
    /// Names of the procedures it offers.
    pub procedures: Vec<String>,
}

impl Agent {
    /// Parses `agents/NAME.toml`; unknown keys are refused.
    ///
    /// # Errors
    /// The file and the reason in words.
    pub fn parse(file: &str, text: &str) -> Result<Self, crate::procedure::ProcedureError> {
        let _ = text;
        Err(crate::procedure::ProcedureError {
            file: file.to_owned(),
            line: None,
            reason: "not written yet".to_owned(),
        })
    }
}

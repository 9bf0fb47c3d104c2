//! Steps that one member of staff proposed and another decides.

use domain::Timestamp;
use domain::ids::{AgentId, ProposalId, StaffId};

use crate::db::statement::{both, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx, one_row};

/// One proposal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProposalRow {
    /// Its id.
    pub id: ProposalId,
    /// At which agent.
    pub agent_id: AgentId,
    /// What it is about: `certificate:ID`, `request:ID`.
    pub object: String,
    /// The step's word.
    pub step: String,
    /// What the step needs: a reason of RFC 5280, an address.
    pub value: String,
    /// Why, in words.
    pub reason: String,
    /// Version of the object that was looked at.
    pub version: i64,
    /// Who proposed it.
    pub proposed_by: StaffId,
    /// When.
    pub proposed_at: Timestamp,
    /// Who decided it and how, once it is decided.
    pub decided: Option<(StaffId, Outcome)>,
}

/// How a proposal ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The second person agreed and the step was taken.
    Confirmed,
    /// Somebody said no.
    Declined,
}

impl Outcome {
    const ALL: [Self; 2] = [Self::Confirmed, Self::Declined];

    fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
        }
    }
}

/// Stores a proposal.
///
/// # Errors
/// [`Error::AlreadyThere`] for its id, or when one of this step about this object is open.
pub fn insert(tx: &mut Tx<'_>, new: &ProposalRow) -> Result<(), Error> {
    tx.execute(
        &INSERT,
        args![
            new.id,
            new.agent_id,
            &new.object,
            &new.step,
            &new.value,
            &new.reason,
            new.version,
            new.proposed_by,
            new.proposed_at,
        ],
    )?;
    Ok(())
}

/// The proposal with this id, open or decided.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_id(tx: &mut Tx<'_>, id: ProposalId) -> Result<Option<ProposalRow>, Error> {
    tx.optional(&BY_ID, args![id], proposal)
}

/// Open proposals about an object, oldest first.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn open_of_object(tx: &mut Tx<'_>, object: &str) -> Result<Vec<ProposalRow>, Error> {
    tx.all(&OPEN_OF_OBJECT, args![object], proposal)
}

/// The agent's open proposals, oldest first, at most `limit`.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn open_of_agent(tx: &mut Tx<'_>, agent_id: AgentId, limit: i64) -> Result<Vec<ProposalRow>, Error> {
    tx.all(&OPEN_OF_AGENT, args![agent_id, limit], proposal)
}

/// Ends an open proposal.
///
/// # Errors
/// [`Error::Conflict`] when somebody was faster.
pub fn decide(tx: &mut Tx<'_>, id: ProposalId, by: StaffId, at: Timestamp, outcome: Outcome) -> Result<(), Error> {
    let rows = tx.execute(&DECIDE, args![id, by, at, outcome.name()])?;
    one_row(rows, "proposal")
}

fn proposal(row: Row) -> Result<ProposalRow, Error> {
    let mut row = row.of("proposals");
    Ok(ProposalRow {
        id: row.parsed("id")?,
        agent_id: row.next("agent_id")?,
        object: row.next("object")?,
        step: row.next("step")?,
        value: row.next("value")?,
        reason: row.next("reason")?,
        version: row.next("version")?,
        proposed_by: row.parsed("proposed_by")?,
        proposed_at: row.next("proposed_at")?,
        decided: {
            let by = row.parsed_option("decided_by")?;
            let of_name = |text: &str| Outcome::ALL.into_iter().find(|outcome| outcome.name() == text);
            match (by, row.option_as("outcome", of_name)?) {
                (None, None) => None,
                (Some(by), Some(outcome)) => Some((by, outcome)),
                _ => return Err(row.contradiction("outcome")),
            }
        },
    })
}

macro_rules! columns {
    () => {
        "id, agent_id, object, step, value, reason, version, proposed_by, proposed_at, decided_by, outcome"
    };
}

sql! {
    INSERT = both(
        "INSERT INTO proposals (id, agent_id, object, step, value, reason, version, proposed_by, proposed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    );
    BY_ID = both(concat!("SELECT ", columns!(), " FROM proposals WHERE id = $1"));
    OPEN_OF_OBJECT = both(concat!(
        "SELECT ", columns!(), " FROM proposals WHERE object = $1 AND decided_at IS NULL ORDER BY proposed_at, id"
    ));
    OPEN_OF_AGENT = both(concat!(
        "SELECT ", columns!(), " FROM proposals WHERE agent_id = $1 AND decided_at IS NULL \
         ORDER BY proposed_at, id LIMIT $2"
    ));
    DECIDE = both(
        "UPDATE proposals SET decided_by = $2, decided_at = $3, outcome = $4 WHERE id = $1 AND decided_at IS NULL"
    );
}

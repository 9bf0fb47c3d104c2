//! Mailed links. The database holds only the hash of a code; a request has at most one live link.

use domain::Timestamp;
use domain::ids::{AgentId, LinkId, RequestId};

use crate::db::statement::{both, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx, kill, one_row};

/// What a link is good for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LinkState {
    /// Opens the request.
    Live,
    /// Has served its purpose: the certificate is proven.
    Spent,
    /// A newer one was asked for.
    Replaced,
    /// The request ended without it.
    Dead,
}

impl LinkState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Live, Self::Spent, Self::Replaced, Self::Dead];

    /// The word of SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Spent => "spent",
            Self::Replaced => "replaced",
            Self::Dead => "dead",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// One link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkRow {
    /// Its id.
    pub id: LinkId,
    /// The request it opens.
    pub request_id: RequestId,
    /// The agent it was opened at.
    pub agent_id: AgentId,
    /// 1 for the first of the request, then rising.
    pub number: i64,
    /// SHA-256 of the code in the letter.
    pub code_sha256: [u8; 32],
    /// What it is good for.
    pub state: LinkState,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it opens nothing.
    pub expires_at: Timestamp,
}

/// Stores a new link.
///
/// # Errors
/// [`Error::AlreadyThere`] for its id, `links.request_id, links.number`, `links.code_sha256`, or `links.request_id` when the
/// request has a live link.
pub fn insert(tx: &mut Tx<'_>, new: &LinkRow) -> Result<(), Error> {
    kill::point("links.insert.before");
    tx.execute(
        &INSERT,
        args![
            new.id,
            new.request_id,
            new.agent_id,
            new.number,
            &new.code_sha256,
            new.state.name(),
            new.created_at,
            new.expires_at,
        ],
    )?;
    kill::point("links.insert.after");
    Ok(())
}

/// The link whose code has this SHA-256.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_code_sha256(tx: &mut Tx<'_>, code_sha256: &[u8; 32]) -> Result<Option<LinkRow>, Error> {
    tx.optional(&BY_CODE, args![code_sha256], link)
}

/// All links of the request, by number.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn of_request(tx: &mut Tx<'_>, request_id: RequestId) -> Result<Vec<LinkRow>, Error> {
    tx.all(&OF_REQUEST, args![request_id], link)
}

/// The live link of the request.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn live_of_request(tx: &mut Tx<'_>, request_id: RequestId) -> Result<Option<LinkRow>, Error> {
    tx.optional(&LIVE_OF_REQUEST, args![request_id], link)
}

/// Moves the link from one state to another.
///
/// # Errors
/// [`Error::Conflict`] `link` when it is not in `from`.
pub fn set_state(tx: &mut Tx<'_>, id: LinkId, from: LinkState, to: LinkState) -> Result<(), Error> {
    kill::point("links.save.before");
    let rows = tx.execute(&SET_STATE, args![id, from.name(), to.name()])?;
    one_row(rows, "link")?;
    kill::point("links.save.after");
    Ok(())
}

fn link(row: Row) -> Result<LinkRow, Error> {
    let mut row = row.of("links");
    Ok(LinkRow {
        id: row.parsed("id")?,
        request_id: row.parsed("request_id")?,
        agent_id: row.next("agent_id")?,
        number: row.next("number")?,
        code_sha256: row.next("code_sha256")?,
        state: row.text_as("state", LinkState::from_name)?,
        created_at: row.next("created_at")?,
        expires_at: row.next("expires_at")?,
    })
}

macro_rules! columns {
    () => {
        "id, request_id, agent_id, number, code_sha256, state, created_at, expires_at"
    };
}

sql! {
    INSERT = both(concat!("INSERT INTO links (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"));
    BY_CODE = both(concat!("SELECT ", columns!(), " FROM links WHERE code_sha256 = $1"));
    OF_REQUEST = both(concat!("SELECT ", columns!(), " FROM links WHERE request_id = $1 ORDER BY number"));
    LIVE_OF_REQUEST = both(concat!("SELECT ", columns!(), " FROM links WHERE request_id = $1 AND state = 'live'"));
    SET_STATE = both("UPDATE links SET state = $3 WHERE id = $1 AND state = $2");
}

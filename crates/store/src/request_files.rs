//! The documents of a request, byte for byte as they came or were shown: PKCS#10, texts, signatures.

use domain::ids::RequestId;

use crate::db::statement::{Statement, both, sql};
use crate::db::value::{Arg, args};
use crate::{Error, Tx, kill};

/// What has come in so far.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RequestFiles {
    /// PKCS#10 in DER.
    pub pkcs10: Option<Vec<u8>>,
    /// The canonical request text the client was asked to sign.
    pub request_text: Option<String>,
    /// CMS over it.
    pub submission_cms: Option<Vec<u8>>,
    /// The text of the act.
    pub act_text: Option<String>,
    /// The values that fill the act, JSON, for a component that renders it itself.
    pub act_fields: Option<String>,
    /// The time in the act's binding.
    pub act_time: Option<String>,
    /// CMS over it by the current key.
    pub act_cms: Option<Vec<u8>>,
    /// CMS over it by the new key.
    pub act_cms_new_key: Option<Vec<u8>>,
    /// CMS over it by the agent.
    pub act_cms_agent: Option<Vec<u8>>,
    /// The challenge for the new key.
    pub challenge_text: Option<String>,
    /// CMS over it.
    pub proof_cms: Option<Vec<u8>>,
    /// The word of the kind of medium that the new key is on, as the client's machine says.
    pub key_medium: Option<String>,
    /// The serial number of the token that the new key is on, as the client's machine says.
    pub key_serial: Option<String>,
    /// What the record said of the client when they asked, JSON.
    pub record_then: Option<String>,
}

/// What has come in for the request; none when nothing has.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn get(tx: &mut Tx<'_>, request_id: RequestId) -> Result<Option<RequestFiles>, Error> {
    tx.optional(&GET, args![request_id], |row| {
        let mut row = row.of("request_files");
        let _request_id: String = row.next("request_id")?;
        Ok(RequestFiles {
            pkcs10: row.next("pkcs10")?,
            request_text: row.next("request_text")?,
            submission_cms: row.next("submission_cms")?,
            act_text: row.next("act_text")?,
            act_cms: row.next("act_cms")?,
            challenge_text: row.next("challenge_text")?,
            proof_cms: row.next("proof_cms")?,
            act_fields: row.next("act_fields")?,
            act_time: row.next("act_time")?,
            act_cms_new_key: row.next("act_cms_new_key")?,
            act_cms_agent: row.next("act_cms_agent")?,
            key_medium: row.next("key_medium")?,
            key_serial: row.next("key_serial")?,
            record_then: row.next("record_then")?,
        })
    })
}

/// Keeps the PKCS#10, in place of an earlier one.
///
/// # Errors
/// When the database fails; so for all below.
pub fn put_pkcs10(tx: &mut Tx<'_>, request_id: RequestId, der: &[u8]) -> Result<(), Error> {
    put(tx, &PUT_PKCS10, request_id, der.into())
}

/// Keeps where the key of the PKCS#10 is said to be, beside it.
///
/// # Errors
/// When the database fails.
pub fn put_key_medium(
    tx: &mut Tx<'_>,
    request_id: RequestId,
    medium: Option<&str>,
    serial: Option<&str>,
) -> Result<(), Error> {
    tx.execute(&PUT_KEY_MEDIUM, args![request_id, medium, serial])?;
    Ok(())
}

/// Keeps what the record said of the client when they asked.
///
/// # Errors
/// When the database fails.
pub fn put_record_then(tx: &mut Tx<'_>, request_id: RequestId, record: &str) -> Result<(), Error> {
    tx.execute(&PUT_RECORD_THEN, args![request_id, record])?;
    Ok(())
}

/// Keeps the canonical request text.
///
/// # Errors
/// When the database fails.
pub fn put_request_text(tx: &mut Tx<'_>, request_id: RequestId, text: &str) -> Result<(), Error> {
    put(tx, &PUT_REQUEST_TEXT, request_id, text.into())
}

/// Keeps the CMS over the request text.
///
/// # Errors
/// When the database fails.
pub fn put_submission(tx: &mut Tx<'_>, request_id: RequestId, cms: &[u8]) -> Result<(), Error> {
    put(tx, &PUT_SUBMISSION, request_id, cms.into())
}

/// Keeps the text of the act.
///
/// # Errors
/// When the database fails.
pub fn put_act_text(tx: &mut Tx<'_>, request_id: RequestId, text: &str) -> Result<(), Error> {
    put(tx, &PUT_ACT_TEXT, request_id, text.into())
}

/// Keeps the values that fill the act, and the time it is bound to.
///
/// # Errors
/// When the database fails.
pub fn put_act_fields(tx: &mut Tx<'_>, request_id: RequestId, fields: &str, time: &str) -> Result<(), Error> {
    put(tx, &PUT_ACT_FIELDS, request_id, fields.into())?;
    put(tx, &PUT_ACT_TIME, request_id, time.into())
}

/// Keeps the CMS over the act by the new key.
///
/// # Errors
/// When the database fails.
pub fn put_act_cms_new_key(tx: &mut Tx<'_>, request_id: RequestId, cms: &[u8]) -> Result<(), Error> {
    put(tx, &PUT_ACT_CMS_NEW_KEY, request_id, cms.into())
}

/// Keeps the CMS over the act.
///
/// # Errors
/// When the database fails.
pub fn put_act_cms(tx: &mut Tx<'_>, request_id: RequestId, cms: &[u8]) -> Result<(), Error> {
    put(tx, &PUT_ACT_CMS, request_id, cms.into())
}

/// Keeps the CMS over the act by the agent, once: false when there is one already, which stays.
///
/// # Errors
/// When the database fails.
pub fn put_act_cms_agent(tx: &mut Tx<'_>, request_id: RequestId, cms: &[u8]) -> Result<bool, Error> {
    kill::point("request-files.countersign.before");
    let rows = tx.execute(&PUT_ACT_CMS_AGENT, args![request_id, cms])?;
    kill::point("request-files.countersign.after");
    Ok(rows == 1)
}

/// Keeps the challenge for the new key.
///
/// # Errors
/// When the database fails.
pub fn put_challenge(tx: &mut Tx<'_>, request_id: RequestId, text: &str) -> Result<(), Error> {
    put(tx, &PUT_CHALLENGE, request_id, text.into())
}

/// Keeps the CMS over the challenge.
///
/// # Errors
/// When the database fails.
pub fn put_proof(tx: &mut Tx<'_>, request_id: RequestId, cms: &[u8]) -> Result<(), Error> {
    put(tx, &PUT_PROOF, request_id, cms.into())
}

fn put(tx: &mut Tx<'_>, statement: &Statement, request_id: RequestId, content: Arg<'_>) -> Result<(), Error> {
    kill::point("request-files.put.before");
    tx.execute(statement, &[request_id.into(), content])?;
    kill::point("request-files.put.after");
    Ok(())
}

macro_rules! put {
    ($column:literal) => {
        both(concat!(
            "INSERT INTO request_files (request_id, ",
            $column,
            ") VALUES ($1, $2) ON CONFLICT (request_id) DO UPDATE SET ",
            $column,
            " = excluded.",
            $column
        ))
    };
}

sql! {
    GET = both(
        "SELECT request_id, pkcs10, request_text, submission_cms, act_text, act_cms, challenge_text, proof_cms, \
         act_fields, act_time, act_cms_new_key, act_cms_agent, key_medium, key_serial, record_then \
         FROM request_files WHERE request_id = $1"
    );
    PUT_PKCS10 = put!("pkcs10");
    PUT_KEY_MEDIUM = both("UPDATE request_files SET key_medium = $2, key_serial = $3 WHERE request_id = $1");
    PUT_RECORD_THEN = put!("record_then");
    PUT_REQUEST_TEXT = put!("request_text");
    PUT_SUBMISSION = put!("submission_cms");
    PUT_ACT_TEXT = put!("act_text");
    PUT_ACT_FIELDS = put!("act_fields");
    PUT_ACT_TIME = put!("act_time");
    PUT_ACT_CMS = put!("act_cms");
    PUT_ACT_CMS_NEW_KEY = put!("act_cms_new_key");
    PUT_ACT_CMS_AGENT = both(
        "UPDATE request_files SET act_cms_agent = $2 WHERE request_id = $1 AND act_cms_agent IS NULL"
    );
    PUT_CHALLENGE = put!("challenge_text");
    PUT_PROOF = put!("proof_cms");
}

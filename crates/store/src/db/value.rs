//! Values on their way into and out of both databases. Five kinds are enough: nothing, whole numbers, text, octets, yes or no.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::str::FromStr;

use domain::Timestamp;
use domain::ids::{
    AgentId, CertificateId, ChallengeId, EffectId, HandOutId, ImportId, LinkId, MessageId, Nonce, OrganisationId,
    OwnerId, PaperId, ProposalId, RequestId, SmartCardId, StaffId, SubscriberId, TicketId, Unz,
};
use postgres::types::private::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::Error;

/// A value bound to a statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Arg<'a> {
    Null,
    Integer(i64),
    Text(Cow<'a, str>),
    Bytes(&'a [u8]),
    Boolean(bool),
}

/// A value read from a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
    Boolean(bool),
}

/// Builds the slice of arguments of one statement.
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::db::value::Arg::from($value)),*] };
}
pub(crate) use args;

impl From<i64> for Arg<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for Arg<'_> {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl From<String> for Arg<'_> {
    fn from(value: String) -> Self {
        Self::Text(Cow::Owned(value))
    }
}

impl<'a> From<&'a [u8]> for Arg<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a> From<&'a Vec<u8>> for Arg<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Arg<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Bytes(value)
    }
}

impl From<Timestamp> for Arg<'_> {
    fn from(value: Timestamp) -> Self {
        Self::Integer(value.0)
    }
}

impl From<AgentId> for Arg<'_> {
    fn from(value: AgentId) -> Self {
        Self::Integer(i64::from(value.0))
    }
}

impl<'a> From<&'a OwnerId> for Arg<'a> {
    fn from(value: &'a OwnerId) -> Self {
        Self::from(value.as_str())
    }
}

impl<'a, T: Into<Arg<'a>>> From<Option<T>> for Arg<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! text_ids {
    ($($id:ty),+) => {$(
        impl From<$id> for Arg<'_> {
            fn from(value: $id) -> Self {
                Self::from(value.to_string())
            }
        }
    )+};
}
text_ids!(
    CertificateId,
    ChallengeId,
    EffectId,
    HandOutId,
    LinkId,
    MessageId,
    Nonce,
    OrganisationId,
    PaperId,
    ProposalId,
    ImportId,
    RequestId,
    SmartCardId,
    StaffId,
    SubscriberId,
    TicketId,
    Unz
);

impl ToSql for Arg<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(value) if *kind == Type::INT8 => value.to_sql(kind, out),
            Self::Integer(value) if *kind == Type::INT4 => i32::try_from(*value)?.to_sql(kind, out),
            Self::Text(value) if <&str as ToSql>::accepts(kind) => value.as_ref().to_sql(kind, out),
            Self::Bytes(value) if *kind == Type::BYTEA => value.to_sql(kind, out),
            Self::Boolean(value) if *kind == Type::BOOL => value.to_sql(kind, out),
            Self::Integer(_) | Self::Text(_) | Self::Bytes(_) | Self::Boolean(_) => {
                Err(format!("a parameter of type {kind} was given another kind of value").into())
            }
        }
    }

    fn accepts(_kind: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        match *kind {
            Type::INT8 => i64::from_sql(kind, raw).map(Self::Integer),
            Type::INT4 => i32::from_sql(kind, raw).map(|value| Self::Integer(value.into())),
            Type::BYTEA => <&[u8]>::from_sql(kind, raw).map(|value| Self::Bytes(value.to_vec())),
            Type::BOOL => bool::from_sql(kind, raw).map(Self::Boolean),
            _ => String::from_sql(kind, raw).map(Self::Text),
        }
    }

    fn from_sql_null(_kind: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::INT4 | Type::BYTEA | Type::BOOL) || <String as FromSql>::accepts(kind)
    }
}

/// One row, its values in the order of the statement.
pub(crate) struct Row(pub(crate) Vec<Value>);

impl Row {
    /// Opens the row for reading as a row of `table`; its first column is what names it in a complaint.
    pub(crate) fn of(self, table: &'static str) -> Fields {
        let label = match self.0.first() {
            Some(Value::Text(text)) => text.chars().take(64).collect(),
            Some(Value::Integer(number)) => number.to_string(),
            Some(Value::Bytes(octets)) => hex::encode(octets),
            Some(Value::Null | Value::Boolean(_)) | None => "?".to_owned(),
        };
        Fields { table, label, values: self.0.into_iter() }
    }
}

/// Reads the values of a row one after another. Whatever does not fit is a contradiction that names its column.
pub(crate) struct Fields {
    table: &'static str,
    label: String,
    values: std::vec::IntoIter<Value>,
}

impl Fields {
    pub(crate) fn next<T: FromValue>(&mut self, column: &'static str) -> Result<T, Error> {
        let value = self.values.next().unwrap_or(Value::Null);
        T::from_value(value).ok_or_else(|| self.contradiction(column))
    }

    /// A text that must parse.
    pub(crate) fn parsed<T: FromStr>(&mut self, column: &'static str) -> Result<T, Error> {
        self.text_as(column, |text| text.parse().ok())
    }

    /// A text that must parse when it is there.
    pub(crate) fn parsed_option<T: FromStr>(&mut self, column: &'static str) -> Result<Option<T>, Error> {
        self.option_as(column, |text| text.parse().ok())
    }

    /// A text that `read` must understand.
    pub(crate) fn text_as<T>(&mut self, column: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, Error> {
        let text: String = self.next(column)?;
        read(&text).ok_or_else(|| self.contradiction(column))
    }

    /// A text that `read` must understand when it is there.
    pub(crate) fn option_as<T>(
        &mut self,
        column: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        match self.next::<Option<String>>(column)? {
            None => Ok(None),
            Some(text) => read(&text).map(Some).ok_or_else(|| self.contradiction(column)),
        }
    }

    /// A complaint about `column` of this row.
    pub(crate) fn contradiction(&self, column: &'static str) -> Error {
        Error::Contradiction { table: self.table, column, row: self.label.clone() }
    }
}

/// What a column can be read as.
pub(crate) trait FromValue: Sized {
    fn from_value(value: Value) -> Option<Self>;
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(number),
            Value::Null | Value::Text(_) | Value::Bytes(_) | Value::Boolean(_) => None,
        }
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Boolean(truth) => Some(truth),
            // SQLite keeps yes and no as 1 and 0.
            Value::Integer(0) => Some(false),
            Value::Integer(1) => Some(true),
            Value::Null | Value::Integer(_) | Value::Text(_) | Value::Bytes(_) => None,
        }
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text),
            Value::Null | Value::Integer(_) | Value::Bytes(_) | Value::Boolean(_) => None,
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bytes(octets) => Some(octets),
            Value::Null | Value::Integer(_) | Value::Text(_) | Value::Boolean(_) => None,
        }
    }
}

impl<const N: usize> FromValue for [u8; N] {
    fn from_value(value: Value) -> Option<Self> {
        Vec::from_value(value)?.try_into().ok()
    }
}

impl FromValue for Timestamp {
    fn from_value(value: Value) -> Option<Self> {
        i64::from_value(value).map(Self)
    }
}

impl FromValue for AgentId {
    fn from_value(value: Value) -> Option<Self> {
        u32::try_from(i64::from_value(value)?).ok().map(Self)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

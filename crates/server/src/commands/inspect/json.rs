//! A report as JSON: the shape that docs/inspect.md promises. Words, times and verdicts are codes here, whatever the language.

use crypto::Name;
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::names;
use super::report::{Entry, Fault, Fields, Reason, Report, Value, Verdict};
use super::text::time;

/// The array.
pub(super) fn write(reports: &[Report]) -> String {
    serde_json::to_string_pretty(reports).expect("texts, numbers and lists of them are JSON")
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("file", &self.file)?;
        map.serialize_entry("form", &self.form.map(super::report::Form::code))?;
        map.serialize_entry("object", &self.place.0)?;
        map.serialize_entry("objects", &self.place.1)?;
        map.serialize_entry("label", &self.label)?;
        map.serialize_entry("kind", &self.kind.map(crypto::Kind::code))?;
        map.serialize_entry("result", self.result())?;
        map.serialize_entry("fault", &self.fault)?;
        map.serialize_entry("fields", &self.fields)?;
        map.end()
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        reason(&mut map, &self.reason)?;
        map.serialize_entry("offset", &self.offset)?;
        map.end()
    }
}

fn reason<M: serde::ser::SerializeMap>(map: &mut M, reason: &Reason) -> Result<(), M::Error> {
    map.serialize_entry("reason", &reason.code())?;
    map.serialize_entry("detail", &reason.detail())
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(id, value)| (id, value)))
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Yes(yes) => serializer.serialize_bool(*yes),
            Self::Word(id) => serializer.serialize_str(id),
            Self::Identifier(identifier) => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("id", identifier)?;
                map.serialize_entry("name", &names::of(identifier))?;
                map.end()
            }
            Self::Algorithm { id, name } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("id", id)?;
                map.serialize_entry("name", name)?;
                map.end()
            }
            Self::Time(seconds) => serializer.serialize_str(&time(*seconds)),
            Self::Octets(octets) => serializer.serialize_str(&hex::encode(octets)),
            Self::Name(name) => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("text", &name.to_string())?;
                map.serialize_entry("attributes", &Attributes(name))?;
                map.end()
            }
            Self::Verdict(verdict) => verdict.serialize(serializer),
            Self::List(values) => serializer.collect_seq(values),
            Self::Group(fields) => fields.serialize(serializer),
            Self::Extensions(entries) => serializer.collect_seq(entries),
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Valid(signer) => {
                map.serialize_entry("verdict", "valid")?;
                if let Some(signer) = signer {
                    map.serialize_entry("signer", &signer.to_string())?;
                }
            }
            Self::Wrong(why) => {
                map.serialize_entry("verdict", "wrong")?;
                reason(&mut map, why)?;
            }
            Self::NotChecked(why) => {
                map.serialize_entry("verdict", "not-checked")?;
                reason(&mut map, why)?;
            }
        }
        map.end()
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.oid)?;
        map.serialize_entry("name", &names::of(&self.oid))?;
        map.serialize_entry("critical", &self.critical)?;
        map.serialize_entry("value", &self.value)?;
        map.end()
    }
}

struct Attributes<'a>(&'a Name);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.pairs().into_iter().map(|(id, value)| Attribute { id, value }))
    }
}

struct Attribute {
    id: String,
    value: String,
}

impl Serialize for Attribute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("name", &Name::attribute_short_name(&self.id))?;
        map.serialize_entry("value", &self.value)?;
        map.end()
    }
}

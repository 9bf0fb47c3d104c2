//! What is said of an object, as a tree: text and JSON are two ways to print it. The ids of fields are the keys of the JSON and, with hyphens
//! for underscores, the ids of their words.

use std::path::Path;

use crypto::{Error, Kind, Name};

/// How a file is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Pem,
    Der,
}

impl Form {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Pem => "pem",
            Self::Der => "der",
        }
    }
}

/// What is said of one object, or of a file nothing could be taken out of.
pub(super) struct Report {
    pub(super) file: String,
    pub(super) form: Option<Form>,
    /// Which object of how many.
    pub(super) place: (usize, usize),
    pub(super) label: Option<String>,
    pub(super) kind: Option<Kind>,
    pub(super) fields: Fields,
    pub(super) fault: Option<Fault>,
}

impl Report {
    pub(super) fn new(file: &Path, form: Form, place: (usize, usize), label: Option<String>) -> Self {
        Self {
            file: file.display().to_string(),
            form: Some(form),
            place,
            label,
            kind: None,
            fields: Fields::default(),
            fault: None,
        }
    }

    pub(super) fn unreadable(file: &Path, fault: Fault) -> Self {
        Self { form: None, fault: Some(fault), ..Self::new(file, Form::Der, (1, 1), None) }
    }

    /// `good`, `wrong` or `unreadable`.
    pub(super) fn result(&self) -> &'static str {
        match self.exit() {
            0 => "good",
            WRONG => "wrong",
            _ => "unreadable",
        }
    }

    pub(super) fn exit(&self) -> u8 {
        match &self.fault {
            Some(_) => UNREADABLE,
            None if self.fields.has_wrong_signature() => WRONG,
            None => 0,
        }
    }
}

const WRONG: u8 = 1;
const UNREADABLE: u8 = 2;

/// Why something could not be read.
pub(super) struct Fault {
    pub(super) reason: Reason,
    /// Octets from the beginning: of the object's DER, or of the file where no object was found.
    pub(super) offset: Option<usize>,
}

impl Fault {
    pub(super) fn word(id: &'static str) -> Self {
        Self { reason: Reason::Word(id), offset: None }
    }

    pub(super) fn at(self, offset: usize) -> Self {
        Self { offset: Some(offset), ..self }
    }

    pub(super) fn machine(error: &std::io::Error) -> Self {
        Self { reason: Reason::Machine(error.to_string()), offset: None }
    }

    /// What a reader of this object said. One that found the object broken and does not know where: where the DER breaks, else the object itself.
    pub(super) fn of(error: Error, der: &[u8]) -> Self {
        let offset = match &error {
            Error::Malformed { offset: None, .. } => {
                crypto::check_der(der).err().and_then(|error| error.offset()).or(Some(0))
            }
            other => other.offset(),
        };
        Self { reason: Reason::Error(error), offset }
    }

    /// What the reader of PEM said.
    pub(super) fn of_text(error: Error) -> Self {
        let offset = error.offset();
        Self { reason: Reason::Error(error), offset: offset.or(Some(0)) }
    }
}

/// Why something is so.
#[derive(Clone)]
pub(super) enum Reason {
    /// One of our words.
    Word(&'static str),
    Error(Error),
    Machine(String),
}

impl Reason {
    /// For programs.
    pub(super) fn code(&self) -> String {
        match self {
            Self::Word(id) => (*id).to_owned(),
            Self::Error(Error::Invalid { what }) => (*what).to_owned(),
            Self::Error(Error::WrongPassword) => "wrong-password".to_owned(),
            Self::Error(Error::Malformed { .. }) => "malformed".to_owned(),
            Self::Error(Error::Unsupported { .. }) => "unsupported".to_owned(),
            Self::Error(Error::Internal(_)) => "internal".to_owned(),
            Self::Machine(_) => "file".to_owned(),
        }
    }

    /// What the code leaves out; the offset is told beside it.
    pub(super) fn detail(&self) -> Option<String> {
        match self {
            Self::Error(Error::Malformed { what, detail, .. }) => Some(format!("{what}: {detail}")),
            Self::Error(Error::Unsupported { what, name }) => Some(format!("{what}: {name}")),
            Self::Error(Error::Internal(detail)) => Some((*detail).to_owned()),
            Self::Machine(detail) => Some(detail.clone()),
            Self::Word(_) | Self::Error(Error::Invalid { .. } | Error::WrongPassword) => None,
        }
    }
}

/// Whether a signature, or a digest that stands in its place, is good.
#[derive(Clone)]
pub(super) enum Verdict {
    /// Good, by the key of this name.
    Valid(Option<Name>),
    Wrong(Reason),
    NotChecked(Reason),
}

/// Named values in their order.
#[derive(Default)]
pub(super) struct Fields(pub(super) Vec<(&'static str, Value)>);

impl Fields {
    pub(super) fn with(mut self, id: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((id, value.into()));
        self
    }

    /// The field if there is a value for it.
    pub(super) fn with_some(self, id: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(id, value),
            None => self,
        }
    }

    /// The field if the list has members.
    pub(super) fn with_list(self, id: &'static str, values: Vec<Value>) -> Self {
        if values.is_empty() { self } else { self.with(id, Value::List(values)) }
    }

    pub(super) fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    fn has_wrong_signature(&self) -> bool {
        self.0.iter().any(|(_, value)| value.has_wrong_signature())
    }
}

/// One value.
pub(super) enum Value {
    Text(String),
    Number(u64),
    Yes(bool),
    /// One of our words, by its id: what a program compares.
    Word(&'static str),
    /// A known identifier, or one nobody here knows.
    Identifier(String),
    /// An algorithm or a parameter set with its identifier, where it is one that is known.
    Algorithm {
        id: Option<&'static str>,
        name: String,
    },
    /// Seconds since 1970.
    Time(i64),
    Octets(Vec<u8>),
    Name(Name),
    Verdict(Verdict),
    List(Vec<Value>),
    Group(Fields),
    Extensions(Vec<Entry>),
}

/// An extension.
pub(super) struct Entry {
    pub(super) oid: String,
    pub(super) critical: bool,
    pub(super) value: Value,
}

impl Value {
    fn has_wrong_signature(&self) -> bool {
        match self {
            Self::Verdict(Verdict::Wrong(_)) => true,
            Self::List(values) => values.iter().any(Self::has_wrong_signature),
            Self::Group(fields) => fields.has_wrong_signature(),
            Self::Extensions(entries) => entries.iter().any(|entry| entry.value.has_wrong_signature()),
            Self::Verdict(Verdict::Valid(_) | Verdict::NotChecked(_))
            | Self::Text(_)
            | Self::Number(_)
            | Self::Yes(_)
            | Self::Word(_)
            | Self::Identifier(_)
            | Self::Algorithm { .. }
            | Self::Time(_)
            | Self::Octets(_)
            | Self::Name(_) => false,
        }
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<&Name> for Value {
    fn from(name: &Name) -> Self {
        Self::Name(name.clone())
    }
}

impl From<&[u8]> for Value {
    fn from(octets: &[u8]) -> Self {
        Self::Octets(octets.to_vec())
    }
}

impl From<Verdict> for Value {
    fn from(verdict: Verdict) -> Self {
        Self::Verdict(verdict)
    }
}

impl From<Fields> for Value {
    fn from(fields: Fields) -> Self {
        Self::Group(fields)
    }
}

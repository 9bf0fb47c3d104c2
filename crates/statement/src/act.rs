//! The act: a plain template over a closed list of fields, which a bank writes, and the values that fill it.
//!
//! A template is the human text; the binding block is added at its end and nobody can write one by hand, because no line of an act
//! may begin with `Surguch-`, neither in the template nor once it is filled in. Inserted words come inflected from the person's stored forms: nothing is guessed here.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::StatementError;
use crate::binding::Binding;
use crate::bounded::{Described, object_schema};
use crate::value::{KEY_CHARACTERS, VALUE_CHARACTERS, acceptable_within, breaks_or_disguises};

/// The word of the document, for its [`Binding`].
pub const DOCUMENT: &str = "act";

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident: $need:ident, $limit:ident;)*) => {
        /// The values of an act. Each is one line; which of them a text shows is its template's choice.
        #[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct ActFields { $($(#[$doc])* pub $name: String,)* }

        /// A field of the closed list.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[expect(non_camel_case_types, reason = "a field is spelled in templates as in ActFields")]
        enum Field { $($name,)* }

        impl Field {
            const ALL: &[Self] = &[$(Self::$name,)*];

            fn name(self) -> &'static str { match self { $(Self::$name => stringify!($name),)* } }
            fn need(self) -> Need { match self { $(Self::$name => Need::$need,)* } }
            fn limit(self) -> usize { match self { $(Self::$name => $limit,)* } }
            fn value(self, fields: &ActFields) -> &str { match self { $(Self::$name => &fields.$name,)* } }
        }
    };
}

/// Whether a template must show a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Need {
    Mandatory,
    /// The client's person stands in the case that the sentence needs: one of the three.
    Person,
    Optional,
}

fields! {
    /// City of the act: Новосибирск.
    city: Mandatory, VALUE_CHARACTERS;
    /// Date in words, see [`date_words`].
    date_words: Mandatory, VALUE_CHARACTERS;
    /// Date in figures: 23.08.2018.
    date_short: Optional, VALUE_CHARACTERS;
    /// The client's full name.
    client: Mandatory, VALUE_CHARACTERS;
    /// The client's person, nominative.
    person_nominative: Person, VALUE_CHARACTERS;
    /// The client's person, genitive.
    person_genitive: Person, VALUE_CHARACTERS;
    /// The client's person, instrumental.
    person_instrumental: Person, VALUE_CHARACTERS;
    /// The agent's full name.
    agent: Mandatory, VALUE_CHARACTERS;
    /// The agent's person, genitive.
    agent_person_genitive: Mandatory, VALUE_CHARACTERS;
    /// The basis of that person's power, genitive: приказа.
    agent_basis: Mandatory, VALUE_CHARACTERS;
    /// Name of the certification authority: AUTHORITY.
    ca_name: Mandatory, VALUE_CHARACTERS;
    /// Distinguished name of the owner.
    owner_dn: Mandatory, VALUE_CHARACTERS;
    /// Serial number, lower-case hexadecimal.
    serial_hex: Mandatory, VALUE_CHARACTERS;
    /// Serial number, decimal.
    serial_decimal: Optional, VALUE_CHARACTERS;
    /// Name of the signature algorithm of the certificate.
    signature_algorithm: Mandatory, VALUE_CHARACTERS;
    /// Distinguished name of the issuer.
    issuer_dn: Mandatory, VALUE_CHARACTERS;
    /// First day of validity, dd-mm-yyyy.
    valid_from: Mandatory, VALUE_CHARACTERS;
    /// Last day of validity, dd-mm-yyyy.
    valid_to: Mandatory, VALUE_CHARACTERS;
    /// Algorithm of the public key, dotted.
    key_algorithm_oid: Mandatory, VALUE_CHARACTERS;
    /// The public key, hexadecimal octets joined by spaces.
    key_hex: Mandatory, KEY_CHARACTERS;
    /// SHA-1 thumbprint, hexadecimal octets joined by spaces: printed as the manuals do, trusted by nobody.
    thumbprint_sha1: Mandatory, VALUE_CHARACTERS;
    /// SHA-256 thumbprint.
    thumbprint_sha256: Optional, VALUE_CHARACTERS;
    /// Streebog-256 thumbprint.
    thumbprint_streebog256: Optional, VALUE_CHARACTERS;
}

impl Described for ActFields {
    fn schema() -> Value {
        let members: Vec<_> = Field::ALL
            .iter()
            .map(|field| (field.name(), json!({ "type": "string", "maxLength": field.limit() }), true))
            .collect();
        object_schema(&members)
    }
}

/// A validated template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActTemplate {
    pieces: Vec<Piece>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Text(String),
    Field(Field),
}

impl ActTemplate {
    /// Parses a template: text with LF line ends and `{field}` where a value goes. There is no way to write a brace of its own.
    ///
    /// # Errors
    /// The line of an unknown field, a stray brace, a line that looks like ours or a character that disguises; or the mandatory field
    /// that is missing.
    pub fn parse(text: &str) -> Result<Self, StatementError> {
        if text.chars().count() > TEMPLATE_CHARACTERS {
            return Err(wrong(1, format!("the template is longer than {TEMPLATE_CHARACTERS} characters")));
        }
        let text = text.trim_end_matches('\n');
        if text.trim().is_empty() {
            return Err(wrong(1, "the template is empty".to_owned()));
        }
        let mut pieces = Vec::new();
        for (index, line) in text.split('\n').enumerate() {
            parse_line(line, index + 1, &mut pieces)?;
        }
        let template = Self { pieces };
        template.shows_what_it_must()?;
        Ok(template)
    }

    /// The text of one act: the template filled in, an empty line, the binding block.
    ///
    /// # Errors
    /// A value that could break a line, is empty or too long, or that would make a line look like one of ours; values that the template
    /// does not show are not looked at.
    pub fn render(&self, fields: &ActFields, binding: &Binding<'_>) -> Result<String, StatementError> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(words) => text.push_str(words),
                Piece::Field(field) => {
                    text.push_str(acceptable_within(field.name(), field.value(fields), field.limit())?);
                }
            }
        }
        // A value at the beginning of a line could pass for a line of the house.
        if let Some(index) = text.split('\n').position(|line| line.starts_with(OURS)) {
            return Err(wrong(index + 1, format!("begins with {OURS:?} once it is filled in")));
        }
        text.push('\n');
        text.push_str(&binding.block()?);
        Ok(text)
    }

    fn shows(&self, field: Field) -> bool {
        self.pieces.contains(&Piece::Field(field))
    }

    fn shows_what_it_must(&self) -> Result<(), StatementError> {
        let missing = Field::ALL.iter().find(|field| field.need() == Need::Mandatory && !self.shows(**field));
        if let Some(field) = missing {
            return Err(StatementError::FieldMissing { field: field.name() });
        }
        if Field::ALL.iter().any(|field| field.need() == Need::Person && self.shows(*field)) {
            Ok(())
        } else {
            Err(StatementError::FieldMissing { field: "person_instrumental" })
        }
    }
}

fn parse_line(line: &str, number: usize, pieces: &mut Vec<Piece>) -> Result<(), StatementError> {
    if line.starts_with(OURS) {
        return Err(wrong(number, format!("a line may not begin with {OURS:?}: the house writes such lines itself")));
    }
    if let Some(character) = line.chars().find(|&character| breaks_or_disguises(character)) {
        let code = u32::from(character);
        return Err(wrong(number, format!("holds the character U+{code:04X}, which no signed text may hold")));
    }
    let mut rest = line;
    while let Some(at) = rest.find(['{', '}']) {
        let (words, from_brace) = rest.split_at(at);
        let name = from_brace
            .strip_prefix('{')
            .and_then(|after| after.split_once('}'))
            .ok_or_else(|| wrong(number, "a brace that opens or closes no field".to_owned()))?;
        pieces.push(Piece::Text(words.to_owned()));
        pieces.push(Piece::Field(field(name.0, number)?));
        rest = name.1;
    }
    pieces.push(Piece::Text(format!("{rest}\n")));
    Ok(())
}

fn field(name: &str, line: usize) -> Result<Field, StatementError> {
    Field::ALL
        .iter()
        .copied()
        .find(|field| field.name() == name)
        .ok_or_else(|| wrong(line, format!("{{{name}}} is not a field of an act")))
}

fn wrong(line: usize, reason: String) -> StatementError {
    StatementError::Template { line, reason }
}

/// A date in the words of acts: `"23" августа 2018 г.`; a month that does not exist stays a figure.
#[must_use]
pub fn date_words(year: i32, month: u8, day: u8) -> String {
    let name = usize::from(month).checked_sub(1).and_then(|index| MONTHS_GENITIVE.get(index));
    match name {
        Some(name) => format!("\"{day:02}\" {name} {year} г."),
        None => format!("\"{day:02}\" {month:02} {year} г."),
    }
}

const MONTHS_GENITIVE: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

/// How every line begins that only the house writes.
const OURS: &str = "Surguch-";

/// An act is a page or two.
pub const TEMPLATE_CHARACTERS: usize = 32_768;

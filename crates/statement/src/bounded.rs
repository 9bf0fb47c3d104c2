//! Values that travel between a page, the component and the server: each knows its bounds, refuses what is outside them where it is
//! read, and can say in a JSON Schema what it takes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Value, json};

use crate::value::{acceptable_within, breaks_or_disguises};

/// Can say what it looks like as JSON.
pub trait Described {
    /// A JSON Schema (draft 2020-12) of the value, whole, without references.
    fn schema() -> Value;

    /// Whether an object that has the value must show it.
    const REQUIRED: bool = true;

    /// Whether it is left out of an object; only an option can be.
    fn is_absent(&self) -> bool {
        false
    }
}

/// One line of visible characters, not empty, at most `MAX` of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Text<const MAX: usize>(String);

/// Several lines, not empty, at most `MAX` characters: the template of a document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Lines<const MAX: usize>(String);

/// From `MIN` to `MAX` octets in lower-case hexadecimal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Hex<const MIN: usize, const MAX: usize>(String);

/// From one to `MAX` octets in base64 with padding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Base64<const MAX: usize>(Vec<u8>);

/// At most `MAX` values.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Many<T, const MAX: usize>(Vec<T>);

/// Why a value is not one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct OutOfBounds(String);

impl<const MAX: usize> Text<MAX> {
    /// Takes a text within the bounds.
    ///
    /// # Errors
    /// Empty, too long, or with a character that breaks or disguises a line.
    pub fn new(text: impl Into<String>) -> Result<Self, OutOfBounds> {
        let text = text.into();
        acceptable_within("the text", &text, MAX).map_err(|error| OutOfBounds(error.to_string()))?;
        Ok(Self(text))
    }

    /// The text cut to the bounds, with what may not stand there left out; for what a device says of itself.
    #[must_use]
    pub fn clipped(text: &str) -> Option<Self> {
        let kept: String = text.trim().chars().filter(|&character| !breaks_or_disguises(character)).take(MAX).collect();
        Self::new(kept).ok()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Lines<MAX> {
    /// Takes a text within the bounds. What its lines may hold is judged where it is used.
    ///
    /// # Errors
    /// Empty or too long.
    pub fn new(text: impl Into<String>) -> Result<Self, OutOfBounds> {
        let text = text.into();
        match text.chars().count() {
            0 => Err(OutOfBounds("the text is empty".to_owned())),
            length if length > MAX => Err(OutOfBounds(format!("the text is longer than {MAX} characters"))),
            _ => Ok(Self(text)),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MIN: usize, const MAX: usize> Hex<MIN, MAX> {
    /// Takes hexadecimal digits within the bounds.
    ///
    /// # Errors
    /// Another number of digits, or other characters.
    pub fn new(digits: impl Into<String>) -> Result<Self, OutOfBounds> {
        let digits = digits.into();
        let length_holds = digits.len().is_multiple_of(2) && (2 * MIN..=2 * MAX).contains(&digits.len());
        if length_holds && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(Self(digits))
        } else {
            Err(OutOfBounds(format!("not {MIN} to {MAX} octets in lower-case hexadecimal")))
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Base64<MAX> {
    /// Takes octets within the bounds.
    ///
    /// # Errors
    /// None, or too many.
    pub fn new(octets: impl Into<Vec<u8>>) -> Result<Self, OutOfBounds> {
        let octets = octets.into();
        if (1..=MAX).contains(&octets.len()) {
            Ok(Self(octets))
        } else {
            Err(OutOfBounds(format!("{} octets where 1 to {MAX} are taken", octets.len())))
        }
    }

    /// The octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl<T, const MAX: usize> Many<T, MAX> {
    /// Takes values within the bounds.
    ///
    /// # Errors
    /// Too many.
    pub fn new(values: Vec<T>) -> Result<Self, OutOfBounds> {
        if values.len() <= MAX {
            Ok(Self(values))
        } else {
            Err(OutOfBounds(format!("{} values where at most {MAX} are taken", values.len())))
        }
    }

    /// The values.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Lines<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Hex<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Base64<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let octets = STANDARD.decode(text).map_err(|_| de::Error::custom("not base64"))?;
        Self::new(octets).map_err(de::Error::custom)
    }
}

impl<const MAX: usize> Serialize for Base64<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Many<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<const MAX: usize> Described for Text<MAX> {
    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1, "maxLength": MAX })
    }
}

impl<const MAX: usize> Described for Lines<MAX> {
    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1, "maxLength": MAX })
    }
}

impl<const MIN: usize, const MAX: usize> Described for Hex<MIN, MAX> {
    fn schema() -> Value {
        json!({ "type": "string", "pattern": format!("^([0-9a-f]{{2}}){{{MIN},{MAX}}}$") })
    }
}

impl<const MAX: usize> Described for Base64<MAX> {
    fn schema() -> Value {
        json!({ "type": "string", "contentEncoding": "base64", "minLength": 4, "maxLength": MAX.div_ceil(3) * 4 })
    }
}

impl<T: Described, const MAX: usize> Described for Many<T, MAX> {
    fn schema() -> Value {
        json!({ "type": "array", "maxItems": MAX, "items": T::schema() })
    }
}

impl<T: Described> Described for Option<T> {
    const REQUIRED: bool = false;

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn schema() -> Value {
        T::schema()
    }
}

impl Described for bool {
    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

impl Described for u32 {
    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX })
    }
}

impl Described for i64 {
    fn schema() -> Value {
        // What a page's numbers hold exactly (RFC 8259, 6).
        json!({ "type": "integer", "minimum": -9_007_199_254_740_991_i64, "maximum": 9_007_199_254_740_991_i64 })
    }
}

/// An object of exactly these members.
pub(crate) fn object_schema(members: &[(&str, Value, bool)]) -> Value {
    let properties: serde_json::Map<String, Value> =
        members.iter().map(|(name, schema, _)| ((*name).to_owned(), schema.clone())).collect();
    let required: Vec<&str> = members.iter().filter(|(_, _, required)| *required).map(|(name, _, _)| *name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// One of several objects, told apart by the word in the member `tag`.
pub(crate) fn choice_schema(tag: &str, choices: Vec<(&str, Value)>) -> Value {
    let of = choices.into_iter().map(|(word, mut schema)| {
        schema["properties"][tag] = json!({ "const": word });
        if let Some(required) = schema["required"].as_array_mut() {
            required.insert(0, tag.into());
        }
        schema
    });
    json!({ "oneOf": of.collect::<Vec<_>>() })
}

/// A struct that is an object of JSON: nothing else may stand in it.
macro_rules! object {
    ($(#[$doc:meta])* pub struct $name:ident { $($(#[$member_doc:meta])* $member:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$member_doc])* #[serde(skip_serializing_if = "crate::bounded::Described::is_absent")] pub $member: $kind,)*
        }

        impl $crate::bounded::Described for $name {
            fn schema() -> serde_json::Value {
                $crate::bounded::object_schema(&[$((
                    stringify!($member),
                    <$kind as $crate::bounded::Described>::schema(),
                    <$kind as $crate::bounded::Described>::REQUIRED,
                ),)*])
            }
        }
    };
}

/// An enum of objects, told apart by the word in a member.
macro_rules! choice {
    ($(#[$doc:meta])* pub enum $name:ident by $tag:literal { $($(#[$choice_doc:meta])* $word:literal = $choice:ident($kind:ty),)* }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(tag = $tag)]
        pub enum $name { $($(#[$choice_doc])* #[serde(rename = $word)] $choice($kind),)* }

        impl $name {
            /// Every word, in the order of the schema.
            pub const WORDS: &[&'static str] = &[$($word,)*];

            /// The word of this one.
            #[must_use]
            pub fn word(&self) -> &'static str { match self { $(Self::$choice(_) => $word,)* } }
        }

        impl $crate::bounded::Described for $name {
            fn schema() -> serde_json::Value {
                $crate::bounded::choice_schema($tag, vec![$(($word, <$kind as $crate::bounded::Described>::schema()),)*])
            }
        }
    };
}

/// A closed list of words, with what each means.
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$word_doc:meta])* $word:literal = $choice:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$word_doc])* #[serde(rename = $word)] $choice,)* }

        impl $name {
            /// Every one, in order.
            pub const ALL: &[Self] = &[$(Self::$choice,)*];

            /// The stable word.
            #[must_use]
            pub fn word(self) -> &'static str { match self { $(Self::$choice => $word,)* } }
        }

        impl $crate::bounded::Described for $name {
            fn schema() -> serde_json::Value { serde_json::json!({ "enum": [$($word,)*] }) }
        }
    };
}

pub(crate) use {choice, object, words};

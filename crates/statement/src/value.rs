//! The judge of values: a value is one line of visible characters, not empty, not longer than its limit.

/// Why a text cannot be made. Always a mistake of whoever filled it in, or of the template's author.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StatementError {
    /// A value is empty.
    #[error("{field} is empty")]
    Empty {
        /// The field.
        field: &'static str,
    },
    /// A value holds a character that could break or disguise a line.
    #[error("{field} holds the character U+{code:04X}, which no signed text may hold")]
    Character {
        /// The field.
        field: &'static str,
        /// The character.
        code: u32,
    },
    /// A value is too long.
    #[error("{field} is longer than {limit} characters")]
    TooLong {
        /// The field.
        field: &'static str,
        /// Most characters it may have.
        limit: usize,
    },
    /// A template is wrong at a line.
    #[error("line {line}: {reason}")]
    Template {
        /// Line, counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A template lacks a mandatory field.
    #[error("the mandatory field {{{field}}} is missing")]
    FieldMissing {
        /// The field, or the fields one of which must be there.
        field: &'static str,
    },
}

/// Most characters of a value. The longest honest one is a distinguished name of a dozen attributes.
pub const VALUE_CHARACTERS: usize = 1_024;

/// Most characters of a printed public key: an RSA-4096 key takes about 1,700 with its spaces.
pub const KEY_CHARACTERS: usize = 4_096;

/// The value itself, once it was judged.
pub(crate) fn acceptable<'a>(field: &'static str, value: &'a str) -> Result<&'a str, StatementError> {
    acceptable_within(field, value, VALUE_CHARACTERS)
}

pub(crate) fn acceptable_within<'a>(
    field: &'static str,
    value: &'a str,
    limit: usize,
) -> Result<&'a str, StatementError> {
    if value.is_empty() {
        return Err(StatementError::Empty { field });
    }
    if value.chars().count() > limit {
        return Err(StatementError::TooLong { field, limit });
    }
    match value.chars().find(|&character| breaks_or_disguises(character)) {
        Some(character) => Err(StatementError::Character { field, code: u32::from(character) }),
        None => Ok(value),
    }
}

/// Controls (which include LF, CR, NEL), line and paragraph separators, and characters that are not seen or turn the reading order.
pub(crate) fn breaks_or_disguises(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{00AD}'
                | '\u{061C}'
                | '\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// Writes `name: value` and a line end, after the value was judged.
pub(crate) fn line(out: &mut String, name: &'static str, value: &str) -> Result<(), StatementError> {
    let value = acceptable(name, value)?;
    out.push_str(name);
    out.push_str(": ");
    out.push_str(value);
    out.push('\n');
    Ok(())
}

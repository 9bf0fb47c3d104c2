//! What people type: a line, the name of a person, several lines, a reason. One rule for each, whichever door it comes in by. What a field wants
//! beside that, its own module says.

use crate::Refusal;
use crate::latin::mixed_words;

/// Most characters of a reason: a letter must hold it, a journal row too.
pub const REASON_CHARACTERS: usize = 1_000;

/// A line as it is kept, empty where nothing was typed: spaces at its ends go, runs of them become one.
///
/// # Errors
/// Too long, or with a character that no line has.
pub fn line(typed: &str, most: usize) -> Result<String, Refusal> {
    let text = single_spaced(typed);
    if is_line(&text, most) { Ok(text) } else { Err(Refusal::TextUnacceptable) }
}

/// A line that must be there.
///
/// # Errors
/// As [`line()`], and an empty one.
pub fn required_line(typed: &str, most: usize) -> Result<String, Refusal> {
    let text = line(typed, most)?;
    if text.is_empty() { Err(Refusal::FieldMissing) } else { Ok(text) }
}

/// The name of a person, in whichever case it stands: whoever reads it must be able to tell it from another one.
///
/// # Errors
/// As [`required_line`], and a name with a word of two alphabets.
pub fn person_name(typed: &str, most: usize) -> Result<String, Refusal> {
    let name = required_line(typed, most)?;
    if mixed_words(&name).is_empty() { Ok(name) } else { Err(Refusal::LookAlikeLetters) }
}

/// Several lines as they are kept, or none. Browsers and Windows end a line by two characters, a text of ours by one; tabs come with what is copied, and stay.
///
/// # Errors
/// Too long, or with a character that no text has.
pub fn lines(typed: &str, most: usize) -> Result<String, Refusal> {
    let text = typed.replace("\r\n", "\n");
    let is_wrong = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || turns(c);
    let right = text.chars().count() <= most && !text.chars().any(is_wrong);
    if right { Ok(text) } else { Err(Refusal::TextUnacceptable) }
}

/// Why somebody did what they did: [`lines`] that say something.
///
/// # Errors
/// Nothing to be seen, more than [`REASON_CHARACTERS`], or as [`lines`].
pub fn reason(typed: &str) -> Result<String, Refusal> {
    let typed = typed.trim();
    // guard: refusal-has-a-reason
    if is_blank(typed) {
        return Err(Refusal::ReasonRequired);
    }
    lines(typed, REASON_CHARACTERS)
}

/// Whether there is nothing to be seen.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_unseen(c))
}

/// Whether this can stand in a line: nothing breaks it, hides in it or turns it around, and it is not too long.
#[must_use]
pub fn is_line(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.chars().any(|c| c.is_control() || is_unseen(c))
}

/// Spaces at the ends go, runs of spaces become one: they are no part of a name.
pub(crate) fn single_spaced(typed: &str) -> String {
    typed.trim().split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What nobody sees or what only moves other letters: separators of lines and paragraphs, `Default_Ignorable_Code_Point` of Unicode, and annotations.
/// No text that is signed may hold most of it.
fn is_unseen(c: char) -> bool {
    turns(c)
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200d}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// What turns the order of reading around (UAX 9), or breaks a line unseen. A text of several lines has none of it either; what joins the parts of an
/// emoji, or says where a word may be parted, does no harm there.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

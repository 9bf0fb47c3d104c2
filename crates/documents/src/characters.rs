//! The judge of characters. A PDF/A with a character that no embedded font has cannot be made, and one that turns the reading order
//! makes people read what is not written; both are refused before typst sees them, by field and code point.

use std::collections::HashMap;
use std::sync::LazyLock;

use typst::layout::Abs;
use typst::text::{FontInstance, FontStyle, FontVariations, FontWeight};

use crate::PaperError;
use crate::world::fonts;

/// The fact itself, once it was judged: one line, not empty, not too long, every character printable.
pub(crate) fn fact<'a>(field: &'static str, value: &'a str) -> Result<&'a str, PaperError> {
    if value.trim().is_empty() {
        return Err(PaperError::Empty { field });
    }
    if value.chars().count() > statement::VALUE_CHARACTERS {
        return Err(PaperError::TooLong { field, limit: statement::VALUE_CHARACTERS });
    }
    match first_unprintable(value) {
        Some(character) => Err(PaperError::Character { field, code: u32::from(character) }),
        None => Ok(value),
    }
}

/// Whether every character of this line can stand on a paper. Doors ask before they take what people typed.
#[must_use]
pub fn printable(text: &str) -> bool {
    first_unprintable(text).is_none()
}

/// The first character of this line that no paper may hold.
#[must_use]
pub fn first_unprintable(text: &str) -> Option<char> {
    let mut marks = 0;
    text.chars().find(|&character| {
        marks = if is_combining(character) { marks + 1 } else { 0 };
        marks > COMBINING_IN_A_ROW || disguises(character) || !has_glyph(character)
    })
}

/// Controls, characters that are not seen or turn the reading order, letters written from right to left, private ones.
fn disguises(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{00AD}'
                | '\u{034F}'
                | '\u{0590}'..='\u{08FF}'
                | '\u{115F}'..='\u{1160}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{3164}'
                | '\u{E000}'..='\u{F8FF}'
                | '\u{FB1D}'..='\u{FDFF}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FE70}'..='\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFF}'
                | '\u{10800}'..='\u{10FFF}'
                | '\u{1E800}'..='\u{1EFFF}'
                | '\u{E0000}'..
        )
}

fn is_combining(character: char) -> bool {
    matches!(
        character,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
            | '\u{20D0}'..='\u{20FF}' | '\u{2DE0}'..='\u{2DFF}' | '\u{A66F}'..='\u{A67D}' | '\u{FE20}'..='\u{FE2F}'
    )
}

/// Whether one of the families has the character in each of the styles that layouts use. A font's own list of what it covers may
/// name characters that it draws as the empty box; its table of glyphs is asked.
fn has_glyph(character: char) -> bool {
    let draws = |face: &FontInstance| face.ttf().glyph_index(character).is_some_and(|glyph| glyph.0 != 0);
    FAMILIES.iter().any(|faces| faces.iter().all(draws))
}

/// Faces by family: upright and italic, regular and bold. A face that a family lacks is not asked.
static FAMILIES: LazyLock<Vec<Vec<FontInstance>>> = LazyLock::new(|| {
    let mut families: HashMap<&str, Vec<FontInstance>> = HashMap::new();
    for font in fonts() {
        let variant = font.info().variant;
        let used = matches!(variant.style, FontStyle::Normal | FontStyle::Italic | FontStyle::Oblique)
            && (variant.weight == FontWeight::REGULAR || variant.weight == FontWeight::BOLD);
        if used {
            families.entry(font.info().family.as_str()).or_default().push(font.clone().instantiate(
                variant,
                Abs::pt(10.0),
                &FontVariations::default(),
            ));
        }
    }
    families.into_values().collect()
});

/// й may come as two characters, a Vietnamese name needs two marks on a letter; a tower of them would climb over the lines above.
const COMBINING_IN_A_ROW: usize = 2;

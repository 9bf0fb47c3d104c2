//! The code on a paper: `SURGUCH1:` УНЗ `:` document `:` Streebog-256 of the paper's text, all in the capital letters and digits that make
//! a code small. The desk finds a request and its paper by what a scanner types, whatever keyboard layout was on at that moment.

use std::fmt;
use std::str::FromStr;

use domain::ids::Unz;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

/// Which paper a code stands on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CodedPaper {
    /// An act.
    Act,
    /// An application.
    Application,
}

impl CodedPaper {
    /// The word in the code.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Act => "ACT",
            Self::Application => "APPLICATION",
        }
    }
}

/// What a code says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PaperCode {
    /// The request.
    pub unz: Unz,
    /// The paper.
    pub paper: CodedPaper,
    /// Streebog-256 of its canonical text.
    pub hash: [u8; 32],
}

/// A text that is not the code of a paper.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not the code of a paper")]
pub struct NotACode;

impl fmt::Display for PaperCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unz = self.unz.to_string().to_ascii_uppercase();
        write!(out, "{PREFIX}:{unz}:{}:{}", self.paper.word(), hex::encode_upper(self.hash))
    }
}

impl FromStr for PaperCode {
    type Err = NotACode;

    /// Letter case, spaces around it and a Russian keyboard layout do not matter.
    fn from_str(text: &str) -> Result<Self, NotACode> {
        let text = text.trim();
        if text.len() > LONGEST_OCTETS {
            return Err(NotACode);
        }
        let text: String = text.chars().map(on_latin_keyboard).collect::<String>().to_ascii_lowercase();
        let mut parts = text.split(':');
        let mut part = || parts.next().ok_or(NotACode);
        let (prefix, unz, word, hash) = (part()?, part()?, part()?, part()?);
        if !prefix.eq_ignore_ascii_case(PREFIX) || parts.next().is_some() {
            return Err(NotACode);
        }
        let paper = [CodedPaper::Act, CodedPaper::Application]
            .into_iter()
            .find(|paper| paper.word().eq_ignore_ascii_case(word))
            .ok_or(NotACode)?;
        let mut octets = [0; 32];
        hex::decode_to_slice(hash, &mut octets).map_err(|_| NotACode)?;
        Ok(Self { unz: unz.parse().map_err(|_| NotACode)?, paper, hash: octets })
    }
}

/// Any text as a square to be scanned from a page: an `svg` element with its quiet zone, one unit a module. Empty for a text that no
/// square holds.
#[must_use]
pub fn square(text: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return String::new() };
    let file = code.render::<svg::Color<'_>>().module_dimensions(1, 1).quiet_zone(true).build();
    // Inside a page there is neither a declaration of XML nor of its names.
    file.find("<svg").map_or_else(String::new, |start| file[start..].replacen(XMLNS, "", 1))
}

impl PaperCode {
    /// The code as SVG with its quiet zone, one unit a module.
    pub(crate) fn svg(&self) -> String {
        let code = QrCode::with_error_correction_level(self.to_string(), EcLevel::M)
            .expect("a code of this length fits by far");
        code.render::<svg::Color<'_>>().module_dimensions(1, 1).quiet_zone(true).build()
    }
}

/// A scanner is a keyboard: with the Russian layout on, S comes out as Ы and the colon as Ж.
fn on_latin_keyboard(character: char) -> char {
    let lower = character.to_lowercase().next().unwrap_or(character);
    RUSSIAN_KEYS.iter().find(|(russian, _)| *russian == lower).map_or(character, |(_, latin)| *latin)
}

/// The keys that a code can press.
const RUSSIAN_KEYS: [(char, char); 27] = [
    ('й', 'q'),
    ('ц', 'w'),
    ('у', 'e'),
    ('к', 'r'),
    ('е', 't'),
    ('н', 'y'),
    ('г', 'u'),
    ('ш', 'i'),
    ('щ', 'o'),
    ('з', 'p'),
    ('ф', 'a'),
    ('ы', 's'),
    ('в', 'd'),
    ('а', 'f'),
    ('п', 'g'),
    ('р', 'h'),
    ('о', 'j'),
    ('л', 'k'),
    ('д', 'l'),
    ('я', 'z'),
    ('ч', 'x'),
    ('с', 'c'),
    ('м', 'v'),
    ('и', 'b'),
    ('т', 'n'),
    ('ь', 'm'),
    ('ж', ':'),
];

const XMLNS: &str = " xmlns=\"http://www.w3.org/2000/svg\"";
/// Name and version of the code; the version also says which hash it is.
const PREFIX: &str = "SURGUCH1";
/// Twice a code, in case every letter came in Cyrillic.
const LONGEST_OCTETS: usize = 256;

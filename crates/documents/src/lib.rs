//! Papers: typed facts in, PDF/A octets out.
//!
//! Acts of acceptance, applications and hand-out forms, set by typst from layouts that are data: the shared ones of this crate, or a
//! procedure's own. What people sign is the canonical text of `statement`; a paper prints that same wording, its hash and a code that
//! finds it again. The same facts give the same octets, in every process. What never lives here: a clock, randomness, a
//! file system, the words of a bank.

pub mod act;
pub mod application;
pub mod hand_out;
pub mod qr;
pub mod scanned;

mod characters;
mod layout;
mod press;
mod proof;
mod text;
mod world;

pub use characters::{first_unprintable, printable};
pub use layout::{Layouts, PaperKind};
pub use press::Press;
pub use text::{PaperTemplate, hash_of};

/// In which language the frame of a paper speaks: captions, stamps, footers. The wording people sign is what it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Language {
    /// Russian, the language that counts.
    Ru,
    /// English, for reading along.
    En,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ru, Self::En];

    /// The two letters of ISO 639-1.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }
}

/// Why a paper cannot be made: a fact that must not be printed, or a text or layout that its author has to mend.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PaperError {
    /// A fact is empty.
    #[error("{field} is empty")]
    Empty {
        /// The fact.
        field: &'static str,
    },
    /// A fact holds a character that no font of ours has, that is not seen, or that turns the reading order.
    #[error("{field} holds the character U+{code:04X}, which no paper may hold")]
    Character {
        /// The fact.
        field: &'static str,
        /// The character.
        code: u32,
    },
    /// A fact is too long.
    #[error("{field} is longer than {limit} characters")]
    TooLong {
        /// The fact.
        field: &'static str,
        /// Most characters it may have.
        limit: usize,
    },
    /// A text is not a canonical one of the wanted document.
    #[error("not the canonical text of this paper: {reason}")]
    Text {
        /// What is wrong.
        reason: String,
    },
    /// A template is wrong at a line.
    #[error("{file}:{line}: {reason}")]
    Template {
        /// The file, as its folder calls it.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A layout is wrong, or not one that this crate knows.
    #[error("{file}:{line}: {reason}")]
    Layout {
        /// The file.
        file: String,
        /// Line, counted from 1; 0 where typst names none.
        line: usize,
        /// What typst said.
        reason: String,
    },
}

impl PaperError {
    /// The stable code by which locales and logs know it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "paper-empty",
            Self::Character { .. } => "paper-character",
            Self::TooLong { .. } => "paper-too-long",
            Self::Text { .. } => "paper-text",
            Self::Template { .. } => "paper-template",
            Self::Layout { .. } => "paper-layout",
        }
    }
}

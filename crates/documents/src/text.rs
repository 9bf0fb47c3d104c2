//! The texts of papers: taking a canonical text apart for a layout, and the templates of papers that are signed by hand.

use domain::ids::Unz;
use domain::subscriber::Gender;
use serde::Serialize;
use statement::binding::BINDING;
use streebog::{Digest as _, Streebog256};

use crate::PaperError;
use crate::characters::first_unprintable;

/// Streebog-256 (GOST R 34.11-2012) of a canonical text: the octets that get signed, line ends and all.
#[must_use]
pub fn hash_of(text: &str) -> [u8; 32] {
    Streebog256::digest(text.as_bytes()).into()
}

/// A canonical text, taken apart without losing a word.
#[derive(Serialize)]
pub(crate) struct Parts<'a> {
    /// The first line.
    pub(crate) title: &'a str,
    pub(crate) blocks: Vec<Block<'a>>,
    /// The lines that bind it, name and value.
    pub(crate) binding: Vec<(&'a str, &'a str)>,
}

/// What stands between two empty lines.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Block<'a> {
    /// City at the left, date in words at the right.
    PlaceAndDate { place: &'a str, date: &'a str },
    /// Lines of running text.
    Paragraph { lines: Vec<&'a str> },
    /// `label: value`, line by line.
    Table { rows: Vec<Row<'a>> },
}

#[derive(Serialize)]
pub(crate) struct Row<'a> {
    label: &'a str,
    value: &'a str,
    /// Hexadecimal octets joined by spaces, which a layout may group.
    octets: bool,
}

impl<'a> Parts<'a> {
    /// Takes the canonical text of `document` about the request `unz` apart.
    ///
    /// # Errors
    /// A text without the binding of that document and request, or with a character that no paper may hold.
    pub(crate) fn of(text: &'a str, document: &str, unz: Unz) -> Result<Self, PaperError> {
        let at = text.rfind(&format!("\n\n{BINDING}\n")).ok_or_else(|| wrong("it has no binding"))?;
        let binding = binding(&text[at + 2..])?;
        for (name, wanted) in [("Document", document), ("UNZ", &unz.to_string())] {
            if !binding.contains(&(name, wanted)) {
                return Err(wrong(&format!("its binding does not say {name}: {wanted}")));
            }
        }
        Ok(Self { binding, ..Self::unbound(&text[..at])? })
    }

    /// Takes a text without a binding apart.
    ///
    /// # Errors
    /// A character that no paper may hold, or nothing to print.
    pub(crate) fn unbound(text: &'a str) -> Result<Self, PaperError> {
        if text.chars().count() > TEXT_CHARACTERS {
            return Err(PaperError::TooLong { field: "text", limit: TEXT_CHARACTERS });
        }
        for line in text.split('\n') {
            if let Some(character) = first_unprintable(line) {
                return Err(PaperError::Character { field: "text", code: u32::from(character) });
            }
        }
        let mut blocks = text.split("\n\n").map(|block| block.trim_matches('\n')).filter(|block| !block.is_empty());
        let title = blocks.next().ok_or_else(|| wrong("it has no title"))?;
        Ok(Self { title, blocks: blocks.map(block).collect(), binding: Vec::new() })
    }

    /// The rows of its tables.
    pub(crate) fn rows(&self) -> Vec<&Row<'a>> {
        self.blocks
            .iter()
            .filter_map(|block| if let Block::Table { rows } = block { Some(rows) } else { None })
            .flatten()
            .collect()
    }
}

fn wrong(reason: &str) -> PaperError {
    PaperError::Text { reason: reason.to_owned() }
}

fn binding(block: &str) -> Result<Vec<(&str, &str)>, PaperError> {
    let lines = block.strip_suffix('\n').ok_or_else(|| wrong("it does not end with a line end"))?;
    lines
        .split('\n')
        .map(|line| line.split_once(": ").ok_or_else(|| wrong("its binding has a line without a name")))
        .collect()
}

fn block(block: &str) -> Block<'_> {
    let lines: Vec<&str> = block.split('\n').collect();
    let rows: Option<Vec<_>> = lines.iter().map(|line| line.split_once(": ")).collect();
    match (rows, lines.as_slice()) {
        (Some(rows), [_, _, ..]) => Block::Table {
            rows: rows.into_iter().map(|(label, value)| Row { label, value, octets: is_octets(value) }).collect(),
        },
        (_, [line]) => match place_and_date(line) {
            Some((place, date)) => Block::PlaceAndDate { place, date },
            None => Block::Paragraph { lines },
        },
        _ => Block::Paragraph { lines },
    }
}

/// `Новосибирск "23" августа 2018 г.`
fn place_and_date(line: &str) -> Option<(&str, &str)> {
    let (place, date) = line.split_at(line.find(" \"")?);
    let date = &date[1..];
    let day = date.as_bytes();
    let begins_with_a_day =
        matches!(day, [b'"', first, second, b'"', b' ', ..] if first.is_ascii_digit() && second.is_ascii_digit());
    (begins_with_a_day && line.chars().count() <= PLACE_AND_DATE_CHARACTERS).then_some((place, date))
}

fn is_octets(value: &str) -> bool {
    let octet = |word: &str| word.len() == 2 && word.bytes().all(|o| o.is_ascii_hexdigit());
    value.len() >= 8 * 3 - 1 && value.split(' ').all(octet)
}

/// The template of a paper that is signed by hand: text with `{field}` where a fact goes and `{gender:он|она}` where the word
/// follows the gender of the person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaperTemplate {
    pieces: Vec<Piece>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Words(String),
    Field(&'static str),
    ByGender { male: String, female: String },
}

impl PaperTemplate {
    /// Parses a template over a closed list of fields.
    pub(crate) fn parse(
        file: &str,
        text: &str,
        fields: &[&'static str],
        mandatory: &[&'static str],
    ) -> Result<Self, PaperError> {
        let fault = |line, reason| PaperError::Template { file: file.to_owned(), line, reason };
        let text = text.trim_end_matches('\n');
        if text.trim().is_empty() || text.chars().count() > TEXT_CHARACTERS {
            return Err(fault(1, format!("the template is empty or longer than {TEXT_CHARACTERS} characters")));
        }
        let mut pieces = Vec::new();
        for (index, line) in text.split('\n').enumerate() {
            parse_line(line, fields, &mut pieces).map_err(|reason| fault(index + 1, reason))?;
        }
        match mandatory.iter().find(|field| !pieces.contains(&Piece::Field(field))) {
            Some(field) => Err(fault(1, format!("the mandatory field {{{field}}} is missing"))),
            None => Ok(Self { pieces }),
        }
    }

    /// The text, filled in; `value` has judged what it gives.
    pub(crate) fn fill<'a>(
        &self,
        gender: Gender,
        value: impl Fn(&'static str) -> Result<&'a str, PaperError>,
    ) -> Result<String, PaperError> {
        let mut text = String::new();
        for piece in &self.pieces {
            text.push_str(match piece {
                Piece::Words(words) => words,
                Piece::Field(field) => value(field)?,
                Piece::ByGender { male, female } => match gender {
                    Gender::Male => male,
                    Gender::Female => female,
                },
            });
        }
        if text.split('\n').any(|line| line.starts_with(OURS)) {
            return Err(wrong("a line begins like one that the house writes itself"));
        }
        Ok(text)
    }
}

fn parse_line(line: &str, fields: &[&'static str], pieces: &mut Vec<Piece>) -> Result<(), String> {
    if line.starts_with(OURS) {
        return Err(format!("a line may not begin with {OURS:?}: the house writes such lines itself"));
    }
    if let Some(character) = first_unprintable(line) {
        return Err(format!("holds the character U+{:04X}, which no paper may hold", u32::from(character)));
    }
    let mut rest = line;
    while let Some(at) = rest.find(['{', '}']) {
        let (words, from_brace) = rest.split_at(at);
        let (name, after) = from_brace
            .strip_prefix('{')
            .and_then(|inside| inside.split_once('}'))
            .ok_or("a brace that opens or closes no field")?;
        pieces.push(Piece::Words(words.to_owned()));
        pieces.push(match name.strip_prefix("gender:").map(|forms| forms.split_once('|')) {
            Some(Some((male, female))) => Piece::ByGender { male: male.to_owned(), female: female.to_owned() },
            Some(None) => return Err(format!("{{{name}}} needs two forms, {{gender:он|она}}")),
            None => Piece::Field(
                fields
                    .iter()
                    .find(|field| **field == name)
                    .ok_or_else(|| format!("{{{name}}} is not a field of it"))?,
            ),
        });
        rest = after;
    }
    pieces.push(Piece::Words(format!("{rest}\n")));
    Ok(())
}

/// How every line begins that only the house writes.
const OURS: &str = "Surguch-";
/// A template of 32,768 characters filled with values of a few thousand.
const TEXT_CHARACTERS: usize = 65_536;
/// A city and a date.
const PLACE_AND_DATE_CHARACTERS: usize = 120;

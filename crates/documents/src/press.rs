//! The press: a layout and its data become the octets of a PDF/A-2a.

use domain::Timestamp;
use domain::calendar::Calendar;
use serde::Serialize;
use typst::World as _;
use typst::WorldExt as _;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Bytes, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::layout::words;
use crate::world::{Desk, LAYOUT, PARTS};
use crate::{Language, Layouts, PaperError, PaperKind};

/// Sets papers. One for a whole process is enough, from as many threads as one likes; the caller keeps it off an async runtime.
#[derive(Debug)]
pub struct Press {
    standards: PdfStandards,
}

/// What every layout finds in `/data.json`, beside the facts of its kind.
#[derive(Serialize)]
pub(crate) struct Sheet<F> {
    pub(crate) language: &'static str,
    /// Year, month, day, hour, minute, second in UTC, for the file's own date.
    pub(crate) made: [i64; 6],
    #[serde(flatten)]
    pub(crate) facts: F,
}

impl Press {
    /// A press.
    #[must_use]
    pub fn new() -> Self {
        let standards = PdfStandards::new(&[PdfStandard::A_2a]).expect("one standard cannot contradict itself");
        Self { standards }
    }

    /// Typesets, exports, checks against PDF/A-2a.
    pub(crate) fn print(
        &self,
        layouts: &Layouts,
        kind: PaperKind,
        language: Language,
        made: Timestamp,
        facts: impl Serialize,
        code: Option<String>,
    ) -> Result<Vec<u8>, PaperError> {
        let sheet = Sheet { language: language.name(), made: civil(made), facts };
        let data = serde_json::to_vec(&sheet).expect("facts are plain structs of texts and numbers");
        let (layout, file) = layouts.of(kind);
        // The identifier of a PDF follows from what is in it, so that the same facts give the same octets.
        let ident = hex::encode(crate::hash_of(&format!("{file}\n{}", String::from_utf8_lossy(&data))));
        let desk = Desk {
            layout,
            parts: &layouts.parts,
            words: Bytes::from_string(words(language)),
            data: Bytes::new(data),
            code: code.map(Bytes::from_string),
        };
        let printed = self.typeset(&desk, ident).map_err(|diagnostics| explain(&desk, file, &diagnostics));
        // Typst remembers what it computed and never forgets by itself. After each paper: a sweep now and then would make one paper of many wait.
        comemo::evict(PAPERS_REMEMBERED);
        printed
    }

    fn typeset(&self, desk: &Desk<'_>, ident: String) -> Result<Vec<u8>, Vec<SourceDiagnostic>> {
        let compiled = typst::compile::<PagedDocument>(desk);
        let document = compiled.output.map_err(|diagnostics| diagnostics.to_vec())?;
        // A warning is a fault too: a missing font family or a layout that does not settle.
        if !compiled.warnings.is_empty() {
            return Err(compiled.warnings.to_vec());
        }
        let options = PdfOptions {
            ident: Smart::Custom(ident),
            creator: Smart::Custom(Some(CREATOR.to_owned())),
            standards: self.standards.clone(),
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options).map_err(|diagnostics| diagnostics.to_vec())
    }
}

impl Default for Press {
    fn default() -> Self {
        Self::new()
    }
}

fn explain(desk: &Desk<'_>, layout: &str, diagnostics: &[SourceDiagnostic]) -> PaperError {
    let Some(first) = diagnostics.first() else {
        return PaperError::Layout { file: layout.to_owned(), line: 0, reason: "typst gave no reason".to_owned() };
    };
    // The fault may be inside typst's own functions: then the call that led there is the place.
    let spans = std::iter::once(first.span).chain(first.trace.iter().map(|point| point.span.into()));
    let place = spans.into_iter().find_map(|span| {
        let id = span.id()?;
        let line = desk.source(id).ok()?.lines().byte_to_line(desk.range(span)?.start)?;
        let file = if id == *LAYOUT {
            layout.to_owned()
        } else if id == *PARTS {
            "typ/parts.typ".to_owned()
        } else {
            id.vpath().get_with_slash().to_owned()
        };
        Some((file, line + 1))
    });
    let (file, line) = place.unwrap_or_else(|| (layout.to_owned(), 0));
    let hints = first.hints.iter().map(|hint| format!("; {}", hint.v));
    PaperError::Layout { file, line, reason: std::iter::once(first.message.to_string()).chain(hints).collect() }
}

/// Year, month, day, hour, minute, second in UTC.
fn civil(at: Timestamp) -> [i64; 6] {
    let utc = Calendar::default();
    let ((year, month, day), minute) = (utc.local_date(at), i64::from(utc.local_minute(at)));
    [year.into(), month.into(), day.into(), minute / 60, minute % 60, at.seconds().rem_euclid(60)]
}

/// Name in the file's metadata.
const CREATOR: &str = "Surguch";
/// What the last so many papers did not use is forgotten. Fewer would forget what another kind of paper shares with the last; 8 took a third more memory
/// for no time saved.
const PAPERS_REMEMBERED: usize = 4;

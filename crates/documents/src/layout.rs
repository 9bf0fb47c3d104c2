//! Layouts: one typst file a kind of paper, the shared parts, and the words of the frame. A procedure's folder may bring a layout
//! of its own, which may import `/parts.typ` and read `/data.json` and `/words.toml`, and nothing else.

use typst::syntax::Source;

use crate::world::{LAYOUT, PARTS};
use crate::{Language, PaperError};

/// A kind of paper, each with a layout.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PaperKind {
    /// Act of acceptance.
    Act,
    /// Application for a certificate.
    Application,
    /// Receipt for a card that a branch hands out.
    HandOut,
}

impl PaperKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Act, Self::Application, Self::HandOut];

    /// The file of a procedure's folder that replaces its layout.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Act => "act.typ",
            Self::Application => "application.typ",
            Self::HandOut => "hand-out.typ",
        }
    }

    fn shared(self) -> &'static str {
        match self {
            Self::Act => include_str!("../typ/act.typ"),
            Self::Application => include_str!("../typ/application.typ"),
            Self::HandOut => include_str!("../typ/hand-out.typ"),
        }
    }
}

/// The layouts of one procedure, parsed once.
#[derive(Clone, Debug)]
pub struct Layouts {
    pub(crate) parts: Source,
    own: [(Source, String); 3],
}

impl Layouts {
    /// The shared layouts, each replaced by the procedure's file of its name, where it has one. `folder` is for messages.
    ///
    /// # Errors
    /// A file that is no kind of paper, is too long or is not typst.
    pub fn new(folder: &str, files: &[(&str, &str)]) -> Result<Self, PaperError> {
        for (file, text) in files {
            let shown = format!("{folder}/{file}");
            let fault = |line, reason: String| PaperError::Layout { file: shown.clone(), line, reason };
            if !PaperKind::ALL.iter().any(|kind| kind.file() == *file) {
                let known: Vec<_> = PaperKind::ALL.iter().map(|kind| kind.file()).collect();
                return Err(fault(0, format!("not the layout of a paper; there are {}", known.join(", "))));
            }
            if text.len() > LAYOUT_OCTETS {
                return Err(fault(0, format!("longer than {LAYOUT_OCTETS} octets")));
            }
        }
        let own = PaperKind::ALL.map(|kind| {
            let own = files.iter().find(|(file, _)| *file == kind.file());
            let (text, shown) = match own {
                Some((file, text)) => (*text, format!("{folder}/{file}")),
                None => (kind.shared(), format!("typ/{}", kind.file())),
            };
            (Source::new(*LAYOUT, text.to_owned()), shown)
        });
        let parts = Source::new(*PARTS, include_str!("../typ/parts.typ").to_owned());
        Ok(Self { parts, own })
    }

    /// The layout of a kind and the name of its file.
    pub(crate) fn of(&self, kind: PaperKind) -> (&Source, &str) {
        let [act, application, hand_out] = &self.own;
        let (source, file) = match kind {
            PaperKind::Act => act,
            PaperKind::Application => application,
            PaperKind::HandOut => hand_out,
        };
        (source, file)
    }
}

/// The words of the frame.
pub(crate) fn words(language: Language) -> &'static str {
    match language {
        Language::Ru => include_str!("../typ/words/ru.toml"),
        Language::En => include_str!("../typ/words/en.toml"),
    }
}

/// A layout is a page or two of code.
const LAYOUT_OCTETS: usize = 262_144;

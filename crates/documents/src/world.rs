//! What typst may see: one layout, the shared parts, the words, the data, the code. Nothing of the machine: no files, no packages,
//! no clock. Paths are fixed, because typst numbers every path it ever hears of and never forgets one.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};

/// One document on the press.
pub(crate) struct Desk<'a> {
    pub(crate) layout: &'a Source,
    pub(crate) parts: &'a Source,
    pub(crate) words: Bytes,
    pub(crate) data: Bytes,
    /// The code as SVG, where the paper has one.
    pub(crate) code: Option<Bytes>,
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &BOOK
    }

    fn main(&self) -> FileId {
        *LAYOUT
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == *LAYOUT {
            Ok(self.layout.clone())
        } else if id == *PARTS {
            Ok(self.parts.clone())
        } else {
            Err(not_there(id))
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == *DATA {
            Ok(self.data.clone())
        } else if id == *WORDS {
            Ok(self.words.clone())
        } else if let Some(code) = self.code.as_ref().filter(|_| id == *CODE) {
            Ok(code.clone())
        } else {
            Err(not_there(id))
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn not_there(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_with_slash().into())
}

/// Every face that layouts may use; all are embedded in the program.
pub(crate) fn fonts() -> &'static [Font] {
    &FONTS
}

fn path(text: &str) -> FileId {
    let path = VirtualPath::new(text).expect("the paths below are plain names");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

pub(crate) static LAYOUT: LazyLock<FileId> = LazyLock::new(|| path("/layout.typ"));
pub(crate) static PARTS: LazyLock<FileId> = LazyLock::new(|| path("/parts.typ"));
static WORDS: LazyLock<FileId> = LazyLock::new(|| path("/words.toml"));
static DATA: LazyLock<FileId> = LazyLock::new(|| path("/data.json"));
static CODE: LazyLock<FileId> = LazyLock::new(|| path("/code.svg"));

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
static BOOK: LazyLock<LazyHash<FontBook>> = LazyLock::new(|| LazyHash::new(FontBook::from_fonts(FONTS.iter())));
static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    typst_assets::fonts()
        .flat_map(|octets| Font::iter(Bytes::new(octets)))
        .filter(|font| FAMILIES.contains(&font.info().family.as_str()))
        .collect()
});

/// Text; whatever Libertinus lacks (the rouble sign); serial numbers, keys and hashes.
const FAMILIES: [&str; 3] = ["Libertinus Serif", "New Computer Modern", "DejaVu Sans Mono"];

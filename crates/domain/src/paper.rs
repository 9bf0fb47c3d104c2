//! Papers that come to the bank about a request: which one, in how many copies, with a seal or without, and by which way. What a scan
//! may be is judged by the registration authority; nothing here knows octets.

/// Which paper.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Document {
    /// The application that comes before review.
    Application,
    /// The act of acceptance, in whatever words the procedure has for it.
    Act,
}

impl Document {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Application, Self::Act];

    /// The word of SQL, pages and the journal.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Act => "act",
        }
    }

    /// The document with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|document| document.name() == name)
    }
}

/// By which way it came (domain notes 1.8: «from which channel»).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Channel {
    /// Brought to a branch.
    Branch,
    /// By post or courier.
    Post,
    /// As a scan by the form of the bank's site.
    Site,
    /// As a scan in a message of the bank's system.
    Message,
}

impl Channel {
    /// All of them, the usual one first.
    pub const ALL: [Self; 4] = [Self::Branch, Self::Post, Self::Site, Self::Message];

    /// The word of SQL, pages and the journal.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Branch => "branch",
            Self::Post => "post",
            Self::Site => "site",
            Self::Message => "message",
        }
    }

    /// The way with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }

    /// Whether paper came; else the scan is all there is.
    #[must_use]
    pub fn brings_paper(self) -> bool {
        match self {
            Self::Branch | Self::Post => true,
            Self::Site | Self::Message => false,
        }
    }
}

/// Most copies of one paper that anybody hands in.
pub const MOST_COPIES: u8 = 9;

//! What anybody may write to the bank at its public page: about what, by whom. Which request it belongs to is found afterwards.

/// What it is about. A bank's own words for each stand in its procedure's folder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Subject {
    /// «Заявление на выдачу сертификата», as a scan.
    Application,
    /// An act, as a scan.
    Act,
    /// A city that is missing in the list of the public door.
    City,
    /// Anything else.
    Other,
}

impl Subject {
    /// All of them, the usual one first.
    pub const ALL: [Self; 4] = [Self::Application, Self::Act, Self::City, Self::Other];

    /// The word of SQL, pages and the journal.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Act => "act",
            Self::City => "city",
            Self::Other => "other",
        }
    }

    /// The subject with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.name() == name)
    }

    /// Whether it is about a paper, which goes along.
    #[must_use]
    pub fn needs_scan(self) -> bool {
        match self {
            Self::Application | Self::Act => true,
            Self::City | Self::Other => false,
        }
    }
}

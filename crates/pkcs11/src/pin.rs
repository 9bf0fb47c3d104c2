//! PINs and passwords, and what is known about them before anybody types one.

use zeroize::Zeroizing;

/// A PIN of a token or the password of a key container: wiped on drop, neither printed nor cloned nor compared.
pub struct Pin(Zeroizing<Vec<u8>>);

impl Pin {
    /// Takes the octets over; the caller's buffer becomes this one.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text.into_bytes()))
    }

    /// How many octets it has.
    #[must_use]
    pub fn octet_count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn octets(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.0).expect("it came in as a string")
    }

    /// For the one owner that may keep it ([`crate::Keep`]) and for the thread that hands it to the module.
    pub(crate) fn duplicate(&self) -> Self {
        Self(Zeroizing::new(self.0.to_vec()))
    }
}

/// How many wrong PINs are left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attempts {
    /// The token counts and says the number.
    Exactly {
        /// Left.
        left: u32,
        /// After a right one.
        of: u32,
    },
    /// At least one wrong PIN since the last right one; the standard's flag tells no number.
    Low,
    /// The next wrong one locks it.
    Final,
    /// None.
    Locked,
    /// The module says nothing bad and no number: all of them, as far as anybody can know.
    Unknown,
}

impl Attempts {
    /// The next wrong PIN would lock it.
    #[must_use]
    pub fn is_last(self) -> bool {
        matches!(self, Self::Final | Self::Exactly { left: 1, .. })
    }

    /// No PIN helps any more.
    #[must_use]
    pub fn is_locked(self) -> bool {
        matches!(self, Self::Locked | Self::Exactly { left: 0, .. })
    }
}

/// Whether a PIN is still the one from the factory. Read from flags; a PIN is never tried out for this.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Factory {
    /// Everybody knows it.
    Yes,
    /// It has been changed.
    No,
    /// The module does not say.
    Unknown,
}

/// What is known about one PIN without typing it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PinState {
    /// Wrong ones left.
    pub attempts: Attempts,
    /// From the factory?
    pub factory: Factory,
    /// The token does nothing until it is changed.
    pub must_change: bool,
    /// There is one at all.
    pub initialized: bool,
}

/// What to do when one wrong PIN would lock the token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LastTry {
    /// Refuse with `pin-final-try` before the token sees it. The rule.
    Stop,
    /// The person has read the warning and typed the PIN again.
    Risk,
}

/// Whether the PIN outlives its operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// It is forgotten at once; after a pull the person types it again. The rule for people.
    No,
    /// It stays in memory with the session, which logs in again by itself after a pull, at most once with a PIN the token refuses. For an authority's HSM, and
    /// where the bank's knob says so.
    WithSession,
}

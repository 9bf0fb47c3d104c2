//! What the doctor saw, in as few words as a support code can carry: no name, no PIN, no whole serial number of a token or a person's certificate.

use serde::Serialize;

/// One look at a workplace.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Picture {
    /// Version of the component.
    pub component: String,
    /// `linux`, `windows`, `macos`.
    pub system: String,
    /// When, by this computer's clock, seconds since 1970.
    pub at: u64,
    /// By how many seconds the clock is ahead of the bank's, where that was known.
    pub clock_ahead_seconds: Option<i64>,
    /// Modules that were looked for and found.
    pub modules: Vec<ModuleSeen>,
    /// Readers without a token in them.
    pub empty_readers: u64,
    /// Tokens and folders of keys.
    pub media: Vec<MediumSeen>,
    /// What is to be said of it, the worst first.
    pub findings: Vec<Finding>,
}

/// A module.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ModuleSeen {
    /// The file's name without its folder.
    pub file: String,
    /// Its version; empty if it did not load.
    pub version: String,
    /// It tells counters as numbers.
    pub exact_counters: bool,
}

/// What kind of place for keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// A token.
    Token,
    /// «Реестр».
    Registry,
    /// A key directory.
    KeyDirectory,
}

/// A token or a folder of keys.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MediumSeen {
    /// What it is.
    pub kind: PlaceKind,
    /// Who made it.
    pub maker: String,
    /// Which model.
    pub model: String,
    /// The last four characters of its serial number.
    pub serial_end: String,
    /// Version of its firmware.
    pub firmware: String,
    /// The user's PIN.
    pub pin: PinSeen,
    /// The administrator's.
    pub so_pin: PinSeen,
    /// Kibibytes altogether.
    pub memory_kib: Option<u64>,
    /// Kibibytes free.
    pub free_kib: Option<u64>,
    /// Kinds of keys it makes: `gost-2001`, `gost-256`, `gost-512`, `ecdsa`, `rsa`.
    pub algorithms: Vec<String>,
    /// Keys that can be seen without a PIN, and certificates without a key.
    pub keys: Vec<KeySeen>,
}

/// A PIN.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct PinSeen {
    /// What is known of its attempts.
    pub attempts: AttemptsSeen,
    /// Whether it is the factory's; `None` where the token does not say.
    pub factory: Option<bool>,
    /// Nothing works until it is changed.
    pub must_change: bool,
}

/// Attempts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttemptsSeen {
    /// A number.
    Left(u32),
    /// At least one is spent.
    Low,
    /// One is left.
    Final,
    /// None is left.
    Locked,
    /// Nothing is said.
    Unknown,
}

/// A key, or a certificate whose key is not seen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct KeySeen {
    /// `gost-256-a`, `gost-2001-cp-a`, …
    pub algorithm: String,
    /// The first eight hexadecimal digits of its public key's hash; empty where that is not known.
    pub hash_begin: String,
    /// A key is there, or a certificate alone.
    pub has_key: bool,
    /// The certificate that ends last.
    pub certificate: Option<CertificateSeen>,
}

/// A certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct CertificateSeen {
    /// First second, since 1970.
    pub not_before: i64,
    /// Last second, since 1970.
    pub not_after: i64,
}

/// Something to be said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// What.
    pub code: FindingCode,
    /// Which of the media, counted from 0.
    pub medium: Option<u64>,
    /// The fault's code of the catalogue, a number of days, a file: see the words.
    pub detail: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing can be done before it is mended.
    Stops,
    /// It works, but not for long or not for everybody.
    Warns,
    /// As it should be.
    Fine,
}

macro_rules! finding_codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $word:literal, $severity:ident;)*) => {
        /// What the doctor can find. Words and numbers never change: codes of last year are still read.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum FindingCode { $($(#[$doc])* $name,)* }

        impl FindingCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// In JSON, and the id of its words.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// In the support code.
            #[must_use]
            pub fn number(self) -> u64 {
                match self { $(Self::$name => $number,)* }
            }

            /// How bad.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }
        }
    };
}

finding_codes! {
    /// No module is installed.
    ModuleMissing = 1, "module-missing", Stops;
    /// A module does not load or does not answer; the detail is the catalogue's code.
    ModuleFault = 2, "module-fault", Stops;
    /// No reader.
    ReaderMissing = 3, "reader-missing", Stops;
    /// No token in any reader, and no folder with keys.
    TokenMissing = 4, "token-missing", Stops;
    /// A token or folder cannot be read; the detail is the catalogue's code.
    MediumFault = 5, "medium-fault", Stops;
    /// MS_Key K: a visit to the branch, «Рутокен ЭЦП 2.0».
    MsKey = 10, "ms-key", Stops;
    /// A key of GOST R 34.10-2001.
    Gost2001Key = 11, "gost-2001-key", Stops;
    /// The token makes no keys of GOST R 34.10-2012.
    NoGost2012 = 12, "no-gost-2012", Stops;
    /// A certificate of somebody else.
    AnotherSignatory = 13, "another-signatory", Stops;
    /// A key nobody has a certificate for: whose it is, cannot be told.
    UnknownOwner = 14, "unknown-owner", Stops;
    /// The user's PIN is locked.
    PinLocked = 20, "pin-locked", Stops;
    /// One attempt is left.
    PinLastTry = 21, "pin-last-try", Stops;
    /// The user's PIN is the factory's.
    PinFactory = 22, "pin-factory", Stops;
    /// The administrator's PIN is the factory's.
    SoPinFactory = 23, "so-pin-factory", Stops;
    /// The PIN must be changed first.
    PinMustChange = 24, "pin-must-change", Stops;
    /// Attempts are spent.
    PinLow = 25, "pin-low", Warns;
    /// The administrator's PIN is locked.
    SoPinLocked = 26, "so-pin-locked", Warns;
    /// There is no user PIN yet.
    PinMissing = 27, "pin-missing", Stops;
    /// Too little room for a key and its certificate.
    MemoryFull = 30, "memory-full", Stops;
    /// Nothing can be written.
    WriteProtected = 31, "write-protected", Stops;
    /// The clock is wrong by so many seconds, or so far behind that certificates are not valid yet.
    ClockWrong = 40, "clock-wrong", Stops;
    /// A certificate is past its end.
    CertificateExpired = 50, "certificate-expired", Warns;
    /// A certificate ends in so many days.
    CertificateEndsSoon = 51, "certificate-ends-soon", Warns;
    /// A key without a certificate: a request waits for its answer, or was broken off.
    OrphanKey = 52, "orphan-key", Warns;
    /// A certificate that cannot be read.
    CertificateUnreadable = 53, "certificate-unreadable", Warns;
    /// A key of a kind that is not known here.
    KeyUnknown = 54, "key-unknown", Warns;
    /// Nothing stands in the way of this medium.
    MediumReady = 60, "medium-ready", Fine;
}

impl Serialize for FindingCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl FindingCode {
    /// By its number in a support code.
    #[must_use]
    pub fn of_number(number: u64) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }
}

impl Picture {
    /// Adds a finding.
    pub fn say(&mut self, code: FindingCode, medium: Option<u64>, detail: &str) {
        self.findings.push(Finding { code, medium, detail: detail.to_owned() });
    }

    /// Whether anything stands in the way.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.findings.iter().any(|finding| finding.code.severity() == Severity::Stops)
    }
}

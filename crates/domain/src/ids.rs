//! Identifiers as types, so that one cannot be handed over for another. All are made by the caller from a clock and a random
//! generator that it was given (house rule: every insert carries a caller-made id, so that a retry finds what it made before).

use std::fmt;
use std::str::FromStr;

/// A text that is not an identifier of the wanted kind.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a {wanted}: {text:?}")]
pub struct BadId {
    /// The kind that was wanted.
    pub wanted: &'static str,
    /// What was given, cut to 64 characters.
    pub text: String,
}

fn bad(wanted: &'static str, text: &str) -> BadId {
    BadId { wanted, text: text.chars().take(64).collect() }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $word:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// A version 7 identifier from the time of creation and ten random octets (RFC 9562 section 5.7).
            #[must_use]
            pub fn new(now: crate::Timestamp, random: [u8; 10]) -> Self {
                let milliseconds = u64::try_from(now.0).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid())
            }

            /// When it was made, as far as its maker knew.
            #[must_use]
            pub fn made_at(&self) -> crate::Timestamp {
                let octets = self.as_bytes();
                let milliseconds = octets[..6].iter().fold(0_i64, |sum, octet| sum << 8 | i64::from(*octet));
                crate::Timestamp(milliseconds)
            }

            /// The 16 octets.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(out)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                // One spelling only: 36 characters, lower case. The store compares texts.
                let id = uuid::Uuid::try_parse(text).map_err(|_| bad($word, text))?;
                if id.hyphenated().to_string() == text { Ok(Self(id)) } else { Err(bad($word, text)) }
            }
        }
    };
}

uuid_id!(/// One request for a certificate.
    RequestId, "request id");
uuid_id!(/// One certificate the house knows, issued here or imported.
    CertificateId, "certificate id");
uuid_id!(/// One natural person who holds or asks for certificates: the signatory.
    SubscriberId, "subscriber id");
uuid_id!(/// One organisation that subscribers act for.
    OrganisationId, "organisation id");
uuid_id!(/// One member of the bank's staff.
    StaffId, "staff id");
uuid_id!(/// One mailed link.
    LinkId, "link id");
uuid_id!(/// One row of the outbox.
    EffectId, "effect id");
uuid_id!(/// One challenge handed out for a sign-in.
    ChallengeId, "challenge id");
uuid_id!(/// One support ticket.
    TicketId, "ticket id");
uuid_id!(/// One message between a client and the bank.
    MessageId, "message id");
uuid_id!(/// One paper that came in and was registered.
    PaperId, "paper id");
uuid_id!(/// One smart card of the register.
    SmartCardId, "smart card id");
uuid_id!(/// One hand-out of a smart card.
    HandOutId, "hand-out id");
uuid_id!(/// One step that waits for a second person.
    ProposalId, "proposal id");
uuid_id!(/// One import that is looked at before it is taken.
    ImportId, "import id");

/// The agent (bank or broker) that is the registration authority: the number in `?agentId=`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct AgentId(pub u32);

impl fmt::Display for AgentId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl FromStr for AgentId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let plain = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
        text.parse().ok().filter(|_| plain).map(Self).ok_or_else(|| bad("agent id", text))
    }
}

/// УНЗ, the request number that people read aloud: 14 lower-case hexadecimal digits, drawn at random (56 bits) and unique.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Unz([u8; 7]);

impl Unz {
    /// The number with these random octets.
    #[must_use]
    pub fn new(random: [u8; 7]) -> Self {
        Self(random)
    }
}

impl fmt::Display for Unz {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(out, "{octet:02x}"))
    }
}

impl FromStr for Unz {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        hex_octets::<7>(text).map(Self).ok_or_else(|| bad("request number", text))
    }
}

/// «Идентификатор владельца сертификата»: 13 lower-case hexadecimal digits, random per subscriber, stable across renewals.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OwnerId(String);

impl OwnerId {
    /// Thirteen hexadecimal digits out of seven random octets; the first digit is dropped.
    #[must_use]
    pub fn new(random: [u8; 7]) -> Self {
        Self(Unz(random).to_string()[1..].to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OwnerId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl FromStr for OwnerId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let right = text.len() == 13 && text.bytes().all(|o| matches!(o, b'0'..=b'9' | b'a'..=b'f'));
        if right { Ok(Self(text.to_owned())) } else { Err(bad("owner id", text)) }
    }
}

/// «Идентификатор (UID)» of a key and its certificate: 20 upper-case hexadecimal digits, the first ten octets of the SHA-256 of its canonical
/// SubjectPublicKeyInfo. A new key has a new one, and whoever has the key can compute it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KeyUid([u8; 10]);

impl KeyUid {
    /// Of the key with this SHA-256.
    #[must_use]
    pub fn of(spki_sha256: &[u8; 32]) -> Self {
        let mut octets = [0; 10];
        octets.copy_from_slice(&spki_sha256[..10]);
        Self(octets)
    }

    /// The least and the greatest SHA-256 that begin so.
    #[must_use]
    pub fn bounds(&self) -> ([u8; 32], [u8; 32]) {
        let filled = |rest| {
            let mut octets = [rest; 32];
            octets[..10].copy_from_slice(&self.0);
            octets
        };
        (filled(0), filled(0xff))
    }
}

impl fmt::Display for KeyUid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(out, "{octet:02X}"))
    }
}

impl FromStr for KeyUid {
    type Err = BadId;
    /// In either case: people type what is printed.
    fn from_str(text: &str) -> Result<Self, BadId> {
        hex_octets::<10>(&text.to_ascii_lowercase()).map(Self).ok_or_else(|| bad("UID", text))
    }
}

/// Sixteen random octets that bind one signed text to one request or one sign-in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Nonce(pub [u8; 16]);

impl fmt::Display for Nonce {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(out, "{octet:02x}"))
    }
}

impl FromStr for Nonce {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        hex_octets::<16>(text).map(Self).ok_or_else(|| bad("nonce", text))
    }
}

fn hex_octets<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut octets = [0; N];
    for (octet, pair) in octets.iter_mut().zip(digits.chunks_exact(2)) {
        *octet = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(octets)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

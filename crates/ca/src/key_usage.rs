//! The bits of KeyUsage by the names of RFC 5280 section 4.2.1.3.

/// A set of key usage bits; bit 0 of the ASN.1 is the highest bit here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct KeyUsage(u16);

/// Names and numbers of the bits.
const NAMES: [&str; 9] = [
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
];

impl KeyUsage {
    /// keyCertSign: belongs to authorities only.
    pub const KEY_CERT_SIGN: Self = Self(0x8000 >> 5);
    /// cRLSign: belongs to authorities only.
    pub const CRL_SIGN: Self = Self(0x8000 >> 6);
    /// What our authorities carry.
    pub const AUTHORITY: Self = Self(Self::KEY_CERT_SIGN.0 | Self::CRL_SIGN.0);

    /// The bit with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().position(|have| *have == name).map(|bit| Self(0x8000 >> bit))
    }

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every bit of `other` is here.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any bit of `other` is here.
    #[must_use]
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether no bit is set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Names of the bits that are set, in order.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        NAMES.iter().enumerate().filter(|(bit, _)| self.0 & (0x8000 >> bit) != 0).map(|(_, name)| *name).collect()
    }

    /// Contents of the named BIT STRING in DER: the count of unused bits, then as few octets as hold the last bit that is set (X.690 11.2.2).
    pub(crate) fn to_bit_string(self) -> Vec<u8> {
        let octets = self.0.to_be_bytes();
        match octets {
            [0, 0] => vec![0],
            [first, 0] => vec![first.trailing_zeros() as u8, first],
            [first, second] => vec![second.trailing_zeros() as u8, first, second],
        }
    }

    /// Reads the contents of the BIT STRING and demands the one DER form.
    pub(crate) fn from_bit_string(contents: &[u8]) -> Result<Self, String> {
        let usage = match contents {
            [_, first] => Self(u16::from(*first) << 8),
            [_, first, second] => Self(u16::from_be_bytes([*first, *second])),
            _ => return Err("keyUsage has no bits or too many".to_owned()),
        };
        if usage.to_bit_string() != contents || usage.0 & 0x007f != 0 {
            return Err("keyUsage is not the shortest form of known bits".to_owned());
        }
        Ok(usage)
    }
}

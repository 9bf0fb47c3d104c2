//! Serial numbers of our own certificates: drawn, written and read back in both notations people use.
//! RFC 5280 section 4.1.2.2 and the baseline requirements 7.1 (positive, below 2^159, random, never sequential).

use std::fmt;

/// Length of every serial number we draw.
const LENGTH: usize = 20;

/// 20 octets, the top bit 0 and the first octet not 0, so that the DER INTEGER is always exactly these 20 octets; almost 159 random bits.
///
/// The printed form is 40 lower-case hexadecimal digits. Its decimal form always has 46 to 48 digits, therefore the two are never mistaken for each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SerialNumber([u8; LENGTH]);

/// The text or the octets are not one of our serial numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a serial number: 40 hexadecimal digits or the same number in decimal are expected")]
pub struct SerialNumberError;

impl SerialNumber {
    /// Draws a number; one whose first octet is 0 (zero itself among them) is thrown away and drawn again.
    pub fn draw(rng: &mut crypto::Rng) -> Self {
        loop {
            let mut octets = [0; LENGTH];
            rng.fill_bytes(&mut octets);
            octets[0] &= 0x7f;
            if octets[0] != 0 {
                return Self(octets);
            }
        }
    }

    /// The number with these octets, for instance those of a certificate.
    pub fn from_octets(octets: &[u8]) -> Result<Self, SerialNumberError> {
        let octets: [u8; LENGTH] = octets.try_into().map_err(|_| SerialNumberError)?;
        if octets[0] == 0 || octets[0] & 0x80 != 0 { Err(SerialNumberError) } else { Ok(Self(octets)) }
    }

    /// Reads either notation; `0x`, spaces and colons between hexadecimal digits are taken as people paste them.
    pub fn parse(text: &str) -> Result<Self, SerialNumberError> {
        let text = text.trim();
        if (46..=48).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit()) {
            return Self::from_octets(&octets_from_decimal(text).ok_or(SerialNumberError)?);
        }
        let bare = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        let digits: String = bare.chars().filter(|character| !matches!(character, ':' | ' ')).collect();
        Self::from_octets(&hex::decode(digits).map_err(|_| SerialNumberError)?)
    }

    /// Big-endian octets, the contents of the DER INTEGER.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// 40 lower-case hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }

    /// Decimal digits.
    #[must_use]
    pub fn to_decimal(self) -> String {
        decimal_from_octets(&self.0)
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.to_hex())
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SerialNumber({self})")
    }
}

/// The decimal notation of a big-endian number, for serial numbers of any authority: `038b00b8` is `59441336`. Long division by a billion.
#[must_use]
pub fn decimal_from_octets(octets: &[u8]) -> String {
    const BILLION: u64 = 1_000_000_000;
    let mut number = octets.to_vec();
    let mut groups = Vec::new();
    while number.iter().any(|&octet| octet != 0) {
        let mut rest = 0;
        for octet in &mut number {
            let value = rest << 8 | u64::from(*octet);
            // The rest is below the divisor, so the quotient is below 256.
            *octet = u8::try_from(value / BILLION).unwrap_or(u8::MAX);
            rest = value % BILLION;
        }
        groups.push(rest);
    }
    let mut text = groups.pop().map_or_else(|| "0".to_owned(), |first| first.to_string());
    for group in groups.iter().rev() {
        text.push_str(&format!("{group:09}"));
    }
    text
}

/// The big-endian octets of a decimal number without leading zero octets; none when the text is not decimal digits.
#[must_use]
pub fn octets_from_decimal(text: &str) -> Option<Vec<u8>> {
    // 48 digits are the longest serial number RFC 5280 allows; the limit keeps the loop short on what people paste.
    if text.is_empty() || text.len() > 48 {
        return None;
    }
    let mut octets = vec![0_u8];
    for digit in text.chars() {
        let mut carry = digit.to_digit(10)?;
        for octet in &mut octets {
            carry += u32::from(*octet) * 10;
            *octet = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry > 0 {
            octets.push(carry as u8);
        }
    }
    while octets.len() > 1 && octets.last() == Some(&0) {
        octets.pop();
    }
    octets.reverse();
    Some(octets)
}

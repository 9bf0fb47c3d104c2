//! What Rutoken's module has beyond the standard: exact counters, the question whether a PIN must be changed, the journal.

use cryptoki_sys::*;

use crate::card::Card;
use crate::code::{Answer, Code, refuse};
use crate::folder::now_ms;
use crate::module::Module;
use crate::numbers::*;
use crate::pin::{MAX_PIN_OCTETS, MIN_PIN_OCTETS};
use crate::session::{Reply, Room};

/// What the journal remembers. The numbers are the format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Event {
    /// An attempt was counted; if nothing follows, the PIN was wrong.
    Tried = 1,
    LoggedIn = 2,
    /// The last attempt was counted.
    Locked = 3,
    PinSet = 4,
    Unblocked = 5,
    Initialised = 6,
    KeyMade = 7,
    ObjectWritten = 8,
    Destroyed = 9,
    /// Only on cards that were made to write down signatures.
    Signed = 10,
}

/// One event: its number on the card (8), milliseconds since 1970 (8), the event (1), who: 0 the administrator, 1 the user (1), nothing (2), the number of the
/// object (4); all little-endian.
const RECORD_OCTETS: usize = 24;
/// Events that are kept; older ones make room.
const MAX_RECORDS: usize = 64;

/// Puts an event at the end of the journal; it is on the disk with the card.
pub(crate) fn record(card: &mut Card, event: Event, who: CK_USER_TYPE, object: u32) {
    let loose = &mut card.loose;
    loose.journal_number += 1;
    loose.journal.extend_from_slice(&loose.journal_number.to_le_bytes());
    loose.journal.extend_from_slice(&now_ms().to_le_bytes());
    loose.journal.extend_from_slice(&[event as u8, who as u8, 0, 0]);
    loose.journal.extend_from_slice(&object.to_le_bytes());
    let excess = loose.journal.len().saturating_sub(MAX_RECORDS * RECORD_OCTETS);
    loose.journal.drain(..excess);
}

impl Module {
    pub(crate) fn journal(&mut self, id: CK_SLOT_ID, room: Room) -> Answer<Reply<Vec<u8>>> {
        let journal = self.card(id)?.loose.journal.clone();
        Reply::of(room, journal.len(), || Ok(journal))
    }

    /// `MODE_GET_PIN_SET_TO_BE_CHANGED`, the one mode there is here.
    pub(crate) fn slot_manage(&mut self, id: CK_SLOT_ID, mode: CK_ULONG, who: CK_USER_TYPE) -> Answer<()> {
        let card = self.card(id)?;
        if mode != MODE_GET_PIN_SET_TO_BE_CHANGED {
            return refuse(CKR_FUNCTION_NOT_SUPPORTED);
        }
        match who {
            CKU_USER if card.loose.must_change => refuse(CKR_PIN_EXPIRED),
            CKU_USER | CKU_SO => Ok(()),
            _ => refuse(CKR_USER_TYPE_INVALID),
        }
    }

    pub(crate) fn token_info_extended(&mut self, id: CK_SLOT_ID) -> Answer<CK_TOKEN_INFO_EXTENDED> {
        let card = self.card(id)?;
        let identity = &card.firm.identity;
        let mut flags = TOKEN_FLAGS_ADMIN_CHANGE_USER_PIN
            | TOKEN_FLAGS_USER_CHANGE_USER_PIN
            | TOKEN_FLAGS_SUPPORT_JOURNAL
            | TOKEN_FLAGS_USER_PIN_UTF8
            | TOKEN_FLAGS_ADMIN_PIN_UTF8;
        if !card.firm.so_is_factory {
            flags |= TOKEN_FLAGS_ADMIN_PIN_NOT_DEFAULT;
        }
        if !card.firm.user_is_factory {
            flags |= TOKEN_FLAGS_USER_PIN_NOT_DEFAULT;
        }
        let total = CK_ULONG::from(identity.memory_octets);
        let mut atr = [0; 64];
        atr[..ATR.len()].copy_from_slice(ATR);
        Ok(CK_TOKEN_INFO_EXTENDED {
            ulSizeofThisStructure: size_of::<CK_TOKEN_INFO_EXTENDED>() as CK_ULONG,
            ulTokenType: TOKEN_TYPE_RUTOKEN_ECP,
            ulProtocolNumber: 0,
            ulMicrocodeNumber: identity.versions[2].into(),
            ulOrderNumber: 0,
            flags,
            ulMaxAdminPinLen: MAX_PIN_OCTETS as CK_ULONG,
            ulMinAdminPinLen: MIN_PIN_OCTETS.into(),
            ulMaxUserPinLen: MAX_PIN_OCTETS as CK_ULONG,
            ulMinUserPinLen: card.firm.policy.min_octets.into(),
            ulMaxAdminRetryCount: card.firm.so_max.into(),
            ulAdminRetryCountLeft: card.loose.so_left.into(),
            ulMaxUserRetryCount: card.firm.user_max.into(),
            ulUserRetryCountLeft: card.loose.user_left.into(),
            serialNumber: bcd(&identity.serial).ok_or(Code(CKR_TOKEN_NOT_RECOGNIZED))?,
            ulTotalMemory: total,
            ulFreeMemory: total.saturating_sub(card.used_octets() as CK_ULONG),
            ATR: atr,
            ulATRLen: ATR.len() as CK_ULONG,
            ulTokenClass: 0,
            ulBatteryVoltage: 0,
            ulBodyColor: 0,
            ulFirmwareChecksum: 0,
            ulBatteryPercentage: 0,
            ulBatteryFlags: 0,
        })
    }
}

/// Two digits an octet, the last digits last.
fn bcd(serial: &str) -> Option<[u8; 8]> {
    let mut octets = [0; 8];
    for (digit, place) in serial.bytes().rev().zip(0..) {
        let octet = octets.iter_mut().rev().nth(place / 2)?;
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        *octet |= digit << (4 * (place % 2));
    }
    Some(octets)
}

const TOKEN_TYPE_RUTOKEN_ECP: CK_ULONG = 0x01;
/// Of a Rutoken ECP: 3B 8B 01 "Rutoken DS " C1.
const ATR: &[u8] = b"\x3B\x8B\x01\x52\x75\x74\x6F\x6B\x65\x6E\x20\x44\x53\x20\xC1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_two_digits_an_octet() {
        assert_eq!(bcd("12345678"), Some([0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78]));
        assert_eq!(bcd("1"), Some([0, 0, 0, 0, 0, 0, 0, 1]));
        assert_eq!(bcd("12a45678"), None);
        assert_eq!(bcd("12345678901234567"), None);
    }
}

//! The numbers PKCS#11 2.40 does not have: those of TC 26 and of Rutoken's headers. Whoever talks to such a card needs the same ones.

use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CK_FLAGS, CK_KEY_TYPE, CK_MECHANISM_TYPE, CK_RV, CK_ULONG, CKR_VENDOR_DEFINED};

/// NSSCK_VENDOR_PKCS11_RU_TEAM: where the numbers of TC 26 begin.
pub const RU_TEAM: CK_ULONG = 0xD432_1000;
const VENDOR: CK_ULONG = 0x8000_0000;

/// GOST R 34.10-2012, 512 bits. The 256-bit key is `CKK_GOSTR3410`.
pub const CKK_GOSTR3410_512: CK_KEY_TYPE = RU_TEAM + 0x003;
/// Makes a pair of 512 bits.
pub const CKM_GOSTR3410_512_KEY_PAIR_GEN: CK_MECHANISM_TYPE = RU_TEAM + 0x005;
/// Signs a ready digest of 64 octets.
pub const CKM_GOSTR3410_512: CK_MECHANISM_TYPE = RU_TEAM + 0x006;
/// VKO with Streebog.
pub const CKM_GOSTR3410_2012_DERIVE: CK_MECHANISM_TYPE = RU_TEAM + 0x007;
/// Streebog-256 and a 256-bit key.
pub const CKM_GOSTR3410_WITH_GOSTR3411_2012_256: CK_MECHANISM_TYPE = RU_TEAM + 0x008;
/// Streebog-512 and a 512-bit key.
pub const CKM_GOSTR3410_WITH_GOSTR3411_2012_512: CK_MECHANISM_TYPE = RU_TEAM + 0x009;
/// Streebog-256.
pub const CKM_GOSTR3411_2012_256: CK_MECHANISM_TYPE = RU_TEAM + 0x012;
/// Streebog-512.
pub const CKM_GOSTR3411_2012_512: CK_MECHANISM_TYPE = RU_TEAM + 0x013;

/// The PIN does not satisfy the card's policy.
pub const CKR_INAPPROPRIATE_PIN: CK_RV = CKR_VENDOR_DEFINED + 10;
/// The PIN was used before.
pub const CKR_PIN_IN_HISTORY: CK_RV = CKR_VENDOR_DEFINED + 11;

/// The key signs the journal and nothing else.
pub const CKA_VENDOR_KEY_JOURNAL: CK_ATTRIBUTE_TYPE = VENDOR | 0x2002;
/// A signature wants a touch of the button.
pub const CKA_VENDOR_CONFIRM_BY_TOUCH: CK_ATTRIBUTE_TYPE = VENDOR | 0x2003;
/// Shortest PIN.
pub const CKA_VENDOR_PIN_POLICY_MIN_LENGTH: CK_ATTRIBUTE_TYPE = VENDOR | 0x3203;
/// How many earlier PINs are refused.
pub const CKA_VENDOR_PIN_POLICY_HISTORY_DEPTH: CK_ATTRIBUTE_TYPE = VENDOR | 0x3204;
/// Whether one may work with the factory PIN.
pub const CKA_VENDOR_PIN_POLICY_ALLOW_DEFAULT_PIN_USAGE: CK_ATTRIBUTE_TYPE = VENDOR | 0x3205;
/// A digit is demanded.
pub const CKA_VENDOR_PIN_POLICY_DIGIT_REQUIRED: CK_ATTRIBUTE_TYPE = VENDOR | 0x3206;
/// An upper case letter is demanded.
pub const CKA_VENDOR_PIN_POLICY_UPPERCASE_REQUIRED: CK_ATTRIBUTE_TYPE = VENDOR | 0x3207;
/// A lower case letter is demanded.
pub const CKA_VENDOR_PIN_POLICY_LOWERCASE_REQUIRED: CK_ATTRIBUTE_TYPE = VENDOR | 0x3208;
/// A special character is demanded.
pub const CKA_VENDOR_PIN_POLICY_SPEC_CHAR_REQUIRED: CK_ATTRIBUTE_TYPE = VENDOR | 0x3209;
/// One character repeated is refused.
pub const CKA_VENDOR_PIN_POLICY_DIFF_CHARS_REQUIRED: CK_ATTRIBUTE_TYPE = VENDOR | 0x320a;

/// The administrator may change the user PIN.
pub const TOKEN_FLAGS_ADMIN_CHANGE_USER_PIN: CK_FLAGS = 0x1;
/// The user may.
pub const TOKEN_FLAGS_USER_CHANGE_USER_PIN: CK_FLAGS = 0x2;
/// The administrator's PIN is not the factory's.
pub const TOKEN_FLAGS_ADMIN_PIN_NOT_DEFAULT: CK_FLAGS = 0x4;
/// The user PIN is not the factory's.
pub const TOKEN_FLAGS_USER_PIN_NOT_DEFAULT: CK_FLAGS = 0x8;
/// There is a journal.
pub const TOKEN_FLAGS_SUPPORT_JOURNAL: CK_FLAGS = 0x400;
/// The user PIN is UTF-8.
pub const TOKEN_FLAGS_USER_PIN_UTF8: CK_FLAGS = 0x800;
/// The administrator's PIN is UTF-8.
pub const TOKEN_FLAGS_ADMIN_PIN_UTF8: CK_FLAGS = 0x1000;

/// `C_EX_SlotManage`: is the PIN of this user to be changed?
pub const MODE_GET_PIN_SET_TO_BE_CHANGED: CK_ULONG = 0x07;

/// `C_EX_GetTokenInfoExtended`: what the standard's structure has no room for.
#[repr(C)]
#[cfg_attr(windows, repr(packed(1)))]
#[derive(Clone, Copy, Debug)]
#[expect(non_snake_case, missing_docs, reason = "the names are the header's, and so is what they mean")]
pub struct CK_TOKEN_INFO_EXTENDED {
    pub ulSizeofThisStructure: CK_ULONG,
    pub ulTokenType: CK_ULONG,
    pub ulProtocolNumber: CK_ULONG,
    pub ulMicrocodeNumber: CK_ULONG,
    pub ulOrderNumber: CK_ULONG,
    pub flags: CK_FLAGS,
    pub ulMaxAdminPinLen: CK_ULONG,
    pub ulMinAdminPinLen: CK_ULONG,
    pub ulMaxUserPinLen: CK_ULONG,
    pub ulMinUserPinLen: CK_ULONG,
    pub ulMaxAdminRetryCount: CK_ULONG,
    pub ulAdminRetryCountLeft: CK_ULONG,
    pub ulMaxUserRetryCount: CK_ULONG,
    pub ulUserRetryCountLeft: CK_ULONG,
    pub serialNumber: [u8; 8],
    pub ulTotalMemory: CK_ULONG,
    pub ulFreeMemory: CK_ULONG,
    pub ATR: [u8; 64],
    pub ulATRLen: CK_ULONG,
    pub ulTokenClass: CK_ULONG,
    pub ulBatteryVoltage: CK_ULONG,
    pub ulBodyColor: CK_ULONG,
    pub ulFirmwareChecksum: CK_ULONG,
    pub ulBatteryPercentage: CK_ULONG,
    pub ulBatteryFlags: CK_ULONG,
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
const _: () = assert!(size_of::<CK_TOKEN_INFO_EXTENDED>() == 256);
#[cfg(windows)]
const _: () = assert!(size_of::<CK_TOKEN_INFO_EXTENDED>() == 164);

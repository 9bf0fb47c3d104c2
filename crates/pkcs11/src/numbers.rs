//! Numbers that the standard's bindings lack: GOST of 2012 and the extended functions, as in Rutoken's headers.

use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CK_FLAGS, CK_KEY_TYPE, CK_MECHANISM_TYPE};

pub(crate) const CKK_GOSTR3410: CK_KEY_TYPE = 0x30;
pub(crate) const CKA_GOSTR3410_PARAMS: CK_ATTRIBUTE_TYPE = 0x250;
pub(crate) const CKA_GOSTR3411_PARAMS: CK_ATTRIBUTE_TYPE = 0x251;
pub(crate) const CKM_GOSTR3410_KEY_PAIR_GEN: CK_MECHANISM_TYPE = 0x1200;
/// Over a ready hash of 32 octets.
pub(crate) const CKM_GOSTR3410: CK_MECHANISM_TYPE = 0x1201;
pub(crate) const CKM_GOSTR3410_WITH_GOSTR3411: CK_MECHANISM_TYPE = 0x1202;
pub(crate) const CKM_GOSTR3411: CK_MECHANISM_TYPE = 0x1210;

/// `NSSCK_VENDOR_PKCS11_RU_TEAM`.
const TC26: CK_MECHANISM_TYPE = 0xD432_1000;
pub(crate) const CKK_GOSTR3410_512: CK_KEY_TYPE = TC26 + 0x003;
pub(crate) const CKM_GOSTR3410_512_KEY_PAIR_GEN: CK_MECHANISM_TYPE = TC26 + 0x005;
/// Over a ready hash of 64 octets.
pub(crate) const CKM_GOSTR3410_512: CK_MECHANISM_TYPE = TC26 + 0x006;
pub(crate) const CKM_GOSTR3410_WITH_GOSTR3411_2012_256: CK_MECHANISM_TYPE = TC26 + 0x008;
pub(crate) const CKM_GOSTR3411_2012_256: CK_MECHANISM_TYPE = TC26 + 0x012;

pub(crate) const TOKEN_FLAGS_ADMIN_PIN_NOT_DEFAULT: CK_FLAGS = 0x4;
pub(crate) const TOKEN_FLAGS_USER_PIN_NOT_DEFAULT: CK_FLAGS = 0x8;

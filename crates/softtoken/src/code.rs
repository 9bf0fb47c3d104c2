//! The answers of the standard as errors: a safe function gives its value or the number C gets to see.

use cryptoki_sys::{
    CK_RV, CKR_DEVICE_ERROR, CKR_DEVICE_MEMORY, CKR_FUNCTION_FAILED, CKR_GENERAL_ERROR, CKR_TOKEN_NOT_PRESENT,
    CKR_TOKEN_NOT_RECOGNIZED,
};

use crate::card::CardError;

/// A `CKR_…` other than `CKR_OK`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Code(pub CK_RV);

/// A value, or the code that says why there is none.
pub(crate) type Answer<T> = Result<T, Code>;

/// The short way to say no.
pub(crate) fn refuse<T>(code: CK_RV) -> Answer<T> {
    Err(Code(code))
}

impl From<CardError> for Code {
    fn from(error: CardError) -> Self {
        Self(match error {
            CardError::Gone => CKR_TOKEN_NOT_PRESENT,
            CardError::Damaged(_) | CardError::Exposed(_) => CKR_TOKEN_NOT_RECOGNIZED,
            CardError::Full => CKR_DEVICE_MEMORY,
            CardError::Io(_) => CKR_DEVICE_ERROR,
        })
    }
}

/// What the key mathematics refuses after the arguments were looked at is ours to explain, but for the one code the caller can act on.
impl From<crypto::Error> for Code {
    fn from(error: crypto::Error) -> Self {
        match error {
            crypto::Error::Internal(_) => Self(CKR_GENERAL_ERROR),
            crypto::Error::Malformed { .. }
            | crypto::Error::Unsupported { .. }
            | crypto::Error::Invalid { .. }
            | crypto::Error::WrongPassword => Self(CKR_FUNCTION_FAILED),
        }
    }
}

//! A session and the operations under way in it. Which of them may follow which is decided here; nothing here knows a card.

use std::sync::Arc;

use cryptoki_sys::*;

use crate::code::{Answer, Code, refuse};
use crate::key::{Private, Public};
use crate::mechanism::{Hasher, Input, Scheme};

/// One conversation with a card.
pub(crate) struct Session {
    pub(crate) slot: usize,
    pub(crate) is_rw: bool,
    /// Handles that were found and not yet handed over, the next one last.
    pub(crate) found: Option<Vec<CK_OBJECT_HANDLE>>,
    pub(crate) digest: Operation<Hasher>,
    pub(crate) sign: Operation<Signing>,
    pub(crate) verify: Operation<Verifying>,
}

impl Session {
    pub(crate) fn new(slot: usize, is_rw: bool) -> Self {
        Self { slot, is_rw, found: None, digest: Operation::None, sign: Operation::None, verify: Operation::None }
    }

    /// A login that ends takes what it allowed with it.
    pub(crate) fn forget_operations(&mut self) {
        *self = Self::new(self.slot, self.is_rw);
    }
}

/// A signature to be made.
pub(crate) struct Signing {
    pub(crate) key: Arc<Private>,
    pub(crate) scheme: Scheme,
    pub(crate) input: Input,
    /// The number on the card of the key, for the journal.
    pub(crate) journal: Option<u32>,
}

/// A signature to be checked.
pub(crate) struct Verifying {
    pub(crate) key: Arc<Public>,
    pub(crate) scheme: Scheme,
    pub(crate) input: Input,
}

/// An operation by the order of calls: Init, then either the whole at once or parts and an end.
pub(crate) enum Operation<T> {
    None,
    Ready(T),
    InParts(T),
}

impl<T> Operation<T> {
    pub(crate) fn begin(&mut self, operation: T) -> Answer<()> {
        match self {
            Self::None => {
                *self = Self::Ready(operation);
                Ok(())
            }
            Self::Ready(_) | Self::InParts(_) => refuse(CKR_OPERATION_ACTIVE),
        }
    }

    pub(crate) fn must_be_free(&self) -> Answer<()> {
        match self {
            Self::None => Ok(()),
            Self::Ready(_) | Self::InParts(_) => refuse(CKR_OPERATION_ACTIVE),
        }
    }

    /// The next part. An error ends the operation.
    pub(crate) fn part(&mut self, update: impl FnOnce(&mut T) -> Answer<()>) -> Answer<()> {
        let mut operation = match std::mem::replace(self, Self::None) {
            Self::None => return refuse(CKR_OPERATION_NOT_INITIALIZED),
            Self::Ready(operation) | Self::InParts(operation) => operation,
        };
        update(&mut operation)?;
        *self = Self::InParts(operation);
        Ok(())
    }

    /// The operation for the call that does all of it at once, looked at.
    pub(crate) fn whole(&self) -> Answer<&T> {
        match self {
            Self::None => refuse(CKR_OPERATION_NOT_INITIALIZED),
            Self::Ready(operation) => Ok(operation),
            Self::InParts(_) => refuse(CKR_OPERATION_ACTIVE),
        }
    }

    /// The operation for the call that ends it after parts, of which there may have been none.
    pub(crate) fn ending(&self) -> Answer<&T> {
        match self {
            Self::None => refuse(CKR_OPERATION_NOT_INITIALIZED),
            Self::Ready(operation) | Self::InParts(operation) => Ok(operation),
        }
    }

    pub(crate) fn take(&mut self) -> Answer<T> {
        match std::mem::replace(self, Self::None) {
            Self::None => Err(Code(CKR_OPERATION_NOT_INITIALIZED)),
            Self::Ready(operation) | Self::InParts(operation) => Ok(operation),
        }
    }
}

/// Room for an answer, as C offers it: none means that only the length is asked for.
pub(crate) type Room = Option<usize>;

/// An answer of a length that is known before it is made.
pub(crate) enum Reply<T> {
    /// Nothing but the length was wanted.
    Length(usize),
    /// The room is too small for this many octets; nothing was used up.
    TooSmall(usize),
    /// It fits.
    Go(T),
}

impl<T> Reply<T> {
    /// What the room is good for; `Go` carries what `take` gives.
    pub(crate) fn of(room: Room, octets: usize, take: impl FnOnce() -> Answer<T>) -> Answer<Self> {
        Ok(match room {
            None => Self::Length(octets),
            Some(room) if room < octets => Self::TooSmall(octets),
            Some(_) => Self::Go(take()?),
        })
    }

    pub(crate) fn then<U>(self, go: impl FnOnce(T) -> Answer<U>) -> Answer<Reply<U>> {
        Ok(match self {
            Self::Length(octets) => Reply::Length(octets),
            Self::TooSmall(octets) => Reply::TooSmall(octets),
            Self::Go(value) => Reply::Go(go(value)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_out_of_order_are_told_so() {
        let mut operation = Operation::None;
        assert_eq!(operation.part(|_: &mut u8| Ok(())), refuse(CKR_OPERATION_NOT_INITIALIZED));
        assert_eq!(operation.whole().copied(), refuse(CKR_OPERATION_NOT_INITIALIZED));
        assert_eq!(operation.begin(1), Ok(()));
        assert_eq!(operation.begin(2), refuse(CKR_OPERATION_ACTIVE));
        assert_eq!(operation.whole().copied(), Ok(1));
        assert_eq!(operation.part(|_| Ok(())), Ok(()));
        assert_eq!(operation.whole().copied(), refuse(CKR_OPERATION_ACTIVE));
        assert_eq!(operation.ending().copied(), Ok(1));
        assert_eq!(operation.part(|_| refuse(CKR_DATA_INVALID)), refuse(CKR_DATA_INVALID));
        assert_eq!(operation.take(), refuse(CKR_OPERATION_NOT_INITIALIZED), "an error ends the operation");
    }

    #[test]
    fn a_length_that_is_asked_for_uses_nothing_up() {
        let reply = Reply::of(None, 64, || -> Answer<u8> { unreachable!("nothing is taken") });
        assert!(matches!(reply, Ok(Reply::Length(64))));
        let reply = Reply::of(Some(63), 64, || -> Answer<u8> { unreachable!("nothing is taken") });
        assert!(matches!(reply, Ok(Reply::TooSmall(64))));
        assert!(matches!(Reply::of(Some(64), 64, || Ok(1)), Ok(Reply::Go(1))));
    }
}

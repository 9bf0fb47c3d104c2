//! The client's pages: behind the mailed link, the status of a request, root certificates; and, signed in, everything of one's own.

pub(crate) mod delivery;
pub(crate) mod root;
pub(crate) mod status;

pub(crate) mod cabinet;
pub(crate) mod renewal;
pub(crate) mod requests;
pub(crate) mod sign_in;

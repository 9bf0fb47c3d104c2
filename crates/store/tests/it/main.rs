//! Conformance of the store on both databases.

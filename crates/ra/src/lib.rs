//! The registration authority's use cases: verify, load, decide, save.

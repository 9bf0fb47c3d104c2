//! Papers: typed facts in, PDF/A octets out.

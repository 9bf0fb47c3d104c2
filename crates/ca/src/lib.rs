//! The issuing engine: profiles, prepare, lint, sign, CRL. No database, no clock.

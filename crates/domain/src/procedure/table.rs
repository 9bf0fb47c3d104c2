//! A procedure as a table a bank can read.

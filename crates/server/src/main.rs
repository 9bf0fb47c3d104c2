//! surguch
fn main() {}

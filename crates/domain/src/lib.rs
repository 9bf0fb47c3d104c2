//! Nouns, stages, procedures and the pure decision: no I/O, no DER, no clock.

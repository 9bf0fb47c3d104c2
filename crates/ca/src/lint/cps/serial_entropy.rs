//! A client's serial number has the 20 octets our draw makes, so that at least 128 of its bits are random.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint =
    Lint { name: "cps_serial_entropy", citation: "Baseline requirements 7.1; requirements R1", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    match crate::SerialNumber::from_octets(candidate.certificate.serial) {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("{} octets where 20 are drawn", candidate.certificate.serial.len())),
    }
}

//! The serial number is a positive INTEGER of at most 20 octets in its shortest form.

use crate::lint::{Candidate, Lint};

pub(super) const LINT: Lint = Lint { name: "rfc5280_serial_number", citation: "RFC 5280 section 4.1.2.2", check };

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let serial = candidate.certificate.serial;
    match serial {
        [] | [0] => Err("the serial number is zero".to_owned()),
        [first, ..] if first & 0x80 != 0 => Err("the serial number is negative".to_owned()),
        [0, second, ..] if second & 0x80 == 0 => Err("the serial number is not in its shortest form".to_owned()),
        _ if serial.len() > 20 => Err(format!("the serial number has {} octets", serial.len())),
        _ => Ok(()),
    }
}

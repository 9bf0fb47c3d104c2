//! Times to the end of 2049 are UTCTime, later ones GeneralizedTime; seconds always, fractions never, Z at the end.

use crate::lint::{Candidate, Lint, view};

pub(super) const LINT: Lint = Lint { name: "rfc5280_validity_encoding", citation: "RFC 5280 section 4.1.2.5", check };

/// 2050-01-01T00:00:00Z.
const YEAR_2050: i64 = 2_524_608_000;

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    for (name, time) in [("notBefore", candidate.certificate.not_before), ("notAfter", candidate.certificate.not_after)]
    {
        let at = view::seconds(time).map_err(|reason| format!("{name}: {reason}"))?;
        match (time.tag, at < YEAR_2050) {
            (0x17, true) | (0x18, false) => {}
            (0x18, true) => return Err(format!("{name}: GeneralizedTime before 2050")),
            _ => return Err(format!("{name}: not the type of time its year asks for")),
        }
    }
    Ok(())
}

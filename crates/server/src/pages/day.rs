//! A day that was chosen in a form.

use domain::calendar::Calendar;
use domain::{Refusal, Timestamp};

/// The first moment of `2026-11-29`, as browsers send a date, where the agent is; none when nothing was chosen.
pub(crate) fn day(calendar: &Calendar, text: &str) -> Result<Option<Timestamp>, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let mut parts = text.splitn(3, '-');
    let mut part = || parts.next();
    let date = (|| {
        let year: u16 = part()?.parse().ok()?;
        calendar.start_of_date(year.into(), part()?.parse().ok()?, part()?.parse().ok()?)
    })();
    date.map(Some).ok_or(Refusal::BodyMalformed)
}

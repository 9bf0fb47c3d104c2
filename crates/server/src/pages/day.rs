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

/// The type of the field that shows what was chosen. In a field for dates a browser shows nothing of a text that is no date: there it is a line of text, so
/// that what was typed stays to be seen and mended.
pub(crate) fn field_type(text: &str) -> &'static str {
    let parts: Vec<&str> = text.split('-').collect();
    let is_written = parts.iter().map(|part| part.len()).eq([4, 2, 2])
        && parts.iter().all(|part| part.bytes().all(|octet| octet.is_ascii_digit()))
        && parts[0] != "0000";
    let is_shown = text.is_empty() || is_written && matches!(day(&Calendar::default(), text), Ok(Some(_)));
    if is_shown { "date" } else { "text" }
}

#[cfg(test)]
mod tests {
    use super::field_type;

    #[test]
    fn only_a_date_stands_in_a_field_for_dates() {
        assert!(["", "2026-11-29", "2028-02-29"].map(field_type).iter().all(|kind| *kind == "date"));
        for text in
            ["2027-02-29", "2027-02-30", "29.11.2026", "2026-1-1", " 2026-11-29", "2026-+1-29", "0000-01-01", "\"><b>"]
        {
            assert_eq!(field_type(text), "text", "{text}");
        }
    }
}

//! Dates as people read them.

use domain::Timestamp;
use domain::calendar::Calendar;

use super::Language;

/// The agent's day: `06.09.2018`, or `2018-09-06` in English.
pub(crate) fn local_date(at: Timestamp, language: Language, calendar: &Calendar) -> String {
    let (year, month, day) = calendar.local_date(at);
    match language {
        Language::Ru => format!("{day:02}.{month:02}.{year}"),
        Language::En => format!("{year}-{month:02}-{day:02}"),
    }
}

/// The agent's day, hour and minute, and the zone they are of: `30.08.2018 23:59 (UTC+07:00)`.
pub(crate) fn local_time(at: Timestamp, language: Language, calendar: &Calendar) -> String {
    let minute = calendar.local_minute(at);
    let offset = calendar.offset_minutes;
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.unsigned_abs() / 60, offset.unsigned_abs() % 60);
    let date = local_date(at, language, calendar);
    format!("{date} {:02}:{:02} (UTC{sign}{hours:02}:{minutes:02})", minute / 60, minute % 60)
}

//! Working days: weekends, an agent's holidays, moved days, and the zone in which its days begin.
//!
//! Counting follows ГК РФ ст. 191, 193, 194: a term starts the day after, and ends with the last moment of its last day. A zone is
//! a fixed offset, because none of the zones the agents live in knows summer time.

use std::collections::BTreeSet;

use crate::Timestamp;
use crate::time::{DAY_MS, MINUTE_MS};

/// The calendar of one agent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Calendar {
    /// Offset of local time from UTC, minutes.
    pub offset_minutes: i32,
    /// Days off beside Saturdays and Sundays: (year, month, day).
    pub days_off: BTreeSet<(i32, u8, u8)>,
    /// Saturdays and Sundays that are worked.
    pub working_weekends: BTreeSet<(i32, u8, u8)>,
}

impl Calendar {
    /// True when the local day of `at` is worked.
    #[must_use]
    pub fn is_working_day(&self, at: Timestamp) -> bool {
        self.is_worked(self.local_day(at))
    }

    /// Year, month (1 to 12) and day (1 to 31) of `at` in the agent's zone.
    #[must_use]
    pub fn local_date(&self, at: Timestamp) -> (i32, u8, u8) {
        date_of(self.local_day(at))
    }

    /// Minutes since local midnight.
    #[must_use]
    pub fn local_minute(&self, at: Timestamp) -> u16 {
        let since_midnight = self.local_ms(at).rem_euclid(DAY_MS) / MINUTE_MS;
        u16::try_from(since_midnight).expect("a day has 1440 minutes")
    }

    /// The first moment of a date in the agent's zone, none when there is no such date.
    #[must_use]
    pub fn start_of_date(&self, year: i32, month: u8, day: u8) -> Option<Timestamp> {
        day_of(year, month, day).map(|day| self.start_of(day))
    }

    /// Last moment of the `days`-th working day after the day of `from`: 24:00 local, minus 1 ms. With zero days it is the end of
    /// the day of `from` itself, or of the next working day when that one is off.
    #[must_use]
    pub fn end_of_working_day(&self, from: Timestamp, days: u32) -> Timestamp {
        let mut day = self.local_day(from);
        if days == 0 && !self.is_worked(day) {
            day = self.working_day_after(day);
        }
        for _ in 0..days.min(MOST_WORKING_DAYS) {
            day = self.working_day_after(day);
        }
        self.start_of(day + 1).plus_ms(-1)
    }

    /// First moment of the working day after which `days` more follow, the day of `due` being the last. With zero days it is the
    /// beginning of the day of `due` itself, or of the last working day before when that one is off.
    #[must_use]
    pub fn start_of_working_day_before(&self, due: Timestamp, days: u32) -> Timestamp {
        let mut day = self.local_day(due);
        if !self.is_worked(day) {
            day = self.working_day_before(day);
        }
        for _ in 0..days.min(MOST_WORKING_DAYS) {
            day = self.working_day_before(day);
        }
        self.start_of(day)
    }

    /// The next working day after the day of `from`, at this minute of the local day.
    #[must_use]
    pub fn next_working_day_at(&self, from: Timestamp, minute: u16) -> Timestamp {
        self.start_of(self.working_day_after(self.local_day(from))).plus_ms(i64::from(minute) * MINUTE_MS)
    }

    /// `milliseconds` after `from`, where the hours of days off do not count: Friday 17:00 and 24 hours make Monday 17:00.
    #[must_use]
    pub fn add_hours_skipping_days_off(&self, from: Timestamp, milliseconds: i64) -> Timestamp {
        let most = i64::from(MOST_WORKING_DAYS) * DAY_MS;
        let mut left = milliseconds.clamp(0, most);
        let mut day = self.local_day(from);
        let mut at = Timestamp(from.0.clamp(-FARTHEST_MS, FARTHEST_MS));
        if !self.is_worked(day) {
            day = self.working_day_after(day);
            at = self.start_of(day);
        }
        loop {
            let today = self.start_of(day + 1).0 - at.0;
            if left <= today {
                return at.plus_ms(left);
            }
            left -= today;
            day = self.working_day_after(day);
            at = self.start_of(day);
        }
    }

    fn local_ms(&self, at: Timestamp) -> i64 {
        at.0.clamp(-FARTHEST_MS, FARTHEST_MS) + i64::from(self.offset_minutes) * MINUTE_MS
    }

    /// Days since 1970-01-01 of the local calendar.
    fn local_day(&self, at: Timestamp) -> i64 {
        self.local_ms(at).div_euclid(DAY_MS)
    }

    fn start_of(&self, day: i64) -> Timestamp {
        Timestamp(day * DAY_MS - i64::from(self.offset_minutes) * MINUTE_MS)
    }

    fn is_worked(&self, day: i64) -> bool {
        let date = date_of(day);
        if is_weekend(day) { self.working_weekends.contains(&date) } else { !self.days_off.contains(&date) }
    }

    fn working_day_after(&self, day: i64) -> i64 {
        // The lists are finite, so a worked weekday always comes; the bound only keeps a long list from being walked for ever.
        (day + 1..=day + LONGEST_BREAK_DAYS).find(|day| self.is_worked(*day)).unwrap_or(day + 1)
    }

    fn working_day_before(&self, day: i64) -> i64 {
        (day - LONGEST_BREAK_DAYS..day).rev().find(|day| self.is_worked(*day)).unwrap_or(day - 1)
    }
}

/// True for Saturday and Sunday; 1970-01-01 was a Thursday.
pub(crate) fn is_weekend(day: i64) -> bool {
    (day + 3).rem_euclid(7) >= 5
}

/// Days since 1970-01-01 of a date, none when there is no such date.
pub(crate) fn day_of(year: i32, month: u8, day: u8) -> Option<i64> {
    let date = time::Date::from_calendar_date(year, time::Month::try_from(month).ok()?, day).ok()?;
    Some(i64::from(date.to_julian_day() - EPOCH_JULIAN_DAY))
}

fn date_of(day: i64) -> (i32, u8, u8) {
    let julian = i32::try_from(day).map_or(i32::MAX, |day| day.saturating_add(EPOCH_JULIAN_DAY));
    let date = time::Date::from_julian_day(julian).unwrap_or(time::Date::MAX);
    (date.year(), u8::from(date.month()), date.day())
}

/// Julian day number of 1970-01-01.
const EPOCH_JULIAN_DAY: i32 = 2_440_588;
/// Times are clamped to about 7,900 years around the epoch, so that no sum overflows and every day has a date.
const FARTHEST_MS: i64 = 2_880_000 * DAY_MS;
/// No term of a procedure is longer.
const MOST_WORKING_DAYS: u32 = 1_000;
/// No run of days off is longer.
const LONGEST_BREAK_DAYS: i64 = 1_000;

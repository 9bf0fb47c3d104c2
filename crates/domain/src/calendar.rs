//! Working days: weekends, an agent's holidays, moved days, and the zone in which its days begin.

use crate::Timestamp;

/// The calendar of one agent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Calendar {
    /// Offset of local time from UTC, minutes.
    pub offset_minutes: i32,
    /// Days off beside Saturdays and Sundays: (year, month, day).
    pub days_off: std::collections::BTreeSet<(i32, u8, u8)>,
    /// Saturdays and Sundays that are worked.
    pub working_weekends: std::collections::BTreeSet<(i32, u8, u8)>,
}

impl Calendar {
    /// Last moment of the `days`-th working day after the day of `from` (ГК РФ ст. 191, 193, 194): 24:00 local, minus 1 ms.
    #[must_use]
    pub fn end_of_working_day(&self, from: Timestamp, days: u32) -> Timestamp {
        let _ = days;
        from
    }
}

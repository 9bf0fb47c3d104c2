//! Working days by the fixtures of domain notes 3.6 and of the knob table.

use domain::Timestamp;
use domain::calendar::Calendar;
use domain::procedure::Span;
use domain::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use time::macros::datetime;

const NOVOSIBIRSK: i32 = 7 * 60;

/// The turn of 2018 to 2019 by the decree of that year: 29 December is worked, 31 December is off.
fn turn_of_2019() -> Calendar {
    let mut calendar = Calendar { offset_minutes: NOVOSIBIRSK, ..Calendar::default() };
    calendar.working_weekends.insert((2018, 12, 29));
    calendar.days_off.insert((2018, 12, 31));
    calendar.days_off.extend((1..=8).map(|day| (2019, 1, day)));
    calendar
}

fn plain(offset_minutes: i32) -> Calendar {
    Calendar { offset_minutes, ..Calendar::default() }
}

fn local(at: time::PrimitiveDateTime, calendar: &Calendar) -> Timestamp {
    let utc = at.assume_utc().unix_timestamp() - i64::from(calendar.offset_minutes) * 60;
    Timestamp::from_seconds(utc)
}

#[test]
fn seven_working_days_from_28_december_2018_end_on_16_january() {
    let calendar = turn_of_2019();
    let born = local(datetime!(2018-12-28 15:00), &calendar);
    let end = calendar.end_of_working_day(born, 7);
    assert_eq!(calendar.local_date(end), (2019, 1, 16));
    assert_eq!(end, local(datetime!(2019-01-17 00:00), &calendar).plus_ms(-1));
    let days: Vec<_> = (1..=7).map(|n| calendar.local_date(calendar.end_of_working_day(born, n)).2).collect();
    assert_eq!(days, [29, 9, 10, 11, 14, 15, 16]);
}

#[test]
fn twenty_four_hours_from_friday_17_00_end_on_monday_17_00() {
    let calendar = plain(NOVOSIBIRSK);
    let friday = local(datetime!(2018-08-24 17:00), &calendar);
    let monday = calendar.add_hours_skipping_days_off(friday, 24 * HOUR_MS);
    assert_eq!(monday, local(datetime!(2018-08-27 17:00), &calendar));
}

#[test]
fn a_day_off_counts_nothing() {
    let calendar = plain(NOVOSIBIRSK);
    let saturday = local(datetime!(2018-08-25 10:00), &calendar);
    let two_hours = calendar.add_hours_skipping_days_off(saturday, 2 * HOUR_MS);
    assert_eq!(two_hours, local(datetime!(2018-08-27 02:00), &calendar));
    assert_eq!(calendar.add_hours_skipping_days_off(saturday, 0), local(datetime!(2018-08-27 00:00), &calendar));
}

#[test]
fn thursday_afternoon_is_answered_on_friday_at_eleven() {
    let moscow = plain(3 * 60);
    let thursday = local(datetime!(2015-04-23 15:04:38), &moscow);
    assert_eq!(moscow.next_working_day_at(thursday, 11 * 60), local(datetime!(2015-04-24 11:00), &moscow));
    let friday = local(datetime!(2015-04-24 08:00), &moscow);
    assert_eq!(moscow.next_working_day_at(friday, 11 * 60), local(datetime!(2015-04-27 11:00), &moscow));
}

#[test]
fn a_day_begins_in_the_zone_of_the_agent() {
    let (west, east) = (plain(-8 * 60), plain(12 * 60));
    let moment = local(datetime!(2018-08-26 23:30), &plain(0));
    assert_eq!((west.local_date(moment), west.is_working_day(moment)), ((2018, 8, 26), false));
    assert_eq!((east.local_date(moment), east.is_working_day(moment)), ((2018, 8, 27), true));
    assert_eq!((west.local_minute(moment), east.local_minute(moment)), (15 * 60 + 30, 11 * 60 + 30));
}

#[test]
fn no_days_is_the_end_of_this_working_day() {
    let calendar = plain(0);
    let thursday = local(datetime!(2018-08-23 10:00), &calendar);
    assert_eq!(calendar.local_date(calendar.end_of_working_day(thursday, 0)), (2018, 8, 23));
    let sunday = local(datetime!(2018-08-26 10:00), &calendar);
    assert_eq!(calendar.local_date(calendar.end_of_working_day(sunday, 0)), (2018, 8, 27));
}

#[test]
fn adding_hours_is_the_same_in_two_steps() {
    let calendar = turn_of_2019();
    let from = local(datetime!(2018-12-27 13:37), &calendar);
    for hours in (0..400).step_by(7) {
        let whole = calendar.add_hours_skipping_days_off(from, hours * HOUR_MS);
        let half = calendar.add_hours_skipping_days_off(from, hours / 2 * HOUR_MS);
        let rest = calendar.add_hours_skipping_days_off(half, (hours - hours / 2) * HOUR_MS);
        // The end of a working day and the beginning of the next are one moment of work.
        let midnight = |at: Timestamp| calendar.local_minute(at) == 0;
        assert!(whole == rest || midnight(whole) || midnight(rest), "{hours} h: {whole} and {rest}");
        assert!(calendar.is_working_day(whole.plus_ms(-1)) || hours == 0);
    }
}

#[test]
fn the_farthest_times_have_days_too() {
    for far in [i64::MIN, -DAY_MS * 365 * 3_000, 0, i64::MAX] {
        let calendar = turn_of_2019();
        let _ = calendar.local_date(Timestamp(far));
        assert!(calendar.end_of_working_day(Timestamp(far), 5).0 != 0);
        let _ = calendar.add_hours_skipping_days_off(Timestamp(far), i64::MAX);
        let _ = calendar.next_working_day_at(Timestamp(far), 1_439);
    }
    assert_eq!(Timestamp(i64::MAX).plus_ms(MINUTE_MS), Timestamp(i64::MAX));
}

#[test]
fn a_reminder_counts_back_the_working_days_that_a_term_counts_forth() {
    let calendar = turn_of_2019();
    let born = local(datetime!(2018-12-28 15:00), &calendar);
    let due = calendar.end_of_working_day(born, 7);
    let days: Vec<_> = (0..=7).map(|n| calendar.local_date(calendar.start_of_working_day_before(due, n)).2).collect();
    assert_eq!(days, [16, 15, 14, 11, 10, 9, 29, 28]);
    assert_eq!(calendar.start_of_working_day_before(due, 6), local(datetime!(2018-12-29 00:00), &calendar));
    // A date on a day off: the day before it is the last of its working days.
    let sunday = local(datetime!(2019-01-13 12:00), &calendar);
    assert_eq!(calendar.start_of_working_day_before(sunday, 0), local(datetime!(2019-01-11 00:00), &calendar));
}

#[test]
fn what_a_reminder_reaches_at_a_time_is_what_its_time_has_come_for() {
    let calendar = turn_of_2019();
    let first = local(datetime!(2018-12-20 00:00), &calendar);
    let hours = |count: i64| first.plus_ms(count * HOUR_MS + 7 * MINUTE_MS);
    for span in [Span::WorkingDays(0), Span::WorkingDays(1), Span::WorkingDays(5), Span::Plain(3 * DAY_MS)] {
        for (now, due) in (0..40 * 24).step_by(5).flat_map(|now| (0..40 * 24).step_by(7).map(move |due| (now, due))) {
            let (now, due) = (hours(now), hours(due));
            assert_eq!(
                span.before(due, &calendar) <= now,
                due <= span.reach(now, &calendar),
                "{span} before {due}, at {now}"
            );
        }
    }
}

//! Lengths of time as the reviewed files write them: `729d`, `24h`. Fixed lengths only, because a month is not a number.

/// Seconds of a day; validity is counted in whole days of 86,400 s, leap seconds do not exist in these encodings.
pub(crate) const SECONDS_A_DAY: i64 = 86_400;

/// A whole positive number and `d` or `h`, in seconds.
pub(crate) fn seconds(text: &str) -> Result<i64, String> {
    let wrong = || format!("\"{text}\" is not a length of time such as \"729d\" or \"24h\"");
    let (digits, unit) = match text.strip_suffix('d') {
        Some(digits) => (digits, SECONDS_A_DAY),
        None => (text.strip_suffix('h').ok_or_else(wrong)?, 3_600),
    };
    // Five digits of days are 273 years: more is a slip of the pen.
    if digits.is_empty() || digits.len() > 5 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    match digits.parse::<i64>() {
        Ok(number) if number > 0 => Ok(number * unit),
        _ => Err(wrong()),
    }
}

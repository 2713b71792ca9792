// SPDX-License-Identifier: LGPL-2.0-or-later
//! The dates of HTTP headers: `Thu, 01 Jan 1970 00:00:00 GMT`.
#![forbid(unsafe_code)]

use crate::text::FixedText;

/// The length of a date.
pub const DATE_LEN: usize = 29;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
/// In a year without 29 February.
const DAYS: [i32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const FOUR_YEARS: i32 = 365 * 4 + 1;

fn days_of(month: usize, year: i32) -> i32 {
    // No year from 1970 to 2038 is an exception to the rule of four.
    DAYS.get(month).copied().unwrap_or(0) + i32::from(month == 1 && year & 3 == 0)
}

/// The date of a Unix time; a negative one counts as 0.
///
/// Legacy: `gen_http_date`.
///
/// ```
/// assert_eq!(&mtproxy_ffi::http::format_date(784_111_777), b"Sun, 06 Nov 1994 08:49:37 GMT");
/// ```
#[must_use]
pub fn format_date(time: i32) -> [u8; DATE_LEN] {
    let time = time.max(0);
    let (days, second) = (time / 86400, time % 86400);
    // The second of each four years has 366 days, counted from 1970: 1972.
    let (mut year, mut day) = (1970 + days / FOUR_YEARS * 4, days % FOUR_YEARS);
    while day >= 365 + i32::from(year & 3 == 0) {
        day -= 365 + i32::from(year & 3 == 0);
        year += 1;
    }
    let mut month = 0;
    while day >= days_of(month, year) && month < 11 {
        day -= days_of(month, year);
        month += 1;
    }
    let mut text = FixedText::<DATE_LEN>::new();
    text.push(WEEKDAYS.get((days + 4) as usize % 7).unwrap_or(&"Sun"))
        .push(", ")
        .push_padded((day + 1).into(), 2, b'0')
        .push(" ")
        .push(MONTHS.get(month).unwrap_or(&"Dec"))
        .push(" ")
        .push_int(year.into())
        .push(" ")
        .push_padded((second / 3600).into(), 2, b'0')
        .push(":")
        .push_padded((second / 60 % 60).into(), 2, b'0')
        .push(":")
        .push_padded((second % 60).into(), 2, b'0')
        .push(" GMT");
    text.as_bytes().first_chunk().copied().unwrap_or([b' '; DATE_LEN])
}

/// Why a text is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateError {
    /// It ends, or does not fit, after this many parts of eight: weekday, day, month, year, hour, minute, second, zone.
    Parts(u8),
    /// There is no such month.
    Month,
    /// The year is not from 1970 to 2039.
    Year,
    /// There is no such hour.
    Hour,
    /// There is no such minute.
    Minute,
    /// There is no such second.
    Second,
    /// The zone is not GMT.
    Zone,
}

impl DateError {
    /// The result of the legacy function.
    #[must_use]
    pub fn code(self) -> i32 {
        match self {
            Self::Parts(0) => -8,
            Self::Parts(count) => -i32::from(count),
            Self::Month => -11,
            Self::Year => -12,
            Self::Hour => -13,
            Self::Minute => -14,
            Self::Second => -15,
            Self::Zone => -16,
        }
    }
}

/// The Unix time of a date. As C's `sscanf` with `"%3s, %d %3s %d %d:%d:%d %15s"`: blanks may stand before each part;
/// numbers may have signs, and those beyond 64 bits are -1 or 0. The weekday and the day are not checked, and a time
/// beyond 32 bits wraps.
///
/// Legacy: `gen_http_time`.
///
/// # Errors
/// The first part that does not fit.
///
/// ```
/// use mtproxy_ffi::http::{DateError, parse_date};
///
/// assert_eq!(parse_date(b"Sun, 06 Nov 1994 08:49:37 GMT"), Ok(784_111_777));
/// assert_eq!(parse_date(b"Sunday, 06-Nov-94 08:49:37 GMT"), Err(DateError::Parts(1)));
/// ```
pub fn parse_date(text: &[u8]) -> Result<i32, DateError> {
    let mut scan = Scan { rest: text, parts: 0 };
    scan.word(3)?;
    scan.literal(b',')?;
    let day = scan.number()?;
    let month = scan.word(3)?;
    let year = scan.number()?;
    let hour = scan.number()?;
    scan.literal(b':')?;
    let minute = scan.number()?;
    scan.literal(b':')?;
    let second = scan.number()?;
    let zone = scan.word(15)?;

    let month = MONTHS.iter().position(|name| name.as_bytes() == month).ok_or(DateError::Month)?;
    let within = |value: i32, end: i32, error| if (0..end).contains(&value) { Ok(()) } else { Err(error) };
    within(year.wrapping_sub(1970), 70, DateError::Year)?;
    within(hour, 24, DateError::Hour)?;
    within(minute, 60, DateError::Minute)?;
    within(second, 60, DateError::Second)?;
    if zone != b"GMT" {
        return Err(DateError::Zone);
    }
    let days = (year - 1970) * 365
        + ((year - 1969) >> 2)
        + i32::from(year & 3 == 0 && month >= 2)
        + DAYS.iter().take(month).sum::<i32>();
    let days = days.wrapping_add(day.wrapping_sub(1));
    let hours = days.wrapping_mul(24).wrapping_add(hour);
    Ok(hours.wrapping_mul(60).wrapping_add(minute).wrapping_mul(60).wrapping_add(second))
}

/// What is left of a text, and how many parts were read.
struct Scan<'a> {
    rest: &'a [u8],
    parts: u8,
}

impl<'a> Scan<'a> {
    fn take_while(&mut self, limit: usize, fits: impl Fn(u8) -> bool) -> &'a [u8] {
        let count = self.rest.iter().take(limit).take_while(|byte| fits(**byte)).count();
        let (taken, rest) = self.rest.split_at_checked(count).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    fn blanks(&mut self) {
        self.take_while(usize::MAX, is_space);
    }

    fn word(&mut self, limit: usize) -> Result<&'a [u8], DateError> {
        self.blanks();
        let word = self.take_while(limit, |byte| !is_space(byte));
        self.part(!word.is_empty(), word)
    }

    fn literal(&mut self, byte: u8) -> Result<(), DateError> {
        if self.rest.first() != Some(&byte) {
            return Err(DateError::Parts(self.parts));
        }
        self.rest = self.rest.get(1..).unwrap_or_default();
        Ok(())
    }

    /// A number as `strtol` reads it, cut to an `int`.
    fn number(&mut self) -> Result<i32, DateError> {
        self.blanks();
        let sign = self.take_while(1, |byte| byte == b'-' || byte == b'+');
        let digits = self.take_while(usize::MAX, |byte| byte.is_ascii_digit());
        let negative = sign == b"-";
        let value = digits.iter().try_fold(0i64, |value, &digit| {
            let digit = i64::from(digit - b'0');
            value.checked_mul(10)?.checked_add(if negative { -digit } else { digit })
        });
        let limit = if negative { i64::MIN } else { i64::MAX };
        self.part(!digits.is_empty(), value.unwrap_or(limit) as i32)
    }

    fn part<T>(&mut self, read: bool, part: T) -> Result<T, DateError> {
        if !read {
            return Err(DateError::Parts(self.parts));
        }
        self.parts += 1;
        Ok(part)
    }
}

/// C's `isspace`.
fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        for time in (0..i32::MAX).step_by(7_654_321).chain([i32::MAX, 68_169_600, 68_255_999, 94_694_399]) {
            assert_eq!(parse_date(&format_date(time)), Ok(time));
        }
        assert_eq!(&format_date(-5), b"Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(&format_date(i32::MAX), b"Tue, 19 Jan 2038 03:14:07 GMT");
        assert_eq!(&format_date(951_782_400), b"Tue, 29 Feb 2000 00:00:00 GMT");
    }
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! Command-line options as the legacy library describes them: the order of its table, the usage text, the letters for
//! `getopt`, and sizes with a suffix.
#![forbid(unsafe_code)]

use core::mem;

use crate::decimal::Decimal;

/// The greatest value that is a letter on the command line; greater ones belong to long names only.
const LAST_LETTER: i32 = 127;

/// Whether an option takes an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// No.
    None,
    /// Always.
    Required,
    /// In the form `--name=argument` only.
    Optional,
}

impl Argument {
    /// From the number in `getopt.h`; unknown numbers are no argument.
    #[must_use]
    pub fn from_number(number: i32) -> Self {
        match number {
            1 => Self::Required,
            2 => Self::Optional,
            _ => Self::None,
        }
    }

    fn text(self) -> &'static [u8] {
        match self {
            Self::None => b"",
            Self::Required => b" <arg>",
            Self::Optional => b" {arg}",
        }
    }
}

/// What the usage text shows of an option.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a, N> {
    /// Its long names.
    pub names: N,
    /// Its values; those up to 127 are letters.
    pub values: &'a [i32],
    /// Its argument.
    pub argument: Argument,
    /// Its help, if there is any.
    pub help: Option<&'a [u8]>,
}

/// The letters among values.
fn letters(values: &[i32]) -> impl Iterator<Item = u8> {
    values.iter().filter(|value| **value <= LAST_LETTER).map(|value| *value as u8)
}

impl<'a, N: Iterator<Item = &'a [u8]> + Clone> Described<'a, N> {
    /// The width that the usage text keeps free for the names. It is more than they take: three columns for a letter, and
    /// three besides each long name.
    #[must_use]
    pub fn width(&self) -> usize {
        let long: usize = self.names.clone().map(|name| name.len() + 3).sum();
        long + 3 * letters(self.values).count() + self.argument.text().len()
    }

    /// Passes the option's line of the usage text to `write`, piece by piece: a tab, the names, blanks up to `width`, a tab,
    /// the help. Where the help has a line end, the next line starts in the same column.
    pub fn usage_line(&self, width: usize, mut write: impl FnMut(&[u8])) {
        let mut len = 0;
        write(b"\t");
        let mut put = |text: &[u8]| {
            write(text);
            len += text.len();
        };
        let mut separator: &[u8] = b"";
        for name in self.names.clone() {
            put(separator);
            put(b"--");
            put(name);
            separator = b"/";
        }
        for letter in letters(self.values) {
            put(separator);
            put(&[b'-', letter]);
            separator = b"/";
        }
        put(self.argument.text());
        for _ in len..width {
            write(b" ");
        }
        write(b"\t");
        let Some(help) = self.help else {
            write(b"no help provided\n");
            return;
        };
        for line in help.split_inclusive(|byte| *byte == b'\n') {
            write(line);
            if line.last() == Some(&b'\n') {
                write(b"\t");
                (0..width).for_each(|_| write(b" "));
                write(b"\t");
            }
        }
        write(b"\n");
    }
}

/// Passes an option's part of `getopt`'s string to `push`: its letters, each with a colon if an argument is required. An
/// optional argument has no colon, so a letter never has one.
pub fn getopt_letters(values: &[i32], argument: Argument, mut push: impl FnMut(u8)) {
    for letter in letters(values) {
        push(letter);
        if argument == Argument::Required {
            push(b':');
        }
    }
}

/// Moves an entry of a table before all greater ones directly in front of it. Equal ones stay in front.
pub fn move_up<T>(table: &mut [T], index: usize, key: impl Fn(&T) -> i32) {
    let mut index = index;
    while let Some(front) = index.checked_sub(1) {
        let Some([before, entry]) = table.get_mut(front..=index) else { return };
        if key(before) <= key(entry) {
            return;
        }
        mem::swap(before, entry);
        index = front;
    }
}

/// Moves an entry of a table behind all smaller ones directly after it. Equal ones stay after it.
pub fn move_down<T>(table: &mut [T], index: usize, key: impl Fn(&T) -> i32) {
    let mut rest = table.get_mut(index..).unwrap_or_default();
    while let [entry, after, ..] = rest {
        if key(after) >= key(entry) {
            break;
        }
        mem::swap(entry, after);
        rest = rest.get_mut(1..).unwrap_or_default();
    }
}

/// Why a text is not a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSize {
    /// It does not start with a number.
    Number,
    /// This byte after the number is neither a blank nor one of `kmgt`.
    Suffix(u8),
}

/// A size with a suffix: `512k`, `64M`, `2g`, `1T`. Only one byte after the number counts. As in C, a number beyond 64 bits is
/// the greatest or smallest one, and a product wraps.
///
/// Legacy: `parse_memory_limit`.
///
/// # Errors
/// [`NoSize`] tells what is wrong.
///
/// ```
/// use mtproxy_ffi::options::{NoSize, size};
///
/// assert_eq!(size(b"10kb"), Ok(10 << 10));
/// assert_eq!(size(b"7 k"), Ok(7));
/// assert_eq!(size(b"8b"), Err(NoSize::Suffix(b'b')));
/// ```
pub fn size(text: &[u8]) -> Result<i64, NoSize> {
    let (rest, number) = Decimal::parse(text).ok_or(NoSize::Number)?;
    let shift = match rest.first() {
        None | Some(b' ') => 0,
        Some(b'k' | b'K') => 10,
        Some(b'm' | b'M') => 20,
        Some(b'g' | b'G') => 30,
        Some(b't' | b'T') => 40,
        Some(&other) => return Err(NoSize::Suffix(other)),
    };
    Ok(number.to_i64_saturating() << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described<'a>(
        names: &'a [&'a [u8]],
        values: &'a [i32],
        argument: Argument,
        help: Option<&'a [u8]>,
    ) -> Described<'a, impl Iterator<Item = &'a [u8]> + Clone> {
        Described { names: names.iter().copied(), values, argument, help }
    }

    fn line<'a>(option: &Described<'a, impl Iterator<Item = &'a [u8]> + Clone>, width: usize) -> String {
        let mut text = Vec::new();
        option.usage_line(width, |piece| text.extend(piece));
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn usage_line_has_names_argument_and_help_in_columns() {
        let option = described(&[b"alpha"], &[97], Argument::Required, Some(b"first letter"));
        assert_eq!(option.width(), 17);
        assert_eq!(line(&option, 17), "\t--alpha/-a <arg> \tfirst letter\n");
        let option = described(&[b"b", b"beta"], &[300], Argument::Optional, None);
        assert_eq!(option.width(), 17);
        assert_eq!(line(&option, 17), "\t--b/--beta {arg} \tno help provided\n");
    }

    #[test]
    fn help_goes_on_in_its_column() {
        let option = described(&[b"x"], &[], Argument::None, Some(b"one\ntwo\n"));
        assert_eq!(line(&option, 4), "\t--x \tone\n\t    \ttwo\n\t    \t\n");
    }

    #[test]
    fn letters_with_a_required_argument_have_a_colon() {
        for (argument, expected) in
            [(Argument::None, "ab"), (Argument::Required, "a:b:"), (Argument::Optional, "ab")]
        {
            let mut text = String::new();
            getopt_letters(&[97, 300, 98], argument, |byte| text.push(byte.into()));
            assert_eq!(text, expected);
        }
    }

    type Entry = (i32, char);
    type Step = fn(&mut [Entry], usize, fn(&Entry) -> i32);

    fn moved(step: Step, index: usize) -> String {
        let mut table = [(1, 'a'), (5, 'b'), (5, 'c'), (3, 'd'), (3, 'e'), (9, 'f')];
        step(&mut table, index, |entry| entry.0);
        table.iter().map(|entry| entry.1).collect()
    }

    #[test]
    fn entry_passes_only_those_that_are_out_of_order() {
        assert_eq!(moved(move_up, 3), "adbcef");
        assert_eq!(moved(move_up, 0), "abcdef");
        assert_eq!(moved(move_up, 6), "abcdef", "there is no such entry");
        assert_eq!(moved(move_down, 2), "abdecf");
        assert_eq!(moved(move_down, 1), "abcdef", "an equal one is not passed");
        assert_eq!(moved(move_down, 5), "abcdef");
        assert_eq!(moved(move_down, 6), "abcdef", "there is no such entry");
    }

    #[test]
    fn sizes_have_one_byte_of_suffix() {
        for (text, expected) in [
            ("12", Ok(12)),
            (" +12", Ok(12)),
            ("-1K", Ok(-1024)),
            ("3m", Ok(3 << 20)),
            ("3Gx", Ok(3 << 30)),
            ("1t", Ok(1 << 40)),
            ("7 k", Ok(7)),
            ("9223372036854775807k", Ok(-1024)),
            ("99999999999999999999", Ok(i64::MAX)),
            ("", Err(NoSize::Number)),
            ("k", Err(NoSize::Number)),
            ("7\t", Err(NoSize::Suffix(b'\t'))),
            ("1.5k", Err(NoSize::Suffix(b'.'))),
        ] {
            assert_eq!(size(text.as_bytes()), expected, "{text:?}");
        }
    }
}

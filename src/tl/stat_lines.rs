// SPDX-License-Identifier: LGPL-2.0-or-later
//! The lines of a statistics page that an answer holds.

/// What comes before a byte, and after it; `None` where there is no such byte.
fn around(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let (before, rest) = text.split_at_checked(text.iter().position(|&b| b == byte)?)?;
    Some((before, rest.split_first()?.1))
}

/// The names and values of a page, in order: of each line `name<TAB>value` that ends with a newline, where neither is empty and
/// there is one tab.
pub fn stat_lines(page: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> + Clone {
    let lines = core::iter::successors(around(page, b'\n'), |(_, rest)| around(rest, b'\n'));
    lines.filter_map(|(line, _)| {
        let (name, value) = around(line, b'\t')?;
        (!name.is_empty() && !value.is_empty() && !value.contains(&b'\t')).then_some((name, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One byte after the other, as a C program may do it.
    fn model(page: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let (mut all, mut name, mut value, mut tabs) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for &byte in page {
            match byte {
                b'\n' => {
                    if tabs == 1 && !name.is_empty() && !value.is_empty() {
                        all.push((name.clone(), value.clone()));
                    }
                    name.clear();
                    value.clear();
                    tabs = 0;
                }
                b'\t' => tabs += 1,
                _ if tabs == 0 => name.push(byte),
                _ => value.push(byte),
            }
        }
        all
    }

    #[test]
    fn lines_with_one_tab_between_two_texts_count() {
        let page = b"a\t1\nb\n\t2\nc\t\nd\t3\t4\n\n>>\tstart\nlast\t5";
        let lines: Vec<_> = stat_lines(page).collect();
        assert_eq!(lines, [(&b"a"[..], &b"1"[..]), (b">>", b"start")]);
    }

    proptest! {
        #[test]
        fn lines_are_those_of_the_model(page in "[ab\t\n]{0,60}") {
            let lines: Vec<_> = stat_lines(page.as_bytes()).map(|(a, b)| (a.to_vec(), b.to_vec())).collect();
            prop_assert_eq!(lines, model(page.as_bytes()));
        }
    }
}

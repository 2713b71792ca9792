// SPDX-License-Identifier: LGPL-2.0-or-later
//! Looking up a header by its name.
#![forbid(unsafe_code)]

use crate::scan::run_len;

/// The value of the first header of this name, in any case, without the blanks and tabs around it; `None` if there is none.
///
/// A line without a colon is passed over; so the text may begin with the request's first line.
///
/// Legacy: `get_http_header`.
///
/// ```
/// use mtproxy_ffi::http::find_header;
///
/// let head = b"GET / HTTP/1.1\r\nOrigin:\t a b \r\n\r\n";
/// assert_eq!(find_header(head, b"origin"), Some(&b"a b"[..]));
/// ```
#[must_use]
pub fn find_header<'a>(headers: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    // A name ends at the first colon of its line.
    if name.iter().any(|byte| matches!(byte, b':' | b'\n')) {
        return None;
    }
    let mut rest = headers;
    while !rest.is_empty() {
        let value = rest.get(name.len()..).and_then(|behind| behind.strip_prefix(b":"));
        if let Some(value) = value.filter(|_| rest.iter().zip(name).all(|(a, b)| a.eq_ignore_ascii_case(b))) {
            let end = value.iter().position(|&byte| byte == b'\r' || byte == b'\n').unwrap_or(value.len());
            let blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
            let start = value.iter().take(end).position(|byte| !blank(byte)).unwrap_or(end);
            let value = value.get(start..end).unwrap_or_default();
            let len = value.iter().rposition(|byte| !blank(byte)).map_or(0, |last| last + 1);
            return value.get(..len);
        }
        rest = rest.get(line_len(rest) + 1..)?;
    }
    None
}

/// The length of a line, without its end.
fn line_len(line: &[u8]) -> usize {
    run_len::<0>(line, |byte| byte != b'\n')
}

#[cfg(test)]
mod tests {
    use super::find_header;

    #[test]
    fn headers_are_found() {
        let head = b"GET http://x HTTP/1.1\r\na: 1\r\nB:2 \t\nb: 3\n c : 4\nd:";
        for (name, value) in [
            (&b"A"[..], Some(&b"1"[..])),
            (b"b", Some(b"2")),
            (b"c", None),
            (b" c ", Some(b"4")),
            (b"d", Some(b"")),
            (b"e", None),
            (b"", None),
            (b"GET http", Some(b"//x HTTP/1.1")),
        ] {
            assert_eq!(find_header(head, name), value, "{}", name.escape_ascii());
        }
        assert_eq!(find_header(b"", b"a"), None);
        assert_eq!(find_header(b"a", b"a"), None);
        assert_eq!(find_header(b"\n\na:1", b"a"), Some(&b"1"[..]));
    }
}

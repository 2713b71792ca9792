// SPDX-License-Identifier: LGPL-2.0-or-later
//! Requests in pieces, dates against libc's own, headers against a search line by line, metrics against their rules.

use std::{
    ffi::{CString, c_char, c_int},
    mem::zeroed,
};

use mtproxy_ffi::http::{
    DateError, MAX_HEADER, Metrics, RequestParser, find_header, flags, format_date, parse_date,
};
use proptest::prelude::*;

/// Bytes as they come, and what requests are made of.
fn requests() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "GET ", "POST ", "HEAD ", "OPTIONS ", "/stats", "/", " ", "\t", "HTTP/1.1", "HTTP/1.0", "\r\n", "\n", "\r",
            "Host:", "host: a", "Connection:", "keep-alive", "Keep-Alive", "close", "Content-Length:", "content-length: 3",
            "2147483639", "0", ":", "X: y",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
        1 => (any::<u8>(), 0..5000usize).prop_map(|(byte, count)| vec![byte; count]),
    ];
    let start = prop::sample::select(vec![
        "",
        "GET /stats HTTP/1.1\r\n",
        "POST / HTTP/1.1\r\n",
        "GET / HTTP/1.1\nX: y\n",
    ]);
    (start, prop::collection::vec(piece, 0..24))
        .prop_map(|(start, pieces)| [start.as_bytes(), &pieces.concat()].concat())
}

/// All that a parser says of pieces that follow each other, and how many bytes it took.
fn parsed<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (usize, RequestParser) {
    let (mut parser, mut taken) = (RequestParser::new(), 0);
    for piece in pieces {
        let used = parser.feed(piece);
        taken += used;
        if used < piece.len() {
            assert!(parser.is_done());
            break;
        }
    }
    (taken, parser)
}

/// The legacy rules on what libc's `sscanf` reads.
fn date_model(text: &[u8]) -> Result<i32, i32> {
    let text = CString::new(text.split(|&byte| byte == 0).next().unwrap_or_default()).unwrap();
    let (mut weekday, mut month, mut zone) = ([0 as c_char; 4], [0 as c_char; 4], [0 as c_char; 16]);
    let [mut day, mut year, mut hour, mut minute, mut second] = [0 as c_int; 5];
    // SAFETY: the text and the format are C strings, and the places have the types and sizes that the format asks for.
    let count = unsafe {
        libc::sscanf(
            text.as_ptr(),
            c"%3s, %d %3s %d %d:%d:%d %15s".as_ptr(),
            weekday.as_mut_ptr(),
            &raw mut day,
            month.as_mut_ptr(),
            &raw mut year,
            &raw mut hour,
            &raw mut minute,
            &raw mut second,
            zone.as_mut_ptr(),
        )
    };
    if count != 8 {
        return Err(if count > 0 { -count } else { -8 });
    }
    let text_of = |chars: &[c_char]| {
        chars.iter().take_while(|&&byte| byte != 0).map(|&byte| byte as u8).collect::<Vec<_>>()
    };
    let months: Vec<&[u8]> = b"JanFebMarAprMayJunJulAugSepOctNovDec".chunks(3).collect();
    let month = months.iter().position(|name| *name == text_of(&month)).ok_or(-11)?;
    for (good, error) in [
        ((1970..=2039).contains(&year), -12),
        ((0..24).contains(&hour), -13),
        ((0..60).contains(&minute), -14),
        ((0..60).contains(&second), -15),
        (text_of(&zone) == b"GMT", -16),
    ] {
        if !good {
            return Err(error);
        }
    }
    // As libc counts it from the first of the month; the day is added unchecked.
    // SAFETY: a struct of numbers.
    let mut tm: libc::tm = unsafe { zeroed() };
    (tm.tm_year, tm.tm_mon, tm.tm_mday) = (year - 1900, month as c_int, 1);
    // SAFETY: a valid struct.
    let first = unsafe { libc::timegm(&raw mut tm) } as i64;
    let day = i64::from(day.wrapping_sub(1)) * 86400;
    Ok((first + day + i64::from(hour * 3600 + minute * 60 + second)) as i32)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn any_cut_gives_the_same(text in requests(), sizes in prop::collection::vec(1..40usize, 1..20)) {
        let whole = parsed([&text[..]].into_iter());
        prop_assert!(whole.0 <= 20_500 && whole.1.request().header_size as usize <= 20_500);
        if whole.1.is_done() && whole.1.request().flags & flags::ERROR == 0 {
            prop_assert_eq!(whole.0, whole.1.request().header_size as usize);
        } else if !whole.1.is_done() {
            prop_assert_eq!(whole.0, text.len());
        }
        let mut rest = &text[..];
        let pieces = sizes.iter().cycle().map_while(|&size| {
            let (piece, after) = rest.split_at(size.min(rest.len()));
            rest = after;
            (!piece.is_empty()).then_some(piece)
        });
        let cut = parsed(pieces);
        prop_assert_eq!(cut.0, whole.0);
        prop_assert_eq!(cut.1.request(), whole.1.request());
        prop_assert_eq!((cut.1.state_number(), cut.1.uri()), (whole.1.state_number(), whole.1.uri()));
    }

    #[test]
    fn fields_lie_inside_the_head(text in requests()) {
        let (_, parser) = parsed([&text[..]].into_iter());
        let request = parser.request();
        if parser.is_done() && request.flags & flags::ERROR == 0 && request.header_size < MAX_HEADER {
            let part = |offset: u32, size: u32| text.get(offset as usize..(offset + size) as usize);
            let uri = part(request.uri_offset, request.uri_size).unwrap();
            prop_assert!(!uri.is_empty() && !uri.contains(&b' '));
            prop_assert!(parser.uri().is_none_or(|kept| kept == uri));
            prop_assert!(uri.len() > 15 || parser.uri().is_some());
            prop_assert!(part(request.host_offset, request.host_size).is_some());
            prop_assert!(request.first_line_size <= request.header_size && request.header_size as usize <= text.len());
        }
    }

    #[test]
    fn dates_are_libcs(time in any::<i32>()) {
        let mut text = [0 as c_char; 40];
        let seconds: libc::time_t = time.max(0).into();
        // SAFETY: structs of numbers, a buffer that is large enough, and a C string.
        unsafe {
            let mut tm: libc::tm = zeroed();
            libc::gmtime_r(&raw const seconds, &raw mut tm);
            libc::strftime(text.as_mut_ptr(), text.len(), c"%a, %d %b %Y %H:%M:%S GMT".as_ptr(), &raw const tm);
        }
        let expected: Vec<u8> = text.iter().map(|&byte| byte as u8).take_while(|&byte| byte != 0).collect();
        prop_assert_eq!(&format_date(time)[..], &expected[..]);
        prop_assert_eq!(parse_date(&format_date(time)), Ok(time.max(0)));
    }

    #[test]
    fn dates_are_read_as_sscanf_reads_them(
        text in r"[ \t]?(Sun|Monday|,|)[, ]{0,2}(-?[0-9]{1,3}|99999999999999999999|-99999999999999999999|\+)[ ]?(Jan|Feb|Dec|jan|Glk|Ja)[ ]?(19[0-9]{2}|20[0-4][0-9]|-?[0-9]{0,4}) [0-9]{1,2}:[ ]?[0-9]{1,2}:[0-9]{1,2}[ ]{0,2}(GMT|UTC|GMTs|)\n?"
    ) {
        prop_assert_eq!(parse_date(text.as_bytes()).map_err(DateError::code), date_model(text.as_bytes()));
    }

    #[test]
    fn headers_are_found_line_by_line(text in "([a-c]{0,2}[: \t\r\n]{1,2}){0,12}", name in "[a-cA-C]{0,2}") {
        let model = text
            .split_inclusive('\n')
            .filter_map(|line| line.split_once(':'))
            .find(|(found, _)| found.eq_ignore_ascii_case(&name))
            .map(|(_, value)| value.split(['\r', '\n']).next().unwrap_or("").trim_matches([' ', '\t']));
        prop_assert_eq!(find_header(text.as_bytes(), name.as_bytes()), model.map(str::as_bytes));
    }

    #[test]
    fn metrics_are_lines_that_prometheus_reads(page in "((uptime|version|jobs_running|epoll_calls|[a-zA-Z_.]{1,6})\t[-0-9a-z.\" \\\\]{0,9}\n|[>\t\n]){0,12}") {
        let mut text = Vec::new();
        Metrics::of(page.as_bytes()).write(&mut |piece| text.extend_from_slice(piece));
        let text = String::from_utf8(text).unwrap();
        let mut types = Vec::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let name = rest.split(' ').next().unwrap().to_owned();
                prop_assert!(!types.contains(&name), "{} has two types", name);
                types.push(name);
            } else if !line.starts_with("# HELP ") {
                let name = line.split(['{', ' ']).next().unwrap();
                prop_assert_eq!(types.last().map(String::as_str), Some(name), "{}", line);
                let value = line.rsplit(' ').next().unwrap();
                prop_assert!(value.parse::<f64>().is_ok() || value.ends_with("Inf"), "{}", line);
            }
        }
    }
}

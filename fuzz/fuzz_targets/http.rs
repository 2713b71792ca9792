// SPDX-License-Identifier: LGPL-2.0-or-later
//! A request in pieces and as a whole; the same bytes as headers, as a date and as a statistics page.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::http::{
    MAX_HEADER, Metrics, RequestParser, find_header, flags, page_of_answer, parse_date,
};

/// What is said of pieces of these lengths, over and over.
fn parsed(text: &[u8], sizes: &[u8]) -> (usize, RequestParser) {
    let (mut parser, mut taken, mut sizes) = (RequestParser::new(), 0, sizes.iter().cycle());
    while taken < text.len() && !parser.is_done() {
        let size = 1 + usize::from(*sizes.next().unwrap_or(&255) % 32);
        let piece = &text[taken..text.len().min(taken + size)];
        let used = parser.feed(piece);
        assert!(used == piece.len() || parser.is_done());
        taken += used;
    }
    (taken, parser)
}

fuzz_target!(|data: &[u8]| {
    let (sizes, text) = data.split_at(data.len().min(4));
    let mut whole = RequestParser::new();
    let taken = whole.feed(text);
    let pieces = parsed(text, sizes);
    assert_eq!((taken, whole.request()), (pieces.0, pieces.1.request()));
    assert_eq!(whole.state_number(), pieces.1.state_number());

    let request = whole.request();
    assert!(taken <= 20_500 && (whole.is_done() || taken == text.len()));
    if whole.is_done() && request.flags & flags::ERROR == 0 && request.header_size < MAX_HEADER {
        assert_eq!(taken, request.header_size as usize);
        let uri = &text[request.uri_offset as usize..(request.uri_offset + request.uri_size) as usize];
        assert!(whole.uri().is_none_or(|kept| kept == uri));
        assert!(request.host_offset + request.host_size <= request.header_size);
    }

    if let Some(value) = find_header(text, b"host") {
        assert!(value.trim_ascii() == value || value.iter().any(|byte| !matches!(byte, b' ' | b'\t')));
    }
    let _ = (parse_date(text), page_of_answer(text));
    let mut lines = 0;
    Metrics::of(text).write(&mut |piece| lines += piece.iter().filter(|&&byte| byte == b'\n').count());
    assert!(lines == 0 || lines >= 3);
});

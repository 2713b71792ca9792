// SPDX-License-Identifier: LGPL-2.0-or-later
//! Requests, one after the other, and their answers. What touches memory and sockets is the connection's.

use crate::{
    http::{Kind, MAX_HEADER, Request, RequestParser, flags},
    layout::{
        net_connections::{NEED_MORE_BYTES, SKIP_ALL_BYTES},
        net_http_server::HtsData,
    },
};

/// The address under which the statistics are given in Prometheus's format.
const METRICS: &[u8] = b"/metrics";
/// What the host is asked for them.
pub(crate) const STATS_REQUEST: &[u8] = b"GET /stats HTTP/1.0\r\n\r\n";

/// `parse_state` before a request.
const START: i32 = 0;
/// ... of a connection that is being closed.
pub(crate) const CLOSING: i32 = -1;

/// What the server asks of a connection, which it has for itself.
pub(crate) trait Connection {
    /// Whether requests may be parsed: it is open, has not failed, and no request waits for its answer.
    fn is_ready(&self) -> bool;
    /// Whether a request waits for its answer.
    fn is_waiting(&self) -> bool;
    /// How many bytes were received and not skipped.
    fn received(&self) -> usize;
    /// Feeds them to a parser, from the first.
    fn feed(&mut self, parser: &mut RequestParser);
    /// Skips so many of them, or all.
    fn skip(&mut self, count: usize);
    /// What is known of the request; the host reads and writes it, too.
    fn data(&self) -> HtsData;
    fn set_data(&mut self, data: &HtsData);
    /// Its `query_flags`, `data_size` and `parse_state` alone.
    fn flags(&self) -> i32;
    fn set_flags(&mut self, flags: i32);
    fn body_size(&self) -> i32;
    fn set_state(&mut self, state: i32);
    /// Gives the host the default function, if it has none.
    fn complete_host(&mut self);
    /// Has the host answer the request, whose first so many bytes were received or are still to come.
    fn execute(&mut self, bytes: u64) -> i32;
    /// Has the host answer [`STATS_REQUEST`], and sends the numbers of its answer as metrics.
    fn execute_metrics(&mut self) -> i32;
    /// Counts a request of so many bytes, and a refused head.
    fn count_query(&mut self, bytes: i64);
    fn count_refused(&mut self);
    /// Sends an error page.
    fn send_error(&mut self, code: i32);
    /// Closes it when all is sent.
    fn close(&mut self);
}

fn clear(connection: &mut impl Connection, flags: i32) {
    connection.set_flags(connection.flags() & !flags);
}

impl HtsData {
    /// Takes over what was parsed. The host's own fields are cleared, and the requests are counted.
    fn set(&mut self, parser: &RequestParser) {
        let request = parser.request();
        *self = Self {
            query_seqno: self.query_seqno.wrapping_add(1),
            parse_state: parser.state_number(),
            ..Self::of(request)
        };
    }

    /// The fields of a request; the others are empty.
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            query_type: request.kind as i32,
            query_flags: request.flags,
            query_words: request.words,
            header_size: request.header_size as i32,
            first_line_size: request.first_line_size as i32,
            data_size: request.data_size,
            host_offset: request.host_offset as i32,
            host_size: request.host_size as i32,
            uri_offset: request.uri_offset as i32,
            uri_size: request.uri_size as i32,
            http_ver: request.version,
            wlen: request.word_len as i32,
            word: request.word.map(|byte| byte as _),
            extra: core::ptr::null_mut(),
            extra_int: 0,
            extra_int2: 0,
            extra_int3: 0,
            extra_int4: 0,
            extra_double: 0.0,
            extra_double2: 0.0,
            parse_state: START,
            query_seqno: 0,
        }
    }

    pub(crate) fn keeps_alive(&self) -> bool {
        keeps_alive(self.query_flags)
    }
}

fn keeps_alive(flags: i32) -> bool {
    flags & flags::KEEP_ALIVE != 0
}

/// What the default of a host without `execute` answers: a refusal.
pub(crate) fn default_answer(data: &HtsData) -> i32 {
    if data.data_size >= 0 { -413 } else { -501 }
}

/// Answers what was received. Returns how many more bytes are needed, `NEED_MORE_BYTES` if nobody knows; the negative
/// number of bytes to skip; or 0 for a connection that is being closed.
pub(crate) fn serve(connection: &mut impl Connection) -> i32 {
    connection.set_state(START);
    while connection.is_ready() && connection.received() > 0 {
        let mut parser = RequestParser::new();
        connection.feed(&mut parser);
        let mut data = connection.data();
        data.set(&parser);
        if parser.request().header_size >= MAX_HEADER && parser.is_done() {
            data.query_flags |= flags::ERROR;
        }
        connection.set_data(&data);
        if !parser.is_done() {
            break;
        }
        let header = parser.request().header_size as usize;
        let mut missing = 0;
        if data.query_flags & flags::ERROR == 0 {
            let result = answer(connection, &parser);
            if result > 0 {
                return result;
            }
            connection.skip(header);
            if result == 0 || result == SKIP_ALL_BYTES {
                missing = skip_body(connection);
            } else {
                if result == -413 {
                    clear(connection, flags::KEEP_ALIVE);
                }
                connection.send_error(result.wrapping_neg());
                clear(connection, flags::ERROR);
            }
        } else {
            connection.skip(header);
            connection.count_refused();
        }
        if connection.flags() & flags::ERROR != 0 {
            clear(connection, flags::KEEP_ALIVE);
            connection.send_error(400);
        }
        if !connection.is_waiting() && !keeps_alive(connection.flags()) {
            connection.close();
            connection.set_state(CLOSING);
            return 0;
        }
        connection.set_state(START);
        if missing > 0 {
            return -missing;
        }
    }
    NEED_MORE_BYTES
}

/// Has a good request answered. The result is the host's, or that of a rule that comes first.
fn answer(connection: &mut impl Connection, parser: &RequestParser) -> i32 {
    let request = parser.request();
    let body = u64::try_from(request.data_size).ok();
    connection.complete_host();
    let result = match (request.kind, body) {
        (Kind::Post, None) => -411,
        (Kind::Post, Some(body)) => connection.execute(u64::from(request.header_size) + body),
        (_, Some(1..)) => -413,
        _ => match connection.execute(request.header_size.into()) {
            -404 if request.kind == Kind::Get && parser.uri() == Some(METRICS) => {
                connection.execute_metrics()
            }
            result => result,
        },
    };
    connection.count_query(i64::from(request.header_size) + i64::from(connection.body_size()));
    result
}

/// Skips the body of a request that was answered, as far as it is there. Returns how many bytes of it are to come.
fn skip_body(connection: &mut impl Connection) -> i32 {
    let size = connection.body_size().max(0);
    let there = connection.received().min(size as usize);
    connection.skip(there);
    size - there as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection of this test's: what it received, and what was done to it.
    struct Fake {
        received: Vec<u8>,
        piece: usize,
        data: HtsData,
        open: bool,
        results: Vec<i32>,
        executed: Vec<u64>,
        log: Vec<String>,
    }

    impl Fake {
        fn new(received: &[u8], results: &[i32]) -> Self {
            let data = HtsData::of(RequestParser::new().request());
            let results = results.iter().rev().copied().collect();
            Self {
                received: received.to_vec(),
                piece: usize::MAX,
                data,
                open: true,
                results,
                executed: Vec::new(),
                log: Vec::new(),
            }
        }

        fn served(&mut self) -> (i32, String) {
            let result = serve(self);
            (result, self.log.drain(..).collect::<Vec<_>>().join(" "))
        }
    }

    impl Connection for Fake {
        fn is_ready(&self) -> bool {
            self.open
        }
        fn is_waiting(&self) -> bool {
            false
        }
        fn received(&self) -> usize {
            self.received.len()
        }
        fn feed(&mut self, parser: &mut RequestParser) {
            for piece in self.received.chunks(self.piece.min(1 << 20)) {
                if parser.feed(piece) < piece.len() {
                    break;
                }
            }
        }
        fn skip(&mut self, count: usize) {
            self.received.drain(..count.min(self.received.len()));
        }
        fn data(&self) -> HtsData {
            self.data
        }
        fn set_data(&mut self, data: &HtsData) {
            self.data = *data;
        }
        fn flags(&self) -> i32 {
            self.data.query_flags
        }
        fn set_flags(&mut self, flags: i32) {
            self.data.query_flags = flags;
        }
        fn body_size(&self) -> i32 {
            self.data.data_size
        }
        fn set_state(&mut self, state: i32) {
            self.data.parse_state = state;
        }
        fn complete_host(&mut self) {}
        fn execute(&mut self, bytes: u64) -> i32 {
            assert!(self.data.header_size < MAX_HEADER as i32);
            self.executed.push(bytes);
            self.log.push(format!("execute({bytes})"));
            self.results.pop().unwrap_or(0)
        }
        fn execute_metrics(&mut self) -> i32 {
            self.log.push("metrics".to_owned());
            0
        }
        fn count_query(&mut self, bytes: i64) {
            assert!(bytes >= 0);
        }
        fn count_refused(&mut self) {
            self.log.push("refused".to_owned());
        }
        fn send_error(&mut self, code: i32) {
            self.log.push(format!("error({code})"));
        }
        fn close(&mut self) {
            self.open = false;
            self.log.push("close".to_owned());
        }
    }

    #[test]
    fn requests_and_their_ends() {
        for (text, results, returned, log) in [
            (&b"GET /stats HTTP/1.0\r\n\r\n"[..], &[0][..], 0, "execute(23) close"),
            (b"GET / HTTP/1.0\r\n\r\n", &[-404], 0, "execute(18) error(404) close"),
            (b"GET /metrics HTTP/1.0\r\n\r\n", &[-404], 0, "execute(25) metrics close"),
            (b"GET /metrics HTTP/1.0\r\n\r\n", &[-429], 0, "execute(25) error(429) close"),
            (b"HEAD /metrics HTTP/1.0\r\n\r\n", &[-404], 0, "execute(26) error(404) close"),
            (b"GET /metrics/ HTTP/1.0\r\n\r\n", &[-404], 0, "execute(26) error(404) close"),
            (b"PUT / HTTP/1.0\r\n\r\n", &[], 0, "refused error(400) close"),
            (b"POST / HTTP/1.0\r\n\r\n", &[], 0, "error(411) close"),
            (b"GET / HTTP/1.0\r\nContent-Length: 1\r\n\r\n", &[], 0, "error(413) close"),
            (b"GET / HTTP/1.0\r\n\r", &[], NEED_MORE_BYTES, ""),
            (b"", &[], NEED_MORE_BYTES, ""),
            (b"POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nab", &[3], 3, "execute(43)"),
        ] {
            assert_eq!(
                Fake::new(text, results).served(),
                (returned, log.to_owned()),
                "{}",
                text.escape_ascii()
            );
        }
    }

    #[test]
    fn kept_alive_requests_follow_each_other() {
        let one = b"GET / HTTP/1.1\r\nConnection: keep-alive\r\n\r\n";
        let mut fake = Fake::new(&one.repeat(3), &[0, -404, 0]);
        assert_eq!(
            fake.served(),
            (NEED_MORE_BYTES, "execute(42) execute(42) error(404) execute(42)".to_owned())
        );
        assert_eq!((fake.data.query_seqno, fake.data.parse_state, fake.open), (3, START, true));
        let mut fake = Fake::new(&[&one[..], b"\r\n"].concat(), &[0]);
        assert_eq!(fake.served(), (0, "execute(42) refused error(400) close".to_owned()));
    }

    /// `post` of check-survival.
    #[test]
    fn an_announced_length_of_two_gigabytes_is_a_number() {
        let mut fake = Fake::new(b"POST / HTTP/1.1\r\nContent-Length: 2147483639\r\n\r\n", &[-501]);
        assert_eq!(fake.served(), (0, "execute(2147483686) error(501) close".to_owned()));
    }

    /// A body is never taken for a request, and a request behind a body is not lost.
    #[test]
    fn bodies_end_where_they_end() {
        let post = |body: &[u8], rest: &[u8]| {
            let head = b"POST / HTTP/1.1\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\n";
            [&head[..], body, rest].concat()
        };
        let mut fake = Fake::new(&post(b"body", b"GET / HTTP/1.0\r\n\r\n"), &[0, 0]);
        assert_eq!(fake.served(), (0, "execute(66) execute(18) close".to_owned()));
        let mut fake = Fake::new(&post(b"b", b""), &[0]);
        assert_eq!(fake.served(), (-3, "execute(66)".to_owned()));
        assert!(fake.open && fake.received.is_empty());
    }

    #[test]
    fn any_cut_gives_the_same() {
        let texts: [&[u8]; 3] = [
            b"GET /stats HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\nPUT / HTTP/1.1\r\nX: y\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\nabcdefghijkl",
            b"GET / \r\n\r\n",
        ];
        for text in texts {
            let whole = Fake::new(text, &[]).served();
            for piece in [1, 2, 3, 7, 15, 31] {
                let mut fake = Fake { piece, ..Fake::new(text, &[]) };
                assert_eq!(fake.served(), whole);
            }
        }
    }
}

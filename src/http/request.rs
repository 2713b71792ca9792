// SPDX-License-Identifier: LGPL-2.0-or-later
//! The head of a request, parsed byte by byte: where the bytes are cut into pieces makes no difference.
//!
//! Legacy: the state machine of `hts_parse_execute`, with its leniencies: a line may end with LF alone, the version may be
//! missing, an empty header name is allowed, and a later `Connection: close` does not undo `keep-alive`.
#![forbid(unsafe_code)]

/// Heads are refused from this size on.
pub const MAX_HEADER: u32 = 16384;

/// The longest method, address, version, header name or known header's value.
const MAX_WORD: u32 = 4096;

/// The bytes of a word that are kept.
const KEPT: usize = 15;

/// A content length that no further digit may follow.
const LENGTH_LIMIT: i32 = i32::MAX / 10;

/// The version of a request without one.
const VERSION_0_9: i32 = 9;
const VERSION_1_0: i32 = 0x100;
const VERSION_1_1: i32 = 0x101;

/// Bits of [`Request::flags`].
pub mod flags {
    /// The request is refused.
    pub const ERROR: i32 = 1;
    /// The header that is parsed is `Host`.
    pub const HOST: i32 = 2;
    /// ... is `Content-Length`.
    pub const LENGTH: i32 = 4;
    /// ... is `Connection`.
    pub const CONNECTION: i32 = 8;
    /// `Connection: keep-alive` was said.
    pub const KEEP_ALIVE: i32 = 0x100;
    /// The next header of an answer holds the host's extra headers.
    pub const EXTRA_HEADERS: i32 = 0x200;
}

/// What a request asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i32)]
pub enum Kind {
    /// The method is not known yet.
    #[default]
    None = 0,
    /// `HEAD`.
    Head = 1,
    /// `GET`.
    Get = 2,
    /// `POST`.
    Post = 3,
    /// `OPTIONS`.
    Options = 4,
    /// Another method.
    Error = 5,
}

/// What the head of a request says, as far as it was parsed. Offsets are from its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub kind: Kind,
    /// [`flags`].
    pub flags: i32,
    /// How many words and line ends were read; in the first line less than 8, behind it at least 8.
    pub words: i32,
    /// The bytes of the head.
    pub header_size: u32,
    /// Those of its first line.
    pub first_line_size: u32,
    /// The announced length of the body, or -1.
    pub data_size: i32,
    /// Where the value of the last `Host` is.
    pub host_offset: u32,
    /// Its length.
    pub host_size: u32,
    /// Where the address is.
    pub uri_offset: u32,
    /// Its length.
    pub uri_size: u32,
    /// 0x101 for HTTP/1.1, 0x100 for HTTP/1.0, 9 for a line without a version, 0 before that.
    pub version: i32,
    /// The length of the word that was read last.
    pub word_len: u32,
    /// Its first 15 bytes, and what longer words before it left behind them.
    pub word: [u8; 16],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
enum State {
    Word = 1,
    Name = 2,
    Number = 3,
    Blanks = 4,
    SkipLine = 5,
    BlanksToEnd = 6,
    LineEnd = 7,
    LineFeed = 8,
    LastLineFeed = 9,
    LineStart = 10,
    Refused = 11,
    Done = 12,
}

/// Kinds of bytes, as bits of [`KINDS`].
mod kinds {
    pub(super) const ENDS_WORD: u8 = 1;
    pub(super) const ENDS_NAME: u8 = 2;
    pub(super) const ENDS_LINE: u8 = 4;
    /// In the first line, where a tab is no blank.
    pub(super) const ENDS_SPACES: u8 = 8;
    pub(super) const ENDS_BLANKS: u8 = 16;
}

/// The kinds of each byte. One table and one loop: a head is short, and read once.
static KINDS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let is_line_end = byte == b'\r' as usize || byte == b'\n' as usize;
        let is_space = byte == b' ' as usize;
        let is_blank = is_space || byte == b'\t' as usize;
        let ends_word = byte <= b' ' as usize;
        let ends_name = ends_word || byte == b':' as usize || byte >= 0x80;
        let bits = [ends_word, ends_name, is_line_end, !is_space, !is_blank];
        let mut bit = 0;
        while bit < bits.len() {
            table[byte] |= (bits[bit] as u8) << bit;
            bit += 1;
        }
        byte += 1;
    }
    table
};

/// How many bytes come before the first of the kind `ends`.
#[inline(never)]
fn run_len(bytes: &[u8], ends: u8) -> usize {
    bytes.iter().take_while(|&&byte| KINDS[usize::from(byte)] & ends == 0).count()
}

/// Parses one request's head.
///
/// ```
/// use mtproxy_ffi::http::{Kind, RequestParser};
///
/// let mut parser = RequestParser::new();
/// for piece in [&b"GET /st"[..], b"ats HTTP/1.1\r\nHost: a\r", b"\n\r\nrest"] {
///     parser.feed(piece);
/// }
/// assert!(parser.is_done());
/// let request = parser.request();
/// assert_eq!((request.kind, request.header_size, parser.uri()), (Kind::Get, 32, Some(&b"/stats"[..])));
/// ```
#[derive(Clone, Debug)]
pub struct RequestParser {
    state: State,
    request: Request,
    uri: [u8; KEPT],
}

impl Default for RequestParser {
    fn default() -> Self {
        Self::new()
    }
}

impl RequestParser {
    /// Before the first byte.
    #[must_use]
    pub const fn new() -> Self {
        let request = Request {
            kind: Kind::None,
            flags: 0,
            words: 0,
            header_size: 0,
            first_line_size: 0,
            data_size: -1,
            host_offset: 0,
            host_size: 0,
            uri_offset: 0,
            uri_size: 0,
            version: 0,
            word_len: 0,
            word: [0; 16],
        };
        Self { state: State::Word, request, uri: [0; KEPT] }
    }

    /// Whether the head is complete, or refused.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// What was parsed. Complete if [`is_done`](Self::is_done) and [`flags::ERROR`] is not set.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// The number of the state, as the legacy library has it in its struct: 12 if done.
    #[must_use]
    pub const fn state_number(&self) -> i32 {
        self.state as i32
    }

    /// The address, if it was read and has at most 15 bytes.
    #[must_use]
    pub fn uri(&self) -> Option<&[u8]> {
        self.uri.get(..self.request.uri_size as usize).filter(|uri| !uri.is_empty())
    }

    /// Parses the next bytes. Returns how many it took: fewer than all if the head is done before.
    ///
    /// A head without end is refused after at most 20,500 bytes.
    pub fn feed(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while let (Some(&byte), false) = (rest.first(), self.is_done()) {
            let used = self.step(byte, rest);
            rest = rest.get(used..).unwrap_or_default();
        }
        bytes.len() - rest.len()
    }

    /// One state's work on the rest, which begins with `byte`. Returns how many bytes it takes.
    fn step(&mut self, byte: u8, rest: &[u8]) -> usize {
        match self.state {
            State::Word => self.word(rest),
            State::Name => self.name(rest),
            State::Number => self.number(rest),
            State::Blanks | State::BlanksToEnd => self.blanks(rest),
            State::SkipLine => self.skip_line(rest),
            State::LineEnd => {
                self.state = State::LineFeed;
                self.take_if(byte == b'\r')
            }
            State::LineFeed => self.line_feed(byte),
            State::LineStart => self.line_start(byte),
            State::LastLineFeed => {
                if byte != b'\n' {
                    self.state = State::Refused;
                    return 0;
                }
                let used = self.take_if(true);
                self.end_first_line();
                self.state = State::Done;
                used
            }
            State::Refused => {
                self.request.flags |= flags::ERROR;
                self.state = State::Done;
                0
            }
            State::Done => 0,
        }
    }

    fn take_if(&mut self, condition: bool) -> usize {
        self.request.header_size += u32::from(condition);
        condition.into()
    }

    fn refuse_line(&mut self) {
        self.state = State::SkipLine;
        self.request.flags |= flags::ERROR;
    }

    fn end_first_line(&mut self) {
        if self.request.first_line_size == 0 {
            self.request.first_line_size = self.request.header_size;
        }
    }

    /// Takes the bytes up to the first of the kind `ends`, as long as the head has room for them. `None` if it ends the head's
    /// room or the bytes.
    fn run(&mut self, rest: &[u8], ends: u8) -> (usize, Option<u8>) {
        let room = MAX_HEADER.saturating_sub(self.request.header_size) as usize;
        let used = run_len(rest.get(..room).unwrap_or(rest), ends);
        self.request.header_size += used as u32;
        if self.request.header_size >= MAX_HEADER {
            self.state = State::Refused;
            return (used, None);
        }
        (used, rest.get(used).copied())
    }

    /// Collects a word or name up to the first byte of the kind `ends`. The same `None`.
    fn collect(&mut self, rest: &[u8], ends: u8) -> (usize, Option<u8>) {
        let room = (MAX_WORD + 1).saturating_sub(self.request.word_len) as usize;
        let inside = rest.get(..room).unwrap_or(rest);
        let used = run_len(inside, ends);
        let free = self.request.word.get_mut(self.request.word_len as usize..KEPT).unwrap_or_default();
        for (place, &byte) in free.iter_mut().zip(inside.iter().take(used)) {
            *place = byte;
        }
        self.request.word_len += used as u32;
        if self.request.word_len > MAX_WORD {
            self.state = State::Refused;
            return (used, None);
        }
        (used, rest.get(used).copied())
    }

    fn word(&mut self, rest: &[u8]) -> usize {
        let (used, next) = self.collect(rest, kinds::ENDS_WORD);
        if next.is_some() {
            self.end_word();
        }
        used
    }

    fn end_word(&mut self) {
        let request = &mut self.request;
        let word = request.word.get(..request.word_len as usize).unwrap_or_default();
        request.words += 1;
        self.state = State::Blanks;
        let mut refused = false;
        match request.words {
            1 => {
                request.kind = match word {
                    b"GET" => Kind::Get,
                    b"HEAD" => Kind::Head,
                    b"POST" => Kind::Post,
                    b"OPTIONS" => Kind::Options,
                    _ => Kind::Error,
                };
                refused = request.kind == Kind::Error;
            }
            2 => {
                (request.uri_offset, request.uri_size) = (request.header_size, request.word_len);
                for (place, &byte) in self.uri.iter_mut().zip(word) {
                    *place = byte;
                }
                refused = request.word_len == 0;
            }
            3 => {
                self.state = State::BlanksToEnd;
                match word {
                    b"HTTP/1.0" => request.version = VERSION_1_0,
                    b"HTTP/1.1" => request.version = VERSION_1_1,
                    _ if request.word_len == 0 => request.version = VERSION_0_9,
                    _ => refused = true,
                }
            }
            _ => {
                self.state = State::BlanksToEnd;
                if request.word_len > 0 {
                    if request.flags & flags::HOST != 0 {
                        (request.host_offset, request.host_size) = (request.header_size, request.word_len);
                    } else if word.eq_ignore_ascii_case(b"keep-alive") {
                        request.flags |= flags::KEEP_ALIVE;
                    }
                }
                request.flags &= !(flags::HOST | flags::CONNECTION);
            }
        }
        request.header_size += request.word_len;
        if refused {
            self.refuse_line();
        }
    }

    fn name(&mut self, rest: &[u8]) -> usize {
        let (used, next) = self.collect(rest, kinds::ENDS_NAME);
        let Some(next) = next else { return used };
        let request = &mut self.request;
        request.header_size += request.word_len;
        if next != b':' {
            self.refuse_line();
            return used;
        }
        request.header_size += 1;
        let name = request.word.get(..request.word_len as usize).unwrap_or_default();
        if name.eq_ignore_ascii_case(b"host") {
            request.flags |= flags::HOST;
        } else if name.eq_ignore_ascii_case(b"connection") {
            request.flags |= flags::CONNECTION;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            request.flags |= flags::LENGTH;
        } else {
            request.flags &= !(flags::HOST | flags::LENGTH | flags::CONNECTION);
        }
        self.state = State::Blanks;
        used + 1
    }

    fn blanks(&mut self, rest: &[u8]) -> usize {
        let ends = if self.request.words >= 8 { kinds::ENDS_BLANKS } else { kinds::ENDS_SPACES };
        let (used, next) = self.run(rest, ends);
        if next.is_some() {
            self.end_blanks();
        }
        used
    }

    fn end_blanks(&mut self) {
        let request = &mut self.request;
        if self.state == State::BlanksToEnd {
            self.state = State::LineEnd;
        } else if request.words >= 3 && request.flags & flags::LENGTH != 0 {
            if request.data_size != -1 {
                self.refuse_line();
            } else {
                request.data_size = 0;
                self.state = State::Number;
            }
        } else if request.words < 3 || request.flags & (flags::HOST | flags::CONNECTION) != 0 {
            request.word_len = 0;
            self.state = State::Word;
        } else {
            self.state = State::SkipLine;
        }
    }

    fn number(&mut self, rest: &[u8]) -> usize {
        let mut used = 0;
        for &byte in rest {
            let request = &mut self.request;
            if !byte.is_ascii_digit() {
                self.state = State::BlanksToEnd;
                if request.flags & flags::LENGTH != 0 {
                    self.refuse_line();
                }
                break;
            }
            if request.data_size >= LENGTH_LIMIT {
                request.flags |= flags::ERROR;
                self.state = State::BlanksToEnd;
                break;
            }
            request.data_size = request.data_size * 10 + i32::from(byte - b'0');
            request.flags &= !flags::LENGTH;
            used += self.take_if(true);
            if self.request.header_size >= MAX_HEADER {
                self.state = State::Refused;
                break;
            }
        }
        used
    }

    fn skip_line(&mut self, rest: &[u8]) -> usize {
        let (used, next) = self.run(rest, kinds::ENDS_LINE);
        if next.is_some() {
            self.state = State::LineEnd;
        }
        used
    }

    fn line_feed(&mut self, byte: u8) -> usize {
        let request = &mut self.request;
        request.words += 1;
        if request.words < 8 {
            request.words = 8;
            if request.flags & flags::ERROR != 0 {
                self.state = State::Refused;
                return 0;
            }
        }
        if request.version <= VERSION_0_9 {
            self.state = State::LastLineFeed;
            return 0;
        }
        if byte != b'\n' {
            self.refuse_line();
            return 0;
        }
        self.state = State::LineStart;
        self.take_if(true)
    }

    fn line_start(&mut self, byte: u8) -> usize {
        self.end_first_line();
        if byte == b'\r' || byte == b'\n' {
            self.state = State::LastLineFeed;
            return self.take_if(byte == b'\r');
        }
        if self.request.flags & flags::ERROR != 0 {
            self.state = State::SkipLine;
        } else {
            self.request.word_len = 0;
            self.state = State::Name;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &[u8]) -> (usize, RequestParser) {
        let mut parser = RequestParser::new();
        (parser.feed(text), parser)
    }

    fn refused(text: &[u8]) -> bool {
        let parser = parsed(text).1;
        assert!(parser.is_done(), "{}", text.escape_ascii());
        parser.request().flags & flags::ERROR != 0
    }

    #[test]
    fn what_a_request_says() {
        let text = b"POST /a/b HTTP/1.1\r\nhost: example.org:80\r\nConnection:  Keep-Alive \r\nContent-length: 12\r\nX:\ty\r\n\r\nbody";
        let (used, parser) = parsed(text);
        let request = parser.request();
        assert_eq!(used, text.len() - 4);
        assert_eq!((request.kind, request.flags, request.data_size), (Kind::Post, flags::KEEP_ALIVE, 12));
        assert_eq!((request.header_size, request.first_line_size), (used as u32, 20));
        assert_eq!((request.uri_offset, request.uri_size, parser.uri()), (5, 4, Some(&b"/a/b"[..])));
        assert_eq!((request.host_offset, request.host_size), (26, 14));
    }

    #[test]
    fn lenient_where_the_original_is() {
        assert!(!refused(b"GET /  HTTP/1.0\n\n"));
        assert!(!refused(b"GET /\n"));
        assert!(!refused(b"GET / HTTP/1.1\r\n: empty name\r\n\r\n"));
        let request = *parsed(b"GET / HTTP/1.1\nConnection: keep-alive\nConnection: close\n\n").1.request();
        assert_eq!(request.flags, flags::KEEP_ALIVE);
        let (used, parser) = parsed(b"GET / \r\n\r\n");
        assert_eq!((used, parser.request().version), (8, 9));
    }

    #[test]
    fn strict_where_the_original_is() {
        for text in [
            &b"get / HTTP/1.1\r\n\r\n"[..],
            b"PUT / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.2\r\n\r\n",
            b"GET \r\n",
            b"GET / HTTP/1.1 x\r\n\r\n",
            b"GET / HTTP/1.1\r\nna me: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nn\xc3\xa4me: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nfolded: x\r\n y\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
            b"GET / HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: \r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 2147483640\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
            b"GET / HTTP/1.1\r\rX: y\r\n\r\n",
        ] {
            assert!(refused(text), "{}", text.escape_ascii());
        }
        assert_eq!(
            parsed(b"POST / HTTP/1.1\r\nContent-Length: 2147483639\r\n\r\n").1.request().data_size,
            i32::MAX - 8
        );
    }

    #[test]
    fn bounds() {
        let name = |len: usize| [b"GET / HTTP/1.1\r\n", &vec![b'n'; len][..], b": x\r\n\r\n"].concat();
        assert!(!refused(&name(4096)) && refused(&name(4097)));
        let uri = |len: usize| [b"GET ", &vec![b'/'; len][..], b" HTTP/1.1\r\n\r\n"].concat();
        assert!(!refused(&uri(4096)) && refused(&uri(4097)));
        // A head of 16383 bytes is good.
        let value = |len: usize| [b"GET / HTTP/1.1\r\nX: ", &vec![b'v'; len - 23][..], b"\r\n\r\n"].concat();
        assert_eq!(value(100).len(), 100);
        let last = parsed(&value(16383)).1;
        assert_eq!((last.request().header_size, last.request().flags), (16383, 0));
        let whole = parsed(&value(16384)).1;
        assert!(whole.is_done() && whole.request().header_size >= MAX_HEADER);
        assert!(refused(&value(16400)));
        // No head goes on for ever: zeros, which are no value, included.
        let endless = [b"POST / HTTP/1.1\r\nContent-Length: ", &[b'0'; 20_480][..]].concat();
        assert!(refused(&endless));
    }

    #[test]
    fn a_refused_head_is_done_with_the_next_byte() {
        let (used, mut parser) = parsed(b"PUT / HTTP/1.1\r");
        assert!(!parser.is_done());
        assert_eq!((used, parser.feed(b"\n"), parser.is_done()), (15, 0, true));
    }
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! A plain model of the legacy loader: a buffer, a cursor, a line, a lexeme and a name.

use md5::{Digest, Md5};

use crate::{
    file::{Config, MAX},
    scanner,
    script::{Call, Way},
};

/// The state that a host can see.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) bytes: i32,
    pub(crate) line: i32,
    pub(crate) lex: i32,
    /// Cursor and end, from the start, and the byte at the end.
    pub(crate) text: Option<(usize, usize, u8)>,
}

/// The result of a call, and the bytes that it printed or wrote.
pub(crate) type Result = (i64, Vec<u8>);

pub(crate) struct Model {
    /// The content of the 16 MiB buffer; the rest of it is NULs.
    buffer: Option<Vec<u8>>,
    cursor: Option<usize>,
    end: usize,
    bytes: i32,
    line: i32,
    lex: i32,
    name: Option<Vec<u8>>,
}

impl Default for Model {
    fn default() -> Self {
        Self { buffer: None, cursor: None, end: 0, bytes: 0, line: 0, lex: -1, name: None }
    }
}

impl Model {
    fn buffer(&self) -> &[u8] {
        self.buffer.as_deref().unwrap_or_default()
    }

    /// The text between start and end.
    pub(crate) fn text(&self) -> &[u8] {
        &self.buffer()[..self.end.min(self.buffer().len())]
    }

    /// The text from the cursor on.
    pub(crate) fn rest(&self) -> &[u8] {
        self.cursor.and_then(|at| self.text().get(at..)).unwrap_or_default()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.cursor.is_none()
    }

    pub(crate) fn name(&self) -> Option<&[u8]> {
        self.name.as_deref()
    }

    pub(crate) fn place(&self) -> Place {
        let last = self.buffer().get(self.end).copied().unwrap_or(0);
        let text = self.cursor.map(|at| (at, self.end, last));
        Place { bytes: self.bytes, line: self.line, lex: self.lex, text }
    }

    /// True if the call is defined now: two calls need a config. A config of 16 MiB is not digested, to save time.
    pub(crate) fn can(&self, call: &Call) -> bool {
        match call {
            Call::Reset => self.buffer.is_some(),
            Call::Digest => self.buffer.is_some() && self.bytes <= MAX as i32,
            Call::Move(by) => {
                self.cursor.is_some_and(|at| (0..=self.end as isize).contains(&(at as isize + by)))
            }
            _ => true,
        }
    }

    pub(crate) fn load(&mut self, way: Way, content: &[u8]) -> Result {
        self.buffer.get_or_insert_default();
        let path = Config::the().path.to_bytes();
        let name = match way {
            Way::Path | Way::TooLong => Some(path.to_vec()),
            Way::OwnName => Some(self.name.clone().unwrap_or(path.to_vec())),
            Way::Descriptor => Some(b"by descriptor".to_vec()),
            Way::Nameless => None,
            Way::Missing => Some(b"/nonexistent/config".to_vec()),
            Way::Folder => Some(b"/proc/self".to_vec()),
        };
        let given = matches!(way, Way::Descriptor | Way::Nameless);
        if way == Way::Folder {
            self.bytes = -1;
            return (-2, self.refusal("error reading configuration file ", ": Is a directory\n"));
        }
        if let Some(name) = name.as_ref().filter(|name| !given && *name != path) {
            return (-1, [b"Can not open file ", &name[..], b": No such file or directory\n"].concat());
        }
        let size = if way == Way::TooLong { MAX + 1 } else { content.len() };
        self.read(content, size);
        self.bytes = size as i32;
        if size > MAX {
            return (-2, self.refusal("configuration file ", " too long (max 16777216 bytes)\n"));
        }
        self.name = name;
        self.reset();
        (i64::from(given), Vec::new())
    }

    /// The message about a file that was opened but refused names the previous config.
    fn refusal(&self, what: &str, why: &str) -> Vec<u8> {
        [what.as_bytes(), self.shown_name(), why.as_bytes()].concat()
    }

    fn shown_name(&self) -> &[u8] {
        self.name().unwrap_or(b"(null)")
    }

    fn read(&mut self, content: &[u8], size: usize) {
        let buffer = self.buffer.get_or_insert_default();
        let kept = buffer.get(size..).unwrap_or_default().to_vec();
        *buffer = content.to_vec();
        if !kept.is_empty() {
            buffer.resize(size, 0);
            buffer.extend(kept);
        }
    }

    fn reset(&mut self) {
        let end = usize::try_from(self.bytes).unwrap_or(0);
        if let Some(byte) = self.buffer.as_mut().and_then(|buffer| buffer.get_mut(end)) {
            *byte = 0;
        }
        (self.cursor, self.end, self.line) = (Some(0), end, 0);
    }

    pub(crate) fn close(&mut self) -> i64 {
        *self = Self { line: self.line, lex: self.lex, ..Self::default() };
        -1
    }

    fn pass(&mut self, by: usize) {
        self.cursor = self.cursor.map(|at| at + by);
    }

    fn skip_blanks(&mut self) -> i64 {
        let (advance, byte, _) = scanner::skip_blanks(self.rest(), 0);
        self.pass(advance);
        byte.into()
    }

    fn skip_spaces(&mut self) -> u8 {
        let (advance, byte, line) = scanner::skip_spaces(self.rest(), self.line);
        self.pass(advance);
        self.line = line;
        byte
    }

    pub(crate) fn call(&mut self, call: &Call) -> Result {
        let value = match call {
            Call::SkipSpaces => self.skip_spaces().into(),
            Call::SkipBlanks => self.skip_blanks(),
            Call::Lexeme => self.lexeme(),
            Call::Word(passed) => self.measured(scanner::word_len, *passed),
            Call::String(passed) => self.measured(scanner::string_len, *passed),
            Call::Int => self.int(|text| scanner::int(text, 0)),
            Call::IntZero => self.int(|text| scanner::int(text, -1)),
            Call::SignedInt => self.int(scanner::signed_int),
            Call::ExpectLexeme(lexeme) if self.lex == *lexeme => 0,
            Call::ExpectLexeme(lexeme) => {
                return (-1, self.complaint("fatal", &[&[*lexeme as u8], b" expected"]));
            }
            Call::ExpectWord(word) => return self.expect_word(word),
            Call::Host(threshold) => return self.host(*threshold),
            Call::Syntax => return (0, self.complaint("fatal", &[b"syntax error"])),
            Call::Warning(number) => {
                return (0, self.complaint("warning", &[format!("{number}%").as_bytes()]));
            }
            Call::Reset => {
                self.reset();
                0
            }
            Call::Digest => return (0, self.digest()),
            Call::Move(by) => {
                self.cursor = self.cursor.and_then(|at| at.checked_add_signed(*by));
                0
            }
        };
        (value, Vec::new())
    }

    fn lexeme(&mut self) -> i64 {
        self.lex = match self.skip_spaces() {
            0 => 0,
            mark @ (b';' | b':' | b'{' | b'}') => {
                self.pass(1);
                mark.into()
            }
            _ => -1,
        };
        self.lex.into()
    }

    fn measured(&mut self, measure: fn(&[u8]) -> usize, passed: bool) -> i64 {
        self.skip_blanks();
        let len = measure(self.rest());
        self.pass(if passed { len } else { 0 });
        len as i64
    }

    fn int(&mut self, read: fn(&[u8]) -> (i64, usize)) -> i64 {
        self.skip_blanks();
        let (value, len) = read(self.rest());
        self.pass(len);
        value
    }

    fn expect_word(&mut self, word: &[u8]) -> Result {
        self.skip_blanks();
        if scanner::word_len(self.rest()) == word.len() && self.rest().starts_with(word) {
            self.pass(word.len());
            return (0, Vec::new());
        }
        (-1, self.complaint("fatal", &[b"Expected ", word]))
    }

    /// The result of this program's resolver (support/host.rs).
    fn host(&mut self, threshold: i32) -> Result {
        self.skip_blanks();
        let len = scanner::word_len(self.rest());
        if !(1..=63).contains(&len) {
            return (0, self.complaint("fatal", &[b"hostname expected"]));
        }
        let name = self.rest()[..len].to_vec();
        let known = !b"nal".contains(&name[0]);
        let mut said = Vec::new();
        if !known && threshold <= 0 {
            said = self.complaint_near(&name, "fatal", &[b"cannot resolve '", &name, b"'\n"]);
        }
        self.pass(len);
        (known.into(), said)
    }

    fn complaint(&self, kind: &str, message: &[&[u8]]) -> Vec<u8> {
        let near = self.cursor.and_then(|at| self.buffer().get(at..)).unwrap_or_default();
        self.complaint_near(near, kind, message)
    }

    /// A message quotes at most twenty bytes of the line.
    fn complaint_near(&self, near: &[u8], kind: &str, message: &[&[u8]]) -> Vec<u8> {
        let line = near.split(|byte| b"\0\r\n".contains(byte)).next().unwrap_or_default();
        let (quote, dots) = if line.len() >= 20 { (&line[..20], " ...") } else { (line, "") };
        let mut place = Vec::new();
        if self.line != 0 {
            place = [self.shown_name(), format!(":{}: ", self.line).as_bytes()].concat();
        }
        [&place[..], kind.as_bytes(), b": ", &message.concat(), b" near ", quote, dots.as_bytes(), b"\n"]
            .concat()
    }

    /// The digest of all bytes that were read, including those after a NUL.
    fn digest(&self) -> Vec<u8> {
        let size = usize::try_from(self.bytes).unwrap_or(0);
        let mut read = self.buffer()[..size.min(self.buffer().len())].to_vec();
        read.resize(size, 0);
        Md5::digest(read).iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
    }
}

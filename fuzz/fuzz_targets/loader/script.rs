// SPDX-License-Identifier: LGPL-2.0-or-later
//! A host's calls, decoded from the fuzzer's bytes.

use crate::scanner;

/// How a config is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Path,
    Descriptor,
    /// By the name that the library keeps, which the call frees.
    OwnName,
    /// By a descriptor, without a name.
    Nameless,
    Missing,
    Folder,
    TooLong,
}

impl Way {
    /// Ways that take milliseconds are chosen rarely.
    fn new(number: u8, rare: bool) -> Self {
        match number {
            0..=4 => Self::Path,
            5..=7 => Self::Descriptor,
            8 | 9 => Self::OwnName,
            10 | 11 => Self::Nameless,
            12 => Self::Missing,
            15 if rare => Self::TooLong,
            _ => Self::Folder,
        }
    }

    /// The nearest way that is defined in the original, which uses a name after freeing it.
    pub(crate) fn defined(self) -> Self {
        match self {
            Self::OwnName => Self::Path,
            Self::Nameless => Self::Descriptor,
            other => other,
        }
    }

    pub(crate) fn is_refused(self) -> bool {
        matches!(self, Self::Folder | Self::TooLong)
    }
}

/// Two ways to load, the calls between them, and a text. The file first holds a part of the text.
pub(crate) struct Script<'a> {
    ways: [Way; 2],
    cut: usize,
    text: &'a [u8],
    pub(crate) calls: &'a [u8],
}

impl<'a> Script<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Option<Self> {
        let (&[ways, cut, count], rest) = data.split_first_chunk()?;
        let (calls, text) = rest.split_at_checked(count.into())?;
        let ways = [ways & 15, ways >> 4].map(|way| Way::new(way, cut % 16 == 15));
        // The fraction of the text in the first file; 255 for all of it.
        Some(Self { ways, cut: text.len() * usize::from(cut) / 255, text, calls })
    }

    pub(crate) fn loads(&self) -> [(Way, &'a [u8]); 2] {
        [(self.ways[0], &self.text[..self.cut]), (self.ways[1], self.text)]
    }
}

/// A step of the walk.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    SkipSpaces,
    SkipBlanks,
    Lexeme,
    /// The host measures a word and, if true, moves the cursor past it.
    Word(bool),
    String(bool),
    Int,
    IntZero,
    SignedInt,
    ExpectLexeme(i32),
    ExpectWord(Vec<u8>),
    Host(i32),
    Syntax,
    Warning(i32),
    Reset,
    Digest,
    /// The host moves the cursor.
    Move(isize),
}

const LEXEMES: [i32; 8] = [0, -1, b';' as i32, b':' as i32, b'{' as i32, b'}' as i32, b'x' as i32, 200];
const WORDS: [&[u8]; 4] = [b"proxy_for", b"default", b"", b"%d%n"];

/// The call that a byte encodes; `rest` is the text from the cursor on.
pub(crate) fn call(byte: u8, rest: &[u8]) -> Call {
    let argument = byte >> 4;
    match byte & 15 {
        0 => Call::SkipSpaces,
        1 => Call::SkipBlanks,
        2 => Call::Lexeme,
        3 => Call::Word(argument != 0),
        4 => Call::String(argument != 0),
        5 => Call::Int,
        6 => Call::IntZero,
        7 => Call::SignedInt,
        8 => Call::ExpectLexeme(LEXEMES[usize::from(argument) % 8]),
        9 => Call::ExpectWord(word(argument, rest)),
        10 => Call::Host(i32::from(argument) - 1),
        11 => Call::Syntax,
        12 => Call::Warning(argument.into()),
        13 => Call::Reset,
        14 => Call::Digest,
        _ => Call::Move(if argument < 8 { 1 } else { -1 }),
    }
}

/// A word from a list, or the word at the cursor, for odd arguments without its last byte.
fn word(argument: u8, rest: &[u8]) -> Vec<u8> {
    if let Some(word) = WORDS.get(usize::from(argument)) {
        return word.to_vec();
    }
    let rest = &rest[scanner::skip_blanks(rest, 0).0..];
    let word = &rest[..scanner::word_len(rest)];
    word[..word.len() - usize::from(argument % 2 == 1 && !word.is_empty())].to_vec()
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! One side of the comparison, called as a C host calls it.

use std::{
    ffi::{CStr, c_char},
    ptr, slice,
};

use support::{Config as Names, stdio};

use crate::{
    file::{self, Config, MAX},
    model::{Place, Result},
    script::{Call, Way},
};

pub(crate) struct Side {
    names: &'static Names,
    /// The result of the last load.
    fd: i32,
}

impl Side {
    pub(crate) fn new(names: &'static Names) -> Self {
        // SAFETY: the library's variables, which a host may set; nothing else runs.
        unsafe {
            *names.cfg_lno = 0;
            *names.cfg_lex = -1;
        }
        Self { names, fd: -1 }
    }

    /// The original is not asked for host names: it would query a real resolver.
    pub(crate) fn can(&self, call: &Call) -> bool {
        !(self.names.is_original && matches!(call, Call::Host(_)))
    }

    fn start_and_end(&self) -> Option<(*const u8, usize)> {
        // SAFETY: the library's variables; both pointers into its buffer, or null.
        unsafe {
            let (start, end) = (*self.names.cfg_start, *self.names.cfg_end);
            assert_eq!(start.is_null(), end.is_null());
            (!start.is_null()).then(|| (start.cast_const().cast(), end.addr() - start.addr()))
        }
    }

    pub(crate) fn place(&self) -> Place {
        // SAFETY: the library's variables; the byte at the end is in its buffer.
        unsafe {
            let cursor = *self.names.cfg_cur;
            let text = self.start_and_end().map(|(start, end)| {
                let at = cursor.addr().wrapping_sub(start.addr());
                assert!(at <= end, "the cursor is outside the text");
                (at, end, *start.add(end))
            });
            assert_eq!(cursor.is_null(), text.is_none());
            let (bytes, line, lex) = (*self.names.config_bytes, *self.names.cfg_lno, *self.names.cfg_lex);
            Place { bytes, line, lex, text }
        }
    }

    pub(crate) fn name(&self) -> Option<&[u8]> {
        // SAFETY: null, or a C string that stays until the next load.
        unsafe {
            let name = *self.names.config_name;
            (!name.is_null()).then(|| CStr::from_ptr(name).to_bytes())
        }
    }

    /// Checks that the buffer starts with `text`; NULs may follow.
    pub(crate) fn has_text(&self, text: &[u8]) {
        let ours = self.start_and_end().map(|(start, end)| {
            assert!(text.len() <= end);
            // SAFETY: a part of the text between start and end.
            unsafe { slice::from_raw_parts(start, text.len()) }
        });
        assert_eq!(ours.unwrap_or_default(), text);
    }

    pub(crate) fn load(&mut self, way: Way, content: &[u8]) -> Result {
        let config = Config::the();
        config.put(content, if way == Way::TooLong { MAX + 1 } else { content.len() });
        // SAFETY: the library's variable.
        let own_name = unsafe { *self.names.config_name };
        let (file, given) = match way {
            Way::OwnName if !own_name.is_null() => (own_name.cast_const(), -1),
            Way::Path | Way::TooLong | Way::OwnName => (config.path.as_ptr(), -1),
            Way::Descriptor => (c"by descriptor".as_ptr(), config.open()),
            Way::Nameless => (ptr::null(), config.open()),
            Way::Missing => (c"/nonexistent/config".as_ptr(), -1),
            Way::Folder => (c"/proc/self".as_ptr(), -1),
        };
        let next = file::lowest_free();
        // SAFETY: null or a C string, and a descriptor that is open or negative.
        let (fd, said) = stdio::said(|| unsafe { (self.names.load_config)(file, given) });
        // The original leaks the descriptor of a file that it opened and then refused.
        if self.names.is_original && fd == -2 {
            file::close(next);
        }
        // After a new load the host closes the old file.
        if fd >= 0 {
            if self.fd >= 0 {
                file::close(self.fd);
            }
            self.fd = fd;
        }
        (if fd < 0 { fd.into() } else { i64::from(fd == given) }, said)
    }

    pub(crate) fn close(&mut self) -> i64 {
        // SAFETY: a place for the descriptor, which is open or negative.
        unsafe { (self.names.close_config)(&raw mut self.fd) };
        self.fd.into()
    }

    fn pass(&self, by: usize) {
        // SAFETY: the library's variable; the library returned this distance.
        unsafe { *self.names.cfg_cur = (*self.names.cfg_cur).wrapping_add(by) };
    }

    pub(crate) fn call(&self, call: &Call) -> Result {
        let names = self.names;
        // SAFETY: the legacy contracts: the cursor is null or in the loaded text, or, for the drop-in, in the rest of it
        // after a failure; words are readable for their lengths, and formats fit their arguments.
        let value = unsafe {
            match call {
                Call::SkipSpaces => (names.cfg_skipspc)().into(),
                Call::SkipBlanks => (names.cfg_skspc)().into(),
                Call::Lexeme => (names.cfg_getlex)().into(),
                Call::Word(passed) => self.measured(names.cfg_getword, *passed),
                Call::String(passed) => self.measured(names.cfg_getstr, *passed),
                Call::Int => (names.cfg_getint)(),
                Call::IntZero => (names.cfg_getint_zero)(),
                Call::SignedInt => (names.cfg_getint_signed_zero)(),
                Call::ExpectLexeme(lexeme) => {
                    return said(|| (names.expect_lexem)(*lexeme));
                }
                Call::ExpectWord(word) => {
                    return said(|| (names.expect_word)(word.as_ptr().cast(), word.len() as i32));
                }
                Call::Host(threshold) => {
                    let find = || match threshold {
                        0 => (names.cfg_gethost)(),
                        _ => (names.cfg_gethost_ex)(*threshold),
                    };
                    return said(|| (!find().is_null()).into());
                }
                Call::Syntax => {
                    return said(|| {
                        (names.syntax)(ptr::null());
                        0
                    });
                }
                Call::Warning(number) => {
                    return said(|| {
                        (names.syntax_warning)(c"%d%%".as_ptr(), *number);
                        0
                    });
                }
                Call::Reset => {
                    (names.reset_config)();
                    0
                }
                Call::Digest => return (0, self.digest()),
                Call::Move(by) => {
                    *names.cfg_cur = (*names.cfg_cur).wrapping_offset(*by);
                    0
                }
            }
        };
        (value, Vec::new())
    }

    fn measured(&self, measure: unsafe extern "C" fn() -> i32, passed: bool) -> i64 {
        // SAFETY: as in `call`.
        let len = unsafe { measure() };
        self.pass(if passed { len as usize } else { 0 });
        len.into()
    }

    /// No more than 32 bytes may be written.
    fn digest(&self) -> Vec<u8> {
        let mut out = vec![b'~'; 40];
        // SAFETY: a config was loaded, and there is room.
        unsafe { (self.names.md5_hex_config)(out.as_mut_ptr().cast::<c_char>()) };
        assert!(out.split_off(32).iter().all(|&byte| byte == b'~'), "written beside the output");
        out
    }
}

fn said(call: impl FnOnce() -> i32) -> Result {
    let (value, said) = stdio::said(call);
    (value.into(), said)
}

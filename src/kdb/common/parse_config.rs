// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/parse-config`. The variadic `syntax` and `syntax_warning` are in `shim/parse_config.c`.
//!
//! Every unsafe function here requires *the session's promise*: one thread at a time uses the configuration, and
//! [`cfg_cur`] is null or points into a text that ends with a NUL. The text need not be the loaded one, and the host may
//! change it between two calls.

use core::{
    ffi::{c_char, c_int},
    ptr,
    sync::atomic::{AtomicI32, AtomicPtr, Ordering::Relaxed},
};

use super::kprintf::verbosity;
use crate::{
    config::{self, Int, Lexeme, Skipped},
    digest,
    kdb::{
        statics::exported_weak,
        support::{bytes, c_text, die, stderr},
        upcalls::kdb_gethostbyname,
    },
    runtime::config_session::{Buffer, MAX_SIZE, few, scan},
};

/// The path of the loaded config, allocated, or null.
#[unsafe(no_mangle)]
pub static config_name: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
/// The start of the text.
#[unsafe(no_mangle)]
pub static cfg_start: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
/// The end of the text, at its NUL.
#[unsafe(no_mangle)]
pub static cfg_end: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
/// The cursor.
#[unsafe(no_mangle)]
pub static cfg_cur: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
/// The result of the last `read`.
#[unsafe(no_mangle)]
pub static config_bytes: AtomicI32 = AtomicI32::new(0);
/// The number of newlines that the cursor has passed.
#[unsafe(no_mangle)]
pub static cfg_lno: AtomicI32 = AtomicI32::new(0);
/// The last lexeme: a mark, 0 at the end, else -1.
#[unsafe(no_mangle)]
pub static cfg_lex: AtomicI32 = AtomicI32::new(-1);
// Set by hosts. Revisions define it in `common/resolver`, `common/parse-config`, their applications, or all of these.
exported_weak!("kdb_hosts_loaded", 4);

/// The memory of [`load_config`].
static BUFFER: Buffer = Buffer::new();

unsafe extern "C" {
    /// From `shim/parse_config.c`.
    fn syntax(format: *const c_char, ...);
}

/// The cursor; that of an empty text if it is null.
#[inline]
fn cursor() -> *mut c_char {
    static EMPTY: [u8; 1] = [0];
    let cursor = cfg_cur.load(Relaxed);
    if cursor.is_null() { EMPTY.as_ptr().cast_mut().cast() } else { cursor }
}

/// Moves the cursor to `by` bytes after `from`, where it is.
#[inline]
fn advance(from: *mut c_char, by: usize) {
    // The cursor of an empty text stays null.
    if by > 0 {
        cfg_cur.store(from.wrapping_add(by), Relaxed);
    }
}

/// The byte at a cursor.
///
/// # Safety
/// The session's promise, and the cursor is not null.
#[inline]
unsafe fn byte_at(cursor: *const c_char) -> u8 {
    // SAFETY: the text ends with a NUL, which may be read.
    unsafe { *cursor as u8 }
}

#[inline]
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[inline]
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Skips blanks, and returns the cursor.
///
/// # Safety
/// The session's promise.
#[inline(always)] // there are seldom two blanks, and a call costs more than one
unsafe fn after_blanks() -> *mut c_char {
    let from = cursor();
    // SAFETY: the same promise; a blank is not the NUL that ends the text.
    unsafe {
        if !is_blank(byte_at(from)) {
            return from;
        }
        let next = from.wrapping_add(1);
        if is_blank(byte_at(next)) {
            return after_many_blanks(next);
        }
        cfg_cur.store(next, Relaxed);
        next
    }
}

/// Skips the blanks at `from`, which need not be the cursor, and returns the cursor.
///
/// # Safety
/// The session's promise, which holds for `from` too.
#[inline(never)]
unsafe fn after_many_blanks(from: *mut c_char) -> *mut c_char {
    // SAFETY: the same promise.
    let blanks = unsafe {
        few::<8>(from, is_blank).unwrap_or_else(|| {
            scan(&BUFFER, from, |text| {
                let Skipped { advance, .. } = config::skip_blanks(text, 0);
                (advance, advance)
            })
        })
    };
    let at = from.wrapping_add(blanks);
    cfg_cur.store(at, Relaxed);
    at
}

/// Skips spaces and comments, and returns the cursor.
///
/// # Safety
/// The session's promise.
#[inline(always)] // there are seldom two spaces, and a call costs more than one
unsafe fn after_spaces() -> *mut c_char {
    let starts_space = |byte| is_space(byte) || byte == b'#';
    let from = cursor();
    // SAFETY: the same promise; a space is not the NUL that ends the text.
    unsafe {
        let first = byte_at(from);
        if !starts_space(first) {
            return from;
        }
        let next = from.wrapping_add(1);
        if first == b'#' || starts_space(byte_at(next)) {
            return after_many_spaces(from);
        }
        if first == b'\n' {
            cfg_lno.store(cfg_lno.load(Relaxed).wrapping_add(1), Relaxed);
        }
        cfg_cur.store(next, Relaxed);
        next
    }
}

/// Skips the spaces and comments at the cursor, which is `at`, and returns the cursor.
///
/// # Safety
/// The session's promise, and the cursor is not null.
#[inline(never)]
unsafe fn after_many_spaces(mut at: *mut c_char) -> *mut c_char {
    let mut line = cfg_lno.load(Relaxed);
    loop {
        // SAFETY: the same promise.
        let short = unsafe {
            few::<12>(at, |byte| {
                line = line.wrapping_add((byte == b'\n').into());
                is_space(byte)
            })
        };
        at = at.wrapping_add(short.unwrap_or(12));
        if short.is_none() {
            // SAFETY: the same promise.
            let rest = unsafe { skip_long(at, line) };
            line = rest.line;
            at = at.wrapping_add(rest.advance);
            break;
        }
        // SAFETY: the same promise. The text ends with a NUL, which also ends a comment.
        unsafe {
            if byte_at(at) != b'#' {
                break;
            }
            at = libc::strchrnul(at, b'\n'.into());
        }
    }
    cfg_lno.store(line, Relaxed);
    cfg_cur.store(at, Relaxed);
    at
}

/// Spaces and comments at a cursor, any number of them.
///
/// # Safety
/// The session's promise, and the cursor is not null.
#[inline(never)]
unsafe fn skip_long(from: *const c_char, line: i32) -> Skipped {
    // SAFETY: the same promise.
    unsafe {
        scan(&BUFFER, from, |text| {
            let skipped = config::skip_spaces(text, line);
            (skipped.advance, skipped)
        })
    }
}

/// Skips spaces, tabs, line ends and comments, and returns the byte at the new position.
///
/// # Safety
/// The session's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cfg_skipspc() -> c_int {
    // SAFETY: the same promise.
    unsafe { byte_at(after_spaces()).into() }
}

/// Skips spaces and tabs, and returns the byte at the new position.
///
/// # Safety
/// The session's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cfg_skspc() -> c_int {
    // SAFETY: the same promise.
    unsafe { byte_at(after_blanks()).into() }
}

/// Skips spaces and comments as [`cfg_skipspc`] does. Consumes and returns a `;`, `:`, `{` or `}`; returns 0 at the end,
/// else -1.
///
/// # Safety
/// The session's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cfg_getlex() -> c_int {
    // SAFETY: the same promise.
    let (at, byte) = unsafe {
        let at = after_spaces();
        (at, byte_at(at))
    };
    let lex = match Lexeme::of(Some(byte)) {
        Lexeme::Mark(mark) => {
            advance(at, 1);
            mark.into()
        }
        Lexeme::End => 0,
        Lexeme::Other => -1,
    };
    cfg_lex.store(lex, Relaxed);
    lex
}

/// Skips blanks, and returns the length of the word at the new position.
///
/// # Safety
/// The session's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cfg_getword() -> c_int {
    // SAFETY: the same promise.
    unsafe {
        let at = after_blanks();
        let short = if byte_at(at) == b'[' { None } else { few::<32>(at, config::is_word_by_table) };
        short.unwrap_or_else(|| measure(at, config::word_len)) as c_int
    }
}

/// Skips blanks, and returns the length of the string at the new position.
///
/// # Safety
/// The session's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cfg_getstr() -> c_int {
    // SAFETY: the same promise.
    unsafe {
        let at = after_blanks();
        let short = if byte_at(at) == b'"' { None } else { few::<12>(at, config::is_string) };
        short.unwrap_or_else(|| measure(at, config::string_len)) as c_int
    }
}

/// The length of a token at a cursor, however long.
///
/// # Safety
/// The session's promise, and the cursor is not null.
#[inline(never)]
unsafe fn measure(at: *const c_char, len: fn(&[u8]) -> usize) -> usize {
    // SAFETY: the same promise.
    unsafe {
        scan(&BUFFER, at, |text| {
            let len = len(text);
            (len, len)
        })
    }
}

/// Digits, and what they are worth modulo 2^64; 0 for none.
///
/// # Safety
/// The session's promise, and the cursor is not null.
#[inline]
unsafe fn digits(at: *const c_char) -> Int {
    let mut value = 0i64;
    // SAFETY: the same promise.
    let short = unsafe {
        few::<8>(at, |byte| {
            let digit = byte.wrapping_sub(b'0');
            if digit <= 9 {
                value = value * 10 + i64::from(digit);
            }
            digit <= 9
        })
    };
    match short {
        Some(consumed) => Int { value, consumed },
        // SAFETY: the same promise.
        None => unsafe { long_digits(at) },
    }
}

/// As [`digits`], any number of them.
///
/// # Safety
/// The session's promise, and the cursor is not null.
#[inline(never)]
unsafe fn long_digits(at: *const c_char) -> Int {
    // SAFETY: the same promise.
    unsafe {
        scan(&BUFFER, at, |text| {
            let int = config::int(text);
            (int.consumed, int)
        })
    }
}

/// Consumes blanks and digits. Returns their value, or `none` if there are no digits.
///
/// # Safety
/// The session's promise.
#[inline]
unsafe fn unsigned_int(none: i64) -> i64 {
    // SAFETY: the same promise.
    let (at, Int { value, consumed }) = unsafe {
        let at = after_blanks();
        (at, digits(at))
    };
    advance(at, consumed);
    if consumed == 0 { none } else { value }
}

/// Consumes blanks and digits; 0 if there are none.
///
/// # Safety
/// The session's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cfg_getint() -> i64 {
    // SAFETY: the same promise.
    unsafe { unsigned_int(0) }
}

/// Consumes blanks and digits; -1 if there are none.
///
/// # Safety
/// The session's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cfg_getint_zero() -> i64 {
    // SAFETY: the same promise.
    unsafe { unsigned_int(-1) }
}

/// Consumes blanks, an optional `-` and digits; `LLONG_MIN` if there are no digits, and then a `-` is not consumed.
///
/// # Safety
/// The session's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cfg_getint_signed_zero() -> i64 {
    // SAFETY: the same promise; a `-` is not the NUL that ends the text.
    let (at, negative, Int { value, consumed }) = unsafe {
        let at = after_blanks();
        let negative = byte_at(at) == b'-';
        (at, negative, digits(at.wrapping_add(negative.into())))
    };
    if consumed == 0 {
        return i64::MIN;
    }
    advance(at, consumed + usize::from(negative));
    if negative { value.wrapping_neg() } else { value }
}

/// Returns 0 if the last lexeme was this one; else prints a message, and returns -1.
///
/// # Safety
/// The session's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn expect_lexem(lexem: c_int) -> c_int {
    if cfg_lex.load(Relaxed) == lexem {
        return 0;
    }
    // SAFETY: the format asks for one int.
    unsafe { syntax(c_text!("%c expected").as_ptr(), lexem) };
    -1
}

/// Consumes this word, and returns 0; if there is another word, prints a message, and returns -1.
///
/// # Safety
/// The session's promise, and `name` is *readable* for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn expect_word(name: *const c_char, len: c_int) -> c_int {
    // SAFETY: the same promise.
    let found = unsafe { cfg_getword() };
    // SAFETY: the word was just measured at the cursor; the name is readable, as the caller promises.
    let same = || unsafe { bytes(cfg_cur.load(Relaxed).cast(), found) == bytes(name.cast(), len) };
    if found == len && same() {
        advance(cursor(), found as usize);
        return 0;
    }
    // SAFETY: the format asks for an int and as many bytes.
    unsafe { syntax(c_text!("Expected %.*s").as_ptr(), len, name) };
    -1
}

/// As [`cfg_gethost_ex`], but prints the message about an unknown name at any verbosity.
///
/// # Safety
/// The session's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cfg_gethost() -> *mut libc::hostent {
    // SAFETY: the same promise.
    unsafe { cfg_gethost_ex(0) }
}

/// Consumes a host name, and resolves it. Returns null if there is none, if it is longer than 63 bytes, or if it does not
/// resolve; in the last case it prints a message if the verbosity is at least `verb`.
///
/// # Safety
/// The session's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cfg_gethost_ex(verb: c_int) -> *mut libc::hostent {
    // SAFETY: the same promise.
    let len = unsafe { cfg_getword() };
    if !(1..=63).contains(&len) {
        // SAFETY: the format takes no argument.
        unsafe { syntax(c_text!("hostname expected").as_ptr()) };
        return ptr::null_mut();
    }
    let name = cfg_cur.load(Relaxed);
    // SAFETY: the byte after the word is in the text or is the NUL that ends it, and may be written.
    let after = unsafe { name.add(len as usize) };
    // SAFETY: as above. The resolver takes a C string, which the word is while a NUL follows it; the result is null or a
    // host entry that the resolver owns.
    let host = unsafe {
        let saved = after.replace(0);
        let mut host = kdb_gethostbyname(name);
        if host.is_null() || (*host).h_addr_list.is_null() || (*(*host).h_addr_list).is_null() {
            host = ptr::null_mut();
            if verbosity.load(Relaxed) >= verb {
                syntax(c_text!("cannot resolve '%s'\n").as_ptr(), name);
            }
        }
        after.write(saved);
        host
    };
    cfg_cur.store(after, Relaxed);
    host
}

/// Moves the cursor to the start. A config must be loaded, as in the original.
///
/// # Safety
/// The session's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn reset_config() {
    let start = BUFFER.start();
    if start.is_null() {
        die(c_text!("reset_config: no config is loaded"));
    }
    let len = usize::try_from(config_bytes.load(Relaxed)).unwrap_or(0);
    // SAFETY: the memory is there, and this thread is the only one that uses it.
    let end = unsafe { BUFFER.terminate(len) };
    cfg_start.store(start, Relaxed);
    cfg_cur.store(start, Relaxed);
    cfg_end.store(end, Relaxed);
    cfg_lno.store(0, Relaxed);
}

/// Reads a config from `fd` or, if that is negative, from `file`, and moves the cursor to its start.
///
/// Returns the descriptor. If the file cannot be opened, prints a message and returns -1; if it cannot be read or is
/// longer than 16 MiB, -2, after closing a descriptor that it opened.
///
/// # Safety
/// The session's promise, and `file` is null or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn load_config(file: *const c_char, fd: c_int) -> c_int {
    if !BUFFER.allocate() {
        die(c_text!("load_config: out of memory"));
    }
    let opened = if fd < 0 {
        // SAFETY: a C string, as the caller promises, and this call takes no third argument.
        let opened = unsafe { libc::open(file, libc::O_RDONLY) };
        if opened < 0 {
            // SAFETY: the format asks for one C string.
            unsafe { libc::fprintf(stderr, c_text!("Can not open file %s: %m\n").as_ptr(), file) };
            return -1;
        }
        opened
    } else {
        fd
    };
    // SAFETY: the memory is there, and this thread is the only one that uses it.
    let read = unsafe { BUFFER.read(opened) };
    config_bytes.store(read as c_int, Relaxed);
    if !usize::try_from(read).is_ok_and(|len| len <= MAX_SIZE) {
        refuse(read);
        if fd < 0 {
            // SAFETY: the descriptor is this function's own.
            unsafe { libc::close(opened) };
        }
        return -2;
    }
    // The new name is copied before the old one is freed: both may be the same string.
    // SAFETY: a C string unless null, as the caller promises.
    let name = if file.is_null() { ptr::null_mut() } else { unsafe { libc::strdup(file) } };
    // SAFETY: allocated by C, or null; nothing else keeps it.
    unsafe { libc::free(config_name.swap(name, Relaxed).cast()) };
    // SAFETY: the same promise.
    unsafe { reset_config() };
    opened
}

/// Prints the reason why a config that was opened is refused.
fn refuse(read: isize) {
    let name = config_name.load(Relaxed);
    // SAFETY: the formats ask for a C string, or glibc's "(null)", and an int.
    unsafe {
        if read < 0 {
            libc::fprintf(stderr, c_text!("error reading configuration file %s: %m\n").as_ptr(), name);
        } else {
            let message = c_text!("configuration file %s too long (max %d bytes)\n");
            libc::fprintf(stderr, message.as_ptr(), name, MAX_SIZE as c_int);
        }
    }
}

/// The MD5 digest of the loaded text, in 32 hexadecimal digits. A config must be loaded, as in the original.
///
/// # Safety
/// The session's promise, and `out` is *writable* for 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_hex_config(out: *mut c_char) {
    if BUFFER.start().is_null() {
        die(c_text!("md5_hex_config: no config is loaded"));
    }
    let len = usize::try_from(config_bytes.load(Relaxed)).unwrap_or(0);
    // SAFETY: the memory is there, and this thread is the only one that uses it; `out` is writable.
    unsafe { out.cast::<[u8; 32]>().write_unaligned(digest::md5_hex(BUFFER.text(len))) }
}

/// Releases the config, and closes its descriptor if there is one. A failure to close ends the process.
///
/// # Safety
/// The session's promise, and `fd` is null or *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn close_config(fd: *mut c_int) {
    // SAFETY: this thread is the only one that uses it, and the cursors are cleared below; the name is libc's or null.
    unsafe {
        BUFFER.release();
        libc::free(config_name.swap(ptr::null_mut(), Relaxed).cast());
    }
    config_bytes.store(0, Relaxed);
    for pointer in [&cfg_cur, &cfg_start, &cfg_end] {
        pointer.store(ptr::null_mut(), Relaxed);
    }
    // SAFETY: writable unless null, as the caller promises; a descriptor is a number.
    unsafe {
        if !fd.is_null() && *fd >= 0 {
            if libc::close(*fd) != 0 {
                die(c_text!("close_config: the descriptor does not close"));
            }
            *fd = -1;
        }
    }
}

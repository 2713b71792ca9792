//! Legacy object `common/parse-config`. The variadic `syntax` and `syntax_warning` are in `shim.c`.

use core::{
    ffi::{CStr, c_char, c_int},
    ptr, slice,
    sync::atomic::{AtomicI32, AtomicPtr, Ordering::Relaxed},
};

use super::host::{bytes, c_text, die, stderr};
use crate::{
    config::{self, Int, Lexeme, Skipped},
    digest,
};

/// The path of the loaded config, allocated, or null.
#[unsafe(no_mangle)]
pub static config_name: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
/// Where the text starts.
#[unsafe(no_mangle)]
pub static cfg_start: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
/// Where it ends; a NUL stands there.
#[unsafe(no_mangle)]
pub static cfg_end: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
/// The cursor.
#[unsafe(no_mangle)]
pub static cfg_cur: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
/// What the last read returned.
#[unsafe(no_mangle)]
pub static config_bytes: AtomicI32 = AtomicI32::new(0);
/// How many newlines the cursor has passed.
#[unsafe(no_mangle)]
pub static cfg_lno: AtomicI32 = AtomicI32::new(0);
/// The last lexeme: a mark, 0 at the end, else -1.
#[unsafe(no_mangle)]
pub static cfg_lex: AtomicI32 = AtomicI32::new(-1);
/// Set by hosts.
#[unsafe(no_mangle)]
pub static kdb_hosts_loaded: AtomicI32 = AtomicI32::new(0);

/// The buffer of [`load_config`], or null.
static BUFFER: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
/// The longest config.
const MAX_SIZE: usize = 16 << 20;
/// One more byte is read than may be there, and one more than that stays 0, so that every text ends.
const BUFFER_SIZE: usize = MAX_SIZE + 4;

unsafe extern "C" {
    /// From `shim.c`.
    fn syntax(format: *const c_char, ...);
    /// The host's (legacy object `common/resolver`).
    fn kdb_gethostbyname(name: *const c_char) -> *mut libc::hostent;
}

/// The text from the cursor on. Its length is known where the cursor is in the loaded text; in a text of the host's
/// own it ends at its NUL.
fn text<'a>() -> &'a [u8] {
    let (start, cursor, end) = (cfg_start.load(Relaxed), cfg_cur.load(Relaxed), cfg_end.load(Relaxed));
    if (start..=end).contains(&cursor) {
        // SAFETY: the cursor is in the loaded text; nothing writes there while scanned.
        unsafe { bytes(cursor.cast(), end.addr() - cursor.addr()) }
    } else {
        own_text(cursor)
    }
}

/// A text of the host's own.
#[cold]
fn own_text<'a>(cursor: *const c_char) -> &'a [u8] {
    if cursor.is_null() {
        return &[];
    }
    // SAFETY: the host keeps its cursor in a text that is loaded or ends with a NUL; nothing writes there while scanned.
    unsafe { CStr::from_ptr(cursor) }.to_bytes()
}

/// Moves the cursor.
#[inline]
fn advance(by: usize) {
    // SAFETY: never past the end of the text, which was just scanned.
    cfg_cur.store(unsafe { cfg_cur.load(Relaxed).add(by) }, Relaxed);
}

/// Passes blanks, and returns the text after them.
#[inline]
fn after_blanks<'a>() -> &'a [u8] {
    let text = text();
    match text {
        // None or one are the most common.
        [b' ' | b'\t', b' ' | b'\t', ..] => after_many_blanks(text),
        [b' ' | b'\t', rest @ ..] => {
            advance(1);
            rest
        }
        _ => text,
    }
}

#[inline(never)]
fn after_many_blanks(text: &[u8]) -> &[u8] {
    let Skipped { advance: blanks, .. } = config::skip_blanks(text, 0);
    advance(blanks);
    text.get(blanks..).unwrap_or_default()
}

/// Passes spaces, tabs, line ends and comments, and returns the byte reached.
#[unsafe(no_mangle)]
pub extern "C" fn cfg_skipspc() -> c_int {
    let skipped = config::skip_spaces(text(), cfg_lno.load(Relaxed));
    advance(skipped.advance);
    cfg_lno.store(skipped.line, Relaxed);
    skipped.byte.into()
}

/// Passes spaces and tabs, and returns the byte reached.
#[unsafe(no_mangle)]
pub extern "C" fn cfg_skspc() -> c_int {
    after_blanks().first().copied().unwrap_or(0).into()
}

/// Passes what [`cfg_skipspc`] passes, and a `;`, `:`, `{` or `}`, which it returns; 0 at the end, else -1.
#[unsafe(no_mangle)]
pub extern "C" fn cfg_getlex() -> c_int {
    let (lexeme, skipped) = config::lexeme(text(), cfg_lno.load(Relaxed));
    advance(skipped.advance);
    cfg_lno.store(skipped.line, Relaxed);
    let lex = match lexeme {
        Lexeme::Mark(mark) => mark.into(),
        Lexeme::End => 0,
        Lexeme::Other => -1,
    };
    cfg_lex.store(lex, Relaxed);
    lex
}

/// Passes blanks, and measures the word.
#[unsafe(no_mangle)]
pub extern "C" fn cfg_getword() -> c_int {
    config::word_len(after_blanks()) as c_int
}

/// Passes blanks, and measures the string.
#[unsafe(no_mangle)]
pub extern "C" fn cfg_getstr() -> c_int {
    config::string_len(after_blanks()) as c_int
}

/// Passes blanks and an integer.
#[inline]
fn integer(read: impl Fn(&[u8]) -> Int) -> i64 {
    let Int { value, consumed } = read(after_blanks());
    advance(consumed);
    value
}

/// Passes blanks and digits; 0 where there are none.
#[unsafe(no_mangle)]
pub extern "C" fn cfg_getint() -> i64 {
    integer(config::int)
}

/// Passes blanks and digits; -1 where there are none.
#[unsafe(no_mangle)]
pub extern "C" fn cfg_getint_zero() -> i64 {
    integer(config::unsigned_int)
}

/// Passes blanks, an optional `-` and digits; `LLONG_MIN` where there are no digits.
#[unsafe(no_mangle)]
pub extern "C" fn cfg_getint_signed_zero() -> i64 {
    integer(config::signed_int)
}

/// Returns 0 where the last lexeme was this one; else complains, and returns -1.
#[unsafe(no_mangle)]
pub extern "C" fn expect_lexem(lexem: c_int) -> c_int {
    if cfg_lex.load(Relaxed) == lexem {
        return 0;
    }
    // SAFETY: the format asks for one int.
    unsafe { syntax(c_text!("%c expected").as_ptr(), lexem) };
    -1
}

/// Passes this word, and returns 0; where there is another, complains, and returns -1.
///
/// # Safety
/// `name` is *readable* for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn expect_word(name: *const c_char, len: c_int) -> c_int {
    let found = cfg_getword();
    // SAFETY: readable, as the caller promises.
    if found == len && text().starts_with(unsafe { bytes(name.cast(), len) }) {
        advance(found as usize);
        return 0;
    }
    // SAFETY: the format asks for an int and as many bytes.
    unsafe { syntax(c_text!("Expected %.*s").as_ptr(), len, name) };
    -1
}

/// As [`cfg_gethost_ex`]; complains about names that do not resolve at any verbosity.
#[unsafe(no_mangle)]
pub extern "C" fn cfg_gethost() -> *mut libc::hostent {
    cfg_gethost_ex(0)
}

/// Passes a host name, and resolves it. Null where there is none, it is longer than 63 bytes, or it does not resolve;
/// about the last it complains where the verbosity is at least `verb`.
#[unsafe(no_mangle)]
pub extern "C" fn cfg_gethost_ex(verb: c_int) -> *mut libc::hostent {
    let len = cfg_getword();
    if !(1..=63).contains(&len) {
        // SAFETY: the format asks for nothing.
        unsafe { syntax(c_text!("hostname expected").as_ptr()) };
        return ptr::null_mut();
    }
    let name = cfg_cur.load(Relaxed);
    // SAFETY: the byte after the word is in the text or is the NUL that ends it, and the host lends it for writing.
    let after = unsafe { name.add(len as usize) };
    // SAFETY: as above. The resolver takes a C string, which the word is while a NUL stands after it; what it returns is
    // null or a host entry of its own.
    let host = unsafe {
        let saved = after.replace(0);
        let mut host = kdb_gethostbyname(name);
        if host.is_null() || (*host).h_addr_list.is_null() || (*(*host).h_addr_list).is_null() {
            host = ptr::null_mut();
            if super::verbosity.load(Relaxed) >= verb {
                syntax(c_text!("cannot resolve '%s'\n").as_ptr(), name);
            }
        }
        after.write(saved);
        host
    };
    cfg_cur.store(after, Relaxed);
    host
}

/// Puts the cursor back to the start. As in the original, a config must be loaded.
#[unsafe(no_mangle)]
pub extern "C" fn reset_config() {
    let buffer = BUFFER.load(Relaxed);
    if buffer.is_null() {
        die(c_text!("reset_config: no config is loaded"));
    }
    let len = usize::try_from(config_bytes.load(Relaxed)).unwrap_or(0).min(BUFFER_SIZE - 1);
    // SAFETY: within the buffer.
    let end = unsafe { buffer.add(len) };
    // SAFETY: as above.
    unsafe { end.write(0) };
    cfg_start.store(buffer, Relaxed);
    cfg_cur.store(buffer, Relaxed);
    cfg_end.store(end, Relaxed);
    cfg_lno.store(0, Relaxed);
}

/// Reads a config, from `fd` or, where that is negative, from `file`, and puts the cursor to its start.
///
/// Returns the descriptor; -1 where the file cannot be opened, -2 where it cannot be read or is longer than 16 MiB,
/// after a message. A descriptor that was opened here is closed again after a failure.
///
/// # Safety
/// `file` is null or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn load_config(file: *const c_char, fd: c_int) -> c_int {
    let buffer = the_buffer();
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
    // SAFETY: the buffer has room for that, and more.
    let read = unsafe { libc::read(opened, buffer.cast(), MAX_SIZE + 1) };
    config_bytes.store(read as c_int, Relaxed);
    if !usize::try_from(read).is_ok_and(|len| len <= MAX_SIZE) {
        refuse(read);
        if fd < 0 {
            // SAFETY: the descriptor is this function's own.
            unsafe { libc::close(opened) };
        }
        return -2;
    }
    // The new name first: the host may have passed the old one.
    // SAFETY: a C string unless null, as the caller promises.
    let name = if file.is_null() { ptr::null_mut() } else { unsafe { libc::strdup(file) } };
    // SAFETY: allocated by C, or null; nothing else keeps it.
    unsafe { libc::free(config_name.swap(name, Relaxed).cast()) };
    reset_config();
    opened
}

/// The buffer, which stays until [`close_config`]. Zeroed: all of it is initialised, and what was never touched
/// takes no memory.
fn the_buffer() -> *mut c_char {
    let buffer = BUFFER.load(Relaxed);
    if !buffer.is_null() {
        return buffer;
    }
    // SAFETY: asks for memory.
    let buffer: *mut c_char = unsafe { libc::calloc(1, BUFFER_SIZE) }.cast();
    if buffer.is_null() {
        die(c_text!("load_config: out of memory"));
    }
    BUFFER.store(buffer, Relaxed);
    buffer
}

/// Says why a config that was opened is refused.
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

/// The MD5 digest of the loaded text, in 32 hexadecimal digits. As in the original, a config must be loaded.
///
/// # Safety
/// `out` is *writable* for 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_hex_config(out: *mut c_char) {
    let buffer = BUFFER.load(Relaxed);
    if buffer.is_null() {
        die(c_text!("md5_hex_config: no config is loaded"));
    }
    let len = usize::try_from(config_bytes.load(Relaxed)).unwrap_or(0).min(BUFFER_SIZE);
    // SAFETY: within the buffer, all of which is initialised; `out` is writable.
    unsafe {
        let text = slice::from_raw_parts(buffer.cast(), len);
        out.cast::<[u8; 32]>().write_unaligned(digest::md5_hex(text));
    }
}

/// Forgets the config, and closes its descriptor, if there is one, which must close.
///
/// # Safety
/// `fd` is null or *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn close_config(fd: *mut c_int) {
    for pointer in [&BUFFER, &config_name] {
        // SAFETY: allocated by C, or null; nothing else keeps it.
        unsafe { libc::free(pointer.swap(ptr::null_mut(), Relaxed).cast()) };
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

//! Legacy object `common/kprintf`. The variadic `kprintf` itself is in `shim.c`.

use core::{
    ffi::{c_char, c_int, c_void},
    mem::MaybeUninit,
    ptr,
    sync::atomic::{AtomicI32, AtomicI64, AtomicPtr, AtomicU64, Ordering},
};

use super::host::{c_text, die, errno, set_errno, stderr, stdout, vkprintf};
use crate::{
    ffi::system,
    log_prefix::{Moment, format_log_prefix},
    text::FixedText,
};

/// How much the host wants to hear.
#[unsafe(no_mangle)]
pub static verbosity: AtomicI32 = AtomicI32::new(0);

/// The path of the log, or null.
#[unsafe(no_mangle)]
pub static logname: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

/// How many bytes a second [`kdb_write`] may write; 0 for as many as it can. The bits of a C `double`.
#[unsafe(no_mangle)]
pub static reindex_speed: AtomicU64 = AtomicU64::new(33_554_432.0f64.to_bits());

unsafe extern "C" {
    /// From `shim.c`, or the host's own.
    safe fn get_utime_monotonic() -> f64;
}

/// The most that is written at once: `PIPE_BUF`, which the kernel does not split.
const LINE_SIZE: usize = 4096;
/// Room for each of the short texts here; one size, so that there is one copy of what builds them.
const TEXT_SIZE: usize = 128;
const MEGABYTE: i64 = 1 << 20;

/// Writes what a log line starts with, and returns its length.
///
/// # Safety
/// `line` is *writable* for 4096 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_kdb_log_prefix(line: *mut c_char) -> c_int {
    let (sec, usec) = system::time_of_day();
    let prefix = format_log_prefix(system::process_id() as i32, local_moment(sec, usec));
    let text = prefix.as_bytes();
    // SAFETY: a prefix has at most 128 bytes.
    unsafe { line.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len()) };
    text.len() as c_int
}

/// The local time; zeros where it cannot be told, but for the microseconds.
fn local_moment(sec: i64, usec: i64) -> Moment {
    let mut parts = MaybeUninit::<libc::tm>::zeroed();
    let time = sec as libc::time_t;
    // SAFETY: a time, and a place that is writable.
    unsafe { libc::localtime_r(&raw const time, parts.as_mut_ptr()) };
    // SAFETY: integers and a pointer, zeroed at first.
    let parts = unsafe { parts.assume_init() };
    Moment {
        year: parts.tm_year.wrapping_add(1900),
        month: parts.tm_mon.wrapping_add(1),
        day: parts.tm_mday,
        hour: parts.tm_hour,
        minute: parts.tm_min,
        second: parts.tm_sec,
        microsecond: usec as i32,
    }
}

/// Writes a log line of `len` bytes at once. One that does not fit is cut, and ends its line.
///
/// # Safety
/// `line` is *writable* for 4096 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_kdb_log_line(line: *mut c_char, len: u32) {
    // SAFETY: writable for that many bytes.
    let line = unsafe { &mut *line.cast::<[u8; LINE_SIZE]>() };
    let mut len = len as usize;
    if len >= LINE_SIZE {
        len = LINE_SIZE - 1;
        if line[LINE_SIZE - 2] != b'\n' {
            line[LINE_SIZE - 1] = b'\n';
            len = LINE_SIZE;
        }
    }
    let text = line.get(..len).unwrap_or_default();
    while write(libc::STDERR_FILENO, text) < 0 && errno() == libc::EINTR {}
}

fn write(fd: c_int, text: &[u8]) -> isize {
    // SAFETY: the text is readable for its length.
    unsafe { libc::write(fd, text.as_ptr().cast(), text.len()) }
}

/// Sends standard input, output and error to `/dev/null`, then output and error to the log, if there is one.
#[unsafe(no_mangle)]
pub extern "C" fn reopen_logs_ext(slave_mode: c_int) {
    // SAFETY: C's own streams.
    unsafe {
        libc::fflush(stdout);
        libc::fflush(stderr);
    }
    // SAFETY: a C string.
    redirect(unsafe { libc::open(c_text!("/dev/null").as_ptr(), libc::O_RDWR) }, 0);
    let log = logname.load(Ordering::Relaxed);
    if !log.is_null() {
        let mode = libc::O_WRONLY | libc::O_APPEND | libc::O_CREAT;
        // SAFETY: a C string, as the host promises.
        redirect(unsafe { libc::open(log, mode, 0o640) }, 1);
    }
    if slave_mode == 0 {
        vkprintf!(1, c_text!("logs reopened.\n"));
    }
}

/// Makes `fd`, if it was opened, the standard descriptors from `first` to 2.
fn redirect(fd: c_int, first: c_int) {
    if fd < 0 {
        return;
    }
    // SAFETY: descriptors are numbers; `fd` is ours.
    unsafe {
        for standard in first..=2 {
            libc::dup2(fd, standard);
        }
        if fd > 2 {
            libc::close(fd);
        }
    }
}

/// As [`reopen_logs_ext`], for a master.
#[unsafe(no_mangle)]
pub extern "C" fn reopen_logs() {
    reopen_logs_ext(0);
}

/// Writes bytes in hexadecimal to standard error, sixteen to a line, and returns how many there were.
///
/// # Safety
/// `start` is *readable* up to `end`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hexdump(start: *const c_void, end: *const c_void) -> c_int {
    let len = end.addr().wrapping_sub(start.addr()) as isize;
    // SAFETY: readable, as the caller promises.
    let data = unsafe { super::host::bytes(start, len) };
    for (row, piece) in data.chunks(16).enumerate() {
        let _ = write(libc::STDERR_FILENO, hex_row((row * 16) as u32, piece).as_bytes());
    }
    len as c_int
}

const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

/// One line of a dump: always as wide as a full one.
fn hex_row(offset: u32, piece: &[u8]) -> FixedText<TEXT_SIZE> {
    let mut row = FixedText::new();
    row.push_hex(offset);
    for place in 0..16 {
        row.push(if place == 8 { "  " } else { " " });
        match piece.get(place).copied().map(usize::from) {
            Some(byte) => row.push_bytes(&[HEX_DIGITS[byte >> 4], HEX_DIGITS[byte & 15]]),
            None => row.push("  "),
        };
    }
    row.push("\n");
    row
}

/// What [`kdb_write`] wrote lately, in bytes of ten seconds, fading; and when it was reckoned.
static RECENT: AtomicU64 = AtomicU64::new(0);
static RECKONED: AtomicU64 = AtomicU64::new(0);
static SINCE_FSYNC: AtomicI64 = AtomicI64::new(0);

/// Lets what was written fade to now, and adds to it.
fn reckon(added: f64) -> f64 {
    let now = get_utime_monotonic();
    let elapsed = now - f64::from_bits(RECKONED.swap(now.to_bits(), Ordering::Relaxed));
    let recent = f64::from_bits(RECENT.load(Ordering::Relaxed)) * (elapsed * -0.1).exp() + added;
    RECENT.store(recent.to_bits(), Ordering::Relaxed);
    recent
}

/// Sleeps for as long as the speed limit asks.
fn slow_down(speed: f64) {
    let recent = reckon(0.0);
    if recent > speed {
        let wait = (recent / speed).ln() * 10.0;
        let whole = wait as libc::time_t;
        let nanos = ((wait - whole as f64) * 1e9) as i64 % 1_000_000_000;
        let wait = libc::timespec { tv_sec: whole, tv_nsec: nanos as _ };
        // SAFETY: a valid time; how much of it was left is not asked.
        unsafe { libc::nanosleep(&raw const wait, ptr::null_mut()) };
    }
}

/// Writes the whole buffer, at most [`reindex_speed`] bytes a second, with an `fsync` after every megabyte.
///
/// A failure that 10,000 attempts do not cure ends the process, after a message with the file's name.
///
/// # Safety
/// `buf` is *readable* for `count` bytes and `filename` is null or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kdb_write(fd: c_int, buf: *const c_void, count: i64, filename: *const c_char) {
    if count < 0 {
        die(c_text!("kdb_write: a negative count"));
    }
    // SAFETY: readable, as the caller promises.
    let mut rest = unsafe { super::host::bytes(buf, count) };
    let mut failures = 0;
    while !rest.is_empty() {
        let speed = f64::from_bits(reindex_speed.load(Ordering::Relaxed));
        let limited = speed != 0.0;
        if limited {
            slow_down(speed);
        }
        let most = if limited { MEGABYTE as usize } else { rest.len() };
        let piece = rest.get(..most).unwrap_or(rest);
        let written = match usize::try_from(write(fd, piece)) {
            Ok(written @ 1..) => written,
            result => {
                failures += 1;
                let passing = result.is_ok() || matches!(errno(), libc::EINTR | libc::EAGAIN);
                if passing && failures <= 10_000 {
                    continue;
                }
                let result = if result.is_ok() { 0 } else { -1i64 };
                let message = c_text!("kdb_write: write %lld bytes to the file '%s' returns %lld. %m\n");
                // SAFETY: the format asks for a long long, a C string and a long long; the end is C's own.
                unsafe {
                    libc::fprintf(stderr, message.as_ptr(), piece.len() as i64, filename, result);
                    libc::exit(1)
                }
            }
        };
        failures = 0;
        if limited {
            sync_sometimes(fd, written as i64, filename);
            reckon(written as f64 * 0.1);
        }
        rest = rest.get(written..).unwrap_or_default();
    }
}

fn sync_sometimes(fd: c_int, written: i64, filename: *const c_char) {
    if SINCE_FSYNC.fetch_add(written, Ordering::Relaxed).wrapping_add(written) < MEGABYTE {
        return;
    }
    // SAFETY: a descriptor is a number.
    if unsafe { libc::fsync(fd) } < 0 {
        let message = c_text!("kdb_write: fsyncing file '%s' failed. %m\n");
        // SAFETY: the format asks for a C string; the end is C's own.
        unsafe {
            libc::fprintf(stderr, message.as_ptr(), filename);
            libc::exit(1)
        }
    }
    SINCE_FSYNC.store(0, Ordering::Relaxed);
}

/// Writes a message after the process id and the time, and returns how many bytes that were, or a failed write's
/// result. Safe in a signal handler, which `errno` survives.
///
/// # Safety
/// `buf` is *readable* for `count` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kwrite(fd: c_int, buf: *const c_void, count: c_int) -> c_int {
    /// Messages up to this size are written together with their prefix.
    const SHORT: usize = 256;
    let caller_errno = errno();
    let positive = |number: i64| i64::from(u32::try_from(number as i32).unwrap_or(i32::MAX as u32));
    let mut prefix = FixedText::<TEXT_SIZE>::new();
    prefix
        .push("[pid ")
        .push_int(positive(system::process_id().into()))
        .push("] [time ")
        .push_int(positive(system::unix_time()))
        .push("] ");
    let prefix = prefix.as_bytes();
    // SAFETY: readable, as the caller promises.
    let data = unsafe { super::host::bytes(buf, count) };
    let (short, long) = if data.len() <= SHORT { (data, &[][..]) } else { (&[][..], data) };
    let mut line = [0; TEXT_SIZE + SHORT];
    for (place, &byte) in line.iter_mut().zip(prefix.iter().chain(short)) {
        *place = byte;
    }
    // A negative count, which the original adds up as well, takes bytes off the prefix.
    let total = (prefix.len() as c_int).wrapping_add(count);
    let first = usize::try_from(total).unwrap_or(0).saturating_sub(long.len());
    let result = write_whole(fd, line.get(..first).unwrap_or_default()).and_then(|()| write_whole(fd, long));
    set_errno(caller_errno);
    result.map_or_else(|failed| failed, |()| total)
}

/// Writes until all is out or nothing more goes; the result of a write that failed.
fn write_whole(fd: c_int, mut rest: &[u8]) -> Result<(), c_int> {
    while !rest.is_empty() {
        match usize::try_from(write(fd, rest)) {
            Ok(0) => break,
            Ok(written) => rest = rest.get(written..).unwrap_or_default(),
            Err(_) if errno() == libc::EINTR => {}
            Err(_) => return Err(-1),
        }
    }
    Ok(())
}

/// Writes, whatever comes of it.
///
/// # Safety
/// `data` is *readable* for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nck_write(fd: c_int, data: *const c_void, len: usize) {
    // SAFETY: the same promise.
    unsafe { libc::write(fd, data, len) };
}

/// Writes at an offset, whatever comes of it.
///
/// # Safety
/// `data` is *readable* for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nck_pwrite(fd: c_int, data: *const c_void, len: usize, offset: libc::off_t) {
    // SAFETY: the same promise.
    unsafe { libc::pwrite(fd, data, len, offset) };
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/kprintf`. The variadic `kprintf` itself is in `shim/kprintf.c`.

use core::{
    ffi::{c_char, c_int, c_void},
    ptr,
    sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, Ordering},
};

use crate::{
    kdb::{
        support::{bytes, c_text, die, stderr, stdout, vkprintf},
        upcalls::get_utime_monotonic,
    },
    runtime::{
        log,
        write_limit::{PIECE, WriteLimit},
    },
    sys::{clock, errno, file},
};

/// The log level: messages of a higher level are not written.
#[unsafe(no_mangle)]
pub static verbosity: AtomicI32 = AtomicI32::new(0);

/// The path of the log, or null.
#[unsafe(no_mangle)]
pub static logname: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

/// The speed limit of [`kdb_write`] in bytes a second, 0 for none: the bits of a C `double`.
#[unsafe(no_mangle)]
pub static reindex_speed: AtomicU64 = AtomicU64::new(33_554_432.0f64.to_bits());

/// The size of a line with its prefix: `PIPE_BUF`, up to which the kernel does not split a write.
const LINE_SIZE: usize = 4096;

/// Writes the prefix of a log line, and returns its length.
///
/// # Safety
/// `line` is *writable* for 4096 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_kdb_log_prefix(line: *mut c_char) -> c_int {
    let prefix = log::prefix();
    let text = prefix.as_bytes();
    // SAFETY: a prefix has at most 128 bytes.
    unsafe { line.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len()) };
    text.len() as c_int
}

/// Writes a log line of `len` bytes with one system call. A line that does not fit is cut, and still ends with a line feed.
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
    while file::write(libc::STDERR_FILENO, text) < 0 && errno::get() == libc::EINTR {}
}

/// Sends standard input, output and error to `/dev/null`, then output and error to the log, if there is one.
///
/// # Safety
/// [`logname`] is null or a C string, and C's streams are not in use by another thread's `fclose`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn reopen_logs_ext(slave_mode: c_int) {
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
        // SAFETY: a C string, as the caller promises.
        redirect(unsafe { libc::open(log, mode, 0o640) }, 1);
    }
    if slave_mode == 0 {
        vkprintf!(1, c_text!("logs reopened.\n"));
    }
}

/// Duplicates `fd`, if it was opened, to the standard descriptors from `first` to 2.
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

/// As [`reopen_logs_ext`], for a master process.
///
/// # Safety
/// As for [`reopen_logs_ext`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn reopen_logs() {
    // SAFETY: the same promises.
    unsafe { reopen_logs_ext(0) }
}

/// Writes bytes in hexadecimal to standard error, sixteen to a line, and returns their number.
///
/// # Safety
/// `start` is *readable* up to `end`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hexdump(start: *const c_void, end: *const c_void) -> c_int {
    let len = end.addr().wrapping_sub(start.addr()) as isize;
    // SAFETY: readable, as the caller promises.
    let data = unsafe { bytes(start, len) };
    for (row, piece) in data.chunks(16).enumerate() {
        let _ = file::write(libc::STDERR_FILENO, log::hex_row((row * 16) as u32, piece).as_bytes());
    }
    len as c_int
}

static LIMIT: WriteLimit = WriteLimit::new();

/// Writes the whole buffer, at most [`reindex_speed`] bytes a second, with an `fsync` after every megabyte. A speed that
/// is negative or not a number is no limit; the original aborts.
///
/// If 10,000 attempts fail, the process ends after a message with the file's name. An unreadable pointer is such a
/// failure.
///
/// # Safety
/// `buf` is *readable* for `count` bytes, or not mapped at all, and `filename` is null or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kdb_write(fd: c_int, buf: *const c_void, count: i64, filename: *const c_char) {
    if count < 0 {
        die(c_text!("kdb_write: a negative count"));
    }
    let mut rest = count;
    let mut failures = 0;
    while rest > 0 {
        let speed = f64::from_bits(reindex_speed.load(Ordering::Relaxed));
        let limited = speed != 0.0;
        if limited {
            if let Some(pause) = LIMIT.pause(get_utime_monotonic(), speed) {
                clock::sleep(pause.seconds, pause.nanoseconds);
            }
        }
        let piece = if limited { rest.min(PIECE) } else { rest };
        // SAFETY: the pointer is inside the caller's buffer; the kernel checks it, and reads at most the rest.
        let result =
            unsafe { libc::write(fd, buf.byte_offset((count - rest) as isize), piece as usize) } as i64;
        if result <= 0 {
            let passing = result == 0 || matches!(errno::get(), libc::EINTR | libc::EAGAIN);
            if passing && failures < 10_000 {
                failures += 1;
                continue;
            }
            let message = c_text!("kdb_write: write %lld bytes to the file '%s' returns %lld. %m\n");
            // SAFETY: the format asks for a long long, a C string and a long long; `exit` is C's.
            unsafe {
                libc::fprintf(stderr, message.as_ptr(), piece, filename, result);
                libc::exit(1)
            }
        }
        failures = 0;
        if limited {
            if LIMIT.flush_is_due(result) {
                flush(fd, filename);
                LIMIT.flushed();
            }
            LIMIT.count(get_utime_monotonic(), result);
        }
        rest -= result;
    }
}

/// Flushes to disk. A failure ends the process, as in the original.
fn flush(fd: c_int, filename: *const c_char) {
    // SAFETY: a descriptor is a number.
    if unsafe { libc::fsync(fd) } < 0 {
        let message = c_text!("kdb_write: fsyncing file '%s' failed. %m\n");
        // SAFETY: the format asks for a C string; `exit` is C's.
        unsafe {
            libc::fprintf(stderr, message.as_ptr(), filename);
            libc::exit(1)
        }
    }
}

/// Writes a message after the process id and the time. Returns the number of bytes (modulo 2^32), or the result of a
/// failed write. Safe in a signal handler, and preserves `errno`.
///
/// # Safety
/// `buf` is *readable* for `count` bytes; if `count` exceeds 256, it may also be unmapped: then the write fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kwrite(fd: c_int, buf: *const c_void, count: c_int) -> c_int {
    /// Messages up to this size are written together with their prefix.
    const SHORT: c_int = 256;
    let caller_errno = errno::get();
    let prefix = log::signal_safe_prefix();
    let prefix = prefix.as_bytes();
    let mut line = [0; log::TEXT_SIZE + SHORT as usize];
    // SAFETY: readable, as the caller promises.
    let short = if count <= SHORT { unsafe { bytes(buf, count) } } else { &[] };
    for (place, &byte) in line.iter_mut().zip(prefix.iter().chain(short)) {
        *place = byte;
    }
    // A negative count shortens the prefix, because the original adds it to the prefix's length.
    let first = prefix.len() as c_int + if count <= SHORT { count.max(-SHORT) } else { 0 };
    let mut written =
        file::write_all(fd, line.get(..usize::try_from(first).unwrap_or(0)).unwrap_or_default());
    if written && count > SHORT {
        // SAFETY: the caller's buffer, which the kernel checks.
        written = unsafe { write_all_raw(fd, buf, count as usize) };
    }
    errno::set(caller_errno);
    if written { (prefix.len() as c_int).wrapping_add(count) } else { -1 }
}

/// As [`file::write_all`], for a pointer that the kernel checks.
///
/// # Safety
/// `data` is *readable* for `len` bytes, or not mapped at all.
unsafe fn write_all_raw(fd: c_int, data: *const c_void, len: usize) -> bool {
    let mut done = 0;
    while done < len {
        // SAFETY: inside the caller's buffer.
        let result = unsafe { libc::write(fd, data.byte_add(done), len - done) };
        match usize::try_from(result) {
            Ok(0) => break,
            Ok(written) => done += written,
            Err(_) if errno::get() == libc::EINTR => {}
            Err(_) => return false,
        }
    }
    true
}

/// Writes, and ignores the result.
///
/// # Safety
/// `data` is *readable* for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nck_write(fd: c_int, data: *const c_void, len: usize) {
    // SAFETY: the same promise.
    unsafe { libc::write(fd, data, len) };
}

/// Writes at an offset, and ignores the result.
///
/// # Safety
/// `data` is *readable* for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nck_pwrite(fd: c_int, data: *const c_void, len: usize, offset: libc::off_t) {
    // SAFETY: the same promise.
    unsafe { libc::pwrite(fd, data, len, offset) };
}

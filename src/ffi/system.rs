//! The system calls, as safe functions: the only place where the library asks the kernel for something.

use core::mem::MaybeUninit;

use crate::cpu;

/// The calling process's id.
pub(crate) fn process_id() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    let pid = unsafe { libc::getpid() };
    pid as u32
}

/// The time in Unix seconds.
pub(crate) fn unix_time() -> i64 {
    // SAFETY: a null argument means that only the return value is wanted.
    let time = unsafe { libc::time(core::ptr::null_mut()) };
    #[allow(clippy::unnecessary_cast)] // `time_t` has 32 bits on some machines
    let time = time as i64;
    time
}

/// Seconds and nanoseconds of a clock; `None` where the kernel does not know it.
pub(crate) fn clock(clock_id: i32) -> Option<(i64, i64)> {
    let mut reading = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the place is writable; any number may be asked for, an unknown one gives an error.
    if unsafe { libc::clock_gettime(clock_id, reading.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: filled, since the call succeeded.
    let reading = unsafe { reading.assume_init() };
    #[allow(clippy::unnecessary_cast)] // as above
    Some((reading.tv_sec as i64, reading.tv_nsec as i64))
}

/// Seconds and microseconds of the wall clock.
pub(crate) fn time_of_day() -> (i64, i64) {
    let mut reading = MaybeUninit::<libc::timeval>::zeroed();
    // SAFETY: the place is writable, and a null time zone means that none is wanted.
    unsafe { libc::gettimeofday(reading.as_mut_ptr(), core::ptr::null_mut()) };
    // SAFETY: two integers, zeroed at first.
    let reading = unsafe { reading.assume_init() };
    #[allow(clippy::unnecessary_cast)] // as above
    (reading.tv_sec as i64, reading.tv_usec as i64)
}

/// The cycle counter; on a processor without one, the nanoseconds of the monotonic clock.
pub(crate) fn ticks() -> i64 {
    cpu::cycle_counter().unwrap_or_else(|| {
        clock(libc::CLOCK_MONOTONIC)
            .map_or(0, |(sec, nsec)| sec.wrapping_mul(1_000_000_000).wrapping_add(nsec))
    })
}

/// Why a file's text cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It cannot be opened.
    Open,
    /// It cannot be read.
    Read,
}

/// Reads a text of the kernel's from its start into `buffer`, until it ends or the buffer is full, and returns what was
/// read.
/// The path must end with a NUL. After a failure the thread's error number says why.
pub(crate) fn read_file<'a>(path_with_nul: &[u8], buffer: &'a mut [u8]) -> Result<&'a [u8], Unreadable> {
    let path = core::ffi::CStr::from_bytes_with_nul(path_with_nul).map_err(|_| Unreadable::Open)?;
    // SAFETY: the path is a C string, and this call takes no third argument.
    let file = unsafe { libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
    if file < 0 {
        return Err(Unreadable::Open);
    }
    let len = fill(file, buffer);
    // SAFETY: the descriptor is this function's own, and is not used again.
    unsafe { libc::close(file) };
    len.and_then(|len| buffer.get(..len)).ok_or(Unreadable::Read)
}

/// Reads from `file` until its text ends or `buffer` is full; the number of bytes read, or `None` after an error.
///
/// The kernel gives such a text in one piece where there is room, and its last byte is a line feed: to be told once more
/// that there is nothing else would cost a system call.
fn fill(file: i32, buffer: &mut [u8]) -> Option<usize> {
    let mut len = 0;
    loop {
        let free = buffer.get_mut(len..)?;
        // SAFETY: the free part is writable for its length.
        let read = unsafe { libc::read(file, free.as_mut_ptr().cast(), free.len()) };
        match usize::try_from(read) {
            Ok(0) => return Some(len),
            Ok(count) => {
                let whole = count < free.len() && free.get(count - 1) == Some(&b'\n');
                len += count;
                if whole {
                    return Some(len);
                }
            }
            Err(_) if interrupted() => {}
            Err(_) => return None,
        }
    }
}

fn interrupted() -> bool {
    // SAFETY: points to the calling thread's own error number.
    unsafe { *libc::__errno_location() == libc::EINTR }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_comes_in_pieces_is_read_whole() {
        let path = std::env::temp_dir().join(format!("mtproxy-ffi-pieces-{}", process_id()));
        let with_nul = format!("{}\0", path.display());
        // SAFETY: a C string.
        assert_eq!(unsafe { libc::mkfifo(with_nul.as_ptr().cast(), 0o600) }, 0);
        let writer = std::thread::spawn({
            let path = path.clone();
            move || {
                use std::io::Write;
                let mut pipe = std::fs::OpenOptions::new().write(true).open(path).unwrap();
                for piece in ["28451 (mtproto", "-proxy) S 1", " 7\n"] {
                    pipe.write_all(piece.as_bytes()).unwrap();
                    std::thread::sleep(std::time::Duration::from_millis(5));
                }
            }
        });
        let mut buffer = [0; 64];
        let text = read_file(with_nul.as_bytes(), &mut buffer);
        std::fs::remove_file(path).unwrap();
        assert_eq!(text, Ok(&b"28451 (mtproto-proxy) S 1 7\n"[..]));
        writer.join().unwrap();
    }
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! Files.

use core::ffi::CStr;

use super::errno;

/// The reason why a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It cannot be opened.
    Open,
    /// It cannot be read.
    Read,
}

/// A file that is open for reading; dropping it closes it.
pub(crate) struct File(i32);

impl File {
    /// Opens a file; `None` if that fails.
    pub(crate) fn open(path: &CStr) -> Option<Self> {
        // SAFETY: the path is a C string, and with these flags the call takes no third argument.
        let fd = unsafe { libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
        // A value without a descriptor must not exist: dropping it would close -1 and change errno.
        (fd >= 0).then(|| Self(fd))
    }

    /// Reads into `buffer` with one system call. Returns the number of bytes, 0 at the end; `None` after an error.
    pub(crate) fn read(&self, buffer: &mut [u8]) -> Option<usize> {
        // SAFETY: the buffer is writable for its length.
        let read = unsafe { libc::read(self.0, buffer.as_mut_ptr().cast(), buffer.len()) };
        usize::try_from(read).ok()
    }

    /// Reads until the text ends or `buffer` is full. Returns the number of bytes read, or `None` after an error.
    ///
    /// The kernel returns a text of its own in one piece if the buffer is large enough, and its last byte is a line feed.
    /// After such a piece no further system call is made.
    fn fill(&self, buffer: &mut [u8]) -> Option<usize> {
        let mut len = 0;
        loop {
            let free = buffer.get_mut(len..)?;
            match self.read(free) {
                Some(0) => return Some(len),
                Some(count) => {
                    let whole = count < free.len() && free.get(count - 1) == Some(&b'\n');
                    len += count;
                    if whole {
                        return Some(len);
                    }
                }
                None if errno::get() == libc::EINTR => {}
                None => return None,
            }
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: the descriptor is this value's own, and is not used again.
        unsafe { libc::close(self.0) };
    }
}

/// Reads a text of the kernel's from its start into `buffer`, until it ends or the buffer is full, and returns the bytes
/// read. After a failure errno has the cause.
pub(crate) fn read_text<'a>(path: &CStr, buffer: &'a mut [u8]) -> Result<&'a [u8], Unreadable> {
    let file = File::open(path).ok_or(Unreadable::Open)?;
    let len = file.fill(buffer);
    let cause = errno::get();
    drop(file);
    // Closing may have changed errno.
    errno::set(cause);
    len.and_then(|len| buffer.get(..len)).ok_or(Unreadable::Read)
}

/// Closes a descriptor, which whoever had it does not use again.
#[cfg(any(feature = "kdb", test))]
pub(crate) fn close(fd: i32) {
    // SAFETY: a descriptor is a number, which the kernel checks.
    unsafe { libc::close(fd) };
}

/// Writes bytes with one system call. Returns how many were written; -1 after an error.
pub(crate) fn write(fd: i32, text: &[u8]) -> isize {
    // SAFETY: the text is readable for its length.
    unsafe { libc::write(fd, text.as_ptr().cast(), text.len()) }
}

/// Writes until all bytes are written, a call writes nothing, or a call fails; an interrupted call is repeated. Returns
/// false if a call failed.
pub(crate) fn write_all(fd: i32, mut rest: &[u8]) -> bool {
    while !rest.is_empty() {
        match usize::try_from(write(fd, rest)) {
            Ok(0) => break,
            Ok(written) => rest = rest.get(written..).unwrap_or_default(),
            Err(_) if errno::get() == libc::EINTR => {}
            Err(_) => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::process;

    #[test]
    fn text_that_comes_in_pieces_is_read_whole() {
        let path = std::env::temp_dir().join(format!("mtproxy-ffi-pieces-{}", process::id()));
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
        let text = read_text(CStr::from_bytes_with_nul(with_nul.as_bytes()).unwrap(), &mut buffer);
        std::fs::remove_file(path).unwrap();
        assert_eq!(text, Ok(&b"28451 (mtproto-proxy) S 1 7\n"[..]));
        writer.join().unwrap();
    }
}

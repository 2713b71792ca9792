// SPDX-License-Identifier: LGPL-2.0-or-later
//! Randomness.

use core::ffi::CStr;

use super::{errno, file::File};

/// Fills `bytes` from the kernel's random source: by its system call, which the C library need not know; where that is
/// refused, from `device`. Returns false if neither gives any.
pub(crate) fn fill(bytes: &mut [u8], device: &CStr) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        // SAFETY: the bytes are writable for their length, and the call has no flags.
        let got = unsafe { libc::syscall(libc::SYS_getrandom, rest.as_mut_ptr(), rest.len(), 0) };
        match usize::try_from(got) {
            Ok(got) => rest = rest.get_mut(got..).unwrap_or_default(),
            Err(_) if errno::get() == libc::EINTR => {}
            Err(_) => return fill_from(rest, device),
        }
    }
    true
}

fn fill_from(mut rest: &mut [u8], device: &CStr) -> bool {
    let Some(file) = File::open(device) else { return false };
    while !rest.is_empty() {
        match file.read(rest) {
            Some(0) => return false,
            Some(got) => rest = rest.get_mut(got..).unwrap_or_default(),
            None if errno::get() == libc::EINTR => {}
            None => return false,
        }
    }
    true
}

/// Seeds the C library's `drand48` family, which is the process's.
pub(crate) fn seed_drand48(seed: [u8; 8]) {
    // SAFETY: any number will do; the family's state is the C library's own.
    unsafe { libc::srand48(i64::from_ne_bytes(seed) as core::ffi::c_long) }
}

/// The next number of the C library's own generator: of 31 bits.
#[cfg(any(feature = "capi", feature = "kdb", test))]
pub(crate) fn lrand48() -> core::ffi::c_long {
    // SAFETY: takes no argument; the family's state is the C library's own.
    unsafe { libc::lrand48() }
}

/// ... of 32 bits with a sign.
#[cfg(feature = "kdb")]
pub(crate) fn mrand48() -> core::ffi::c_long {
    // SAFETY: as above.
    unsafe { libc::mrand48() }
}

/// ... from 0 to 1.
#[cfg(feature = "kdb")]
pub(crate) fn drand48() -> f64 {
    // SAFETY: as above.
    unsafe { libc::drand48() }
}

/// The next three numbers of the C library's generator with this state: 31 bits, 32 with a sign, from 0 to 1.
#[cfg(test)]
pub(crate) fn c_library_numbers(state: &mut [u16; 3]) -> (core::ffi::c_long, core::ffi::c_long, f64) {
    let state = state.as_mut_ptr();
    // SAFETY: three numbers, which are the caller's.
    unsafe { (libc::nrand48(state), libc::jrand48(state), libc::erand48(state)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_gives_other_bytes() {
        let (mut one, mut two) = ([0; 300], [0; 300]);
        assert!(fill(&mut one, c"/nonexistent") && fill(&mut two, c"/nonexistent"));
        assert_ne!(one, two);
        for piece in one.chunks(30).chain(two.chunks(30)) {
            assert_ne!(piece, [0; 30]);
        }
    }

    #[test]
    fn device_gives_all_or_nothing() {
        let mut bytes = [7; 64];
        assert!(fill_from(&mut bytes, c"/dev/zero") && bytes == [0; 64]);
        assert!(!fill_from(&mut bytes, c"/dev/null"));
        assert!(!fill_from(&mut bytes, c"/nonexistent"));
        assert!(!fill_from(&mut bytes, c"/"));
    }
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! Shared by the boundary's functions: checks of pointers, and the conversion of a result to a status code.

use core::{ptr::NonNull, slice};

/// Status: success.
pub const OK: i32 = 0;
/// Status: host and library have different API versions.
pub const EVERSION: i32 = -1;
/// Status: a NULL pointer, or a length that no object or result can have.
pub const EINVAL: i32 = -2;
/// Status: the text is not one that the legacy parser accepts.
pub const EFORMAT: i32 = -3;
/// Status: a file could not be opened or read.
pub const EIO: i32 = -4;
/// Status: the output is too small for the result.
pub const ENOSPC: i32 = -5;
/// Status: the machine does not support the function.
pub const EUNSUPPORTED: i32 = -6;
/// Status: no memory is left.
pub const ENOMEM: i32 = -7;

/// The reason why a call fails, with the meaning of the constant of the same name.
#[derive(Clone, Copy)]
pub(super) enum Failure {
    Version,
    Invalid,
    Format,
    Io,
    NoSpace,
    Unsupported,
    NoMemory,
}

impl Failure {
    pub(super) const fn code(self) -> i32 {
        match self {
            Self::Version => EVERSION,
            Self::Invalid => EINVAL,
            Self::Format => EFORMAT,
            Self::Io => EIO,
            Self::NoSpace => ENOSPC,
            Self::Unsupported => EUNSUPPORTED,
            Self::NoMemory => ENOMEM,
        }
    }
}

/// The status of a call that returns no other value.
pub(super) fn status(verdict: Result<(), Failure>) -> i32 {
    verdict.map_or_else(Failure::code, |()| OK)
}

/// Borrows `len` elements of the caller's for the length of the call.
///
/// Fails for a null pointer with a length other than 0, a misaligned pointer, and a length that no object can have.
///
/// # Safety
/// `data` is *readable* for `len` elements, and no [`Output`] writes to them while the slice lives.
#[inline]
pub(super) unsafe fn input<'a, T>(data: *const T, len: usize) -> Result<&'a [T], Failure> {
    if data.is_null() {
        return if len == 0 { Ok(&[]) } else { Err(Failure::Invalid) };
    }
    if !data.is_aligned() || len > isize::MAX as usize / size_of::<T>() {
        return Err(Failure::Invalid);
    }
    // SAFETY: not null, aligned and of a possible size, as just checked; readable for `len` elements, and not
    // written while borrowed, as the caller promises.
    Ok(unsafe { slice::from_raw_parts(data, len) })
}

/// A caller's place for one result. It stays untouched until [`Output::write`].
pub(super) struct Output<T>(NonNull<T>);

impl<T: Copy> Output<T> {
    /// Fails for a null pointer.
    ///
    /// # Safety
    /// `place` is null or *writable*, as long as this value lives.
    pub(super) unsafe fn new(place: *mut T) -> Result<Self, Failure> {
        NonNull::new(place).map(Self).ok_or(Failure::Invalid)
    }

    pub(super) fn write(self, result: T) {
        // SAFETY: `new`'s caller promised a writable place; alignment is not needed.
        unsafe { self.0.write_unaligned(result) }
    }

    /// Replaces the caller's object by a result made from it.
    pub(super) fn update(self, change: impl FnOnce(&mut T)) {
        // SAFETY: writable implies readable, and an object that C lends here is initialised; alignment is not needed.
        let mut object = unsafe { self.0.read_unaligned() };
        change(&mut object);
        self.write(object);
    }
}

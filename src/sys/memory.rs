// SPDX-License-Identifier: LGPL-2.0-or-later
//! Memory from libc's allocator, whose failure is an answer.

use core::{
    ffi::c_void,
    mem::MaybeUninit,
    ptr::{self, NonNull},
    slice,
};

use zeroize::Zeroize;

/// A type of which zeroed bytes are a value, and which needs no drop.
///
/// # Safety
/// Both must hold, and libc's alignment must be enough for it.
pub(crate) unsafe trait Plain: Copy {}

// SAFETY: integers, and arrays of them.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl<const N: usize> Plain for [u32; N] {}

/// An array of fixed length; dropping it gives the memory back.
pub(crate) struct Array<T: Plain> {
    start: NonNull<T>,
    len: usize,
}

// SAFETY: it owns plain values, and nothing else points to them.
unsafe impl<T: Plain> Send for Array<T> {}

impl<T: Plain> Array<T> {
    /// So many zeros; `None` where there is no memory.
    pub(crate) fn zeroed(len: usize) -> Option<Self> {
        // SAFETY: asks for memory; libc checks the product, and null is an answer.
        let start = unsafe { libc::calloc(len.max(1), size_of::<T>()) };
        NonNull::new(start.cast()).map(|start| Self { start, len })
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        // SAFETY: this value's own memory, of that length, initialised as zeros at least.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: as above, and borrowed exclusively.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl<T: Plain> Drop for Array<T> {
    fn drop(&mut self) {
        // SAFETY: from libc's allocator, and not used again.
        unsafe { libc::free(self.start.as_ptr().cast()) };
    }
}

/// So many bytes; `None` where there is no memory. C frees them.
pub(crate) fn allocate(len: usize) -> Option<NonNull<c_void>> {
    // SAFETY: asks for memory; null is an answer.
    NonNull::new(unsafe { libc::malloc(len.max(1)) })
}

/// So many bytes at a multiple of `alignment`, a power of two; `None` where there is no memory. C frees them.
pub(crate) fn allocate_aligned(len: usize, alignment: usize) -> Option<NonNull<c_void>> {
    let mut memory = ptr::null_mut();
    // SAFETY: asks for memory, and writes its address on success.
    let failed = unsafe { libc::posix_memalign(&raw mut memory, alignment, len) };
    if failed == 0 { NonNull::new(memory) } else { None }
}

/// A value in memory of its own, at most as aligned as libc aligns; `None` where there is none. C frees it.
pub(crate) fn object<T>(value: T) -> Option<NonNull<T>> {
    const { assert!(align_of::<T>() <= align_of::<libc::max_align_t>()) };
    let place: NonNull<T> = allocate(size_of::<T>())?.cast();
    // SAFETY: memory of that size, aligned for every value of C's.
    unsafe { place.write(value) };
    Some(place)
}

/// Gives memory back.
///
/// # Safety
/// From libc's allocator, and not used again.
pub(crate) unsafe fn free(memory: NonNull<c_void>) {
    // SAFETY: as the caller promises.
    unsafe { libc::free(memory.as_ptr()) };
}

/// Wipes memory of libc's, all that was given, and frees it; null is fine.
///
/// # Safety
/// From libc's allocator, and not used again.
pub(crate) unsafe fn wipe_and_free(memory: *mut c_void) {
    if memory.is_null() {
        return;
    }
    // SAFETY: libc says how many bytes it gave; they are the caller's, who uses them no longer.
    unsafe {
        // No object is longer; the compiler does not know, and would keep a panic for one that is.
        let len = libc::malloc_usable_size(memory).min(isize::MAX as usize);
        let given = ptr::slice_from_raw_parts_mut(memory.cast::<MaybeUninit<u8>>(), len);
        (*given).zeroize();
        libc::free(memory);
    }
}

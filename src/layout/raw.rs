// SPDX-License-Identifier: LGPL-2.0-or-later
//! Reading objects that C lends.

use core::ptr::NonNull;

/// Reads one object of the caller's; `None` if the pointer is null.
///
/// # Safety
/// `object` is null or *readable*.
pub(crate) unsafe fn read<T: Copy>(object: *const T) -> Option<T> {
    // SAFETY: readable unless null, as the caller promises; alignment is not needed.
    NonNull::new(object.cast_mut()).map(|object| unsafe { object.read_unaligned() })
}

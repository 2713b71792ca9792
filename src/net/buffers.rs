// SPDX-License-Identifier: LGPL-2.0-or-later
//! The choice of a message buffer's size class.
#![forbid(unsafe_code)]

/// The index of the smallest class that holds `hint` bytes, in a table in ascending order; the largest class if the
/// hint is negative or too large; `None` if there is no class.
///
/// The search goes down from the last class and stops above the first one that is too small. This order also decides
/// the result for an unsorted table.
///
/// Legacy: the choice made by `alloc_msg_buffer`.
///
/// ```
/// use mtproxy_ffi::net::pick_size_index;
///
/// let sizes = [48, 512, 2048, 16384, 262144];
/// assert_eq!(pick_size_index(&sizes, 49), Some(1));
/// assert_eq!(pick_size_index(&sizes, -1), Some(4));
/// ```
#[must_use]
pub fn pick_size_index(sizes: &[i32], hint: i32) -> Option<usize> {
    let (_, below) = sizes.split_last()?;
    let holding = below.iter().rev().take_while(|&&size| hint >= 0 && size >= hint).count();
    Some(below.len() - holding)
}

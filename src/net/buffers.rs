//! Which size of message buffer to take.
#![forbid(unsafe_code)]

/// The index of the smallest class that holds `hint` bytes, in a table sorted upwards; the largest class for a
/// hint that is negative or too large; `None` where there is no class.
///
/// The table is walked down from the top and the walk ends above the first class that is too small, which also
/// settles what an unsorted table gives.
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

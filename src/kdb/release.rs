// SPDX-License-Identifier: LGPL-2.0-or-later
//! The release string, which `strings` finds in a binary that holds the drop-in.

/// `mtproxy-ffi`, the version, `drop-in` and, if it is that one, the leaf level; NUL-terminated.
#[unsafe(no_mangle)]
pub static mtproxy_kdb_release: [u8; TEXT.len()] = match TEXT.first_chunk() {
    Some(text) => *text,
    None => panic!("the text has its own length"), // while compiling
};

#[cfg(feature = "kdb")]
const TEXT: &[u8] = concat!("mtproxy-ffi ", env!("CARGO_PKG_VERSION"), " drop-in\0").as_bytes();
#[cfg(not(feature = "kdb"))]
const TEXT: &[u8] = concat!("mtproxy-ffi ", env!("CARGO_PKG_VERSION"), " drop-in, leaf level\0").as_bytes();

// SPDX-License-Identifier: LGPL-2.0-or-later
//! C strings of what ships.

/// A C string in a section of its own, because the compiler's section for strings also holds std's panic messages, which
/// must not be shipped.
macro_rules! c_text {
    ($text:literal) => {{
        const BYTES: &[u8] = concat!($text, "\0").as_bytes();
        #[unsafe(link_section = ".rodata.mtproxy_text")]
        static TEXT: [u8; BYTES.len()] = *BYTES.first_chunk().unwrap();
        const {
            match ::core::ffi::CStr::from_bytes_with_nul(&TEXT) {
                Ok(text) => text,
                Err(_) => panic!("a NUL inside"), // while compiling
            }
        }
    }};
}
pub(crate) use c_text;

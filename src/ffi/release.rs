// SPDX-License-Identifier: LGPL-2.0-or-later
//! Which release of the boundary a program holds, as an ELF note: linkers keep notes even where they drop what nothing
//! refers to, so that `strings` and `readelf --notes` find it in the finished program, and it needs no exported name.

const TEXT: &[u8] = concat!("mtproxy-ffi ", env!("CARGO_PKG_VERSION"), " boundary\0").as_bytes();

/// The layout that ELF gives to a note.
#[repr(C)]
struct Note {
    name_size: u32,
    text_size: u32,
    kind: u32,
    name: [u8; 12],
    text: [u8; TEXT.len()],
}

// SAFETY: the section holds nothing but notes, and this is one, aligned to 4 and padded to it.
#[used]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".note.mtproxy-ffi"))]
static RELEASE: Note = Note {
    name_size: 12,
    text_size: TEXT.len() as u32,
    kind: 1,
    name: *b"mtproxy-ffi\0",
    text: match TEXT.first_chunk() {
        Some(text) => *text,
        None => panic!("the text has its own length"), // while compiling
    },
};

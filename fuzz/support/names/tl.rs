// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `tl-parse`, which the leaf level does not replace: the original's header parsers, for comparison with the
//! boundary's.

use core::{
    ffi::{CStr, c_char, c_int, c_void},
    mem::{offset_of, zeroed},
};

use mtproxy_ffi::tl::Header;

/// The parsers' input, C's `tl_in_state`, in the layout of x86-64 and other LP64 machines.
#[repr(C)]
pub struct InState {
    kind: c_int,
    methods_and_input: [*const c_void; 3],
    remaining: c_int,
    positions_and_flags: [c_int; 3],
    error: *mut c_char,
    number: c_int,
    process: [c_int; 3],
    process_at: *const c_void,
}

/// The parsers' output, C's `tl_query_header`.
#[repr(C)]
pub struct QueryHeader {
    qid: i64,
    actor_id: i64,
    flags: c_int,
    op: c_int,
    real_op: c_int,
    references: c_int,
    parameters: *const c_void,
}

impl QueryHeader {
    /// What a packet has of it.
    pub(crate) fn fields(&self) -> Header {
        let &Self { qid, actor_id, flags, op, real_op, .. } = self;
        Header { op, real_op, flags, qid, actor_id }
    }
}

const _: () = {
    assert!(size_of::<InState>() == 80 && offset_of!(InState, remaining) == 32);
    assert!(offset_of!(InState, error) == 48 && offset_of!(InState, number) == 56);
    assert!(size_of::<QueryHeader>() == 40 && offset_of!(QueryHeader, references) == 28);
};

type Parse = unsafe extern "C" fn(*mut InState, *mut QueryHeader) -> c_int;

super::table! {
    /// The header parsers, and the functions that initialise their state.
    original Tl {
        fn tlf_init_str(*mut InState, *const c_char, c_int) -> c_int;
        fn tlf_query_header(*mut InState, *mut QueryHeader) -> c_int;
        fn tlf_query_answer_header(*mut InState, *mut QueryHeader) -> c_int;
    }
}

impl Tl {
    /// Runs a parser. Returns the header, the number of bytes read, and the first error.
    pub fn parse(&self, parse: Parse, packet: &[u8]) -> (Header, usize, Option<(i32, String)>) {
        // SAFETY: all zeros are valid; the parsers read no more than the packet. An error is a C string that the caller
        // then owns.
        let (state, header, status, error) = unsafe {
            let (mut state, mut header): (InState, QueryHeader) = (zeroed(), zeroed());
            (self.tlf_init_str)(&raw mut state, packet.as_ptr().cast(), packet.len() as c_int);
            let status = parse(&raw mut state, &raw mut header);
            let text =
                (!state.error.is_null()).then(|| CStr::from_ptr(state.error).to_string_lossy().into_owned());
            libc::free(state.error.cast());
            (state, header, status, text)
        };
        let position = packet.len() - state.remaining as usize;
        assert_eq!(header.references, 1);
        assert_eq!(status, if error.is_some() { -1 } else { position as c_int });
        (header.fields(), position, error.map(|text| (state.number, text)))
    }
}

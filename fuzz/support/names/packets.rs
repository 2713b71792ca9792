// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy objects `net-msg` and `tl-parse`: packets that are messages in pieces, read through the methods of a state.

use core::{
    ffi::{CStr, c_int, c_long, c_void},
    mem::{MaybeUninit, offset_of},
    ptr,
};

use mtproxy_ffi::tl::Header;

use super::tl::QueryHeader;

/// C's `raw_message`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Message {
    first: *mut Part,
    last: *mut Part,
    total_bytes: c_int,
    magic: c_int,
    first_offset: c_int,
    last_offset: c_int,
}

/// C's `msg_part`.
#[repr(C)]
pub struct Part {
    references: c_int,
    magic: c_int,
    next: *mut Part,
    buffer: *mut c_void,
    offset: c_int,
    data_end: c_int,
}

/// Where a buffer's bytes start.
const BUFFER_HEADER: usize = 16;

type Fetch = unsafe extern "C" fn(*mut State, *mut c_void, c_int);
type Of = unsafe extern "C" fn(*mut State);

/// C's `tl_in_methods`, as far as it is called.
#[repr(C)]
pub struct Methods {
    fetch: Fetch,
    skip: unsafe extern "C" fn(*mut State, c_int),
    look: Fetch,
    clear: Option<Of>,
    mark: Of,
    restore: Of,
    delete: Of,
    message: Fetch,
    look_message: Fetch,
}

/// C's `tl_in_state`.
#[repr(C)]
pub struct State {
    kind: c_int,
    methods: *const Methods,
    input: *mut c_void,
    mark: *mut c_void,
    remaining: c_int,
    position: c_int,
    mark_position: c_int,
    flags: c_int,
    error: *mut core::ffi::c_char,
    number: c_int,
    process: [c_int; 3],
    process_at: *const c_void,
}

const _: () = {
    assert!(size_of::<Message>() == 32 && size_of::<Part>() == 32 && size_of::<State>() == 80);
    assert!(offset_of!(State, remaining) == 32 && offset_of!(State, error) == 48);
    assert!(offset_of!(Methods, look_message) == 64);
};

super::table! {
    /// What packets are made of, and read with.
    drop_in Packets {
        fn init_msg_buffers(c_long) -> c_int;
        fn alloc_msg_buffer(*mut c_void, c_int) -> *mut c_void;
        fn new_msg_part(*mut Part, *mut c_void) -> *mut Part;
        fn rwm_init(*mut Message, c_int) -> c_int;
        fn rwm_free(*mut Message) -> c_int;
        fn rwm_fetch_lookup(*mut Message, *mut c_void, c_int) -> c_int;
        fn tl_in_state_alloc() -> *mut State;
        fn tl_in_state_free(*mut State);
        fn tlf_init_raw_message(*mut State, *mut Message, c_int, c_int) -> c_int;
        fn tlf_query_header(*mut State, *mut QueryHeader) -> c_int;
        fn tlf_query_answer_header(*mut State, *mut QueryHeader) -> c_int;
    }
}

impl Packets {
    /// A message whose pieces have these lengths, over and over.
    fn message(&self, mut bytes: &[u8], sizes: &[u8]) -> Message {
        let mut raw = MaybeUninit::uninit();
        // SAFETY: the place of a message, which is then one; parts and buffers of the side's own, each linked once, and bytes for
        // which a buffer has room.
        unsafe {
            (self.rwm_init)(raw.as_mut_ptr(), 0);
            let mut raw: Message = raw.assume_init();
            let mut sizes = sizes.iter().cycle();
            while !bytes.is_empty() {
                let size = 1 + usize::from(*sizes.next().unwrap_or(&40)) % 64;
                let (piece, rest) = bytes.split_at(bytes.len().min(size));
                let buffer = (self.alloc_msg_buffer)(ptr::null_mut(), 64);
                let part = (self.new_msg_part)(ptr::null_mut(), buffer);
                ptr::copy_nonoverlapping(piece.as_ptr(), buffer.byte_add(BUFFER_HEADER).cast(), piece.len());
                (*part).data_end = piece.len() as c_int;
                if raw.last.is_null() {
                    raw.first = part;
                } else {
                    (*raw.last).next = part;
                }
                raw.last = part;
                raw.last_offset = piece.len() as c_int;
                raw.total_bytes += piece.len() as c_int;
                bytes = rest;
            }
            raw
        }
    }

    /// A state that reads bytes in pieces.
    pub fn reader(&self, bytes: &[u8], sizes: &[u8]) -> Reader<'_> {
        let mut raw = self.message(bytes, sizes);
        // SAFETY: a state of the side's own, and a message that moves there.
        let state = unsafe {
            let state = (self.tl_in_state_alloc)();
            (self.tlf_init_raw_message)(state, &raw mut raw, raw.total_bytes, 0);
            state
        };
        Reader { side: self, state }
    }
}

/// A state that reads a packet, as the legacy header's functions call it.
pub struct Reader<'a> {
    side: &'a Packets,
    state: *mut State,
}

/// What is done with a marked place.
#[derive(Clone, Copy)]
pub enum Mark {
    Set,
    Restore,
    Forget,
}

impl Reader<'_> {
    fn methods(&self) -> &Methods {
        // SAFETY: a live state, whose methods live for ever.
        unsafe { &*(*self.state).methods }
    }

    /// Where it is, how much is left, and whether there is a mark.
    pub fn place(&self) -> (c_int, c_int, bool) {
        // SAFETY: a live state.
        unsafe { ((*self.state).position, (*self.state).remaining, !(*self.state).mark.is_null()) }
    }

    /// The first error.
    pub fn error(&self) -> Option<(c_int, String)> {
        // SAFETY: a live state, whose error is null or a C string.
        unsafe {
            let text = (*self.state).error;
            (!text.is_null())
                .then(|| ((*self.state).number, CStr::from_ptr(text).to_string_lossy().into_owned()))
        }
    }

    /// The next bytes, at most `len`; they stay unless `takes` is set.
    pub fn bytes(&mut self, len: usize, takes: bool) -> Vec<u8> {
        let mut bytes = vec![0; len.min(self.place().1 as usize)];
        let (len, to) = (bytes.len() as c_int, bytes.as_mut_ptr().cast());
        // SAFETY: a live state with as many bytes, and room for them.
        unsafe {
            if takes {
                (self.methods().fetch)(self.state, to, len);
                self.advance(len);
            } else {
                (self.methods().look)(self.state, to, len);
            }
        }
        bytes
    }

    /// As [`Self::bytes`], as a message.
    pub fn message(&mut self, len: usize, takes: bool) -> Vec<u8> {
        let len = len.min(self.place().1 as usize);
        if len == 0 {
            return Vec::new(); // the original's split loses the message then
        }
        let (mut raw, mut bytes) = (MaybeUninit::<Message>::uninit(), vec![0; len]);
        // SAFETY: a live state with as many bytes; the place of a message, which is then one; and room for its bytes.
        unsafe {
            let method = if takes { self.methods().message } else { self.methods().look_message };
            method(self.state, raw.as_mut_ptr().cast(), len as c_int);
            let mut raw = raw.assume_init();
            assert_eq!(raw.total_bytes, len as c_int);
            let seen = (self.side.rwm_fetch_lookup)(&raw mut raw, bytes.as_mut_ptr().cast(), len as c_int);
            assert_eq!(seen, len as c_int);
            (self.side.rwm_free)(&raw mut raw);
        }
        if takes {
            self.advance(len as c_int);
        }
        bytes
    }

    pub fn skip(&mut self, len: usize) {
        let len = len.min(self.place().1 as usize) as c_int;
        // SAFETY: a live state with as many bytes.
        unsafe { (self.methods().skip)(self.state, len) };
        self.advance(len);
    }

    /// Does what can be done.
    pub fn mark(&mut self, what: Mark) {
        let method = match (what, self.place().2) {
            (Mark::Set, false) => self.methods().mark,
            (Mark::Restore, true) => self.methods().restore,
            (Mark::Forget, true) => self.methods().delete,
            _ => return,
        };
        // SAFETY: a live state, with a mark or without one as the method needs it.
        unsafe { method(self.state) };
    }

    /// Reads a header. Returns the length, or -1, and the fields.
    pub fn header(&mut self, is_answer: bool) -> (c_int, Header) {
        let parse = if is_answer { self.side.tlf_query_answer_header } else { self.side.tlf_query_header };
        let mut header = MaybeUninit::uninit();
        // SAFETY: a live state, and the place of a header, which the function fills.
        let (status, header) = unsafe {
            let status = parse(self.state, header.as_mut_ptr());
            (status, header.assume_init())
        };
        (status, header.fields())
    }

    fn advance(&mut self, len: c_int) {
        // SAFETY: a live state.
        unsafe {
            (*self.state).position += len;
            (*self.state).remaining -= len;
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.mark(Mark::Forget); // the original would leak it
        // SAFETY: a live state, which is used no more.
        unsafe { (self.side.tl_in_state_free)(self.state) };
    }
}

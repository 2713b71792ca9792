// SPDX-License-Identifier: LGPL-2.0-or-later
//! The receive buffers of each thread.

use core::{
    ffi::{c_int, c_void},
    ptr,
};

use crate::{
    kdb::net::messages,
    net::connection::BUFFERS_OF_A_TURN,
    runtime::connection::ReceiveSet,
    sync::thread_local_address,
    sys::{memory, thread::AtThreadEnd},
};

// Per thread, and not exported: its receive buffers, or null.
crate::kdb::statics::exported_thread_local!("mtproxy_kdb_receive", "8");

static AT_END: AtThreadEnd = AtThreadEnd::new(thread_ends);

/// The place of the calling thread's receive buffers.
fn own_place() -> *mut *mut ReceiveSet {
    thread_local_address!("mtproxy_kdb_receive").cast()
}

/// Gives an ending thread's receive buffers back.
unsafe extern "C" fn thread_ends(set: *mut c_void) {
    // SAFETY: what `own_set` noted; the thread does not use it meanwhile.
    unsafe {
        *own_place() = ptr::null_mut();
        (*set.cast::<ReceiveSet>()).give_back(&messages());
        libc::free(set);
    }
}

/// The receive buffers of the calling thread, made at its first use. None without memory.
pub(super) fn own_set() -> Option<*mut ReceiveSet> {
    #[cold]
    fn make() -> Option<*mut ReceiveSet> {
        let set = memory::object(ReceiveSet::new())?.as_ptr();
        // SAFETY: the thread's own variable; the function takes what is noted.
        unsafe {
            *own_place() = set;
            AT_END.call_with(set.cast());
        }
        Some(set)
    }
    // SAFETY: the thread's own variable.
    let set = unsafe { *own_place() };
    if set.is_null() { make() } else { Some(set) }
}

/// Takes as many buffers for the calling thread as a read uses at most. Returns how many it has.
#[unsafe(no_mangle)]
pub extern "C" fn prealloc_tcp_buffers() -> c_int {
    // SAFETY: this thread's alone.
    own_set().map_or(0, |set| unsafe { (*set).fill(&messages(), BUFFERS_OF_A_TURN) }) as c_int
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! The spare objects of each thread.

use crate::{kdb::statics::exported_thread_local, runtime::spares::Spares, sync::thread_local_address};

// Per thread, and not exported: what it keeps.
exported_thread_local!("mtproxy_kdb_spares", "136");
const _: () = assert!(size_of::<Spares>() <= 136);

/// Those of the calling thread, to be used at once.
#[inline]
pub(in crate::kdb) fn spares<'a>() -> &'a Spares {
    let place: *const Spares = thread_local_address!("mtproxy_kdb_spares").cast();
    // SAFETY: the thread's own variable, which nobody else uses and this thread only through shared references; none is kept
    // beyond a call.
    unsafe { &*place }
}

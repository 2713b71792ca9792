// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `engine/engine-rpc-common`: the two queries that every engine answers.

use core::{
    ffi::{c_int, c_longlong, c_void},
    ptr,
};

use crate::{
    cpu,
    kdb::{
        support::{c_text, die},
        tl_state::{Reader, store_word},
        upcalls::tl_engine_store_stats,
    },
    layout::{
        engine_rpc::{
            ACT_OWNED, Act, QUERY_ALLOW_REPLICA_GET, QUERY_ALLOW_REPLICA_SET, QUERY_ALLOW_UNINIT, TlActExtra,
        },
        tl_parse::TlInState,
    },
};

/// Asks for the statistics.
const TL_ENGINE_STAT: u32 = 0xefb3_c36b;
/// Asks for nothing.
const TL_ENGINE_NOP: u32 = 0x166b_b7c6;
/// The answer to nothing.
const TL_TRUE: u32 = 0x3fed_d339;

/// # Safety
/// `extra` is a query's that has a place for the answer.
unsafe extern "C" fn answer_nothing(_job: *mut c_void, extra: *mut TlActExtra) -> c_int {
    // SAFETY: the same promise.
    unsafe { store_word((*extra).tlio_out, TL_TRUE) };
    0
}

/// # Safety
/// As for [`answer_nothing`].
unsafe extern "C" fn answer_statistics(_job: *mut c_void, extra: *mut TlActExtra) -> c_int {
    // SAFETY: the same promise.
    unsafe { tl_engine_store_stats((*extra).tlio_out) };
    0
}

/// Reads a query to the engine itself: one that asks for its statistics, or for nothing.
///
/// Returns how it is answered, which the caller owns and frees with C's `free`; null for a query that is another's, with nothing
/// read, and for a packet with an error, which is then set.
///
/// # Safety
/// `tlio_in` is a live state, which nobody else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tl_default_parse_function(
    tlio_in: *mut TlInState,
    actor_id: c_longlong,
) -> *mut TlActExtra {
    if actor_id != 0 {
        return ptr::null_mut();
    }
    // SAFETY: as the caller promises.
    let mut query = unsafe { Reader::new(tlio_in) };
    let act: Act = match query.look() {
        Some(TL_ENGINE_STAT) => answer_statistics,
        Some(TL_ENGINE_NOP) => answer_nothing,
        _ => return ptr::null_mut(),
    };
    query.take();
    query.end();
    if query.is_good() { new_act(act) } else { ptr::null_mut() }
}

fn new_act(act: Act) -> *mut TlActExtra {
    // SAFETY: asks for memory; null is an answer.
    let extra: *mut TlActExtra = unsafe { libc::calloc(1, size_of::<TlActExtra>()) }.cast();
    if extra.is_null() {
        die(c_text!("tl_default_parse_function: out of memory"));
    }
    // SAFETY: new memory of that size, of zeros, which are a value of the type.
    unsafe {
        (*extra).size = size_of::<TlActExtra>() as c_int;
        (*extra).flags = ACT_OWNED;
        (*extra).r#type = QUERY_ALLOW_REPLICA_GET | QUERY_ALLOW_REPLICA_SET | QUERY_ALLOW_UNINIT;
        (*extra).start_rdtsc = cpu::cycle_counter().unwrap_or(0);
        (*extra).act = Some(act);
    }
    extra
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! Packets that are no queries: what is done with each is found by its first word.

use core::{
    ffi::{c_int, c_longlong, c_uint, c_void},
    ptr,
    sync::atomic::{
        AtomicI64, AtomicPtr,
        Ordering::{Acquire, Relaxed, Release},
    },
};

use super::{Function, KINDS};
use crate::{
    kdb::{
        statics::exported_weak,
        support::{c_text, die, vkprintf},
        tl_state::Reader,
        upcalls::{tl_query_header_delete, tlf_query_answer_header},
    },
    layout::{
        engine::CustomOp,
        engine_rpc::QueryWorkParams,
        tl_parse::{TlInState, TlQueryHeader},
    },
    sys::memory,
};

// Eight bytes. Revisions of the proxy define it in four objects, or in `net/net-stats` alone.
exported_weak!("total_vv_tree_nodes", 8);

unsafe extern "C" {
    /// How many nodes all trees of the host have. C's trees count in it, too.
    pub safe static total_vv_tree_nodes: AtomicI64;
}

/// An operation, in a list that only grows, before the engine serves.
struct Operation {
    op: c_uint,
    function: CustomOp,
    next: *const Operation,
}

static FIRST: AtomicPtr<Operation> = AtomicPtr::new(ptr::null_mut());

/// Says what is done with packets that start with a word. Of several for one word the last counts.
#[unsafe(no_mangle)]
pub extern "C" fn register_custom_op_cb(op: c_uint, func: CustomOp) {
    let next = FIRST.load(Relaxed);
    let Some(operation) = memory::object(Operation { op, function: func, next }) else {
        die(c_text!("register_custom_op_cb: out of memory"));
    };
    FIRST.store(operation.as_ptr(), Release);
    total_vv_tree_nodes.fetch_add(1, Relaxed);
}

/// True if there is any.
pub(super) fn has_operations() -> bool {
    !FIRST.load(Acquire).is_null()
}

fn find(op: c_uint) -> Option<CustomOp> {
    let mut place: *const Operation = FIRST.load(Acquire);
    // SAFETY: null, or an operation of the list, none of which is ever freed or changed.
    while let Some(operation) = unsafe { place.as_ref() } {
        if operation.op == op {
            return Some(operation.function);
        }
        place = operation.next;
    }
    None
}

/// Does what is to be done with a packet: its first word stays for that. Returns 0.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __tl_query_act_custom(tlio_in: *mut TlInState, P: *mut QueryWorkParams) -> c_int {
    // SAFETY: the same promise.
    let op = unsafe { Reader::new(tlio_in) }.look().unwrap_or(!0);
    if let Some(function) = find(op) {
        // SAFETY: the host's, for this.
        unsafe { function(tlio_in, P.cast()) };
    }
    0
}

// ---- answers to the engine's own queries ----

type OnAnswer = unsafe extern "C" fn(*mut TlInState, *mut TlQueryHeader);

static ON_ANSWER: [Function; KINDS] = [const { Function::none() }; KINDS];
/// Not null from the first call of [`tl_query_result_fun_set`] on.
static ANSWERS_ARE_WANTED: Function = Function::none();

/// Says what is done with answers to queries of a kind, from 0 to 15.
#[unsafe(no_mangle)]
pub extern "C" fn tl_query_result_fun_set(func: Option<OnAnswer>, query_type_id: c_int) {
    let place = usize::try_from(query_type_id).ok().and_then(|kind| ON_ANSWER.get(kind));
    let Some(place) = place else { die(c_text!("tl_query_result_fun_set: a kind from 0 to 15")) };
    place.set(func.map_or(ptr::null_mut(), |function| function as *mut c_void));
    ANSWERS_ARE_WANTED.set((&raw const ON_ANSWER).cast_mut().cast());
}

/// The operation of packets that answer a query of the engine's own. Of a number's top four bits the kind is taken.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_work_rpc_req_result(tlio_in: *mut TlInState, params: *mut QueryWorkParams) {
    if ANSWERS_ARE_WANTED.get().is_null() {
        return;
    }
    let h = new_header();
    // SAFETY: the same promise, and a header that is made here and given back below.
    unsafe {
        if tlf_query_answer_header(tlio_in, h) >= 0 {
            (*h).qw_params = params.cast();
            let qid: c_longlong = (*h).qid;
            let kind = (qid as u64 >> 60) as usize;
            let stored = ON_ANSWER.get(kind).map_or(ptr::null_mut(), Function::get);
            // A null pointer is no function, which is `None`.
            match core::mem::transmute::<*mut c_void, Option<OnAnswer>>(stored) {
                Some(function) => function(tlio_in, h),
                None => unknown(kind, qid),
            }
        }
        tl_query_header_delete(h);
    }
}

#[cold]
fn unknown(kind: usize, qid: c_longlong) {
    let text = c_text!("Unknown query type %d (qid = 0x%016llx). Skipping query result.\n");
    vkprintf!(1, text, kind as c_int, qid);
}

/// A header, from C's allocator.
pub(super) fn new_header() -> *mut TlQueryHeader {
    // SAFETY: asks for memory; null is an answer.
    let header = unsafe { libc::calloc(1, size_of::<TlQueryHeader>()) };
    if header.is_null() {
        die(c_text!("engine-rpc: no memory for a query's header"));
    }
    header.cast()
}

#[cfg(test)]
mod tests {
    use super::*;

    unsafe extern "C" fn first(_: *mut TlInState, _: *mut c_void) {}
    unsafe extern "C" fn last(_: *mut TlInState, params: *mut c_void) {
        assert!(params.is_null());
    }

    #[test]
    fn of_two_operations_for_a_word_the_last_counts() {
        let nodes = total_vv_tree_nodes.load(Relaxed);
        register_custom_op_cb(0x5eed, first);
        register_custom_op_cb(0x5eee, first);
        register_custom_op_cb(0x5eed, last);
        assert!(find(0x5eed).is_some_and(|found| ptr::fn_addr_eq(found, last as CustomOp)));
        assert!(find(0x5eef).is_none());
        assert_eq!(total_vv_tree_nodes.load(Relaxed), nodes + 3);
    }
}

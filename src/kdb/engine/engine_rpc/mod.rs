// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `engine/engine-rpc`: packets to the engine's own port. The weak functions are in `shim/engine_rpc.c`.
//!
//! One promise stands behind the unsafe functions here: jobs of the engine's call them, one at a time, with live objects of the
//! kinds that their types say.

mod acts;
mod answers;
mod incoming;
mod job;
mod operations;
mod queries;

use core::{
    ffi::{c_char, c_double, c_int, c_longlong, c_uint, c_void},
    sync::atomic::{
        AtomicI64, AtomicPtr, AtomicU32, AtomicU64,
        Ordering::{Acquire, Relaxed, Release},
    },
};

pub use answers::*;
pub use incoming::*;
pub use operations::*;
pub use queries::*;

pub use crate::layout::engine_rpc::{QueryWorkParams, TlActExtra};
use crate::{
    kdb::{
        support::{c_text, die},
        upcalls::{lrand48_j, tl_query_header_delete},
    },
    layout::{
        engine::ParseFunction,
        engine_rpc::{ACT_ALLOCATED, ACT_OWNED},
        tl_parse::{TlInState, TlOutState, TlQueryHeader},
    },
    tl::RPC_REQ_RESULT_FLAGS,
};

/// How long the answer to a query may take, in seconds: the bits of a double.
#[unsafe(no_mangle)]
pub static tl_aio_timeout: AtomicU64 = AtomicU64::new(0);

type StoreStatistics = unsafe extern "C" fn(*mut TlOutState);
type GetOp = unsafe extern "C" fn(*mut TlInState) -> c_int;

/// A function of the host's, or none.
struct Function(AtomicPtr<c_void>);

impl Function {
    const fn none() -> Self {
        Self(AtomicPtr::new(core::ptr::null_mut()))
    }

    fn set(&self, function: *mut c_void) {
        self.0.store(function, Release);
    }

    fn get(&self) -> *mut c_void {
        self.0.load(Acquire)
    }
}

static PARSE: Function = Function::none();
static STORE_STATISTICS: Function = Function::none();
static GET_OP: Function = Function::none();

/// Sets what the host does with queries: how it reads them, writes its statistics, and tells a query's kind; and how long the
/// answer to a query may take.
#[unsafe(no_mangle)]
pub extern "C" fn engine_tl_init(
    parse: Option<ParseFunction>,
    stat: Option<StoreStatistics>,
    get_op: Option<GetOp>,
    timeout: c_double,
    _name: *const c_char,
) {
    PARSE.set(parse.map_or(core::ptr::null_mut(), |function| function as *mut c_void));
    STORE_STATISTICS.set(stat.map_or(core::ptr::null_mut(), |function| function as *mut c_void));
    GET_OP.set(get_op.map_or(core::ptr::null_mut(), |function| function as *mut c_void));
    tl_aio_timeout.store(timeout.to_bits(), Relaxed);
}

/// The function that reads the host's queries.
fn parse_function() -> Option<ParseFunction> {
    // SAFETY: null, or what `engine_tl_init` stored; a null pointer is no function, which is `None`.
    unsafe { core::mem::transmute::<*mut c_void, Option<ParseFunction>>(PARSE.get()) }
}

fn store_function() -> Option<StoreStatistics> {
    // SAFETY: as above.
    unsafe { core::mem::transmute::<*mut c_void, Option<StoreStatistics>>(STORE_STATISTICS.get()) }
}

fn get_op_function() -> Option<GetOp> {
    // SAFETY: as above.
    unsafe { core::mem::transmute::<*mut c_void, Option<GetOp>>(GET_OP.get()) }
}

// ---- what an answer starts with ----

/// The flags of an answer to a query with these.
#[unsafe(no_mangle)]
pub extern "C" fn tl_result_new_flags(old_flags: c_int) -> c_int {
    old_flags & 0xffff
}

/// How many bytes the flags of an answer take: none where the query has none.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tl_result_get_header_len(h: *mut TlQueryHeader) -> c_int {
    // SAFETY: the same promise.
    if unsafe { (*h).flags } == 0 { 0 } else { 8 }
}

/// Writes the flags of an answer. Returns their bytes.
///
/// # Safety
/// The module's promise; there is room for them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tl_result_make_header(ptr: *mut c_int, h: *mut TlQueryHeader) -> c_int {
    // SAFETY: the same promise.
    unsafe {
        let len = tl_result_get_header_len(h);
        if len != 0 {
            ptr.write_unaligned(RPC_REQ_RESULT_FLAGS);
            ptr.add(1).write_unaligned(tl_result_new_flags((*h).flags));
        }
        len
    }
}

// ---- how a query is answered ----

/// Whether it must be copied before it is kept: 1 or 0.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn need_dup(extra: *mut TlActExtra) -> c_int {
    // SAFETY: the same promise.
    unsafe { ((*extra).flags & ACT_ALLOCATED == 0).into() }
}

/// A copy, with the parameters that follow it, in memory of its own.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tl_default_act_dup(extra: *mut TlActExtra) -> *mut TlActExtra {
    // SAFETY: the same promise: as many bytes are there as it says, and the copy has room for them.
    unsafe {
        let size = usize::try_from((*extra).size).unwrap_or(0);
        let copy: *mut TlActExtra = libc::malloc(size).cast();
        if copy.is_null() || size < size_of::<TlActExtra>() {
            die(c_text!("tl_default_act_dup: no memory, or a size that is too small"));
        }
        libc::memcpy(copy.cast(), extra.cast(), size);
        (*copy).flags |= ACT_OWNED;
        copy
    }
}

/// Frees it, and the query's header in it.
///
/// # Safety
/// The module's promise; nobody uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tl_default_act_free(extra: *mut TlActExtra) {
    // SAFETY: the same promise.
    unsafe {
        if !(*extra).header.is_null() {
            tl_query_header_delete((*extra).header);
        }
        if (*extra).flags & ACT_ALLOCATED != 0 {
            libc::free(extra.cast());
        }
    }
}

// ---- the numbers of queries ----

/// How many kinds of queries there are.
const KINDS: usize = 16;

/// A number for a query of the engine's own: the kind in the top four bits, 28 random ones, and a counter.
#[unsafe(no_mangle)]
pub extern "C" fn tl_generate_next_qid(query_type_id: c_int) -> c_longlong {
    static LAST: AtomicU32 = AtomicU32::new(0);
    if !(0..KINDS as c_int).contains(&query_type_id) {
        die(c_text!("tl_generate_next_qid: a kind from 0 to 15"));
    }
    if LAST.load(Relaxed) == 0 {
        LAST.store(lrand48_j() as u32, Relaxed);
    }
    let random = (query_type_id as c_uint) << 28 | lrand48_j() as c_uint & 0x0fff_ffff;
    let count = LAST.fetch_add(1, Relaxed).wrapping_add(1);
    (u64::from(random) << 32 | u64::from(count)) as c_longlong
}

static QUERIES: AtomicI64 = AtomicI64::new(0);

/// How many queries are at work.
#[unsafe(no_mangle)]
pub extern "C" fn engine_get_allocated_queries() -> c_longlong {
    QUERIES.load(Relaxed)
}

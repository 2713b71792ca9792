// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/tl-parse`: packets that are read, and packets that are written.
//!
//! A place to read from or to write to is memory, or a message. The functions of the legacy header, which hosts compile, call its
//! methods and keep its position and what remains; the methods move the place itself.

use core::{
    ffi::c_int,
    sync::atomic::{AtomicI32, AtomicI64, Ordering::Relaxed},
};

pub use crate::layout::tl_parse::{TlInMethods, TlInState, TlOutMethods, TlOutState, TlQueryHeader};
use crate::{
    kdb::{
        module_stats::module_stats,
        support::{c_text, sb_printf},
        upcalls::{start_time, tcp_get_default_rpc_flags},
    },
    layout::common_stats::StatsBuffer,
    runtime::jobs::statistics::divide,
    sys::clock,
};

mod end;
mod fetch;
mod header;
mod states;
mod store;

pub(in crate::kdb) use end::tell_of;
pub use end::*;
pub use fetch::*;
pub use header::*;
pub(in crate::kdb) use states::keep_error;
pub use states::*;
pub use store::*;

/// What the legacy macros put in front of a job that is handed over.
const TAG: c_int = 1;

/// What one thread has done with packets. Its thread writes it, others read it.
#[repr(C)]
pub struct TlStats {
    rpc_queries_received: AtomicI64,
    rpc_answers_error: AtomicI64,
    rpc_answers_received: AtomicI64,
    rpc_sent_errors: AtomicI64,
    rpc_sent_answers: AtomicI64,
    rpc_sent_queries: AtomicI64,
    tl_in_allocated: AtomicI32,
    tl_out_allocated: AtomicI32,
}

impl TlStats {
    const fn new() -> Self {
        Self {
            rpc_queries_received: AtomicI64::new(0),
            rpc_answers_error: AtomicI64::new(0),
            rpc_answers_received: AtomicI64::new(0),
            rpc_sent_errors: AtomicI64::new(0),
            rpc_sent_answers: AtomicI64::new(0),
            rpc_sent_queries: AtomicI64::new(0),
            tl_in_allocated: AtomicI32::new(0),
            tl_out_allocated: AtomicI32::new(0),
        }
    }
}

module_stats! {
    "tl_parse", TlStats,
    list: jobs_module_list_stat_tl_parse,
    own: "jobs_module_stat_tl_parse",
    prefix: jobs_module_state_prefix_tl_parse,
    thread_init: jobs_module_thread_init_tl_parse,
    callback: tl_parse_thread_callback,
    register: jobs_module_register_tl_parse,
}

#[inline(never)]
fn count(counter: fn(&'static TlStats) -> &'static AtomicI64) {
    MODULE.own().add_long(counter, 1);
}

/// Adds the counters to a page. Returns the length of the page.
///
/// # Safety
/// `sb` is a stats buffer.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tl_parse_prepare_stat(sb: *mut StatsBuffer) -> c_int {
    // SAFETY: the host's variable.
    let start = unsafe { &start_time }.load(Relaxed);
    let uptime = (clock::unix_time() - i64::from(start)) as f64;
    // SAFETY: a live buffer.
    let page = unsafe { MODULE.page(sb) }
        .long(c_text!("rpc_queries_received"), |stats| &stats.rpc_queries_received)
        .long(c_text!("rpc_answers_error"), |stats| &stats.rpc_answers_error)
        .long(c_text!("rpc_answers_received"), |stats| &stats.rpc_answers_received)
        .long(c_text!("rpc_sent_errors"), |stats| &stats.rpc_sent_errors)
        .long(c_text!("rpc_sent_answers"), |stats| &stats.rpc_sent_answers)
        .long(c_text!("rpc_sent_queries"), |stats| &stats.rpc_sent_queries)
        .int(c_text!("tl_in_allocated"), |stats| &stats.tl_in_allocated)
        .int(c_text!("tl_out_allocated"), |stats| &stats.tl_out_allocated);
    let queries = MODULE.sum_long(|stats| &stats.rpc_queries_received) as f64;
    let format = c_text!("rpc_qps\t%lf\ndefault_rpc_flags\t%u\n");
    // SAFETY: a live buffer, and arguments of the types that the format asks for.
    unsafe { sb_printf(sb, format.as_ptr(), divide(queries, uptime), tcp_get_default_rpc_flags()) };
    page.end()
}

/// Counts states that are made, and those that are freed.
#[inline(never)]
fn count_states(counter: fn(&'static TlStats) -> &'static AtomicI32, number: c_int) {
    MODULE.own().add_int(counter, number);
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-stats`: the statistics of the network code, as one text.
//!
//! `PID` and `total_vv_tree_nodes`, which it defines too, stand in `common/pid` and `engine/engine-rpc`.

use core::{
    ffi::{c_char, c_int},
    mem::MaybeUninit,
    ptr,
    sync::atomic::{AtomicI32, AtomicI64, Ordering::Relaxed},
};

use super::{
    a_idle_quotient, a_idle_time, crypto_aes_prepare_stat, crypto_dh_prepare_stat, epoll_calls, epoll_intr,
    ev_heap_size, last_epoll_wait_at, raw_msg_buffer_prepare_stat, raw_msg_prepare_stat, timers_prepare_stat,
    tot_idle_time,
};
use crate::{
    kdb::{
        PID,
        common::current_second,
        get_utime, jobs_prepare_stat, mp_queue_prepare_stat, sb_init,
        statics::exported_aligned,
        support::{c_text, kprintf, sb_printf},
        upcalls::{
            connections_prepare_stat, get_utime_monotonic, rpc_targets_prepare_stat, start_time,
            tl_parse_prepare_stat,
        },
    },
    layout::common_stats::StatsBuffer,
    sys::{memory::Array, process},
};

/// The process, from the first text on.
#[unsafe(no_mangle)]
pub static my_pid: AtomicI32 = AtomicI32::new(0);

macro_rules! unused {
    ($($name:ident),+ $(,)?) => {$(
        /// Nobody uses it.
        #[unsafe(no_mangle)]
        pub static $name: AtomicI64 = AtomicI64::new(0);
    )+};
}

unused!(queries_allocated, max_queries_allocated, max_queries_allocated_sec, max_queries_allocated_prev_sec);

// Weak, and nobody uses it.
exported_aligned!("tl_rpc_op_stat", 4, "32");

/// Weak, and nobody calls it: a host may bring its own. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn op_stat_write(sb: *mut StatsBuffer) -> c_int {
    let _ = sb;
    0
}

/// How much of the recent time the event loop slept, in percent.
fn recent_idle() -> f64 {
    let (slept, whole) = (a_idle_time.load(), a_idle_quotient.load());
    if whole > 0.0 { slept / whole * 100.0 } else { slept }
}

/// The same, as a whole number.
#[unsafe(no_mangle)]
pub extern "C" fn recent_idle_percent() -> c_int {
    recent_idle() as c_int
}

fn own_pid() -> c_int {
    if my_pid.load(Relaxed) == 0 {
        my_pid.store(process::id() as c_int, Relaxed);
    }
    my_pid.load(Relaxed)
}

/// Writes the statistics of this process and of the network code's modules, as far as there is room. Returns the length.
///
/// # Safety
/// `buff` is *writable* for `buff_size` bytes.
#[unsafe(no_mangle)]
#[inline(never)]
pub unsafe extern "C" fn prepare_stats(buff: *mut c_char, buff_size: c_int) -> c_int {
    if buff_size <= 0 {
        return 0;
    }
    let begin = get_utime_monotonic();
    let mut place = MaybeUninit::<StatsBuffer>::uninit();
    let sb = place.as_mut_ptr();
    // SAFETY: a stats buffer over the caller's memory; the formats ask for what they are given.
    unsafe {
        sb_init(sb, buff, buff_size);
        own_part(sb);
        connections_prepare_stat(sb);
        raw_msg_prepare_stat(sb);
        raw_msg_buffer_prepare_stat(sb);
        tl_parse_prepare_stat(sb);
        crypto_aes_prepare_stat(sb);
        crypto_dh_prepare_stat(sb);
        jobs_prepare_stat(sb);
        mp_queue_prepare_stat(sb);
        timers_prepare_stat(sb);
        rpc_targets_prepare_stat(sb);
        sb_printf(sb, c_text!("stats_generate_time\t%.6f\n").as_ptr(), get_utime_monotonic() - begin);
        ptr::read(&raw const (*sb).pos)
    }
}

/// The lines about the process and the event loop.
///
/// # Safety
/// `sb` is a stats buffer.
unsafe fn own_part(sb: *mut StatsBuffer) {
    // SAFETY: the host's variable.
    let start = unsafe { &start_time }.load(Relaxed);
    let now = current_second();
    let uptime = now.wrapping_sub(start);
    let idle = tot_idle_time.load();
    let average = if uptime > 0 { idle / f64::from(uptime) * 100.0 } else { 0.0 };
    let after_epoll = get_utime(libc::CLOCK_MONOTONIC) - last_epoll_wait_at.load();
    // SAFETY: defined in `common/pid` or by the host, with the same layout.
    let identity = unsafe { &PID };
    let [a, b, c, d] = identity.ip.load(Relaxed).to_be_bytes().map(c_int::from);
    // In one piece, because a text that does not fit is cut by pieces.
    let format = c_text!(
        "pid\t%d\nstart_time\t%d\ncurrent_time\t%d\nuptime\t%d\ntot_idle_time\t%.3f\naverage_idle_percent\t%.3f\n\
         recent_idle_percent\t%.3f\nactive_network_events\t%d\ntime_after_epoll\t%.6f\nepoll_calls\t%lld\n\
         epoll_intr\t%lld\nPID\t[%d.%d.%d.%d:%d:%d:%d]\n"
    );
    // SAFETY: a live buffer; the format asks for what follows it.
    unsafe {
        sb_printf(
            sb,
            format.as_ptr(),
            own_pid(),
            start,
            now,
            uptime,
            idle,
            average,
            recent_idle(),
            ev_heap_size.load(Relaxed),
            after_epoll,
            epoll_calls.load(Relaxed),
            epoll_intr.load(Relaxed),
            a,
            b,
            c,
            d,
            c_int::from(identity.port.load(Relaxed) as i16),
            c_int::from(identity.pid.load(Relaxed)),
            identity.utime.load(Relaxed),
        );
    }
}

/// Writes the statistics to the log.
#[unsafe(no_mangle)]
pub extern "C" fn output_std_stats() {
    const ROOM: usize = 1 << 20;
    let Some(mut text) = Array::<u8>::zeroed(ROOM) else { return };
    let start: *mut c_char = text.as_mut_slice().as_mut_ptr().cast();
    let format = c_text!(
        "-------------- network statistics ------------\n%s\n-------------------------------------\n"
    );
    // SAFETY: so much room, and a byte more, which stays a NUL; the format asks for a C string.
    unsafe {
        if prepare_stats(start, ROOM as c_int - 1) > 0 {
            kprintf(format.as_ptr(), start);
        }
    }
}

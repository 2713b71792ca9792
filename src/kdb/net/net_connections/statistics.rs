// SPDX-License-Identifier: LGPL-2.0-or-later
//! What is counted, and its page.

use core::{
    ffi::{CStr, c_int},
    hint::black_box,
    mem::offset_of,
    sync::atomic::Ordering::Relaxed,
};

use super::{
    active_special_connections, get_cur_conn_generation, highest_descriptor, limit_of_descriptors,
    listeners::{accept_rate, accepts_left},
    max_special_connections,
};
pub use crate::layout::net_connections::{ConnectionStats, ConnectionsStat};
use crate::{
    kdb::{
        module_stats::{Page, module_stats},
        support::{c_text, sb_printf},
    },
    layout::{
        common_stats::StatsBuffer,
        net_connections::{
            IntCounter::{self, *},
            LongCounter::{self, *},
        },
    },
};

module_stats! {
    "connections", ConnectionStats,
    list: jobs_module_list_stat_connections,
    own: "jobs_module_stat_connections",
    prefix: jobs_module_state_prefix_connections,
    thread_init: jobs_module_thread_init_connections,
    callback: connections_thread_callback,
    register: jobs_module_register_connections,
}

/// There are so many more.
#[inline(never)]
pub(super) fn count(counter: IntCounter, more: i32) {
    MODULE.own().add_int(|stats| stats.ints.get(counter as usize).unwrap_or(&stats.ints[0]), more);
}

/// It happened so often.
#[inline(never)]
pub(super) fn happened(counter: LongCounter, more: i64) {
    MODULE.own().add_long(|stats| stats.longs.get(counter as usize).unwrap_or(&stats.longs[0]), more);
}

fn number(counter: IntCounter) -> c_int {
    MODULE.sum(&|stats| stats.ints.get(counter as usize).map_or(0, |number| number.load(Relaxed).into()))
        as c_int
}

fn total(counter: LongCounter) -> i64 {
    MODULE.sum(&|stats| stats.longs.get(counter as usize).map_or(0, |number| number.load(Relaxed)))
}

/// What a line of the page tells.
enum Told {
    Number(IntCounter),
    Total(LongCounter),
}
use Told::{Number, Total};

type Lines = [(&'static CStr, Told)];

static FIRST: &Lines = &[
    (c_text!("active_connections"), Number(Active)),
    (c_text!("active_dh_connections"), Number(ActiveDh)),
    (c_text!("outbound_connections"), Number(Outbound)),
    (c_text!("ready_outbound_connections"), Number(ReadyOutbound)),
    (c_text!("active_outbound_connections"), Number(ActiveOutbound)),
    (c_text!("outbound_connections_created"), Total(OutboundCreated)),
    (c_text!("total_connect_failures"), Total(ConnectFailed)),
    (c_text!("inbound_connections"), Number(Inbound)),
    (c_text!("active_inbound_connections"), Number(ActiveInbound)),
    (c_text!("inbound_connections_accepted"), Total(InboundAccepted)),
    (c_text!("listening_connections"), Number(Listening)),
    (c_text!("unused_connections_closed"), Total(UnusedClosed)),
    (c_text!("ready_targets"), Number(ReadyTargets)),
    (c_text!("allocated_targets"), Number(AllocatedTargets)),
    (c_text!("active_targets"), Number(ActiveTargets)),
    (c_text!("inactive_targets"), Number(InactiveTargets)),
    (c_text!("free_targets"), Number(FreeTargets)),
];

static LAST: &Lines = &[
    (c_text!("allocated_connections"), Number(Allocated)),
    (c_text!("allocated_outbound_connections"), Number(AllocatedOutbound)),
    (c_text!("allocated_inbound_connections"), Number(AllocatedInbound)),
    (c_text!("allocated_socket_connections"), Number(AllocatedSockets)),
    (c_text!("tcp_readv_calls"), Total(ReadCalls)),
    (c_text!("tcp_readv_intr"), Total(ReadInterrupted)),
    (c_text!("tcp_readv_bytes"), Total(ReadBytes)),
    (c_text!("tcp_writev_calls"), Total(WriteCalls)),
    (c_text!("tcp_writev_intr"), Total(WriteInterrupted)),
    (c_text!("tcp_writev_bytes"), Total(WriteBytes)),
    (c_text!("free_later_size"), Number(FreeLater)),
    (c_text!("free_later_total"), Total(FreedLater)),
    (c_text!("accept_calls_failed"), Total(AcceptFailed)),
    (c_text!("accept_nonblock_set_failed"), Total(NonblockFailed)),
    (c_text!("accept_connection_limit_failed"), Total(LimitFailed)),
    (c_text!("accept_rate_limit_failed"), Total(RateFailed)),
    (c_text!("accept_init_accepted_failed"), Total(InitFailed)),
];

// A line of our own: it is there once it tells something.
static OWN: &Lines = &[(c_text!("connections_shed"), Total(Shed))];

#[inline(never)]
fn write(page: &mut Page<'_, ConnectionStats>, lines: &Lines) {
    for (name, told) in lines {
        let sum = match *told {
            Number(counter) => number(counter).into(),
            Total(counter) => total(counter),
        };
        page.line(name, sum);
    }
}

/// Adds what connections do. Returns the length of the page.
///
/// # Safety
/// `sb` is a stats buffer.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn connections_prepare_stat(sb: *mut StatsBuffer) -> c_int {
    // SAFETY: a live buffer; the format asks for what it is given.
    unsafe {
        let mut page = MODULE.page(sb);
        write(&mut page, FIRST);
        page = page
            .number(c_text!("max_connections"), limit_of_descriptors())
            .number(c_text!("active_special_connections"), active_special_connections.load(Relaxed))
            .number(c_text!("max_special_connections"), max_special_connections.load(Relaxed))
            .number(c_text!("max_accept_rate"), accept_rate());
        sb_printf(sb, c_text!("cur_accept_rate_remaining\t%.6lf\n").as_ptr(), accepts_left());
        page = page
            .number(c_text!("max_connection"), highest_descriptor())
            .number(c_text!("conn_generation"), get_cur_conn_generation());
        write(&mut page, LAST);
        if total(Shed) != 0 {
            write(&mut page, OWN);
        }
        page.end()
    }
}

/// Writes what connections do.
///
/// # Safety
/// `st` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fetch_connections_stat(st: *mut ConnectionsStat) {
    const NUMBERS: [Option<IntCounter>; 15] = [
        Some(Active),
        Some(ActiveDh),
        Some(Outbound),
        Some(ActiveOutbound),
        Some(ReadyOutbound),
        None, // active_special_connections
        None, // max_special_connections
        Some(Allocated),
        Some(AllocatedOutbound),
        Some(AllocatedInbound),
        Some(AllocatedSockets),
        Some(AllocatedTargets),
        Some(ReadyTargets),
        Some(ActiveTargets),
        Some(InactiveTargets),
    ];
    const TOTALS: [LongCounter; 11] = [
        ReadCalls,
        ReadInterrupted,
        ReadBytes,
        WriteCalls,
        WriteInterrupted,
        WriteBytes,
        AcceptFailed,
        NonblockFailed,
        RateFailed,
        InitFailed,
        LimitFailed,
    ];
    const _: () = assert!(offset_of!(ConnectionsStat, inactive_targets) == 4 * (NUMBERS.len() - 1));
    const _: () = assert!(
        size_of::<ConnectionsStat>() == offset_of!(ConnectionsStat, tcp_readv_calls) + 8 * TOTALS.len()
    );
    // SAFETY: as the caller promises; so many numbers stand there in this order.
    unsafe {
        let mut place: *mut c_int = (&raw mut (*st).active_connections).cast();
        // Unrolled, these would be five times as long.
        for &counter in black_box(&NUMBERS) {
            place.write(counter.map_or(0, number));
            place = place.add(1);
        }
        (*st).active_special_connections = active_special_connections.load(Relaxed);
        (*st).max_special_connections = max_special_connections.load(Relaxed);
        let mut place: *mut i64 = (&raw mut (*st).tcp_readv_calls).cast();
        for &counter in black_box(&TOTALS) {
            place.write(total(counter));
            place = place.add(1);
        }
    }
}

/// One more connection with a key exchange.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn incr_active_dh_connections() {
    count(ActiveDh, 1);
}

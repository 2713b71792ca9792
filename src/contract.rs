// SPDX-License-Identifier: LGPL-2.0-or-later
//! The contract between a mixed host and this library: the API version, and the operations of the proxy's concurrency
//! and network code that are part of it.
//!
//! Each group has two masks. *Contract* has all operations of the contract. *Implemented* has those that this library
//! covers: the edge makes it from the functions that are compiled in and run in Rust.
#![forbid(unsafe_code)]

/// The version of the C API.
pub const API_VERSION: u32 = 2;
/// The oldest version of the C API whose hosts this library serves: what that version has is here unchanged.
pub const OLDEST_API_VERSION: u32 = 1;
/// The version of the queue and job masks.
pub const CONCURRENCY_BOUNDARY_VERSION: u32 = 1;
/// The version of the network masks.
pub const NETWORK_BOUNDARY_VERSION: u32 = 1;

/// Queue operation: push (runs in Rust).
pub const MPQ_OP_PUSH: u32 = 1 << 0;
/// Queue operation: pop (runs in Rust).
pub const MPQ_OP_POP: u32 = 1 << 1;
/// Queue operation: test for emptiness (runs in Rust).
pub const MPQ_OP_IS_EMPTY: u32 = 1 << 2;
/// Queue operation: waiting push (runs in Rust).
pub const MPQ_OP_PUSH_W: u32 = 1 << 3;
/// Queue operation: waiting pop (runs in Rust).
pub const MPQ_OP_POP_W: u32 = 1 << 4;
/// Queue operation: pop without waiting (runs in Rust).
pub const MPQ_OP_POP_NW: u32 = 1 << 5;

/// Job operation: create (runs in Rust).
pub const JOBS_OP_CREATE_ASYNC_JOB: u32 = 1 << 0;
/// Job operation: schedule (runs in Rust).
pub const JOBS_OP_SCHEDULE_JOB: u32 = 1 << 1;
/// Job operation: send a signal (runs in Rust).
pub const JOBS_OP_JOB_SIGNAL: u32 = 1 << 2;
/// Job operation: take a reference (runs in Rust).
pub const JOBS_OP_JOB_INCREF: u32 = 1 << 3;
/// Job operation: drop a reference (runs in Rust).
pub const JOBS_OP_JOB_DECREF: u32 = 1 << 4;
/// Job operation: run the main thread's pending jobs (runs in Rust).
pub const JOBS_OP_RUN_PENDING_MAIN_JOBS: u32 = 1 << 5;
/// Job operation: create a notification job (runs in Rust).
pub const JOBS_OP_NOTIFY_JOB_CREATE: u32 = 1 << 6;

/// Event operation: event flags to epoll bits (runs in Rust).
pub const NET_EVENTS_OP_EPOLL_CONV_FLAGS: u32 = 1 << 0;
/// Event operation: epoll bits to event flags (runs in Rust).
pub const NET_EVENTS_OP_EPOLL_UNCONV_FLAGS: u32 = 1 << 1;
/// Timer operation: the wait for a timer (runs in Rust).
pub const NET_TIMERS_OP_WAIT_MSEC: u32 = 1 << 0;
/// Buffer operation: the choice of a size class (runs in Rust).
pub const NET_MSGBUFFERS_OP_PICK_SIZE_INDEX: u32 = 1 << 0;

/// Which queue and job operations are agreed on, and which are covered.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConcurrencyBoundary {
    /// The version of these masks: 1.
    pub boundary_version: u32,
    /// All `MPQ_OP_*` bits.
    pub mpq_contract_ops: u32,
    /// The `MPQ_OP_*` bits that run in Rust.
    pub mpq_implemented_ops: u32,
    /// All `JOBS_OP_*` bits.
    pub jobs_contract_ops: u32,
    /// The `JOBS_OP_*` bits that run in Rust.
    pub jobs_implemented_ops: u32,
}

/// Which network operations are agreed on, and which are covered.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkBoundary {
    /// The version of these masks: 1.
    pub boundary_version: u32,
    /// All `NET_EVENTS_OP_*` bits.
    pub net_events_contract_ops: u32,
    /// The `NET_EVENTS_OP_*` bits that run in Rust.
    pub net_events_implemented_ops: u32,
    /// All `NET_TIMERS_OP_*` bits.
    pub net_timers_contract_ops: u32,
    /// The `NET_TIMERS_OP_*` bits that run in Rust.
    pub net_timers_implemented_ops: u32,
    /// All `NET_MSGBUFFERS_OP_*` bits.
    pub net_msg_buffers_contract_ops: u32,
    /// The `NET_MSGBUFFERS_OP_*` bits that run in Rust.
    pub net_msg_buffers_implemented_ops: u32,
}

/// The masks of queues and jobs, with the operations that run in Rust.
#[must_use]
pub const fn concurrency_boundary(queue: u32, jobs: u32) -> ConcurrencyBoundary {
    ConcurrencyBoundary {
        boundary_version: CONCURRENCY_BOUNDARY_VERSION,
        mpq_contract_ops: MPQ_OP_PUSH
            | MPQ_OP_POP
            | MPQ_OP_IS_EMPTY
            | MPQ_OP_PUSH_W
            | MPQ_OP_POP_W
            | MPQ_OP_POP_NW,
        mpq_implemented_ops: queue,
        jobs_contract_ops: JOBS_OP_CREATE_ASYNC_JOB
            | JOBS_OP_SCHEDULE_JOB
            | JOBS_OP_JOB_SIGNAL
            | JOBS_OP_JOB_INCREF
            | JOBS_OP_JOB_DECREF
            | JOBS_OP_RUN_PENDING_MAIN_JOBS
            | JOBS_OP_NOTIFY_JOB_CREATE,
        jobs_implemented_ops: jobs,
    }
}

/// The network operations that run in Rust.
#[derive(Clone, Copy, Debug)]
pub struct NetworkOps {
    /// `NET_EVENTS_OP_*` bits.
    pub events: u32,
    /// `NET_TIMERS_OP_*` bits.
    pub timers: u32,
    /// `NET_MSGBUFFERS_OP_*` bits.
    pub buffers: u32,
}

/// The masks of the network code, with the operations that run in Rust.
#[must_use]
pub const fn network_boundary(ops: NetworkOps) -> NetworkBoundary {
    NetworkBoundary {
        boundary_version: NETWORK_BOUNDARY_VERSION,
        net_events_contract_ops: NET_EVENTS_OP_EPOLL_CONV_FLAGS | NET_EVENTS_OP_EPOLL_UNCONV_FLAGS,
        net_events_implemented_ops: ops.events,
        net_timers_contract_ops: NET_TIMERS_OP_WAIT_MSEC,
        net_timers_implemented_ops: ops.timers,
        net_msg_buffers_contract_ops: NET_MSGBUFFERS_OP_PICK_SIZE_INDEX,
        net_msg_buffers_implemented_ops: ops.buffers,
    }
}

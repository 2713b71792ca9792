// SPDX-License-Identifier: LGPL-2.0-or-later
//! Functions that read or write an object of fixed size, or a table.

use std::{ffi::c_void, ptr};

use mtproxy_ffi::{
    contract::{ConcurrencyBoundary, NetworkBoundary},
    cpu::CpuId,
    ffi::*,
    process_id::ProcessId,
};

#[path = "../models/jobs_host.rs"]
#[allow(dead_code, reason = "what a host lends, and main, are all that is asked for here")]
#[cfg(target_pointer_width = "64")]
mod jobs_host;

use super::page::{FILL, Guarded, SIDES};

/// Calls `fill` with a place for `T` at each side of the pages.
fn writes_only<T>(fill: impl Fn(*mut T) -> i32) {
    let mut output = Guarded::new(size_of::<T>());
    for side in SIDES {
        let status = fill(output.output(side, size_of::<T>()).cast());
        let written = output.written(side, size_of::<T>());
        assert_eq!(status == OK, written.iter().any(|&byte| byte != FILL), "status {status}");
    }
}

#[test]
fn objects_are_written_only_within_their_bounds() {
    // SAFETY: writable places; the identities are all bytes `FILL`, which is an identity.
    unsafe {
        writes_only::<ConcurrencyBoundary>(|out| mtproxy_ffi_get_concurrency_boundary(out));
        writes_only::<NetworkBoundary>(|out| mtproxy_ffi_get_network_boundary(out));
        writes_only::<CpuId>(|out| mtproxy_ffi_cpuid_fill(out));
        let pid = std::process::id() as i32;
        writes_only::<ProcStats>(|out| mtproxy_ffi_read_proc_stat_file(pid, 0, out));
        writes_only::<ProcStats>(|out| mtproxy_ffi_read_proc_stat_file(-1, 0, out));
        let zeroed = |id: *mut ProcessId| id.write_bytes(0, 1);
        writes_only::<ProcessId>(|id| {
            zeroed(id);
            mtproxy_ffi_pid_init_common(id)
        });
        writes_only::<ProcessId>(|id| {
            zeroed(id);
            mtproxy_ffi_pid_init_client(id, 5)
        });
        writes_only::<ProcessId>(|id| {
            zeroed(id);
            mtproxy_ffi_pid_init_server(id, 5, 443)
        });
    }
}

#[test]
fn identities_are_read_only_within_their_bounds() {
    let (mut first, mut second) = (Guarded::new(12), Guarded::new(12));
    for side in SIDES {
        let x = first.input(side, &[7; 12]).cast::<ProcessId>();
        let y = second.input(side, &[7; 12]).cast::<ProcessId>();
        // SAFETY: readable identities.
        unsafe {
            assert_eq!(mtproxy_ffi_matches_pid(x, y), 2);
            assert_eq!(mtproxy_ffi_process_id_is_newer(x, y), 0);
        }
    }
}

#[test]
fn queues_and_their_items_are_written_only_within_their_bounds() {
    const SIZE: usize = 192;
    let item: *mut c_void = ptr::without_provenance_mut(5);
    let (mut memory, mut place) = (Guarded::new(SIZE), Guarded::new(size_of::<usize>()));
    for side in SIDES {
        for waiting in [0, 1] {
            let queue: *mut c_void = memory.output(side, SIZE).cast();
            let out: *mut *mut c_void = place.output(side, size_of::<usize>()).cast();
            // SAFETY: memory for a queue, then a queue until it is cleared; a writable place.
            unsafe {
                queue.cast::<u8>().write_bytes(0, SIZE);
                assert_eq!(mtproxy_ffi_mpq_init(queue, waiting), OK);
                let taken = if waiting == 0 {
                    assert!(mtproxy_ffi_mpq_push(queue, item, 0) >= 0);
                    mtproxy_ffi_mpq_pop(queue, 0, out)
                } else {
                    assert!(mtproxy_ffi_mpq_push_w(queue, item, 0) >= 0);
                    assert!(mtproxy_ffi_mpq_push_w(queue, item, 0) >= 0);
                    mtproxy_ffi_mpq_pop_w(queue, 4, out) + mtproxy_ffi_mpq_pop_nw(queue, 4, out) - 1
                };
                assert_eq!((taken, out.read()), (1, item));
                assert_eq!(mtproxy_ffi_mpq_clear(queue), OK);
            }
        }
    }
}

#[test]
#[cfg(target_pointer_width = "64")]
fn jobs_are_written_only_within_their_place() {
    unsafe extern "C" fn run(job: *mut c_void, _: i32, _: *mut c_void) -> i32 {
        // SAFETY: the last reference, since only the end is allowed.
        unsafe { mtproxy_ffi_jobs_job_free(job) }
    }
    let _main = jobs_host::main_thread();
    let end = |made: i32, out: *mut *mut c_void| {
        // SAFETY: a place, which was written if a job was made; it is locked, with one reference.
        unsafe {
            let job = if made == OK { out.read_unaligned() } else { return made };
            assert_eq!(mtproxy_ffi_jobs_unlock_job(job), i32::MIN);
        }
        made
    };
    // SAFETY: writable places, and no parent.
    unsafe {
        for bytes in [0, 40, -1] {
            writes_only::<*mut c_void>(|out| {
                let signals = 3 << 60 | 0x8000_0000;
                end(
                    mtproxy_ffi_jobs_create_async_job(Some(run), signals, 0, bytes, 0, ptr::null_mut(), out),
                    out,
                )
            });
        }
        for class in [jobs_host::MAIN, 16] {
            writes_only::<*mut c_void>(|out| end(mtproxy_ffi_jobs_notify_job_create(class, out), out));
        }
    }
}

#[test]
fn buffer_tables_are_read_only_within_their_bounds() {
    let mut table = Guarded::new(4 * 70);
    for count in 0..=70i32 {
        let sizes: Vec<u8> = (1..=count).flat_map(|n| (n * 100).to_ne_bytes()).collect();
        for side in SIDES {
            let sizes = table.input(side, &sizes).cast();
            for hint in [-1, 0, 1, 100, 101, count * 100, count * 100 + 1, i32::MAX] {
                let expected = (0..count).find(|n| hint >= 0 && hint <= (n + 1) * 100).unwrap_or(count - 1);
                // SAFETY: readable for `count` numbers.
                let index = unsafe { mtproxy_ffi_msg_buffers_pick_size_index(sizes, count, hint) };
                assert_eq!(index, expected, "{count} classes, hint {hint}");
            }
        }
    }
}

#[test]
fn log_prefix_is_written_only_within_its_room() {
    let mut output = Guarded::new(128);
    for room in 0..=128 {
        for side in SIDES {
            for n in [0, 9, -1, i32::MAX, i32::MIN] {
                let out = output.output(side, room);
                // SAFETY: writable for `room` bytes.
                let len = unsafe { mtproxy_ffi_format_log_prefix(n, n, n, n, n, n, n, n, out.cast(), room) };
                let written = output.written(side, room);
                match usize::try_from(len) {
                    Ok(len) => assert_eq!((len < room, written[len]), (true, 0)),
                    Err(_) => assert!(len == ENOSPC && written.iter().all(|&byte| byte == FILL)),
                }
            }
        }
    }
}

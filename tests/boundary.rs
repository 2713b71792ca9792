// SPDX-License-Identifier: LGPL-2.0-or-later
//! The contract of the boundary: the results for null, impossible, unaligned and overlapping arguments, for every function.
#![cfg(feature = "capi")]

use std::{
    ffi::{c_char, c_void},
    mem::{MaybeUninit, zeroed},
    ptr::{null, null_mut},
    slice,
};

use mtproxy_ffi::{
    contract::{ConcurrencyBoundary, NetworkBoundary},
    cpu::CpuId,
    ffi::*,
    process_id::ProcessId,
    procfs::MeminfoSummary,
};

#[path = "models/calls.rs"]
mod calls;

use calls::{FUNCTIONS, Input, from_bytes};

/// The fill of an output before a call.
const FILL: u8 = 0xa5;
/// A length that no object has.
const IMPOSSIBLE: usize = isize::MAX as usize + 1;

const PARSE_TLS: [unsafe extern "C" fn(*const u8, usize, *mut TlHeaderParseResult) -> i32; 2] =
    [mtproxy_ffi_tl_parse_query_header, mtproxy_ffi_tl_parse_answer_header];

/// Calls with a pre-filled output and returns the result and whether the output is untouched.
fn untouched<T, R>(call: impl FnOnce(*mut T) -> R) -> (R, bool) {
    let mut out = MaybeUninit::<T>::uninit();
    let size = size_of::<T>();
    // SAFETY: the object's own bytes.
    unsafe { out.as_mut_ptr().cast::<u8>().write_bytes(FILL, size) };
    let status = call(out.as_mut_ptr());
    // SAFETY: the object's own bytes, all written above.
    let bytes = unsafe { slice::from_raw_parts(out.as_ptr().cast::<u8>(), size) };
    (status, bytes.iter().all(|&byte| byte == FILL))
}

#[test]
fn handshake_accepts_the_versions_that_are_served_and_no_other() {
    assert_eq!(mtproxy_ffi_api_version(), 2);
    for served in [1, 2] {
        assert_eq!(mtproxy_ffi_startup_handshake(served), OK);
    }
    for other in [0, 3, u32::MAX] {
        assert_eq!(mtproxy_ffi_startup_handshake(other), EVERSION);
    }
    assert_eq!(EVERSION, -1);
}

#[test]
fn masks_claim_the_whole_contract_and_no_more_than_is_covered() {
    // SAFETY: writable objects.
    unsafe {
        let mut concurrency: ConcurrencyBoundary = zeroed();
        assert_eq!(mtproxy_ffi_get_concurrency_boundary(&mut concurrency), OK);
        assert_eq!(
            concurrency,
            ConcurrencyBoundary {
                boundary_version: 1,
                mpq_contract_ops: 0x3f,
                mpq_implemented_ops: 0x3f,
                jobs_contract_ops: 0x7f,
                jobs_implemented_ops: 0x7f,
            }
        );
        let mut network: NetworkBoundary = zeroed();
        assert_eq!(mtproxy_ffi_get_network_boundary(&mut network), OK);
        assert_eq!(
            network,
            NetworkBoundary {
                boundary_version: 1,
                net_events_contract_ops: 3,
                net_events_implemented_ops: 3,
                net_timers_contract_ops: 1,
                net_timers_implemented_ops: 1,
                net_msg_buffers_contract_ops: 1,
                net_msg_buffers_implemented_ops: 1,
            }
        );
    }
}

#[test]
fn jobs_need_a_host() {
    unsafe extern "C" fn run(_: *mut c_void, _: i32, _: *mut c_void) -> i32 {
        0
    }
    let mut out = null_mut();
    // SAFETY: a writable place, and no job.
    unsafe {
        assert_eq!(mtproxy_ffi_jobs_create_async_job(Some(run), 0, 0, 0, 0, null_mut(), &mut out), EINVAL);
        assert_eq!(mtproxy_ffi_jobs_notify_job_create(3, &mut out), EINVAL);
    }
    assert!(out.is_null());
    assert_eq!(mtproxy_ffi_jobs_run_pending_main_jobs(), EINVAL);
}

#[test]
fn null_output_is_an_invalid_argument() {
    let text = b"1 2 3";
    let functions = FUNCTIONS.iter().filter(|function| function.has_output());
    for function in functions.clone() {
        for number in [1, 0, -1] {
            // SAFETY: readable inputs, a null output.
            let status = unsafe { function.call_with(text.as_ptr(), text.len(), null_mut(), 128, number) };
            assert_eq!(status, i64::from(EINVAL), "{}", function.name);
        }
    }
    assert!(functions.count() >= 26);
}

/// A null input with a length, and a length that no object has, are refused before a byte is read or written.
#[test]
fn impossible_inputs_are_refused_and_leave_outputs_untouched() {
    let byte = 7u8;
    let mut looked_at = 0;
    for function in FUNCTIONS.iter().filter(|function| function.inputs.contains(&Input::Bytes)) {
        for wrong in
            [(null(), 1), (null(), IMPOSSIBLE), (&raw const byte, IMPOSSIBLE), (&raw const byte, usize::MAX)]
        {
            for inputs in [[wrong, (&raw const byte, 1)], [(&raw const byte, 1), wrong]] {
                if function.inputs.len() < 2 && inputs[0] != wrong {
                    continue;
                }
                for number in [7, 0] {
                    let (result, is_untouched) = untouched(|out: *mut [u8; 1024]| {
                        // SAFETY: a null input, or one of an impossible length, is not read; the test checks this claim.
                        unsafe { (function.call)(inputs, (out.cast(), 1024), number) }
                    });
                    // A checksum has no status; it returns the register unchanged.
                    let expected = if function.status { i64::from(EINVAL) } else { i64::from(number) };
                    assert_eq!((result, is_untouched), (expected, true), "{}", function.name);
                    looked_at += 1;
                }
            }
        }
    }
    assert!(looked_at >= 24 * 8);
}

#[test]
fn packet_beyond_int_max_is_refused() {
    let byte = 7u8;
    for parse in PARSE_TLS {
        // SAFETY: the length is refused before a byte is read; the test checks this claim.
        assert_eq!(untouched(|out| unsafe { parse(&byte, i32::MAX as usize + 1, out) }), (EINVAL, true));
    }
}

#[test]
fn null_input_of_length_zero_is_empty() {
    // SAFETY: no input is read; outputs are writable.
    unsafe {
        assert_eq!(mtproxy_ffi_crc32_partial(null(), 0, 5), 5);
        assert_eq!(mtproxy_ffi_crc32c_partial(null(), 0, 5), 5);
        let mut digest = [0u8; 16];
        assert_eq!(mtproxy_ffi_md5(null(), 0, digest.as_mut_ptr()), OK);
        assert_eq!(digest[..4], [0xd4, 0x1d, 0x8c, 0xd9]);
        assert_eq!(mtproxy_ffi_md5_hmac(null(), 0, null(), 0, digest.as_mut_ptr()), OK);
        assert_eq!(digest[..4], [0x74, 0xe6, 0xf7, 0x29]);
        let mut mac = [0u8; 32];
        assert_eq!(mtproxy_ffi_sha256_hmac(null(), 0, null(), 0, mac.as_mut_ptr()), OK);
        assert_eq!(mac[..4], [0xb6, 0x13, 0x67, 0x9a]);
        let mut scanned: CfgScanResult = zeroed();
        assert_eq!(mtproxy_ffi_cfg_skipspc(null(), 0, 3, &mut scanned), OK);
        assert_eq!(scanned, CfgScanResult { advance: 0, line_no: 3, ch: 0 });
        assert_eq!(mtproxy_ffi_cfg_getword_len(null(), 0), 0);
        let mut header: TlHeaderParseResult = zeroed();
        assert_eq!(mtproxy_ffi_tl_parse_query_header(null(), 0, &mut header), OK);
        assert_eq!((header.status, header.errnum, header.op), (-1, -1004, -1));
        let mut stats: ProcStats = zeroed();
        assert_eq!(mtproxy_ffi_parse_proc_stat_line(null(), 0, &mut stats), EFORMAT);
        assert_eq!(mtproxy_ffi_msg_buffers_pick_size_index(null(), 0, 5), -1);
    }
}

#[test]
fn null_identities_do_not_match() {
    let id = ProcessId { ip: 1, port: 2, pid: 3, utime: 4 };
    // SAFETY: null or readable objects.
    unsafe {
        assert_eq!(mtproxy_ffi_matches_pid(&id, &id), 2);
        for (x, y) in [(&raw const id, null()), (null(), &raw const id), (null(), null())] {
            assert_eq!(mtproxy_ffi_matches_pid(x, y), 0);
            assert_eq!(mtproxy_ffi_process_id_is_newer(x, y), 0);
        }
    }
}

#[test]
fn buffer_tables_without_a_class_have_no_index() {
    let sizes = [48, 512];
    // SAFETY: null or readable tables.
    unsafe {
        assert_eq!(mtproxy_ffi_msg_buffers_pick_size_index(sizes.as_ptr(), 2, 49), 1);
        assert_eq!(mtproxy_ffi_msg_buffers_pick_size_index(sizes.as_ptr(), 0, 49), -1);
        assert_eq!(mtproxy_ffi_msg_buffers_pick_size_index(sizes.as_ptr(), -1, 49), -1);
        assert_eq!(mtproxy_ffi_msg_buffers_pick_size_index(null(), 2, 49), -1);
    }
}

#[test]
fn results_may_overwrite_their_input() {
    let text: Vec<u8> = (0..64).map(|n| b"12 34 5"[n % 7]).chain([0; 600]).collect();
    for function in from_bytes() {
        let size = function.output_size(3);
        // A refused call does not change the output, and a short text does not change the bytes after it.
        let (mut expected, mut buffer) = (text[10..10 + size].to_vec(), text.clone());
        // SAFETY: readable inputs, writable outputs; the second overlaps its inputs, which is allowed.
        let (apart, inside) = unsafe {
            let inputs = |data: *const u8| [(data, 40), (data.wrapping_add(20), 44)];
            let apart = (function.call)(inputs(text.as_ptr()), (expected.as_mut_ptr(), size), 3);
            let data = buffer.as_mut_ptr();
            (apart, (function.call)(inputs(data), (data.add(10), size), 3))
        };
        assert_eq!(inside, apart, "{}", function.name);
        let (before, written) = buffer.split_at_mut(10);
        let (written, after) = written.split_at_mut(size);
        assert_eq!((&*before, &*after), (&text[..10], &text[10 + size..]), "{}", function.name);
        (function.blank)(written);
        (function.blank)(&mut expected);
        assert_eq!(written, expected, "{}", function.name);
    }
}

#[test]
fn results_may_be_unaligned_and_overlap_their_input() {
    let mut text = *b"        #c\n  12 34 and more than enough room for what is written over it\0\0\0\0\0\0";
    // SAFETY: the result lies inside the readable and writable text, at an odd address.
    unsafe {
        let cur = text.as_mut_ptr();
        let out = cur.add(3).cast::<CfgScanResult>();
        assert_eq!(mtproxy_ffi_cfg_skipspc(cur.cast(), text.len(), 1, out), OK);
        assert_eq!(out.read_unaligned(), CfgScanResult { advance: 13, line_no: 2, ch: i32::from(b'1') });
    }
    let mut room = [0u8; 1 + size_of::<ProcessId>()];
    // SAFETY: twelve writable bytes at an odd address.
    unsafe {
        let odd = room.as_mut_ptr().add(1).cast::<ProcessId>();
        assert_eq!(mtproxy_ffi_pid_init_server(odd, 5, 443), OK);
        let id = odd.read_unaligned();
        assert_eq!((id.ip, id.port), (5, 443));
        assert!(id.pid != 0 && id.utime != 0);
    }
}

#[test]
fn page_size_that_is_not_positive_is_invalid() {
    let text = b"1 2 3";
    for page_size in [0, -4096] {
        // SAFETY: a readable text and a writable result.
        let call = |out: *mut [i64; 7]| unsafe {
            mtproxy_ffi_parse_statm(text.as_ptr().cast(), text.len(), 3, page_size, out.cast())
        };
        assert_eq!(untouched(call), (EINVAL, true));
    }
}

#[test]
fn statm_writes_no_more_than_it_is_asked_for() {
    let text = b"1 2 3 4 5 6 7 8 9";
    for (m, written) in [(i32::MIN, 0), (0, 0), (3, 3), (7, 7), (8, 7), (i32::MAX, 7)] {
        let mut values = [77; 9];
        // SAFETY: a readable text; room for more values than are ever written.
        let status =
            unsafe { mtproxy_ffi_parse_statm(text.as_ptr().cast(), text.len(), m, 10, values.as_mut_ptr()) };
        assert_eq!(status, OK);
        let expected: Vec<i64> = (1..=9).map(|n| if n <= written { n * 10 } else { 77 }).collect();
        assert_eq!(values[..], expected[..]);
    }
}

#[test]
fn log_prefix_needs_room_for_its_terminator() {
    let format = |out: *mut [c_char; 64], len| {
        // SAFETY: the result is writable for 64 bytes, and `len` is at most that.
        unsafe { mtproxy_ffi_format_log_prefix(321, 2026, 2, 11, 12, 34, 56, 789, out.cast(), len) }
    };
    for len in 0..=40 {
        assert_eq!(untouched(|out| format(out, len)), (ENOSPC, true));
    }
    assert_eq!(untouched(|out| format(out, 41)), (40, false));
}

#[test]
fn longest_log_prefix_fits_the_documented_room() {
    let mut out = [1 as c_char; 128];
    let n = i32::MIN;
    // SAFETY: a writable output of its own length.
    let len = unsafe { mtproxy_ffi_format_log_prefix(n, n, n, n, n, n, n, n, out.as_mut_ptr(), out.len()) };
    assert_eq!(len, 8 * 11 + 17);
    assert_eq!(out[len as usize], 0);
}

#[test]
fn stat_files_of_this_process_and_its_threads_are_read() {
    let pid = std::process::id() as i32;
    // SAFETY: writable results.
    unsafe {
        let mut stats: ProcStats = zeroed();
        assert_eq!(mtproxy_ffi_read_proc_stat_file(pid, 0, &mut stats), OK);
        assert_eq!(stats.pid, pid);
        let tid = std::thread::Builder::new()
            .name("two words".into())
            .spawn(move || {
                let tid = libc::gettid();
                let mut stats: ProcStats = zeroed();
                assert_eq!(mtproxy_ffi_read_proc_stat_file(pid, tid, &mut stats), OK);
                assert_eq!(stats.pid, tid);
                // For the process's own file an emulator returns a text of its own, mostly zeros.
                assert!(stats.num_threads >= 1 && stats.vsize > 0);
                let comm: Vec<u8> = stats.comm.iter().map(|&c| c as u8).take_while(|&b| b != 0).collect();
                assert_eq!(comm, b"(two words)");
                tid
            })
            .expect("a thread")
            .join()
            .expect("the thread's own checks");
        assert_ne!(tid, pid);
    }
}

#[test]
fn missing_stat_file_is_an_io_error() {
    for (pid, tid) in [(-1, 0), (i32::MAX, 0), (std::process::id() as i32, i32::MAX)] {
        // SAFETY: a writable result.
        assert_eq!(untouched(|out| unsafe { mtproxy_ffi_read_proc_stat_file(pid, tid, out) }), (EIO, true));
    }
}

#[test]
fn cpuid_is_the_first_answer_of_this_process() {
    // SAFETY: writable results.
    unsafe {
        let (mut first, mut second): (CpuId, CpuId) = (zeroed(), zeroed());
        let status = mtproxy_ffi_cpuid_fill(&mut first);
        if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
            assert_eq!((status, first.magic), (OK, 0x280147b8));
            assert_eq!(mtproxy_ffi_cpuid_fill(&mut second), OK);
            assert_eq!(first, second);
        } else {
            assert_eq!(untouched(|out| mtproxy_ffi_cpuid_fill(out)), (EUNSUPPORTED, true));
        }
    }
}

#[test]
fn refused_text_leaves_the_result_untouched() {
    let text = b"1 (x) R 1 2 3";
    let (cur, len) = (text.as_ptr().cast(), text.len());
    // SAFETY: a readable text and writable results.
    unsafe {
        assert_eq!(untouched(|out| mtproxy_ffi_parse_proc_stat_line(cur, len, out)), (EFORMAT, true));
        let meminfo = |out: *mut MeminfoSummary| mtproxy_ffi_parse_meminfo_summary(cur, len, out);
        assert_eq!(untouched(meminfo), (EFORMAT, true));
        let statm = |out: *mut [i64; 7]| mtproxy_ffi_parse_statm(cur, len, 2, 4096, out.cast());
        assert_eq!(untouched(statm), (EFORMAT, true));
    }
}

//! No pure function allocates. The allocator counts, per thread.
#![cfg(feature = "capi")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    hint::black_box,
    mem::zeroed,
};

use mtproxy_ffi::{ffi::*, procfs::MeminfoSummary};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u32> = const { Cell::new(0) };
}

// SAFETY: passes every request to the system's allocator; counting does not access the heap.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the same promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the same promises.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations_of(run: impl FnOnce()) -> u32 {
    let before = ALLOCATIONS.get();
    run();
    ALLOCATIONS.get() - before
}

#[test]
fn allocations_are_counted() {
    assert_eq!(allocations_of(|| drop(black_box(Box::new(1)))), 1);
}

#[test]
fn pure_functions_do_not_allocate() {
    let data: Vec<u8> = (0..20_000u32).map(|i| i as u8).collect();
    let stat = format!("1 (two words) R{}", " 5".repeat(39));
    let meminfo = "MemFree: 1 kB\nCached: 2 kB\nSwapTotal: 3 kB\nSwapFree: 4 kB\n";
    let query = b"\x3d\xdf\x74\x23\x05\0\0\0\0\0\0\0\xbd\xaa\x68\x75cut";
    let allocations = allocations_of(|| {
        let (bytes, cur, len) = (data.as_ptr(), data.as_ptr().cast(), data.len());
        // SAFETY: readable inputs and writable outputs.
        unsafe {
            let mut digest = [0u8; 32];
            let out = digest.as_mut_ptr();
            black_box(mtproxy_ffi_crc32_partial(bytes, len, 1) ^ mtproxy_ffi_crc32c_partial(bytes, len, 1));
            mtproxy_ffi_md5(bytes, len, out);
            mtproxy_ffi_md5_hex(bytes, len, out.cast());
            mtproxy_ffi_md5_hmac(bytes, 100, bytes, len, out);
            mtproxy_ffi_sha1(bytes, len, out);
            mtproxy_ffi_sha1_two_chunks(bytes, 100, bytes, len, out);
            mtproxy_ffi_sha256(bytes, len, out);
            mtproxy_ffi_sha256_two_chunks(bytes, 100, bytes, len, out);
            mtproxy_ffi_sha256_hmac(bytes, 100, bytes, len, out);
            black_box(digest);

            let mut scanned: CfgScanResult = zeroed();
            let mut int: CfgIntResult = zeroed();
            mtproxy_ffi_cfg_skipspc(cur, len, 1, &mut scanned);
            mtproxy_ffi_cfg_skspc(cur, len, 1, &mut scanned);
            black_box(mtproxy_ffi_cfg_getword_len(cur, len) + mtproxy_ffi_cfg_getstr_len(cur, len));
            mtproxy_ffi_cfg_getint(cur, len, &mut int);
            mtproxy_ffi_cfg_getint_zero(cur, len, &mut int);
            mtproxy_ffi_cfg_getint_signed_zero(cur, len, &mut int);

            let mut header: TlHeaderParseResult = zeroed();
            mtproxy_ffi_tl_parse_query_header(query.as_ptr(), query.len(), &mut header);
            mtproxy_ffi_tl_parse_answer_header(query.as_ptr(), query.len(), &mut header);
            assert_ne!(header.error_len, 0);

            let mut stats: ProcStats = zeroed();
            assert_eq!(mtproxy_ffi_parse_proc_stat_line(stat.as_ptr().cast(), stat.len(), &mut stats), OK);
            let mut memory = MeminfoSummary::default();
            assert_eq!(
                mtproxy_ffi_parse_meminfo_summary(meminfo.as_ptr().cast(), meminfo.len(), &mut memory),
                OK
            );
            let mut values = [0; 7];
            mtproxy_ffi_parse_statm(c"1 2 3".as_ptr(), 5, 3, 4096, values.as_mut_ptr());
            let mut prefix = [0; 128];
            mtproxy_ffi_format_log_prefix(1, 2, 3, 4, 5, 6, 7, 8, prefix.as_mut_ptr(), 128);

            black_box(mtproxy_ffi_net_epoll_conv_flags(7) + mtproxy_ffi_net_epoll_unconv_flags(7));
            black_box(mtproxy_ffi_net_timers_wait_msec(2.0, 1.0));
            mtproxy_ffi_msg_buffers_pick_size_index([1, 2, 3].as_ptr(), 3, 2);
        }
    });
    assert_eq!(allocations, 0);
}

/// These functions are not pure, but do not allocate either.
#[test]
fn clocks_and_proc_files_do_not_allocate() {
    let allocations = allocations_of(|| {
        // SAFETY: writable results.
        unsafe {
            let mut stats: ProcStats = zeroed();
            assert_eq!(mtproxy_ffi_read_proc_stat_file(std::process::id() as i32, 0, &mut stats), OK);
            let mut id = mtproxy_ffi::process_id::ProcessId::default();
            mtproxy_ffi_pid_init_server(&mut id, 1, 2);
            let mut cpu = zeroed();
            mtproxy_ffi_cpuid_fill(&mut cpu);
        }
        black_box(mtproxy_ffi_get_utime_monotonic() + mtproxy_ffi_get_double_time());
        black_box(mtproxy_ffi_get_precise_time(0));
    });
    assert_eq!(allocations, 0);
}

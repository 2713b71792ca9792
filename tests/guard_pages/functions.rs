//! Every function of the boundary that takes a pointer, as a call with inputs and one output.

use mtproxy_ffi::ffi::*;

use crate::padding::{self, Blank};

/// A call with one input.
pub(crate) struct One {
    pub(crate) name: &'static str,
    /// The size of the output.
    pub(crate) output: usize,
    pub(crate) blank: Blank,
    /// Returns the status, or the value of a function without one.
    pub(crate) call: unsafe fn(*const u8, usize, *mut u8) -> i64,
}

/// A call with two inputs.
pub(crate) struct Two {
    pub(crate) name: &'static str,
    pub(crate) output: usize,
    pub(crate) call: unsafe extern "C" fn(*const u8, usize, *const u8, usize, *mut u8) -> i32,
}

macro_rules! one {
    ($name:ident, $output:expr, |$data:ident, $len:ident, $out:ident| $call:expr) => {
        one!($name, $output, padding::NONE, |$data, $len, $out| $call)
    };
    ($name:ident, $output:expr, $blank:expr, |$data:ident, $len:ident, $out:ident| $call:expr) => {
        One {
            name: stringify!($name),
            output: $output,
            blank: $blank,
            call: {
                unsafe fn call($data: *const u8, $len: usize, $out: *mut u8) -> i64 {
                    let _ = $out;
                    // SAFETY: readable for the length and writable for the size beside the name, as the caller promises.
                    i64::from(unsafe { $call })
                }
                call
            },
        }
    };
}

macro_rules! plain {
    ($name:ident, $output:expr) => {
        one!($name, $output, |data, len, out| $name(data, len, out.cast()))
    };
}

macro_rules! text {
    ($name:ident, $output:ty, $blank:ident) => {
        one!($name, size_of::<$output>(), padding::$blank, |data, len, out| $name(
            data.cast(),
            len,
            out.cast()
        ))
    };
}

macro_rules! two {
    ($name:ident, $output:expr) => {
        Two { name: stringify!($name), output: $output, call: $name }
    };
}

pub(crate) fn with_one_input() -> Vec<One> {
    vec![
        one!(mtproxy_ffi_crc32_partial, 0, |data, len, _out| mtproxy_ffi_crc32_partial(
            data,
            len,
            0x1234_5678
        )),
        one!(mtproxy_ffi_crc32c_partial, 0, |data, len, _out| mtproxy_ffi_crc32c_partial(
            data,
            len,
            0x1234_5678
        )),
        plain!(mtproxy_ffi_md5, 16),
        plain!(mtproxy_ffi_md5_hex, 32),
        plain!(mtproxy_ffi_sha1, 20),
        plain!(mtproxy_ffi_sha256, 32),
        text!(mtproxy_ffi_tl_parse_query_header, TlHeaderParseResult, TL_HEADER),
        text!(mtproxy_ffi_tl_parse_answer_header, TlHeaderParseResult, TL_HEADER),
        one!(mtproxy_ffi_cfg_skipspc, size_of::<CfgScanResult>(), |data, len, out| mtproxy_ffi_cfg_skipspc(
            data.cast(),
            len,
            7,
            out.cast()
        )),
        one!(mtproxy_ffi_cfg_skspc, size_of::<CfgScanResult>(), |data, len, out| mtproxy_ffi_cfg_skspc(
            data.cast(),
            len,
            7,
            out.cast()
        )),
        one!(mtproxy_ffi_cfg_getword_len, 0, |data, len, _out| mtproxy_ffi_cfg_getword_len(data.cast(), len)),
        one!(mtproxy_ffi_cfg_getstr_len, 0, |data, len, _out| mtproxy_ffi_cfg_getstr_len(data.cast(), len)),
        text!(mtproxy_ffi_cfg_getint, CfgIntResult, INT),
        text!(mtproxy_ffi_cfg_getint_zero, CfgIntResult, INT),
        text!(mtproxy_ffi_cfg_getint_signed_zero, CfgIntResult, INT),
        text!(mtproxy_ffi_parse_proc_stat_line, ProcStats, PROC_STATS),
        text!(mtproxy_ffi_parse_meminfo_summary, mtproxy_ffi::procfs::MeminfoSummary, MEMINFO),
        one!(mtproxy_ffi_parse_statm, 56, |data, len, out| mtproxy_ffi_parse_statm(
            data.cast(),
            len,
            7,
            4096,
            out.cast()
        )),
        one!(mtproxy_ffi_parse_statm, 24, |data, len, out| mtproxy_ffi_parse_statm(
            data.cast(),
            len,
            3,
            4096,
            out.cast()
        )),
    ]
}

pub(crate) fn with_two_inputs() -> Vec<Two> {
    vec![
        two!(mtproxy_ffi_md5_hmac, 16),
        two!(mtproxy_ffi_sha1_two_chunks, 20),
        two!(mtproxy_ffi_sha256_two_chunks, 32),
        two!(mtproxy_ffi_sha256_hmac, 32),
    ]
}

/// Functions that objects.rs and other tests call.
pub(crate) const WITH_OBJECTS: [&str; 11] = [
    "mtproxy_ffi_cpuid_fill",
    "mtproxy_ffi_format_log_prefix",
    "mtproxy_ffi_get_concurrency_boundary",
    "mtproxy_ffi_get_network_boundary",
    "mtproxy_ffi_matches_pid",
    "mtproxy_ffi_msg_buffers_pick_size_index",
    "mtproxy_ffi_pid_init_client",
    "mtproxy_ffi_pid_init_common",
    "mtproxy_ffi_pid_init_server",
    "mtproxy_ffi_process_id_is_newer",
    "mtproxy_ffi_read_proc_stat_file",
];

/// Functions without a pointer.
pub(crate) const WITHOUT_POINTERS: [&str; 13] = [
    "mtproxy_ffi_api_version",
    "mtproxy_ffi_get_double_time",
    "mtproxy_ffi_get_precise_time",
    "mtproxy_ffi_get_utime",
    "mtproxy_ffi_get_utime_monotonic",
    "mtproxy_ffi_net_epoll_conv_flags",
    "mtproxy_ffi_net_epoll_unconv_flags",
    "mtproxy_ffi_net_timers_wait_msec",
    "mtproxy_ffi_precise_now_rdtsc_value",
    "mtproxy_ffi_precise_now_value",
    "mtproxy_ffi_precise_time_rdtsc_value",
    "mtproxy_ffi_precise_time_value",
    "mtproxy_ffi_startup_handshake",
];

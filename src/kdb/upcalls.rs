// SPDX-License-Identifier: LGPL-2.0-or-later
//! Functions and variables of the host that the drop-in uses: those of legacy objects that it does not replace, and one
//! that a host may define itself.

#[cfg(feature = "kdb")]
use core::ffi::{c_long, c_longlong, c_uint, c_void};
use core::{
    ffi::{c_char, c_int},
    sync::atomic::AtomicI32,
};

#[cfg(feature = "kdb")]
use crate::layout::{
    common_stats::StatsBuffer,
    engine::{CustomOp, ParseFunction},
    jobs::{AsyncJob, ThreadCallback},
    net_connections::FreeLater,
    net_crypto_aes::AesSecret,
    net_msg::RawMessage,
    tl_parse::{TlInState, TlOutState, TlQueryHeader},
};
#[cfg(feature = "kdb")]
use crate::process_id::ProcessId;

unsafe extern "C" {
    /// Legacy object `common/resolver`.
    pub(super) fn kdb_gethostbyname(name: *const c_char) -> *mut libc::hostent;
    /// Legacy object `net/net-stats`.
    pub(super) fn prepare_stats(buff: *mut c_char, size: c_int) -> c_int;
    /// Legacy object `common/server-functions`.
    pub(super) static start_time: AtomicI32;
    /// Weak in `shim/server_functions.c`: the host's own, if it defines one.
    #[cfg(feature = "kdb")]
    pub(super) safe fn usage();
    /// Legacy object `engine/engine`, in whose place the legacy `common/server-functions` has weak functions.
    #[cfg(feature = "kdb")]
    pub(super) safe fn get_version_string() -> *const c_char;
    #[cfg(feature = "kdb")]
    pub(super) safe fn default_parse_option_func(a: c_int) -> c_int;
    #[cfg(feature = "kdb")]
    pub(super) safe fn engine_add_engine_parse_options();
    /// Weak in `shim/precise_time.c`: the host's own function, if it defines one.
    pub(super) safe fn get_utime_monotonic() -> f64;
}

// Asked for at the level of all objects alone.
#[cfg(feature = "kdb")]
unsafe extern "C" {
    /// Legacy object `jobs/jobs`: the greatest number of a job thread.
    pub(super) static max_job_thread_id: AtomicI32;
    /// ... calls the function, and each new job thread will.
    pub(super) fn register_thread_callback(callback: *const ThreadCallback);
    /// ... one reference more, which is returned.
    pub(super) fn job_incref(job: *mut AsyncJob) -> *mut AsyncJob;
    /// ... takes over a reference.
    pub(super) fn job_signal(tag: c_int, job: *mut AsyncJob, signal: c_int);
    /// Legacy object `net/net-connections`.
    pub(super) fn connection_write_close(connection: *mut AsyncJob);
    pub(super) fn cpu_server_close_connection(connection: *mut AsyncJob, who: c_int) -> c_int;
    pub(super) fn net_accept_new_connections(listening: *mut AsyncJob) -> c_int;
    pub(super) fn new_conn_generation() -> c_int;
    pub(super) fn fail_connection(connection: *mut AsyncJob, error: c_int);
    pub(super) fn server_failed(connection: *mut AsyncJob) -> c_int;
    pub(super) fn server_check_ready(connection: *mut AsyncJob) -> c_int;
    pub(super) fn server_noop(connection: *mut AsyncJob) -> c_int;
    /// ... a connection with Diffie-Hellman more.
    pub(super) fn incr_active_dh_connections();
    /// ... what others see in place of one of our addresses.
    pub(super) fn nat_translate_ip(ip: c_uint) -> c_uint;
    /// Legacy object `net/net-tcp-connections`.
    pub(super) fn cpu_tcp_aes_crypto_encrypt_output(connection: *mut AsyncJob) -> c_int;
    pub(super) fn cpu_tcp_aes_crypto_decrypt_input(connection: *mut AsyncJob) -> c_int;
    pub(super) fn cpu_tcp_aes_crypto_needed_output_bytes(connection: *mut AsyncJob) -> c_int;
    pub(super) fn connections_prepare_stat(sb: *mut StatsBuffer) -> c_int;
    /// Legacy object `common/tl-parse`: keeps a copy of the text, unless there is an error already.
    pub(super) fn tlf_set_error(tlio_in: *mut TlInState, errnum: c_int, text: *const c_char) -> c_int;
    /// As `tlf_set_error`, for a format and what it asks for.
    pub(super) fn tlf_set_error_format(
        tlio_in: *mut TlInState,
        errnum: c_int,
        format: *const c_char,
        ...
    ) -> c_int;
    /// Legacy object `engine/engine-rpc`: writes the host's statistics.
    pub(super) fn tl_engine_store_stats(tlio_out: *mut TlOutState);
    /// Legacy object `net/net-crypto-aes`: the secret that this proxy shares with the middle ends.
    pub(super) static mut main_secret: AesSecret;
    /// Legacy object `common/server-functions`: a signal handler may call it.
    pub(super) fn ksignal(sig: c_int, handler: extern "C" fn(c_int));
    /// Weak in `shim/engine_signals.c`: the host's own function, if it defines one.
    pub(super) fn engine_set_terminal_attributes();
    /// Legacy object `engine/engine`: listens for such connections.
    pub(super) fn server_init(connection_type: *mut c_void, extra: *mut c_void);
    /// Legacy object `common/server-functions`: adds an option; `function` is called with the value where it is given.
    pub(super) fn parse_option_ex(
        name: *const c_char,
        argument: c_int,
        variable: *mut c_int,
        value: c_int,
        flags: c_uint,
        function: unsafe extern "C" fn(c_int) -> c_int,
        help: *const c_char,
        ...
    );
    /// Legacy object `net/net-events`: a socket that listens, or -1.
    pub(super) fn server_socket(port: c_int, address: libc::in_addr, backlog: c_int, mode: c_int) -> c_int;
    /// Legacy object `net/net-connections`: -1 where the text is wrong.
    pub(super) fn net_add_nat_info(text: *mut c_char) -> c_int;
    /// Legacy object `net/net-connections`.
    pub(super) fn tcp_set_max_connections(most: c_int);
    /// Legacy object `net/net-connections`.
    pub(super) fn tcp_set_max_accept_rate(rate: c_int);
    /// Legacy object `net/net-tcp-rpc-common`.
    pub(super) fn tcp_set_max_dh_accept_rate(rate: c_int);
    /// Legacy object `net/net-tcp-rpc-common`: keeps what the first has, adds the second.
    pub(super) fn tcp_set_default_rpc_flags(and: c_uint, or: c_uint) -> c_uint;
    pub(super) safe fn tcp_get_default_rpc_flags() -> c_uint;
    /// ... takes over a reference to the connection and, with flag 4, the message and its memory.
    pub(super) fn tcp_rpc_conn_send(
        tag: c_int,
        connection: *mut AsyncJob,
        raw: *mut RawMessage,
        flags: c_int,
    );
    /// Legacy object `net/net-tcp-rpc-client`.
    pub(super) fn tcp_force_enable_dh();
    /// Legacy object `net/net-tcp-rpc-server`: a struct that only C looks into.
    pub(super) static ct_tcp_rpc_server: u8;
    /// Legacy object `net/net-config`: the MD5 of the secret's file in hexadecimal.
    pub(super) static mut pwd_config_md5: [u8; 33];
    /// Legacy object `jobs/jobs`: makes a job, locked and with one reference; `parent` is a reference that it takes over.
    pub(super) fn create_async_job(
        run: JobFunction,
        signals: u64,
        subclass: c_int,
        custom_bytes: c_int,
        job_type: u64,
        tag: c_int,
        parent: *mut AsyncJob,
    ) -> *mut AsyncJob;
    /// ... these two unlock a job, the first after it sent it RUN, and take over a reference.
    pub(super) fn schedule_job(tag: c_int, job: *mut AsyncJob) -> c_int;
    pub(super) fn unlock_job(tag: c_int, job: *mut AsyncJob) -> c_int;
    /// ... a job around a function, which says when to call it again.
    pub(super) fn job_timer_alloc(
        class: c_int,
        alarm: extern "C" fn(*mut c_void) -> f64,
        extra: *mut c_void,
    ) -> *mut AsyncJob;
    pub(super) fn job_timer_insert(job: *mut AsyncJob, time: f64);
    pub(super) fn job_timer_check(job: *mut AsyncJob) -> c_int;
    pub(super) safe fn alloc_timer_manager(class: c_int) -> *mut AsyncJob;
    pub(super) safe fn create_new_job_class(class: c_int, min_threads: c_int, max_threads: c_int) -> c_int;
    pub(super) safe fn init_async_jobs() -> c_int;
    pub(super) fn run_pending_main_jobs() -> c_int;
    pub(super) safe fn update_all_thread_stats();
    /// Legacy object `net/net-thread`.
    pub(super) safe fn notification_event_job_create();
    /// Legacy object `net/net-events`: waits for events, and handles them.
    pub(super) fn epoll_work(timeout: c_int) -> c_int;
    pub(super) safe fn init_epoll() -> c_int;
    pub(super) fn epoll_insert(fd: c_int, flags: c_int) -> c_int;
    pub(super) fn epoll_sethandler(
        fd: c_int,
        priority: c_int,
        handler: extern "C" fn(c_int, *mut c_void, *mut c_void) -> c_int,
        data: *mut c_void,
    );
    /// ... how long it sleeps before it waits, in nanoseconds.
    pub(super) safe static epoll_sleep_ns: AtomicI32;
    pub(super) safe fn get_my_ipv4() -> c_uint;
    pub(super) fn get_my_ipv6(address: *mut c_void) -> c_int;
    /// Legacy object `net/net-connections`: frees what other threads do not use any more.
    pub(super) fn free_later_act();
    /// ... completes a type of connections; -1 where it cannot be.
    pub(super) fn check_conn_functions(connection_type: *mut c_void, listening: c_int) -> c_int;
    pub(super) fn init_listening_connection(
        fd: c_int,
        connection_type: *mut c_void,
        extra: *mut c_void,
    ) -> c_int;
    /// Legacy object `net/net-tcp-connections`: what connections with messages of parts do.
    pub(super) fn cpu_tcp_server_reader(connection: *mut AsyncJob) -> c_int;
    pub(super) fn cpu_tcp_server_writer(connection: *mut AsyncJob) -> c_int;
    pub(super) fn cpu_tcp_free_connection_buffers(connection: *mut AsyncJob) -> c_int;
    /// Legacy object `net/net-msg-buffers`.
    pub(super) safe fn init_msg_buffers(most_bytes: c_long) -> c_int;
    /// Legacy object `net/net-http-server`: a struct that only C looks into.
    pub(super) static ct_http_server: u8;
    /// Legacy object `jobs/jobs`: the calling thread's random numbers, of 31 bits.
    pub(super) safe fn lrand48_j() -> c_long;
    pub(super) fn job_decref(tag: c_int, job: *mut AsyncJob);
    pub(super) fn job_free(tag: c_int, job: *mut AsyncJob) -> c_int;
    pub(super) fn job_timer_active(job: *mut AsyncJob) -> c_int;
    pub(super) fn job_timer_remove(job: *mut AsyncJob);
    /// Legacy object `net/net-connections`: a reference to the connection of a descriptor, or null.
    pub(super) fn connection_get_by_fd(fd: c_int) -> *mut AsyncJob;
    /// ... has something freed later; takes it over.
    pub(super) fn insert_free_later_struct(later: *mut FreeLater);
    /// Legacy object `net/net-rpc-targets`: the connections by who is at the other side; a reference to one, or null.
    pub(super) fn rpc_target_lookup(pid: *mut ProcessId) -> *mut AsyncJob;
    pub(super) fn rpc_target_choose_connection(target: *mut AsyncJob, pid: *mut ProcessId) -> *mut AsyncJob;
    pub(super) fn rpc_target_insert_conn(connection: *mut AsyncJob);
    pub(super) fn rpc_target_delete_conn(connection: *mut AsyncJob);
    pub(super) fn rpc_targets_prepare_stat(sb: *mut StatsBuffer) -> c_int;
    /// Legacy object `common/tl-parse`: places to read from and to write to.
    pub(super) safe fn tl_in_state_alloc() -> *mut TlInState;
    pub(super) fn tl_in_state_free(tlio_in: *mut TlInState);
    pub(super) fn tl_parse_prepare_stat(sb: *mut StatsBuffer) -> c_int;
    pub(super) safe fn tl_out_state_alloc() -> *mut TlOutState;
    pub(super) fn tl_out_state_free(tlio_out: *mut TlOutState);
    /// ... takes over the message's content.
    pub(super) fn tlf_init_raw_message(
        tlio_in: *mut TlInState,
        raw: *mut RawMessage,
        size: c_int,
        dup: c_int,
    ) -> c_int;
    pub(super) fn tlf_query_header(tlio_in: *mut TlInState, header: *mut TlQueryHeader) -> c_int;
    pub(super) fn tlf_query_answer_header(tlio_in: *mut TlInState, header: *mut TlQueryHeader) -> c_int;
    pub(super) fn tl_query_header_dup(header: *mut TlQueryHeader) -> *mut TlQueryHeader;
    pub(super) fn tl_query_header_delete(header: *mut TlQueryHeader);
    pub(super) fn tls_init_raw_msg(tlio_out: *mut TlOutState, pid: *mut ProcessId, qid: c_longlong) -> c_int;
    pub(super) fn tls_init_raw_msg_nosend(tlio_out: *mut TlOutState) -> c_int;
    /// ... takes over a reference to the connection.
    pub(super) fn tls_init_tcp_raw_msg(
        tlio_out: *mut TlOutState,
        tag: c_int,
        connection: *mut AsyncJob,
        qid: c_longlong,
    ) -> c_int;
    pub(super) fn tls_set_error_format(
        tlio_out: *mut TlOutState,
        errnum: c_int,
        format: *const c_char,
        ...
    ) -> c_int;
    /// ... sends what was written.
    pub(super) fn tls_end_ext(tlio_out: *mut TlOutState, op: c_int) -> c_int;
    /// Legacy object `engine/engine-rpc`: what is done with packets to the engine's port.
    pub(super) fn engine_tl_init(
        parse: Option<ParseFunction>,
        statistics: unsafe extern "C" fn(*mut TlOutState),
        get_op: Option<unsafe extern "C" fn(*mut TlInState) -> c_int>,
        timeout: f64,
        name: *const c_char,
    );
    pub(super) fn register_custom_op_cb(op: c_uint, function: CustomOp);
    pub(super) fn engine_work_rpc_req_result(tlio_in: *mut TlInState, work: *mut c_void);
    pub(super) fn tl_store_stats(tlio_out: *mut TlOutState, text: *const c_char, raw: c_int) -> c_int;
}

/// What a job does on a signal.
#[cfg(feature = "kdb")]
pub(super) type JobFunction = unsafe extern "C" fn(*mut AsyncJob, c_int, *mut c_void) -> c_int;

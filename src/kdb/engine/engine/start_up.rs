// SPDX-License-Identifier: LGPL-2.0-or-later
//! From the host's `main` to the main loop.

use core::{
    ffi::{c_char, c_int, c_uint, c_void},
    sync::atomic::Ordering::Relaxed,
};

use super::{
    Engine, ServerFunctions, UNUSED_SIGNALS, create_main_thread_pipe, default_cron,
    default_engine_server_start, default_get_op, default_parse_extra_args, default_signal_mask, enabled,
    engine, engine_rpc_stats, engine_state, local_progname, octets, precise_now_diff, server_ipv6,
    wake_up::wait_for_wake_up,
};
use crate::{
    kdb::{
        PID,
        common::{
            add_builtin_parse_options, change_user_group, daemonize, get_double_time, groupname,
            init_server_PID, parse_engine_options_long, progname, raise_file_rlimit, reopen_logs_ext,
            set_debug_handlers, start_time, username,
        },
        engine::{
            engine_net::{
                default_close_network_sockets, engine_do_open_port, engine_set_http_fallback,
                engine_set_tcp_methods, get_port_mod, try_open_port, try_open_port_range,
            },
            engine_signals::{
                default_signal_handler, empty_signal_handler, quiet_signal_handler, sigint_handler,
                sigint_immediate_handler, sigterm_handler, sigterm_immediate_handler,
            },
        },
        net::aes_load_pwd_file,
        support::{c_text, die, kprintf, vkprintf},
        upcalls::{
            alloc_timer_manager, check_conn_functions, create_new_job_class, ct_http_server, engine_tl_init,
            get_my_ipv4, get_my_ipv6, get_utime_monotonic, init_async_jobs, init_epoll,
            init_listening_connection, init_msg_buffers, ksignal, notification_event_job_create,
            tcp_set_default_rpc_flags, tcp_set_max_connections,
        },
    },
    layout::engine::{Act, ENABLE_MULTITHREAD, ENABLE_SLAVE_MODE, ENABLE_TCP, NO_PORT},
    runtime::{
        engine::limit::{OTHER_FILES, connections},
        signals::{MAX_SIGNAL, Signals},
    },
    sys::{accounts, clock, limits::FileLimit},
};

// ---- signals ----

/// Installs what ends the process at once, and what a crash prints.
#[unsafe(no_mangle)]
pub extern "C" fn set_signals_handlers() {
    // SAFETY: functions that a signal may call.
    unsafe {
        ksignal(libc::SIGINT, sigint_immediate_handler);
        ksignal(libc::SIGTERM, sigterm_immediate_handler);
    }
    set_debug_handlers();
}

/// Makes a function the handler of a signal that the engine allows, unless the host has its own.
///
/// # Safety
/// `F` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn check_signal_handler(F: *mut ServerFunctions, sig: c_int, default_f: Option<Act>) {
    let Some(signal) = usize::try_from(sig).ok().filter(|&signal| signal <= MAX_SIGNAL) else { return };
    // SAFETY: as the caller promises; the array has an element for each signal.
    unsafe {
        let place = (&raw mut (*F).signal_handlers).cast::<Option<Act>>().add(signal);
        if (*F).allowed_signals & Signals::of(sig).0 != 0 && (*place).is_none() {
            *place = default_f;
        }
    }
}

extern "C" fn nothing() {}

/// SIGUSR1: the log was moved away.
unsafe extern "C" fn reopen_log() {
    // SAFETY: the host's log, between its jobs.
    unsafe { reopen_logs_ext(enabled(ENABLE_SLAVE_MODE).into()) }
}

unsafe extern "C" {
    /// From `shim/engine.c`: has the host read its configuration again, if it offers that.
    fn mtproxy_kdb_reload_config(flags: c_int) -> c_int;
}

/// Of the host's function: read the file, and use what it says.
const READ_AND_USE: c_int = 4;

/// SIGHUP: the configuration was changed.
unsafe extern "C" fn reload() {
    // SAFETY: in a job of the engine's, where the host works with its configuration; a format that asks for an int.
    unsafe {
        let result = mtproxy_kdb_reload_config(READ_AND_USE);
        if result < 0 {
            kprintf(c_text!("the configuration is not changed (code %d)\n").as_ptr(), result);
        }
    }
}

// ---- the engine's state ----

/// Sets how long the event loop shall wait at most, in milliseconds: from 1 to 1000. Any other number ends the process.
///
/// # Safety
/// The module's promise, and there is an engine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_set_epoll_wait_timeout(epoll_wait_timeout: c_int) {
    if !(1..=1000).contains(&epoll_wait_timeout) {
        die(c_text!("engine_set_epoll_wait_timeout: from 1 to 1000 milliseconds"));
    }
    // SAFETY: the same promise.
    unsafe { (*engine()).epoll_wait_timeout = epoll_wait_timeout };
}

const DEFAULT_BACKLOG: c_int = 8192;
const DEFAULT_EPOLL_TIMEOUT: c_int = 37;
const DEFAULT_CONNECTIONS: c_int = 65536;
/// A flag of the RPC protocol.
const USE_CRC32C: c_uint = 2048;

/// Sets an engine's state to the defaults, and completes the host's functions with the engine's own.
///
/// # Safety
/// The module's promise: both are *writable*, and `E` is the engine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_startup(E: *mut Engine, F: *mut ServerFunctions) {
    // SAFETY: the same promise.
    unsafe {
        (*E).F = F;
        (*E).modules = (ENABLE_TCP | (*F).default_modules) & !(*F).default_modules_disabled;
        (*E).backlog = DEFAULT_BACKLOG;
        tcp_set_default_rpc_flags(!0, USE_CRC32C);
        (*E).port = -1;
        precise_now_diff.store((get_utime_monotonic() - get_double_time()).to_bits(), Relaxed);
        if libc::SIGRTMAX() != MAX_SIGNAL as c_int || libc::SIGRTMAX() - libc::SIGRTMIN() < 20 {
            die(c_text!("engine_startup: a system with other real-time signals"));
        }
        (*E).sfd = 0;
        (*E).epoll_wait_timeout = DEFAULT_EPOLL_TIMEOUT;
        (*E).maxconn = DEFAULT_CONNECTIONS;
        complete(F);
    }
}

unsafe extern "C" fn no_option(_value: c_int) -> c_int {
    -1
}

/// Gives the host's functions the engine's own where there are none, and catches the signals.
///
/// # Safety
/// `F` is *writable*, and the engine's.
unsafe fn complete(F: *mut ServerFunctions) {
    // SAFETY: the same promise; functions that a signal may call.
    unsafe {
        (*F).allowed_signals =
            ((*F).allowed_signals | default_signal_mask.load(Relaxed)) & !(*F).forbidden_signals;
        check_signal_handler(F, libc::SIGHUP, Some(reload));
        check_signal_handler(F, libc::SIGUSR1, Some(reopen_log));
        for signal in UNUSED_SIGNALS {
            check_signal_handler(F, signal, Some(nothing));
        }
        (*F).close_net_sockets.get_or_insert(default_close_network_sockets);
        (*F).cron.get_or_insert(default_cron);
        (*F).parse_option.get_or_insert(no_option);
        (*F).prepare_parse_options.get_or_insert(nothing);
        (*F).pre_init.get_or_insert(nothing);
        (*F).pre_start.get_or_insert(nothing);
        (*F).parse_extra_args.get_or_insert(default_parse_extra_args);
        (*F).pre_loop.get_or_insert(nothing);
        (*F).get_op.get_or_insert(default_get_op);
        if (*F).epoll_timeout == 0 {
            (*F).epoll_timeout = 1;
        }
        if (*F).aio_timeout == 0.0 {
            (*F).aio_timeout = 0.5;
        }
        for signal in 1..=MAX_SIGNAL as c_int {
            if (*F).allowed_signals & Signals::of(signal).0 != 0 {
                let loud = signal != libc::SIGCHLD;
                ksignal(signal, if loud { default_signal_handler } else { quiet_signal_handler });
            }
        }
    }
}

// ---- start ----

// Classes of threads.
const CLASS_IO: c_int = 1;
const CLASS_CPU: c_int = 2;
const CLASS_MAIN: c_int = 3;
const CLASS_CONNECTION: c_int = 4;
const CLASS_CONNECTION_IO: c_int = 5;
const CLASS_ENGINE: c_int = 8;

/// Starts threads: as many as were asked for, or the default.
fn start_threads(class: c_int, asked: c_int, default: c_int) {
    let count = if asked > 0 { asked } else { default };
    create_new_job_class(class, count, count);
}

/// Raises the limit of open files as root; where so many files may not be open, there are fewer connections.
///
/// # Safety
/// The module's promise, and there is an engine.
unsafe fn limit_connections() {
    // SAFETY: the same promise.
    let wanted = unsafe { (*engine()).maxconn };
    let root = accounts::is_roots();
    if root && raise_file_rlimit(wanted.saturating_add(OTHER_FILES)) >= 0 {
        return;
    }
    let Some(mut limit) = FileLimit::get() else {
        // SAFETY: a C string, for the error of the call before; the end is C's own.
        unsafe {
            kprintf(c_text!("raise_file_limit: getrlimit (RLIMIT_NOFILE) fail. %m\n").as_ptr());
            libc::exit(1)
        }
    };
    if root {
        let most = FileLimit { soft: limit.hard, ..limit };
        if most.set() {
            limit = most;
        }
    }
    let fit = connections(wanted, limit.soft);
    // SAFETY: a plain number; a format that asks for three.
    unsafe {
        if fit != wanted {
            let files = c_int::try_from(limit.soft).unwrap_or(c_int::MAX);
            let text = c_text!("warning: %d files may be open: at most %d connections, not %d\n");
            kprintf(text.as_ptr(), files, fit, wanted);
        }
        tcp_set_max_connections(fit);
    }
}

/// Prepares the process: port, limits, secret, user, identity, buffers, threads, in an order that keeps a privilege as long as it
/// is needed. What goes wrong ends the process, with a message and status 1.
///
/// # Safety
/// The module's promise, on the main thread; `pwd_filename` is null or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_init(pwd_filename: *const c_char, do_not_open_port: c_int) {
    let opens_port = do_not_open_port == 0;
    // SAFETY: the same promise; each format asks for what follows it; the end is C's own.
    unsafe {
        let engine = engine();
        if opens_port {
            engine_do_open_port();
        }
        limit_connections();

        let loaded = aes_load_pwd_file(pwd_filename);
        if loaded < 0 && (loaded != c_int::MIN || !pwd_filename.is_null()) {
            let name = if pwd_filename.is_null() { c_text!("(null)").as_ptr() } else { pwd_filename };
            kprintf(c_text!("fatal: cannot load secret definition file `%s'\n").as_ptr(), name);
            libc::exit(1);
        }
        let user = username.load(Relaxed);
        if change_user_group(user, groupname.load(Relaxed)) < 0 {
            let name = if user.is_null() { c_text!("(none)").as_ptr() } else { user };
            kprintf(c_text!("fatal: cannot change user to %s\n").as_ptr(), name);
            libc::exit(1);
        }
        if opens_port && (*engine).port <= 0 && (*engine).start_port <= (*engine).end_port {
            let (first, last) = ((*engine).start_port, (*engine).end_port);
            (*engine).port = try_open_port_range(first, last, 100, get_port_mod(), 1);
            if (*engine).port < 0 {
                die(c_text!("engine_init: a negative port"));
            }
        }
        init_server_PID(own_address((*engine).settings_addr), (*engine).port);
        get_my_ipv6(server_ipv6.0.as_ptr().cast_mut().cast());
        init_msg_buffers(0);

        init_async_jobs();
        start_threads(CLASS_IO, (*engine).required_io_threads, 16);
        start_threads(CLASS_CPU, (*engine).required_cpu_threads, 8);
        if enabled(ENABLE_MULTITHREAD) {
            start_threads(CLASS_CONNECTION, (*engine).required_tcp_cpu_threads, 1);
            start_threads(CLASS_CONNECTION_IO, (*engine).required_tcp_io_threads, 1);
            start_threads(CLASS_ENGINE, 1, 1);
        }
        create_main_thread_pipe();
        alloc_timer_manager(CLASS_MAIN);
        notification_event_job_create();

        let [a, b, c, d] = octets(PID.ip.load(Relaxed));
        let port = c_int::from(PID.port.load(Relaxed) as i16);
        let (pid, time) = (c_int::from(PID.pid.load(Relaxed)), PID.utime.load(Relaxed));
        kprintf(c_text!("Started as [%d.%d.%d.%d:%d:%d:%d]\n").as_ptr(), a, b, c, d, port, pid, time);
    }
}

/// The address that this process is known by: a private one that was asked for, else one of this machine.
fn own_address(asked: c_uint) -> c_uint {
    let asked = c_uint::from_be(asked);
    if asked == 0 {
        return get_my_ipv4();
    }
    let [a, b, c, d] = octets(asked);
    if a == 10 {
        return asked;
    }
    let text = c_text!("Bad binded IP address %d.%d.%d.%d, search in ifconfig\n");
    // SAFETY: a format that asks for four ints.
    unsafe { kprintf(text.as_ptr(), a, b, c, d) };
    get_my_ipv4()
}

/// Makes the event loop wait for the pipe and for the engine's port, and installs the handlers of signals that last.
///
/// # Safety
/// The module's promise, on the main thread, after [`engine_init`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn server_init(
    listen_connection_type: *mut c_void,
    listen_connection_extra: *mut c_void,
) {
    // SAFETY: the same promise; C strings; functions that a signal may call; the end is C's own.
    unsafe {
        let engine = engine();
        if (*engine).F.is_null() {
            die(c_text!("server_init: server functions aren't defined"));
        }
        init_epoll();
        wait_for_wake_up();
        let in_background = daemonize.load(Relaxed) != 0;
        if in_background {
            libc::setsid();
            reopen_log();
        }
        if (*engine).do_not_open_port == 0 {
            if (*engine).port <= 0 {
                kprintf(c_text!("fatal: port isn't defined\n").as_ptr());
                libc::exit(1);
            }
            if (*engine).sfd <= 0 && try_open_port((*engine).port, 1) < 0 {
                die(c_text!("server_init: the port cannot be opened"));
            }
            // The port is one of IPv4's, with and without the option for IPv6: its connections come from there.
            if enabled(ENABLE_TCP)
                && init_listening_connection((*engine).sfd, listen_connection_type, listen_connection_extra)
                    < 0
            {
                die(c_text!("server_init: the port cannot be listened to"));
            }
        }
        ksignal(libc::SIGINT, sigint_handler);
        ksignal(libc::SIGTERM, sigterm_handler);
        ksignal(libc::SIGPIPE, empty_signal_handler);
        ksignal(libc::SIGPOLL, empty_signal_handler);
        if in_background {
            ksignal(libc::SIGHUP, default_signal_handler);
        }
    }
}

/// The engine, of zeros.
///
/// # Safety
/// One thread calls this.
unsafe fn new_engine() -> *mut Engine {
    // SAFETY: asks for memory; null is an answer.
    let engine: *mut Engine = unsafe { libc::calloc(1, size_of::<Engine>()) }.cast();
    if engine.is_null() {
        die(c_text!("default_main: out of memory"));
    }
    engine_state.store(engine, Relaxed);
    engine
}

/// Calls one of the host's functions, which are all there by now.
///
/// # Safety
/// The function may be called now.
unsafe fn call(function: Option<Act>) {
    if let Some(function) = function {
        // SAFETY: the same promise.
        unsafe { function() };
    }
}

/// Runs a host: reads its command line, prepares the process, and serves until a signal ends it. Returns only where the host
/// has a script to run instead: 0, or what that returns below 0, as a positive number.
///
/// # Safety
/// The module's promise; `F` is *writable* for ever, and `argv` has `argc` arguments and a null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn default_main(F: *mut ServerFunctions, argc: c_int, argv: *mut *mut c_char) -> c_int {
    set_signals_handlers();
    // SAFETY: the same promise, for each of these.
    unsafe {
        let engine = new_engine();
        engine_startup(engine, F);
        engine_set_epoll_wait_timeout((*F).epoll_timeout);
        if !(*F).tcp_methods.is_null() {
            engine_set_tcp_methods((*F).tcp_methods.cast());
        }
        if !(*F).http_functions.is_null() {
            serve_http(F);
        }
        kprintf(c_text!("Invoking engine %s\n").as_ptr(), (*F).FullVersionStr);
        read_command_line(F, argc, argv);
        (*engine).do_not_open_port = ((*F).flags & NO_PORT) as c_int;
        call((*F).pre_init);
        engine_init((*engine).aes_pwd_file, (*engine).do_not_open_port);
    }
    vkprintf!(3, c_text!("Command line parsed\n"));
    // SAFETY: the same promise, for each of these.
    unsafe {
        call((*F).pre_start);
        start_time.store(clock::unix_time() as c_int, Relaxed);
        if let Some(run_script) = (*F).run_script {
            let result = run_script();
            return if result >= 0 { 0 } else { result.wrapping_neg() };
        }
        let (parse, get_op, name) = ((*F).parse_function, (*F).get_op, (*F).ShortVersionStr);
        engine_tl_init(parse, engine_rpc_stats, get_op, (*F).aio_timeout, name);
        init_epoll();
        default_engine_server_start();
    }
    0
}

/// Reads the options, the engine's and the host's, and hands the rest of the command line to the host.
///
/// # Safety
/// As for [`default_main`].
unsafe fn read_command_line(F: *mut ServerFunctions, argc: c_int, argv: *mut *mut c_char) {
    // SAFETY: the same promise, for each of these.
    unsafe {
        progname.store(*argv, Relaxed);
        local_progname.store(*argv, Relaxed);
        add_builtin_parse_options();
        call((*F).prepare_parse_options);
        parse_engine_options_long(argc, argv);
        if let Some(parse_extra_args) = (*F).parse_extra_args {
            let parsed = optind;
            parse_extra_args(argc.wrapping_sub(parsed), argv.offset(parsed as isize));
        }
    }
}

unsafe extern "C" {
    /// Of the C library: how many arguments getopt has read.
    static optind: c_int;
}

/// Serves HTTP where a connection speaks it.
///
/// # Safety
/// The module's promise; `F` is the engine's.
unsafe fn serve_http(F: *mut ServerFunctions) {
    // SAFETY: the same promise; the type is the drop-in's own, which a host may complete.
    unsafe {
        let kind = if (*F).http_type.is_null() {
            (&raw const ct_http_server).cast_mut().cast()
        } else {
            (*F).http_type
        };
        if check_conn_functions(kind, 1) < 0 {
            die(c_text!("default_main: a type of HTTP connections that lacks functions"));
        }
        engine_set_http_fallback(kind, (*F).http_functions);
    }
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `engine/engine-net`: the engine's own port, and the options about the network.
//!
//! One promise stands behind the unsafe functions here: there is an engine, and one thread starts it.

use core::{
    arch::global_asm,
    cell::UnsafeCell,
    ffi::{CStr, c_char, c_int, c_uint, c_void},
    ptr,
    sync::atomic::{AtomicPtr, Ordering::Relaxed},
};

pub use crate::layout::net_tcp_rpc_server::TcpRpcServerFunctions;
use crate::{
    kdb::{
        engine::engine::engine,
        support::{c_text, die, kprintf, vkprintf},
        upcalls::{
            ct_tcp_rpc_server, net_add_nat_info, parse_option_ex, server_init, server_socket,
            tcp_force_enable_dh, tcp_set_default_rpc_flags, tcp_set_max_accept_rate, tcp_set_max_connections,
            tcp_set_max_dh_accept_rate, usage,
        },
    },
    layout::engine::{ENABLE_IPV6, ENABLE_TCP},
};

// ---- the port ----

/// Ports below need a privilege.
const PRIVILEGED_PORTS: c_int = 1024;

/// Of a range, ports are tried whose remainder by this is the host's; but no host has one ([`get_port_mod`]).
const PORT_MODULUS: c_int = 100;

/// Closes the listening socket, if there is one.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn default_close_network_sockets() {
    // SAFETY: the module's promise; a descriptor is a number, here the engine's own.
    unsafe {
        if (*engine()).sfd > 0 {
            libc::close((*engine()).sfd);
            (*engine()).sfd = -1;
        }
    }
}

/// Returns -1: every port of a range may be taken.
#[unsafe(no_mangle)]
pub extern "C" fn get_port_mod() -> c_int {
    -1
}

/// Listens on a port of 127.0.0.1, unless TCP is disabled. Returns 0, or -1 where that fails; with `quit_on_fail` it then ends
/// the process instead, with a message and status 1.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn try_open_port(port: c_int, quit_on_fail: c_int) -> c_int {
    // SAFETY: the module's promise.
    let (modules, backlog) = unsafe { ((*engine()).modules, (*engine()).backlog) };
    if modules & ENABLE_TCP == 0 {
        return 0;
    }
    let loopback = libc::in_addr { s_addr: u32::from_be_bytes([127, 0, 0, 1]).to_be() };
    // SAFETY: plain numbers.
    let socket = unsafe { server_socket(port, loopback, backlog, 0) };
    // SAFETY: the module's promise.
    unsafe { (*engine()).sfd = socket };
    vkprintf!(1, c_text!("opened tcp socket\n"));
    if socket >= 0 {
        return 0;
    }
    if quit_on_fail == 0 {
        return -1;
    }
    // SAFETY: a format that asks for an int; the end is C's own.
    unsafe {
        kprintf(c_text!("cannot open server socket at port %d: %m\n").as_ptr(), port);
        libc::exit(1)
    }
}

/// As [`try_open_port`], with the first port that opens, of those from `start_port` to `end_port`; with `mod_port` and a
/// `rem_port` that is not negative, only ports that leave the same remainder by `mod_port` are tried. Returns the port; the
/// status of a failure is 2.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn try_open_port_range(
    start_port: c_int,
    end_port: c_int,
    mod_port: c_int,
    rem_port: c_int,
    quit_on_fail: c_int,
) -> c_int {
    for port in start_port..=end_port {
        let other = mod_port != 0
            && rem_port >= 0
            && port.checked_rem(mod_port).unwrap_or(0) != rem_port.checked_rem(mod_port).unwrap_or(0);
        // SAFETY: the module's promise.
        if !other && unsafe { try_open_port(port, 0) } >= 0 {
            return port;
        }
    }
    if quit_on_fail == 0 {
        return -1;
    }
    // SAFETY: a format that asks for two ints; the end is C's own.
    unsafe {
        kprintf(c_text!("cannot open server socket at port %d-%d\n").as_ptr(), start_port, end_port);
        libc::exit(2)
    }
}

/// Opens the port that the options ask for, if it needs a privilege: while the process has it.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_do_open_port() {
    // SAFETY: the module's promise.
    let (port, start, end) = unsafe { ((*engine()).port, (*engine()).start_port, (*engine()).end_port) };
    if (1..PRIVILEGED_PORTS).contains(&port) {
        // SAFETY: the module's promise. A failure ends the process.
        unsafe { try_open_port(port, 1) };
    } else if port <= 0 && start <= end && start < PRIVILEGED_PORTS {
        // SAFETY: the module's promise. A failure ends the process.
        let port = unsafe { try_open_port_range(start, end, PORT_MODULUS, get_port_mod(), 1) };
        // SAFETY: the module's promise.
        unsafe { (*engine()).port = port };
        if port < 0 {
            die(c_text!("engine_do_open_port: a negative port"));
        }
    }
}

// ---- what is spoken there ----

// What a connection is given to. Stable Rust cannot align a variable more than its type.
global_asm!(
    ".pushsection .data.rel.default_engine_tcp_rpc_methods, \"aw\"",
    ".balign 32",
    ".globl default_engine_tcp_rpc_methods",
    ".type default_engine_tcp_rpc_methods, %object",
    ".size default_engine_tcp_rpc_methods, 136",
    "default_engine_tcp_rpc_methods:",
    ".quad 0",                           // info
    ".quad 0",                           // rpc_extra
    ".quad default_tl_tcp_rpcs_execute", // execute
    ".quad server_check_ready",          // check_ready
    ".quad tcp_rpc_flush_packet",        // flush_packet
    ".quad tcp_rpcs_default_check_perm", // rpc_check_perm
    ".quad tcp_rpcs_init_crypto",        // rpc_init_crypto
    ".quad 0, 0, 0, 0",                  // nop, rpc_wakeup, rpc_alarm, rpc_ready
    ".quad default_tl_close_conn",       // rpc_close
    ".quad 0, 0, 0, 0, 0",               // lengths and modes, the memcache and HTTP fallbacks
    ".popsection",
);

/// A variable of C's, which C reads and writes as it likes.
#[repr(transparent)]
struct Methods(UnsafeCell<TcpRpcServerFunctions>);

// SAFETY: nothing here keeps a reference; one thread starts the engine (the module's promise).
unsafe impl Sync for Methods {}

unsafe extern "C" {
    safe static default_engine_tcp_rpc_methods: Methods;
}

/// Sets what a connection to the engine's port is given to.
///
/// # Safety
/// The module's promise, and `F` is *readable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_set_tcp_methods(F: *const TcpRpcServerFunctions) {
    // SAFETY: readable, and the variable's own place; a host may pass the variable itself.
    unsafe { default_engine_tcp_rpc_methods.0.get().write(F.read()) };
}

/// Sets what a connection is given to that speaks HTTP.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_set_http_fallback(http_type: *mut c_void, http_functions: *mut c_void) {
    let methods = default_engine_tcp_rpc_methods.0.get();
    // SAFETY: the variable's own place.
    unsafe {
        (*methods).http_fallback_type = http_type.cast();
        (*methods).http_fallback_extra = http_functions;
    }
}

/// Starts to serve the port.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_server_init() {
    // SAFETY: variables of the process.
    unsafe {
        server_init(
            (&raw const ct_tcp_rpc_server).cast_mut().cast(),
            default_engine_tcp_rpc_methods.0.get().cast(),
        )
    }
}

/// Sets how many connections there may be; 65,536 where the number is not positive.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn set_maxconn(val: c_int) {
    let val = if val <= 0 { 65536 } else { val };
    // SAFETY: the module's promise, and a plain number.
    unsafe {
        (*engine()).maxconn = val;
        tcp_set_max_connections(val);
    }
}

// ---- options ----

const NO_ARGUMENT: c_int = 0;
const REQUIRED_ARGUMENT: c_int = 1;

/// The options' group, by which a host takes options away.
const NETWORK_OPTIONS: c_uint = 0x2000;

/// Bits of the RPC protocol's flags.
const ALLOW_SKIP_DH: c_uint = 8;
const USE_CRC32C: c_uint = 2048;

/// Adds the options, in the order of the help text.
///
/// # Safety
/// Options may be added now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_add_net_parse_options() {
    let add = |name: &CStr, argument: c_int, value: c_int, help: &CStr| {
        let format = c_text!("%s");
        // SAFETY: C strings, no variable, a function for the value, and a format that asks for a C string.
        unsafe {
            parse_option_ex(
                name.as_ptr(),
                argument,
                ptr::null_mut(),
                value,
                NETWORK_OPTIONS,
                parse_option,
                format.as_ptr(),
                help.as_ptr(),
            )
        }
    };
    let with = |name, value, help| add(name, REQUIRED_ARGUMENT, value, help);
    let without = |name, value, help| add(name, NO_ARGUMENT, value, help);
    with(c_text!("backlog"), 'b' as c_int, c_text!("sets backlog size"));
    with(c_text!("connections"), 'c' as c_int, c_text!("sets maximal connections number"));
    let help = c_text!("<port> or <sport>:<eport> sets listening port number or port range");
    with(c_text!("port"), 'p' as c_int, help);
    with(c_text!("aes-pwd"), 200, c_text!("sets custom secret.conf file"));
    without(c_text!("ipv6"), '6' as c_int, c_text!("enables ipv6 TCP/UDP support"));
    without(c_text!("disable-tcp"), 214, c_text!("do not open listening tcp socket"));
    without(c_text!("crc32c"), 224, c_text!("Try to use crc32c instead of crc32 in tcp rpc"));
    without(c_text!("allow-skip-dh"), 229, c_text!("Allow skipping DH during RPC handshake"));
    without(c_text!("force-dh"), 230, c_text!("Force using DH for all outbound RPC connections"));
    let help = c_text!("max number of connections per second that is allowed to accept");
    with(c_text!("max-accept-rate"), 249, help);
    let help = c_text!("max number of DH connections per second that is allowed to accept");
    with(c_text!("max-dh-accept-rate"), 250, help);
    let help =
        c_text!("<local-addr>:<global-addr>\tsets network address translation for RPC protocol handshake");
    with(c_text!("nat-info"), 372, help);
    with(c_text!("address"), 373, c_text!("tries to bind socket only to specified address"));
}

/// Obeys one option. Returns 0, or -1 where it is none of these.
///
/// # Safety
/// The module's promise; `optarg` is the option's argument.
unsafe extern "C" fn parse_option(value: c_int) -> c_int {
    // SAFETY: getopt's variable.
    let argument = unsafe { optarg.load(Relaxed) };
    // SAFETY: the argument of an option that has one is a C string.
    let number = || unsafe { libc::atoi(argument) };
    // SAFETY: the module's promise, C strings, and plain numbers.
    unsafe {
        match u8::try_from(value) {
            Ok(b'b') => (*engine()).backlog = number(),
            Ok(b'c') => set_maxconn(number()),
            Ok(b'p') => set_ports(argument),
            Ok(b'6') => (*engine()).modules |= ENABLE_IPV6,
            Ok(200) => set_secret_file(argument),
            Ok(214) => (*engine()).modules &= !ENABLE_TCP,
            Ok(224) => {
                tcp_set_default_rpc_flags(!0, USE_CRC32C);
            }
            Ok(229) => {
                tcp_set_default_rpc_flags(!0, ALLOW_SKIP_DH);
            }
            Ok(230) => tcp_force_enable_dh(),
            Ok(249) => tcp_set_max_accept_rate(number()),
            Ok(250) => tcp_set_max_dh_accept_rate(number()),
            _ => match value {
                372 => add_translation(argument),
                373 => set_address(argument),
                _ => return -1,
            },
        }
    }
    0
}

/// One port, or the first and the last of a range.
///
/// # Safety
/// The module's promise, and a C string.
unsafe fn set_ports(text: *const c_char) {
    let (mut first, mut last): (c_int, c_int) = (0, 0);
    // SAFETY: a C string, and places for what the format asks for.
    let count = unsafe { libc::sscanf(text, c_text!("%d:%d").as_ptr(), &raw mut first, &raw mut last) };
    // SAFETY: the module's promise. Usage ends the process.
    unsafe {
        match count {
            1 if first > 0 => (*engine()).port = first,
            2 if first > 0 && first <= last => {
                (*engine()).start_port = first;
                (*engine()).end_port = last;
            }
            _ => usage(),
        }
    }
}

/// # Safety
/// The module's promise, and null or a C string.
unsafe fn set_secret_file(name: *const c_char) {
    // SAFETY: the name that is there is from malloc, as the copy is.
    unsafe {
        libc::free((*engine()).aes_pwd_file.cast());
        (*engine()).aes_pwd_file = if name.is_null() { ptr::null_mut() } else { libc::strdup(name) };
    }
}

/// # Safety
/// A C string.
unsafe fn add_translation(text: *mut c_char) {
    // SAFETY: a C string; the end is C's own.
    unsafe {
        if net_add_nat_info(text) < 0 {
            usage();
            libc::exit(2);
        }
    }
}

unsafe extern "C" {
    /// Of the C library: the argument of the option that getopt found.
    static optarg: AtomicPtr<c_char>;
    /// Of the C library.
    fn inet_pton(family: c_int, text: *const c_char, address: *mut c_void) -> c_int;
}

/// # Safety
/// The module's promise, and a C string.
unsafe fn set_address(text: *const c_char) {
    // SAFETY: a C string, a place for an IPv4 address, a format that asks for a C string; the end is C's own.
    unsafe {
        if inet_pton(libc::AF_INET, text, (&raw mut (*engine()).settings_addr).cast()) != 1 {
            kprintf(c_text!("Can not convert '%s' to ip addr: %m\n").as_ptr(), text);
            libc::exit(4);
        }
    }
}

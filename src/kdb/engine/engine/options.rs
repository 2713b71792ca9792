// SPDX-License-Identifier: LGPL-2.0-or-later
//! The options about threads, and what becomes of the rest of the command line.

use core::{
    ffi::{CStr, c_char, c_int, c_uint},
    ptr,
    sync::atomic::{AtomicPtr, Ordering::Relaxed},
};

use super::{engine, engine_state};
use crate::{
    kdb::{
        support::{c_text, vkprintf},
        upcalls::{epoll_sleep_ns, parse_option_ex, usage},
    },
    layout::engine::ENABLE_MULTITHREAD,
};

/// The options' group, by which a host takes options away.
const THREAD_OPTIONS: c_uint = 0x400;

const CPU_THREADS: c_int = 227;
const IO_THREADS: c_int = 228;
const MULTITHREAD: c_int = 258;
const TCP_CPU_THREADS: c_int = 301;
const TCP_IO_THREADS: c_int = 302;

/// How long a C event loop sleeps before it waits, with many threads. Ours does not.
const SLEEP_WITH_THREADS: c_int = 10_000;

/// Adds the options, in the order of the help text.
///
/// # Safety
/// Options may be added now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_add_engine_parse_options() {
    let (required, optional) = (1, 2);
    let options: [(&CStr, c_int, c_int, &CStr); 5] = [
        (c_text!("cpu-threads"), required, CPU_THREADS, c_text!("Number of CPU threads (1-64, default 8)")),
        (c_text!("io-threads"), required, IO_THREADS, c_text!("Number of I/O threads (1-64, default 16)")),
        (c_text!("multithread"), optional, MULTITHREAD, c_text!("run in multithread mode")),
        (c_text!("tcp-cpu-threads"), required, TCP_CPU_THREADS, c_text!("number of tcp-cpu threads")),
        (c_text!("tcp-iothreads"), required, TCP_IO_THREADS, c_text!("number of tcp-io threads")),
    ];
    for (name, argument, value, help) in options {
        let (variable, format) = (ptr::null_mut(), c_text!("%s"));
        // SAFETY: C strings, no variable, a function for the value, and a format that asks for a C string.
        unsafe {
            parse_option_ex(
                name.as_ptr(),
                argument,
                variable,
                value,
                THREAD_OPTIONS,
                parse_option,
                format.as_ptr(),
                help.as_ptr(),
            )
        }
    }
}

unsafe extern "C" {
    /// Of the C library: the argument of the option that getopt found, or null.
    static optarg: AtomicPtr<c_char>;
}

/// Obeys one option. Returns 0, or -1 where it is none of these. A number of threads that is not positive is the default's.
///
/// # Safety
/// The module's promise; `optarg` is the option's argument.
unsafe extern "C" fn parse_option(value: c_int) -> c_int {
    // SAFETY: getopt's variable.
    let argument = unsafe { optarg.load(Relaxed) };
    // SAFETY: the argument of an option that has one is a C string.
    let number = || unsafe { libc::atoi(argument) };
    // SAFETY: the module's promise.
    unsafe {
        match value {
            CPU_THREADS => (*engine()).required_cpu_threads = number(),
            IO_THREADS => (*engine()).required_io_threads = number(),
            MULTITHREAD if !argument.is_null() && number() == 0 => {
                (*engine()).modules &= !ENABLE_MULTITHREAD;
            }
            MULTITHREAD => {
                (*engine()).modules |= ENABLE_MULTITHREAD;
                epoll_sleep_ns.store(SLEEP_WITH_THREADS, Relaxed);
            }
            TCP_CPU_THREADS => (*engine()).required_tcp_cpu_threads = number(),
            TCP_IO_THREADS => (*engine()).required_tcp_io_threads = number(),
            _ => return -1,
        }
    }
    0
}

/// What is left of the command line after the options must be nothing; else the usage is printed.
#[unsafe(no_mangle)]
pub extern "C" fn default_parse_extra_args(argc: c_int, _argv: *mut *mut c_char) {
    if argc != 0 {
        vkprintf!(0, c_text!("Extra args\n"));
        usage();
    }
}

/// Hands an option that is nobody else's to the host. Returns 0, or -1 where the host does not know it either.
///
/// # Safety
/// The module's promise; `optarg` is the option's argument.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn default_parse_option_func(a: c_int) -> c_int {
    if engine_state.load(Relaxed).is_null() {
        return -1;
    }
    // SAFETY: the module's promise.
    unsafe { (*(*engine()).F).parse_option.map_or(-1, |parse| parse(a)) }
}

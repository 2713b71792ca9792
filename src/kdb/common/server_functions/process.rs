// SPDX-License-Identifier: LGPL-2.0-or-later
//! The process: its user, its limit of open files, its signals, and what it prints when it crashes.

use core::{
    ffi::{CStr, c_char, c_int, c_void},
    ptr,
    sync::atomic::{AtomicI32, AtomicUsize, Ordering::Relaxed},
};

use crate::{
    kdb::{
        common::kprintf::kwrite,
        support::{c_text, kprintf},
        upcalls::get_version_string,
    },
    sys::{
        accounts::{self, User},
        limits::FileLimit,
        signals,
    },
};

/// When the process started, in Unix seconds. The host sets it.
#[unsafe(no_mangle)]
pub static start_time: AtomicI32 = AtomicI32::new(0);

/// The thread that called [`set_debug_handlers`], or 0.
#[unsafe(no_mangle)]
pub static debug_main_pthread_id: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" {
    // glibc's; the original needs them too.
    fn backtrace(frames: *mut *mut c_void, room: c_int) -> c_int;
    fn backtrace_symbols_fd(frames: *const *mut c_void, count: c_int, fd: c_int);
}

/// The name that root becomes without another one.
const DEFAULT_USER: &CStr = c_text!("mtproxy");

/// # Safety
/// `name` is null or a C string.
unsafe fn user_name<'a>(name: *const c_char) -> &'a CStr {
    if name.is_null() {
        return DEFAULT_USER;
    }
    // SAFETY: a C string, as the caller promises.
    let name = unsafe { CStr::from_ptr(name) };
    if name.is_empty() { DEFAULT_USER } else { name }
}

/// Becomes a user with one group: the named one, else the user's. Does nothing unless the process is root.
///
/// Returns 0, or -1 after a message.
///
/// # Safety
/// Both are null or C strings, and one thread at a time does this.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn change_user_group(user: *const c_char, group: *const c_char) -> c_int {
    if !accounts::is_root() {
        return 0;
    }
    // SAFETY: null or a C string; each format asks for what follows it, and `%m` for the error of the call before.
    unsafe {
        let name = user_name(user);
        let Some(User { id, group: mut gid }) = accounts::find_user(name) else {
            let message = c_text!("change_user_group: can't find the user %s to switch to\n");
            kprintf(message.as_ptr(), name.as_ptr());
            return -1;
        };
        if !accounts::set_supplementary(gid) {
            kprintf(c_text!("change_user_group: failed to clear supplementary groups list: %m\n").as_ptr());
            return -1;
        }
        if !group.is_null() {
            let Some(found) = accounts::find_group(CStr::from_ptr(group)) else {
                let message = c_text!("change_user_group: can't find the group %s to switch to\n");
                kprintf(message.as_ptr(), group);
                return -1;
            };
            gid = found;
        }
        if !accounts::set_group(gid) {
            kprintf(c_text!("change_user_group: setgid (%d) failed. %m\n").as_ptr(), gid as c_int);
            return -1;
        }
        if !accounts::set_user(id) {
            let message = c_text!("change_user_group: failed to assume identity of user %s\n");
            kprintf(message.as_ptr(), name.as_ptr());
            return -1;
        }
    }
    0
}

/// Becomes a user with all its groups. Does nothing unless the process is root.
///
/// Returns 0, or -1 after a message.
///
/// # Safety
/// `user` is null or a C string, and one thread at a time does this.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn change_user(user: *const c_char) -> c_int {
    if !accounts::is_root() {
        return 0;
    }
    // SAFETY: null or a C string; each format asks for what follows it, and `%m` for the error of the call before.
    unsafe {
        let name = user_name(user);
        let Some(User { id, group }) = accounts::find_user(name) else {
            kprintf(c_text!("can't find the user %s to switch to\n").as_ptr(), name.as_ptr());
            return -1;
        };
        if !accounts::set_supplementary(group) {
            kprintf(c_text!("failed to clear supplementary groups list: %m\n").as_ptr());
            return -1;
        }
        if !accounts::take_groups_of(name, group) {
            kprintf(c_text!("failed to load groups of user %s: %m\n").as_ptr(), name.as_ptr());
            return -1;
        }
        if !accounts::set_group(group) || !accounts::set_user(id) {
            kprintf(c_text!("failed to assume identity of user %s\n").as_ptr(), name.as_ptr());
            return -1;
        }
    }
    0
}

/// Raises the limit of open files to three more than a number, if it is below the number; the hard limit too where it must.
/// As in the original a negative number exceeds every limit, so that -1 makes the limit 2.
///
/// Returns 0, or -1 after a message.
#[unsafe(no_mangle)]
pub extern "C" fn raise_file_rlimit(maxfiles: c_int) -> c_int {
    let failed = |message: &CStr| {
        // SAFETY: a C string that asks for nothing.
        unsafe { kprintf(message.as_ptr()) };
        -1
    };
    let Some(FileLimit { mut soft, hard }) = FileLimit::get() else {
        return failed(c_text!("failed to getrlimit number of files\n"));
    };
    if soft < maxfiles as libc::rlim_t {
        soft = maxfiles.wrapping_add(3) as libc::rlim_t;
    }
    if !(FileLimit { soft, hard: hard.max(soft) }).set() {
        return failed(c_text!(
            "failed to set rlimit for open files. Try running as root or requesting smaller maxconns value.\n"
        ));
    }
    0
}

/// Writes the calls on this thread's stack to standard error, and after them the version. Safe in a signal handler after
/// [`set_debug_handlers`].
#[unsafe(no_mangle)]
pub extern "C" fn print_backtrace() {
    let mut frames = [ptr::null_mut(); 64];
    write(c_text!("\n------- Stack Backtrace -------\n"));
    // SAFETY: room for so many frames, of which the first function says how many it filled.
    unsafe {
        let count = backtrace(frames.as_mut_ptr(), frames.len() as c_int);
        backtrace_symbols_fd(frames.as_ptr(), count, libc::STDERR_FILENO);
    }
    write(c_text!("-------------------------------\n"));
    let version = get_version_string();
    if !version.is_null() {
        // SAFETY: the host's C string.
        write(unsafe { CStr::from_ptr(version) });
        write(c_text!("\n"));
    }
}

fn write(text: &CStr) {
    // SAFETY: readable for its length.
    unsafe { kwrite(libc::STDERR_FILENO, text.as_ptr().cast(), text.count_bytes() as c_int) };
}

/// Sends `SIGABRT` to the thread that called [`set_debug_handlers`], unless this is it.
///
/// # Safety
/// [`debug_main_pthread_id`] is 0 or a thread that has not ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kill_main() {
    let main = debug_main_pthread_id.load(Relaxed);
    // SAFETY: the thread's own identity; the noted one has not ended, as the caller promises.
    unsafe {
        if main != 0 && main != libc::pthread_self() as usize {
            libc::pthread_kill(main as libc::pthread_t, libc::SIGABRT);
        }
    }
}

const FAILED: &CStr = c_text!("failed sigaction\n");

/// Installs a signal handler with one argument: on the alternate stack, restarting system calls. A failure is logged.
///
/// # Safety
/// `handler` is `SIG_DFL`, `SIG_IGN`, or such a function that may run in the midst of any other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ksignal(sig: c_int, handler: libc::sighandler_t) {
    // SAFETY: the same promise.
    if !unsafe { signals::handle(sig, handler, false) } {
        write(FAILED);
    }
}

/// As [`ksignal`], for a handler with three arguments. A failure is logged and ends the process with status 1.
///
/// # Safety
/// As for [`ksignal`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ksignal_ex(sig: c_int, handler: libc::sighandler_t) {
    // SAFETY: the same promise; the end is C's own.
    unsafe {
        if !signals::handle(sig, handler, true) {
            write(FAILED);
            libc::_exit(1);
        }
    }
}

/// The handler of signals that tell of a crash: prints the stack, stops the main thread too, and ends the process with status
/// 1.
///
/// # Safety
/// Called as a signal handler, or with a signal's number; and as for [`kill_main`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn extended_debug_handler(
    sig: c_int,
    _info: *mut libc::siginfo_t,
    _context: *mut c_void,
) {
    // SAFETY: the default handler; the promise of `kill_main`; the end is C's own.
    unsafe {
        ksignal(sig, libc::SIG_DFL);
        print_backtrace();
        kill_main();
        libc::_exit(1)
    }
}

/// Prints the stack at a crash: installs [`extended_debug_handler`], and notes the calling thread as the main one.
///
/// C allocates at the first backtrace. That one is made here, because a crash inside the allocator would otherwise hang.
#[unsafe(no_mangle)]
pub extern "C" fn set_debug_handlers() {
    let mut frame = ptr::null_mut();
    // SAFETY: room for one frame.
    unsafe { backtrace(&raw mut frame, 1) };
    let handler: unsafe extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = extended_debug_handler;
    for signal in [libc::SIGSEGV, libc::SIGABRT, libc::SIGFPE, libc::SIGBUS] {
        // SAFETY: a handler with three arguments, which calls only what may be called in one.
        unsafe { ksignal_ex(signal, handler as libc::sighandler_t) };
    }
    // SAFETY: the thread's own identity.
    debug_main_pthread_id.store(unsafe { libc::pthread_self() } as usize, Relaxed);
}

/// Does nothing, and is weak: a host may define it.
#[unsafe(no_mangle)]
pub extern "C" fn queries_log_store(
    _queries: *mut c_void,
    _limit: c_int,
    _max_size: c_int,
    _max_entry_size: c_int,
    _plain: c_int,
) {
}

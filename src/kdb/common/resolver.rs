// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/resolver`.
//!
//! One promise stands behind the unsafe functions here, as in the original: one thread at a time resolves, because results
//! lie in variables of the process.

use core::{
    cell::UnsafeCell,
    ffi::{CStr, c_char, c_int, c_ushort, c_void},
    ptr,
    sync::atomic::{AtomicI32, Ordering::Relaxed},
};

use super::kprintf::verbosity;
use crate::{
    hosts::{MAX_NAME, is_host_name},
    kdb::support::{c_text, kprintf, stderr, vkprintf},
    runtime::hosts::{self, Event, Load, Lookup},
    sys::file::File,
};

const HOSTS_FILE: &CStr = c_text!("/etc/hosts");

unsafe extern "C" {
    /// Defined in `parse_config.rs`, or by the host: 1 with a table, -1 without one after a failure, 0 before the first load.
    static kdb_hosts_loaded: AtomicI32;
    /// The C library's resolver.
    fn gethostbyname(name: *const c_char) -> *mut libc::hostent;
    fn gethostbyname2(name: *const c_char, family: c_int) -> *mut libc::hostent;
}

fn loaded() -> &'static AtomicI32 {
    // SAFETY: a variable of the process, an int whoever defines it.
    unsafe { &kdb_hosts_loaded }
}

/// Loads `/etc/hosts` unless the table is as new as the file.
///
/// Returns 1 where it was loaded; 0 where the table stays, because the file has not changed or cannot be used; -1 where there
/// is none.
#[unsafe(no_mangle)]
pub extern "C" fn kdb_load_hosts() -> c_int {
    match hosts::load(HOSTS_FILE, log_event) {
        Load::Loaded => {
            loaded().store(1, Relaxed);
            1
        }
        // A host that reset the variable has its table back; the original aborts there.
        Load::Unchanged => {
            loaded().store(1, Relaxed);
            0
        }
        Load::Failed => {
            if loaded().load(Relaxed) <= 0 {
                loaded().store(-1, Relaxed);
            }
            if loaded().load(Relaxed) < 0 { -1 } else { 0 }
        }
    }
}

fn log_event(event: Event) {
    if verbosity.load(Relaxed) <= 1 {
        return;
    }
    // SAFETY: C's stream, and what the formats ask for.
    unsafe {
        match event {
            Event::Read { got, size } => {
                libc::fprintf(stderr, c_text!("read %lld of %lld bytes of /etc/hosts\n").as_ptr(), got, size)
            }
            Event::Table { slots, names } => {
                let message = c_text!("IP table hash size: %d (for %d entries)\n");
                libc::fprintf(stderr, message.as_ptr(), slots as c_int, names as c_int)
            }
        };
    }
}

/// The result for a name of the table, in memory that the next result overwrites.
struct Answer {
    address: UnsafeCell<[u8; 4]>,
    addresses: UnsafeCell<[*mut c_char; 2]>,
    entry: UnsafeCell<libc::hostent>,
}

// SAFETY: used by one thread at a time (the module's promise).
unsafe impl Sync for Answer {}

static ANSWER: Answer = Answer {
    address: UnsafeCell::new([0; 4]),
    addresses: UnsafeCell::new([ptr::null_mut(); 2]),
    entry: UnsafeCell::new(libc::hostent {
        h_name: ptr::null_mut(),
        h_aliases: ptr::null_mut(),
        h_addrtype: libc::AF_INET,
        h_length: 4,
        h_addr_list: ptr::null_mut(),
    }),
};

/// Resolves a name: by the table of `/etc/hosts`, which is loaded at the first call, else by the C library, IPv4 first. A
/// name in brackets is an IPv6 name for the C library. With a table, a name without a dot or colon is not asked of the C
/// library.
///
/// Returns an entry that the next call may overwrite, or null. An entry from the table has the caller's pointer as its name.
///
/// # Safety
/// `name` is a C string, and one thread at a time resolves.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kdb_gethostbyname(name: *const c_char) -> *mut libc::hostent {
    if loaded().load(Relaxed) == 0 {
        kdb_load_hosts();
    }
    // SAFETY: a C string, as the caller promises.
    let text = unsafe { CStr::from_ptr(name) }.to_bytes();
    if let [b'[', inner @ .., b']'] = text {
        let mut buffer = [0; 64];
        if let Some(place) = buffer.get_mut(..inner.len()).filter(|_| text.len() <= 64) {
            place.copy_from_slice(inner);
            // SAFETY: at most 62 bytes were copied, so a NUL follows.
            return unsafe { gethostbyname2(buffer.as_ptr().cast(), libc::AF_INET6) };
        }
    }
    let found =
        if loaded().load(Relaxed) > 0 && text.len() < MAX_NAME { hosts::find(text) } else { Lookup::NoTable };
    match found {
        Lookup::Found(ip) => answer(name, ip),
        Lookup::Unknown if !text.iter().any(|byte| matches!(byte, b'.' | b':')) => ptr::null_mut(),
        // SAFETY: a C string, as the caller promises.
        _ => unsafe {
            let entry = gethostbyname(name);
            if entry.is_null() { gethostbyname2(name, libc::AF_INET6) } else { entry }
        },
    }
}

fn answer(name: *const c_char, ip: u32) -> *mut libc::hostent {
    let Answer { address, addresses, entry } = &ANSWER;
    // SAFETY: one thread at a time resolves (the module's promise), and no reference is kept.
    unsafe {
        *address.get() = ip.to_be_bytes();
        *addresses.get() = [address.get().cast(), ptr::null_mut()];
        (*entry.get()).h_name = name.cast_mut();
        (*entry.get()).h_addr_list = addresses.get().cast();
    }
    entry.get()
}

/// Does nothing, and returns -1.
#[unsafe(no_mangle)]
pub extern "C" fn parse_ipv6(_ipv6: *mut c_ushort, _str: *mut c_char) -> c_int {
    -1
}

/// The name that [`detect_hostname`] found: null before, and its memory if it is from the file.
struct HostName {
    found: UnsafeCell<*mut c_char>,
    buffer: UnsafeCell<[u8; NAME_FILE_SIZE]>,
}

// SAFETY: used by one thread at a time (the module's promise).
unsafe impl Sync for HostName {}

const NAME_FILE_SIZE: usize = 256;

static HOST_NAME: HostName =
    HostName { found: UnsafeCell::new(ptr::null_mut()), buffer: UnsafeCell::new([0; NAME_FILE_SIZE]) };

/// The name of this machine: the environment's `HOSTNAME`, else the first word of `/etc/hostname`.
///
/// Ends the process, with status 2 and a message, where there is none, or it is not 1 to 63 letters, digits, dots, hyphens
/// and underscores.
///
/// # Safety
/// One thread at a time resolves, and none changes the environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn detect_hostname() -> *mut c_char {
    // SAFETY: one thread at a time, as the caller promises; what was found is a C string that stays.
    let found = unsafe {
        let found = HOST_NAME.found.get();
        if is_empty(*found) {
            *found = libc::getenv(c_text!("HOSTNAME").as_ptr());
            if is_empty(*found) {
                *found = host_name_of_file(&mut *HOST_NAME.buffer.get());
            }
        }
        if is_empty(*found) {
            kprintf(c_text!("fatal: cannot detect hostname\n").as_ptr());
            libc::exit(2);
        }
        if !is_host_name(CStr::from_ptr(*found).to_bytes()) {
            kprintf(c_text!("fatal: bad hostname '%s'\n").as_ptr(), *found);
            libc::exit(2);
        }
        *found
    };
    vkprintf!(1, c_text!("hostname is %s\n"), found);
    found
}

/// # Safety
/// `text` is null or a C string.
unsafe fn is_empty(text: *const c_char) -> bool {
    // SAFETY: the same promise.
    text.is_null() || unsafe { *text } == 0
}

/// The first word of `/etc/hostname`, NUL-terminated, in the buffer. Ends the process where the file cannot be read, is
/// empty or does not fit.
fn host_name_of_file(buffer: &mut [u8; NAME_FILE_SIZE]) -> *mut c_char {
    let Some(file) = File::open(c_text!("/etc/hostname")) else {
        // SAFETY: a C string that asks for nothing; the end is C's own.
        unsafe {
            kprintf(c_text!("cannot read /etc/hostname: %m\n").as_ptr());
            libc::exit(2)
        }
    };
    let read = file.read(buffer);
    let len = match read {
        Some(len @ 1..NAME_FILE_SIZE) => len,
        _ => {
            let read = read.map_or(-1, |len| len as c_int);
            // SAFETY: a C string that asks for an int; the end is C's own.
            unsafe {
                kprintf(c_text!("cannot read hostname from /etc/hostname: %d bytes read\n").as_ptr(), read);
                libc::exit(2)
            }
        }
    };
    let start = buffer.iter().take(len).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    // A word ends at a blank or a control byte, and bytes from 0x80 on count as such: the original's char is signed.
    let word = |byte: &u8| (b'!'..=0x7f).contains(byte);
    let end = start + buffer.iter().take(len).skip(start).take_while(|byte| word(byte)).count();
    if let Some(place) = buffer.get_mut(end) {
        *place = 0;
    }
    let name: *mut c_void = buffer.get_mut(start..).map_or(ptr::null_mut(), |name| name.as_mut_ptr().cast());
    name.cast()
}

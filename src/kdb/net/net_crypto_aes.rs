// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-crypto-aes`.
//!
//! One promise stands behind the functions that read or load the secret, as in the original: none reads it while another
//! loads it.

use core::{
    ffi::{CStr, c_char, c_int, c_uint, c_ushort, c_void},
    ptr, slice,
    sync::atomic::{AtomicI32, Ordering::Relaxed},
};

use super::net_config::{pwd_config_buf, pwd_config_len};
pub use crate::{
    crypto::Keys,
    layout::{
        jobs::AsyncJob,
        net_connections::ConnectionInfo,
        net_crypto_aes::{AesCrypto, AesSecret, AesStats},
    },
};
use crate::{
    crypto::{Addresses, Handshake, MAX_SECRET, MIN_SECRET, Refused, derive_keys},
    digest::md5_hex,
    kdb::{
        libcrypto::{Mode, free_cipher, new_aes},
        module_stats::module_stats,
        statics::exported_text,
        support::{bytes, c_text, die, vkprintf},
        upcalls::{main_secret, pwd_config_md5},
    },
    layout::common_stats::StatsBuffer,
    sys::{file::File, memory, random},
};

module_stats! {
    "crypto_aes", AesStats,
    list: jobs_module_list_stat_crypto_aes,
    own: "jobs_module_stat_crypto_aes",
    prefix: jobs_module_state_prefix_crypto_aes,
    thread_init: jobs_module_thread_init_crypto_aes,
    callback: crypto_aes_thread_callback,
    register: jobs_module_register_crypto_aes,
}

/// Adds the counters to a page. Returns the length of the page.
///
/// # Safety
/// `sb` is a stats buffer, and `pwd_config_md5` a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crypto_aes_prepare_stat(sb: *mut StatsBuffer) -> c_int {
    // SAFETY: a live buffer, and a C string.
    unsafe {
        MODULE
            .page(sb)
            .int(c_text!("allocated_aes_crypto"), |stats| &stats.allocated_aes_crypto)
            .int(c_text!("allocated_aes_crypto_temp"), |stats| &stats.allocated_aes_crypto_temp)
            .text(c_text!("aes_pwd_hash"), (&raw const pwd_config_md5).cast())
            .end()
    }
}

/// Writes how many ciphers and temporary keys there are.
///
/// # Safety
/// Each pointer is null or *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fetch_aes_crypto_stat(ciphers: *mut c_int, temporary: *mut c_int) {
    let ours = [
        (ciphers, MODULE.sum_int(|stats| &stats.allocated_aes_crypto)),
        (temporary, MODULE.sum_int(|stats| &stats.allocated_aes_crypto_temp)),
    ];
    for (place, count) in ours {
        if !place.is_null() {
            // SAFETY: writable, as the caller promises.
            unsafe { place.write(count) };
        }
    }
}

// The secret of this process; all zero until one is loaded.
exported_text!("main_secret", "", "268", "32");

/// 1 once a secret was loaded. Nothing reads it.
#[unsafe(no_mangle)]
pub static aes_initialized: AtomicI32 = AtomicI32::new(0);

/// The first four bytes of the secret; `None` if there are not so many.
///
/// # Safety
/// Nobody loads a secret meanwhile.
unsafe fn signature() -> Option<c_int> {
    // SAFETY: defined above; nobody writes it meanwhile, as the caller promises.
    unsafe { (main_secret.secret_len >= 4).then(|| (&raw const main_secret.secret).cast::<c_int>().read()) }
}

/// The first four bytes of the secret, as a number; 0 if there are not so many.
///
/// # Safety
/// Nobody loads a secret meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn get_crypto_key_id() -> c_int {
    // SAFETY: the same promise.
    unsafe { signature() }.unwrap_or(0)
}

/// There are no others: returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn get_extra_crypto_key_ids(_buf: *mut c_int, _max: c_int) -> c_int {
    0
}

/// Returns 1 if `x` is the secret's number, and not 0.
///
/// # Safety
/// Nobody loads a secret meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn is_valid_crypto_key_id(x: c_int) -> c_int {
    // SAFETY: the same promise.
    c_int::from(x != 0 && unsafe { signature() } == Some(x))
}

/// The greatest length of the secret's file; one byte more is read, to see that it is longer.
const MAX_FILE: usize = 16384;
const CANNOT_OPEN: c_int = c_int::MIN;

fn random_bytes(place: &mut [u8]) -> bool {
    random::fill(place, c_text!("/dev/urandom"))
}

/// Loads the secret from a file, `secret` if that is null, and seeds the C library's `drand48` family.
///
/// Returns 1; `INT_MIN` if the file cannot be opened; -1 if it cannot be read, if it has less than 32 or more than 256
/// bytes, or if there is no randomness. After a failure the old secret stays; without randomness there is none.
///
/// # Safety
/// `filename` is null or a C string. Nobody reads the secret meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aes_load_pwd_file(filename: *const c_char) -> c_int {
    let mut seed = [0; 8];
    if !random_bytes(&mut seed) {
        // SAFETY: defined above; nobody else uses it meanwhile, as the caller promises.
        unsafe { main_secret.secret_len = 0 };
        return -1;
    }
    random::seed_drand48(seed);
    let name = if filename.is_null() { c_text!("secret").as_ptr() } else { filename };
    // SAFETY: a C string, as the caller promises.
    let Some(file) = File::open(unsafe { CStr::from_ptr(name) }) else {
        vkprintf!(1, c_text!("cannot open password file %s: %m\n"), name);
        return CANNOT_OPEN;
    };
    // SAFETY: net-config's buffer, which is longer; nobody else uses it meanwhile, as the caller promises.
    let buffer = unsafe { slice::from_raw_parts_mut(pwd_config_buf.start(), MAX_FILE + 1) };
    let read = file.read(buffer);
    drop(file);
    let Some(len) = read else {
        vkprintf!(1, c_text!("error reading password file %s: %m\n"), name);
        return -1;
    };
    vkprintf!(1, c_text!("loaded %d bytes from password file %s\n"), len as c_int, name);
    // SAFETY: as for the buffer.
    unsafe { take(len, name) }
}

/// Takes the secret from the buffer, where `len` bytes of the file are.
///
/// # Safety
/// As for [`aes_load_pwd_file`].
unsafe fn take(len: usize, name: *const c_char) -> c_int {
    if len > MAX_FILE {
        pwd_config_len.store(0, Relaxed);
        return -1;
    }
    pwd_config_len.store(len as c_int, Relaxed);
    // SAFETY: the buffer has 128 bytes more than the longest file.
    let text = unsafe {
        let start = pwd_config_buf.start();
        start.add(len).write_bytes(0, 4);
        slice::from_raw_parts(start, len)
    };
    if !(MIN_SECRET..=MAX_SECRET).contains(&len) {
        let format = c_text!("secret file %s too long or too short: loaded %d bytes, expected %d..%d\n");
        vkprintf!(1, format, name, len as c_int, MIN_SECRET as c_int, MAX_SECRET as c_int);
        return -1;
    }
    // SAFETY: the digest, of which the NUL stays, and the secret, defined above, for which this length was checked;
    // nobody else uses them meanwhile, as the caller promises.
    unsafe {
        (&raw mut pwd_config_md5).cast::<[u8; 32]>().write(md5_hex(text));
        (&raw mut main_secret.secret).write([0; 260]);
        ptr::copy_nonoverlapping(text.as_ptr(), (&raw mut main_secret.secret).cast(), len);
        main_secret.secret_len = len as c_int;
    }
    aes_initialized.store(1, Relaxed);
    1
}

/// Writes 16 random bytes. Returns 0.
///
/// Without a random source the process ends: with a nonce that can be guessed a stranger could replay connections.
///
/// # Safety
/// `res` is *writable* for 16 bytes.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aes_generate_nonce(res: *mut c_char) -> c_int {
    let mut nonce = [0; 16];
    if !random_bytes(&mut nonce) {
        die(c_text!("aes_generate_nonce: the kernel gives no random bytes"));
    }
    // SAFETY: writable, as the caller promises.
    unsafe { res.cast::<[u8; 16]>().write_unaligned(nonce) };
    0
}

/// Derives a connection's keys. Returns 1; -1 for an empty secret, with nothing written.
///
/// A secret of less than 32 or more than 256 bytes, and an address that is 0 at one end only, end the process. If
/// `server_ip` is 0, the IPv6 addresses count.
///
/// # Safety
/// `out` is *writable*, `key` is a secret, `temp_key` is *readable* for `temp_key_len` bytes, and the other pointers are
/// *readable* for 16 bytes; the IPv6 addresses may be null where they do not count.
#[inline(never)]
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments, reason = "the legacy signature")]
pub unsafe extern "C" fn aes_create_keys(
    out: *mut Keys,
    am_client: c_int,
    nonce_server: *const c_char,
    nonce_client: *const c_char,
    client_timestamp: c_int,
    server_ip: c_uint,
    server_port: c_ushort,
    server_ipv6: *const u8,
    client_ip: c_uint,
    client_port: c_ushort,
    client_ipv6: *const u8,
    key: *const AesSecret,
    temp_key: *const u8,
    temp_key_len: c_int,
) -> c_int {
    // SAFETY: the same promises.
    let handshake = unsafe {
        let len = (&raw const (*key).secret_len).read();
        if len == 0 {
            return -1;
        }
        if !(MIN_SECRET as c_int..=MAX_SECRET as c_int).contains(&len) {
            bad_secret();
        }
        Handshake {
            client: am_client != 0,
            server_nonce: nonce_server.cast::<[u8; 16]>().read_unaligned(),
            client_nonce: nonce_client.cast::<[u8; 16]>().read_unaligned(),
            timestamp: client_timestamp,
            addresses: match (server_ip, client_ip) {
                (0, 0) => Addresses::V6 {
                    server: server_ipv6.cast::<[u8; 16]>().read_unaligned(),
                    client: client_ipv6.cast::<[u8; 16]>().read_unaligned(),
                },
                (0, _) | (_, 0) => {
                    die(c_text!("aes_create_keys: one end has an IPv4 address, the other has not"))
                }
                (server, client) => Addresses::V4 { server, client },
            },
            server_port,
            client_port,
            secret: bytes((&raw const (*key).secret).cast(), len),
            mixed: bytes(temp_key.cast(), temp_key_len),
        }
    };
    // SAFETY: writable, as the caller promises; bytes alone, whatever they are.
    match derive_keys(&handshake, unsafe { &mut *out }) {
        Ok(()) => 1,
        Err(Refused::NoSecret) => -1,
        Err(Refused::SecretLength) => bad_secret(),
    }
}

#[cold]
#[inline(never)]
fn bad_secret() -> ! {
    die(c_text!("aes_create_keys: the secret has less than 32 or more than 256 bytes"))
}

/// Gives a connection ciphers for both directions. Returns 0. Keys of another length, no memory and no libcrypto end the
/// process.
///
/// # Safety
/// `c` is a connection's job, which this thread runs or has locked, and `keys` is *readable* for the length.
unsafe fn init(c: *mut AsyncJob, keys: *const c_void, len: c_int, mode: Mode) -> c_int {
    if usize::try_from(len) != Ok(size_of::<Keys>()) {
        die(c_text!("aes_crypto_init: not the length of a connection's keys"));
    }
    // SAFETY: readable, as the caller promises; bytes alone.
    let keys = unsafe { &*keys.cast::<Keys>() };
    let read_aeskey = new_aes(mode, &keys.read_key, &keys.read_iv, false);
    let write_aeskey = new_aes(mode, &keys.write_key, &keys.write_iv, true);
    if read_aeskey.is_null() || write_aeskey.is_null() {
        die(c_text!("aes_crypto_init: libcrypto refuses"));
    }
    // An object of 16 bytes, which C aligns to as many.
    let Some(crypto) =
        memory::object(AesCrypto { read_aeskey: read_aeskey.cast(), write_aeskey: write_aeskey.cast() })
    else {
        die(c_text!("aes_crypto_init: out of memory"))
    };
    MODULE.own().add_int(|stats| &stats.allocated_aes_crypto, 1);
    // SAFETY: the connection is this thread's, as the caller promises.
    unsafe { (*ConnectionInfo::of(c)).crypto = crypto.as_ptr().cast() };
    0
}

/// Gives a connection AES-256-CBC for both directions. Returns 0. Keys of another length end the process.
///
/// # Safety
/// `c` is a connection's job, which this thread runs or has locked, and `key_data` is a [`Keys`].
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aes_crypto_init(
    c: *mut AsyncJob,
    key_data: *mut c_void,
    key_data_len: c_int,
) -> c_int {
    // SAFETY: the same promises.
    unsafe { init(c, key_data, key_data_len, Mode::Cbc) }
}

/// Gives a connection AES-256-CTR for both directions. Returns 0. Keys of another length end the process.
///
/// # Safety
/// As for [`aes_crypto_init`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aes_crypto_ctr128_init(
    c: *mut AsyncJob,
    key_data: *mut c_void,
    key_data_len: c_int,
) -> c_int {
    // SAFETY: the same promises.
    unsafe { init(c, key_data, key_data_len, Mode::Ctr) }
}

/// Frees a connection's ciphers and temporary key, if it has any. Returns 0.
///
/// # Safety
/// `c` is a connection's job, which this thread runs or has locked.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aes_crypto_free(c: *mut AsyncJob) -> c_int {
    // SAFETY: the connection is this thread's, as the caller promises; its ciphers are from `init`, and its temporary key
    // from `alloc_crypto_temp`.
    unsafe {
        let info = ConnectionInfo::of(c);
        let crypto = ptr::replace(&raw mut (*info).crypto, ptr::null_mut()).cast::<AesCrypto>();
        if !crypto.is_null() {
            free_cipher((*crypto).read_aeskey.cast());
            free_cipher((*crypto).write_aeskey.cast());
            libc::free(crypto.cast());
            MODULE.own().add_int(|stats| &stats.allocated_aes_crypto, -1);
        }
        let temporary = ptr::replace(&raw mut (*info).crypto_temp, ptr::null_mut());
        if !temporary.is_null() {
            free_temporary(temporary);
        }
    }
    0
}

/// # Safety
/// From [`alloc_crypto_temp`], or null, and not used again.
unsafe fn free_temporary(temporary: *mut c_void) {
    // SAFETY: the same promise.
    unsafe { memory::wipe_and_free(temporary) };
    MODULE.own().add_int(|stats| &stats.allocated_aes_crypto_temp, -1);
}

/// Wipes and frees a temporary key, all of it whatever the length.
///
/// # Safety
/// `crypto` is null or from [`alloc_crypto_temp`], and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_crypto_temp(crypto: *mut c_void, _len: c_int) {
    // SAFETY: the same promise.
    unsafe { free_temporary(crypto) }
}

/// Memory for a temporary key. Where there is none, and for a negative length, the process ends.
#[unsafe(no_mangle)]
pub extern "C" fn alloc_crypto_temp(len: c_int) -> *mut c_void {
    let memory = usize::try_from(len).ok().and_then(memory::allocate);
    let Some(memory) = memory else { die(c_text!("alloc_crypto_temp: out of memory")) };
    MODULE.own().add_int(|stats| &stats.allocated_aes_crypto_temp, 1);
    memory.as_ptr()
}

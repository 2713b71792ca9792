// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-crypto-dh`. The powers are the host's libcrypto's.

use core::{
    ffi::{c_int, c_longlong, c_uint},
    ptr,
    sync::atomic::{
        AtomicI32, AtomicI64, AtomicPtr,
        Ordering::{Acquire, Relaxed, Release},
    },
};

use zeroize::Zeroizing;

pub use crate::layout::net_crypto_dh::{DhParameters, DhStats};
use crate::{
    crypto::{DH_GENERATOR, DH_GROUP, DH_PRIME, Number, group_id, is_good},
    kdb::{
        libcrypto::{BigNumber, ModularPowers, new_number},
        module_stats::module_stats,
        statics::{Aligned32, exported_aligned, exported_thread_local},
        support::{c_text, die, vkprintf},
    },
    layout::common_stats::StatsBuffer,
    runtime::dh::{agree, draw_pair},
    sys::random,
};

module_stats! {
    "crypto_dh", DhStats,
    list: jobs_module_list_stat_crypto_dh,
    own: "jobs_module_stat_crypto_dh",
    prefix: jobs_module_state_prefix_crypto_dh,
    thread_init: jobs_module_thread_init_crypto_dh,
    callback: crypto_dh_thread_callback,
    register: jobs_module_register_crypto_dh,
}

fn count(round: impl FnOnce(&'static [AtomicI64; 3]) -> &'static AtomicI64) {
    MODULE.own().add_long(|stats| round(&stats.tot_dh_rounds), 1);
}

/// How many first, second and third rounds all threads have done.
fn rounds() -> [i64; 3] {
    [
        MODULE.sum_long(|DhStats { tot_dh_rounds: [first, ..] }| first),
        MODULE.sum_long(|DhStats { tot_dh_rounds: [_, second, _] }| second),
        MODULE.sum_long(|DhStats { tot_dh_rounds: [.., third] }| third),
    ]
}

/// Adds the counters to a page. Returns the length of the page.
///
/// # Safety
/// `sb` is a stats buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crypto_dh_prepare_stat(sb: *mut StatsBuffer) -> c_int {
    // SAFETY: a live buffer.
    unsafe { MODULE.page(sb) }.three_longs(c_text!("tot_dh_rounds"), rounds()).end()
}

/// Writes how many first, second and third rounds there were.
///
/// # Safety
/// `counts` is *writable* for three numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fetch_tot_dh_rounds_stat(counts: *mut c_longlong) {
    // SAFETY: writable, as the caller promises.
    unsafe { counts.cast::<[i64; 3]>().write(rounds()) };
}

/// The prime that both ends use.
#[unsafe(no_mangle)]
pub static rpc_dh_prime_bin: Aligned32<Number> = Aligned32(DH_PRIME);

/// What the prime and the generator are known by; 0 until they are ready.
#[unsafe(no_mangle)]
pub static dh_params_select: AtomicI32 = AtomicI32::new(0);

/// The prime as libcrypto has it; null until [`init_dh_params`].
#[unsafe(no_mangle)]
pub static rpc_dh_prime: AtomicPtr<BigNumber> = AtomicPtr::new(ptr::null_mut());

/// The generator as libcrypto has it; null until [`init_dh_params`].
#[unsafe(no_mangle)]
pub static rpc_dh_generator: AtomicPtr<BigNumber> = AtomicPtr::new(ptr::null_mut());

// Per thread, and always null: libcrypto's room for a calculation is freed after each one, and so wiped.
exported_thread_local!("rpc_BN_ctx", "8");

// Held by the thread that makes the numbers. Its size depends on the machine, and is no multiple of its alignment; zeros are
// a lock that nobody holds.
exported_aligned!("DhInitLock", size_of::<libc::pthread_mutex_t>(), "32");

unsafe extern "C" {
    static mut DhInitLock: libc::pthread_mutex_t;
}

/// Makes the numbers, in the first call. Returns 1 then, and 0 later.
///
/// A program without libcrypto, and one without memory, end here with a message.
#[unsafe(no_mangle)]
pub extern "C" fn init_dh_params() -> c_int {
    if dh_params_select.load(Acquire) != 0 {
        return 0;
    }
    // SAFETY: the lock above, which nobody moves.
    unsafe { libc::pthread_mutex_lock(&raw mut DhInitLock) };
    let first = dh_params_select.load(Relaxed) == 0;
    if first {
        make_numbers();
    }
    // SAFETY: as above; this thread holds it.
    unsafe { libc::pthread_mutex_unlock(&raw mut DhInitLock) };
    first.into()
}

fn make_numbers() {
    if group_id(DH_GENERATOR, &rpc_dh_prime_bin.0) != DH_GROUP {
        die(c_text!("init_dh_params: the prime or the generator is not the known one"));
    }
    let (prime, generator) = (new_number(&rpc_dh_prime_bin.0), new_number(&[DH_GENERATOR]));
    if prime.is_null() || generator.is_null() {
        die(c_text!("init_dh_params: out of memory"));
    }
    // The releases go with the acquires of `powers`: a thread that sees a number sees what it was made of.
    rpc_dh_prime.store(prime, Release);
    rpc_dh_generator.store(generator, Release);
    dh_params_select.store(DH_GROUP, Release);
}

/// Arithmetic with the numbers. Before [`init_dh_params`] the process ends.
///
/// # Safety
/// The numbers are those of `init_dh_params`, or null.
unsafe fn powers() -> ModularPowers<'static> {
    // SAFETY: from libcrypto and never freed, or null, as the caller promises.
    let numbers = unsafe { (rpc_dh_prime.load(Acquire).as_ref(), rpc_dh_generator.load(Acquire).as_ref()) };
    let (Some(prime), Some(generator)) = numbers else {
        die(c_text!("Diffie-Hellman: init_dh_params was not called"))
    };
    ModularPowers { prime, generator }
}

fn draw_secret(secret: &mut Number) {
    if !random::fill(secret, c_text!("/dev/urandom")) {
        die(c_text!("Diffie-Hellman: the kernel gives no random bytes"));
    }
}

/// Writes a secret that is drawn, and what the other end may know of it. Without a random source the process ends, as it
/// does before [`init_dh_params`].
///
/// # Safety
/// Both are *writable* for 256 bytes, and are not the same. The numbers are those of `init_dh_params`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn create_g_a(g_a: *mut u8, a: *mut u8) {
    // SAFETY: the same promises; bytes alone.
    unsafe { draw_pair(&powers(), draw_secret, &mut *a.cast::<Number>(), &mut *g_a.cast::<Number>()) };
}

/// The client's start: writes its secret, and what it sends. Returns 1.
///
/// # Safety
/// `g_a` is *writable* for 256 bytes, and `dh_params` is *writable*. The numbers are those of `init_dh_params`.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dh_first_round(g_a: *mut u8, dh_params: *mut DhParameters) -> c_int {
    // SAFETY: the same promises.
    unsafe {
        (*dh_params).dh_params_select = dh_params_select.load(Relaxed);
        create_g_a(g_a, (&raw mut (*dh_params).a).cast());
        (*dh_params).magic = DhParameters::MAGIC;
    }
    count(|[first, ..]| first);
    1
}

/// Writes what both ends know now. Returns false for a result of 240 bytes or less, which only an end that cheats can bring about.
///
/// # Safety
/// `g_ab` is *writable* for 256 bytes. The numbers are those of `init_dh_params`.
unsafe fn write_agreed(g_ab: *mut u8, g_b: &Number, secret: &Number) -> bool {
    // SAFETY: the same promises; bytes alone.
    let (powers, g_ab) = unsafe { (powers(), &mut *g_ab.cast::<Number>()) };
    if !agree(&powers, g_b, secret, g_ab) {
        return false;
    }
    let [a, b, c, .., x, y, z] = &*g_ab;
    let shown = |byte: &u8| c_uint::from(*byte);
    let format = c_text!("DH key is %02x%02x%02x...%02x%02x%02x\n");
    vkprintf!(2, format, shown(a), shown(b), shown(c), shown(x), shown(y), shown(z));
    true
}

/// What the other end has sent, if it is a good number.
///
/// # Safety
/// *Readable* for 256 bytes.
unsafe fn received(g_b: *const u8) -> Option<Number> {
    // SAFETY: the same promise.
    Some(unsafe { g_b.cast::<Number>().read() }).filter(is_good)
}

/// The server's answer to what a client sent: writes what it sends, and what both know now. Returns 256; 0 for a number that
/// is not good, with nothing written, or with which too little is agreed on.
///
/// # Safety
/// `g_ab` and `g_a` are *writable* for 256 bytes, and `g_b` is *readable* for as many. The numbers are those of
/// `init_dh_params`.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dh_second_round(g_ab: *mut u8, g_a: *mut u8, g_b: *const u8) -> c_int {
    // SAFETY: the same promises.
    unsafe {
        let Some(received) = received(g_b) else { return 0 };
        let mut secret = Zeroizing::new([0; 256]);
        draw_pair(&powers(), draw_secret, &mut secret, &mut *g_a.cast::<Number>());
        if !write_agreed(g_ab, &received, &secret) {
            return 0;
        }
    }
    count(|[_, second, _]| second);
    256
}

/// The client's end: writes what both know now. Returns 256; 0 for a number that is not good, with nothing written, or with
/// which too little is agreed on.
///
/// # Safety
/// `g_ab` is *writable* for 256 bytes, `g_b` is *readable* for as many, and `dh_params` is the first round's. The numbers
/// are those of `init_dh_params`.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dh_third_round(
    g_ab: *mut u8,
    g_b: *const u8,
    dh_params: *mut DhParameters,
) -> c_int {
    // SAFETY: the same promises; the secret is bytes alone.
    unsafe {
        let Some(received) = received(g_b) else { return 0 };
        if !write_agreed(g_ab, &received, &(*dh_params).a) {
            return 0;
        }
    }
    count(|[.., third]| third);
    256
}

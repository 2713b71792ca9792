// SPDX-License-Identifier: LGPL-2.0-or-later
//! The rules of `--nat-info`.

use core::{
    ffi::{CStr, c_char, c_int, c_uint, c_void},
    sync::atomic::{AtomicI32, AtomicU32, Ordering::Relaxed},
};

use crate::{
    kdb::{
        net::show_ip,
        statics::Aligned32,
        support::{c_text, stderr, vkprintf},
    },
    net::connection::nat::translate,
};

const MOST_RULES: usize = 16;

/// How many rules there are.
#[unsafe(no_mangle)]
pub static nat_info_rules: AtomicI32 = AtomicI32::new(0);

/// The rules: a local address, and the global one. In host byte order.
#[unsafe(no_mangle)]
pub static nat_info: Aligned32<[[AtomicU32; 2]; MOST_RULES]> =
    Aligned32([const { [AtomicU32::new(0), AtomicU32::new(0)] }; MOST_RULES]);

#[cold]
fn refuse(format: &CStr, text: *const c_char) -> c_int {
    // SAFETY: C's stream, and a format that asks for one C string or for nothing.
    unsafe { libc::fprintf(stderr, format.as_ptr(), text) };
    -1
}

/// An IPv4 address in host byte order.
///
/// # Safety
/// A C string.
unsafe fn address(text: *const c_char) -> Option<u32> {
    let mut address = 0_u32;
    // SAFETY: as the caller promises; room for an address.
    let known = unsafe { inet_pton(libc::AF_INET, text, (&raw mut address).cast()) };
    (known > 0).then_some(u32::from_be(address))
}

unsafe extern "C" {
    fn inet_pton(family: c_int, text: *const c_char, address: *mut c_void) -> c_int;
}

/// Adds a rule, from a text `local:global`, which is cut at its last colon. Returns its number; or -1, after a message, where the
/// text is wrong, or there are 16 already.
///
/// # Safety
/// A C string, *writable*.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn net_add_nat_info(str: *mut c_char) -> c_int {
    // SAFETY: as the caller promises; the colon is in the text, and what follows it is a C string, too.
    unsafe {
        let Some(colon) = CStr::from_ptr(str).to_bytes().iter().rposition(|byte| *byte == b':') else {
            return refuse(c_text!("expected <local-addr>:<global-addr> in --nat-info\n"), str);
        };
        *str.add(colon) = 0;
        let global = str.add(colon + 1).cast_const();
        let unknown = |text| refuse(c_text!("cannot translate host '%s' in --nat-info\n"), text);
        let Some(from) = address(str) else { return unknown(str) };
        let Some(to) = address(global) else { return unknown(global) };
        let number = nat_info_rules.load(Relaxed);
        let Some([local, outside]) = usize::try_from(number).ok().and_then(|place| nat_info.0.get(place))
        else {
            return refuse(c_text!("too many rules in --nat-info\n"), str);
        };
        local.store(from, Relaxed);
        outside.store(to, Relaxed);
        nat_info_rules.store(number + 1, Relaxed);
        number
    }
}

/// The global address for a local one, both in host byte order; the same where no rule has it.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn nat_translate_ip(local_ip: c_uint) -> c_uint {
    let count = nat_info_rules.load(Relaxed);
    vkprintf!(6, c_text!("nat_info: %d rules\n"), count);
    let rules = nat_info.0.iter().take(usize::try_from(count).unwrap_or(0));
    let rules = rules.map(|[from, to]| [from.load(Relaxed), to.load(Relaxed)]);
    let told = rules.zip(0 as c_int..).map(|([from, to], number)| {
        vkprintf!(6, c_text!("nat_info rule #%d: %s to %s\n"), number, show_ip(from), show_ip(to));
        [from, to]
    });
    let global = translate(told, local_ip);
    if global != local_ip {
        let text = c_text!("translating ip by nat_info rules: %s to %s\n");
        vkprintf!(4, text, show_ip(local_ip), show_ip(global));
    }
    global
}

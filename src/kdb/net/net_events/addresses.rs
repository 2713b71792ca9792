// SPDX-License-Identifier: LGPL-2.0-or-later
//! The addresses of this machine, and addresses as text.

use core::{
    ffi::{CStr, c_char, c_int, c_uint},
    ptr,
};

use crate::{
    kdb::support::{c_text, perror, vkprintf},
    net::{
        AddressText, ipv4_text, ipv6_text,
        own_address::{Own, choose_ipv4, choose_ipv6, is_global, prefix_length},
    },
    runtime::events::{Texts, c_string},
    sys::interfaces::Interfaces,
};

fn interfaces() -> Option<Interfaces> {
    let all = Interfaces::get();
    if all.is_none() {
        perror(c_text!("getifaddrs()"));
    }
    all
}

/// This machine's IPv4 address in host byte order, a private one (10.0.0.0/8) first; 0 if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn get_my_ipv4() -> c_uint {
    let Some(all) = interfaces() else { return 0 };
    let own = all.ipv4().map(|(address, mask, interface)| Own { address, mask, interface });
    let own = choose_ipv4(own, |name: &CStr| name.to_bytes().starts_with(b"lo"));
    let own = own.unwrap_or(Own { address: [0; 4], mask: [255; 4], interface: c_text!("(none)") });
    let address = own.address.map(c_int::from);
    let [a, b, c, d] = address;
    let name = own.interface.as_ptr();
    let length = prefix_length(&own.mask);
    vkprintf!(1, c_text!("using main IP %d.%d.%d.%d/%d at interface %s\n"), a, b, c, d, length, name);
    u32::from_be_bytes(own.address)
}

/// Writes this machine's global IPv6 address, if there is one. Returns 1 even if there is none; 0 if the interfaces cannot be read.
///
/// # Safety
/// `ipv6` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn get_my_ipv6(ipv6: *mut [u8; 16]) -> c_int {
    let Some(all) = interfaces() else { return 0 };
    let own = all.ipv6().map(|(address, mask, interface)| Own { address, mask, interface });
    let own = choose_ipv6(own.inspect(|own| {
        let (text, name) = (c_string(&ipv6_text(own.address)), own.interface.as_ptr());
        vkprintf!(2, c_text!("test IP %s at interface %s\n"), text.as_ptr(), name);
        if !is_global(own.address) {
            vkprintf!(2, c_text!("not a global ipv6 address\n"));
        }
    }));
    let Some(own) = own else {
        vkprintf!(1, c_text!("using no main IPv6 address: no interface has a global one\n"));
        return 1;
    };
    let (text, name, length) =
        (c_string(&ipv6_text(own.address)), own.interface.as_ptr(), prefix_length(&own.mask));
    vkprintf!(1, c_text!("using main IP %s/%d at interface %s\n"), text.as_ptr(), length, name);
    // SAFETY: writable, as the caller promises.
    unsafe { *ipv6 = own.address };
    1
}

// Texts of a kind live until enough others of the same kind were made, as in the original.
static CONVERTED4: Texts = Texts::new();
static CONVERTED6: Texts = Texts::new();
static SHOWN4: Texts = Texts::new();
static SHOWN6: Texts = Texts::new();

/// Writes a text and the end mark.
///
/// # Safety
/// `place` is *writable* for all of that.
unsafe fn write(place: *mut c_char, text: &AddressText) {
    let text = text.as_bytes();
    // SAFETY: writable, as the caller promises, and not the text's own memory.
    unsafe {
        ptr::copy_nonoverlapping(text.as_ptr(), place.cast(), text.len());
        *place.add(text.len()) = 0;
    }
}

/// # Safety
/// `place` is null or *writable* for the text and the end mark.
unsafe fn write_or_keep(place: *mut c_char, texts: &Texts, text: &AddressText) -> *const c_char {
    if place.is_null() {
        return texts.keep(text);
    }
    // SAFETY: writable, as the caller promises.
    unsafe { write(place, text) };
    place
}

/// The text of an IPv4 address in network byte order. Without a buffer it lives until 64 others were asked for.
///
/// # Safety
/// `buf` is null or *writable* for 16 bytes.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn conv_addr(a: c_uint, buf: *mut c_char) -> *const c_char {
    // SAFETY: the same promise.
    unsafe { write_or_keep(buf, &CONVERTED4, &ipv4_text(a.to_ne_bytes())) }
}

/// Writes the text of an IPv6 address, and returns its length.
///
/// # Safety
/// `a` is *readable* for 8 words in network byte order, and `buf` is *writable* for 40 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn conv_ipv6_internal(a: *const u16, buf: *mut c_char) -> c_int {
    // SAFETY: readable for 16 bytes; alignment is not needed.
    let text = ipv6_text(unsafe { a.cast::<[u8; 16]>().read_unaligned() });
    // SAFETY: writable, as the caller promises.
    unsafe { write(buf, &text) };
    text.as_bytes().len() as c_int
}

/// As [`conv_addr`], for an IPv6 address.
///
/// # Safety
/// `a` is *readable*, and `buf` is null or *writable* for 40 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn conv_addr6(a: *const [u8; 16], buf: *mut c_char) -> *const c_char {
    // SAFETY: the same promise.
    unsafe { write_or_keep(buf, &CONVERTED6, &ipv6_text(*a)) }
}

/// The text of an IPv4 address in host byte order, which lives until 64 others were asked for.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn show_ip(ip: c_uint) -> *const c_char {
    SHOWN4.keep(&ipv4_text(ip.to_be_bytes()))
}

/// As [`show_ip`], for an IPv6 address.
///
/// # Safety
/// `ipv6` is *readable*.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn show_ipv6(ipv6: *const [u8; 16]) -> *const c_char {
    // SAFETY: readable, as the caller promises.
    SHOWN6.keep(&ipv6_text(unsafe { *ipv6 }))
}

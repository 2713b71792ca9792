// SPDX-License-Identifier: LGPL-2.0-or-later
//! The addresses of the machine's network interfaces.

use core::{ffi::CStr, ptr};

/// An address, its mask, both in network byte order, and the name of the interface.
pub(crate) type Address<'a, const N: usize> = ([u8; N], [u8; N], &'a CStr);

/// The list, as it was when it was asked for; dropping it frees it.
pub(crate) struct Interfaces(*mut libc::ifaddrs);

impl Interfaces {
    /// `None` after an error.
    pub(crate) fn get() -> Option<Self> {
        let mut first = ptr::null_mut();
        // SAFETY: a place that is writable.
        (unsafe { libc::getifaddrs(&raw mut first) } == 0).then(|| Self(first))
    }

    /// All addresses of a family, as `read` finds them in a socket's address. One without a mask has a mask of all ones.
    fn addresses<const N: usize>(
        &self,
        family: libc::c_int,
        read: impl Fn(*const libc::sockaddr) -> [u8; N],
    ) -> impl Iterator<Item = Address<'_, N>> {
        let mut next = self.0;
        core::iter::from_fn(move || {
            while !next.is_null() {
                // SAFETY: an entry of the list, which this value keeps.
                let entry = unsafe { &*next };
                next = entry.ifa_next;
                // SAFETY: null or an address of the list's.
                let address = unsafe { entry.ifa_addr.as_ref() };
                if address.is_some_and(|address| libc::c_int::from(address.sa_family) == family) {
                    let mask = if entry.ifa_netmask.is_null() { [255; N] } else { read(entry.ifa_netmask) };
                    // SAFETY: each entry has a name.
                    return Some((read(entry.ifa_addr), mask, unsafe { CStr::from_ptr(entry.ifa_name) }));
                }
            }
            None
        })
    }

    pub(crate) fn ipv4(&self) -> impl Iterator<Item = Address<'_, 4>> {
        self.addresses(libc::AF_INET, |address| {
            // SAFETY: an IPv4 address of the list's, or its mask.
            unsafe { (*address.cast::<libc::sockaddr_in>()).sin_addr.s_addr.to_ne_bytes() }
        })
    }

    pub(crate) fn ipv6(&self) -> impl Iterator<Item = Address<'_, 16>> {
        self.addresses(libc::AF_INET6, |address| {
            // SAFETY: an IPv6 address of the list's, or its mask.
            unsafe { (*address.cast::<libc::sockaddr_in6>()).sin6_addr.s6_addr }
        })
    }
}

impl Drop for Interfaces {
    fn drop(&mut self) {
        // SAFETY: from `getifaddrs`, and not used again.
        unsafe { libc::freeifaddrs(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_has_its_address() {
        let list = Interfaces::get().unwrap();
        assert!(list.ipv4().any(|(address, mask, _)| address == [127, 0, 0, 1] && mask == [255, 0, 0, 0]));
        assert!(list.ipv6().all(|(address, _, name)| address != [0; 16] && !name.is_empty()));
    }
}

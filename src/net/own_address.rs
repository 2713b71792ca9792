// SPDX-License-Identifier: LGPL-2.0-or-later
//! Which of a machine's addresses the proxy takes for its own.
#![forbid(unsafe_code)]

/// An address of an interface, with its mask, both in network byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own<A, N> {
    /// The address.
    pub address: A,
    /// The mask.
    pub mask: A,
    /// The interface.
    pub interface: N,
}

/// The IPv4 address: of those in 10.0.0.0/8 the one with the widest mask, the first of equal ones; if there is none, the same
/// of the others. Interfaces whose names start with `lo` do not count, nor does 127.0.0.0/8; outside of 10.0.0.0/8 a mask of
/// all ones does not either.
///
/// Legacy: the choice of `get_my_ipv4`.
///
/// ```
/// use mtproxy_ffi::net::own_address::{Own, choose_ipv4};
///
/// let own = |address, prefix: u32, interface| {
///     Own { address, mask: (!0u32 << (32 - prefix)).to_be_bytes(), interface }
/// };
/// let all = [own([127, 0, 0, 1], 8, "lo"), own([192, 0, 2, 7], 16, "eth0"), own([10, 1, 2, 3], 24, "eth1")];
/// assert_eq!(choose_ipv4(all.into_iter(), |name| name.starts_with("lo")).unwrap().interface, "eth1");
/// ```
pub fn choose_ipv4<N: Copy>(
    all: impl Iterator<Item = Own<[u8; 4], N>>,
    is_loopback: impl Fn(N) -> bool,
) -> Option<Own<[u8; 4], N>> {
    let is_private = |own: &Own<[u8; 4], N>| own.address[0] == 10;
    let mut best: Option<Own<[u8; 4], N>> = None;
    for own in all.filter(|own| !is_loopback(own.interface)) {
        let is_wider = own.mask < best.map_or([255; 4], |best| best.mask);
        let has_private = best.as_ref().is_some_and(is_private);
        let is_better = match own.address[0] {
            10 => is_wider || !has_private,
            127 => false,
            _ => is_wider && !has_private,
        };
        if is_better {
            best = Some(own);
        }
    }
    best
}

/// Whether an IPv6 address can be reached from everywhere: 2000::/3.
#[must_use]
pub fn is_global(address: [u8; 16]) -> bool {
    matches!(address[0] >> 4, 2 | 3)
}

/// The IPv6 address: the first global one that is not made from a hardware address, else the first that is.
///
/// Legacy: the choice of `get_my_ipv6`.
pub fn choose_ipv6<N: Copy>(all: impl Iterator<Item = Own<[u8; 16], N>>) -> Option<Own<[u8; 16], N>> {
    let mut from_hardware = None;
    for own in all.filter(|own| is_global(own.address)) {
        let [.., flags, _, _, middle, side, _, _, _] = own.address;
        if middle != 0xff || side != 0xfe || flags & 2 == 0 {
            return Some(own);
        }
        from_hardware = from_hardware.or(Some(own));
    }
    from_hardware
}

/// How many ones a mask starts with.
#[must_use]
pub fn prefix_length(mask: &[u8]) -> u32 {
    let whole = mask.iter().take_while(|&&byte| byte == 255);
    let first_other = mask.iter().find(|&&byte| byte != 255);
    whole.count() as u32 * 8 + first_other.map_or(0, |byte| byte.leading_ones())
}

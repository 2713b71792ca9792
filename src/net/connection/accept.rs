// SPDX-License-Identifier: LGPL-2.0-or-later
//! How many connections may be accepted, and whose they are.
#![forbid(unsafe_code)]

/// How many connections may be accepted at once, and when that was.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bucket {
    /// Grows by `rate` each second, up to `rate`.
    pub left: f64,
    /// In seconds.
    pub at: f64,
}

impl Bucket {
    /// Whether one more may be accepted at `now`; then it counts.
    pub fn take(&mut self, rate: i32, now: f64) -> bool {
        let rate = f64::from(rate);
        self.left = (self.left + (now - self.at) * rate).min(rate);
        self.at = now;
        let may = self.left >= 1.0;
        if may {
            self.left -= 1.0;
        }
        may
    }
}

/// An address, as connections keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In host byte order.
    V4(u32),
    /// As it is.
    V6([u8; 16]),
}

/// An IPv6 address that stands for one of IPv4 is kept as that.
#[must_use]
pub fn kept(address: [u8; 16]) -> Kept {
    match address {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d] => Kept::V4(u32::from_be_bytes([a, b, c, d])),
        _ => Kept::V6(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_is_kept() {
        let mut bucket = Bucket::default();
        let accepted = |bucket: &mut Bucket, now| (0..10).filter(|_| bucket.take(3, now)).count();
        assert_eq!(accepted(&mut bucket, 1000.0), 3);
        assert_eq!(accepted(&mut bucket, 1000.0), 0);
        assert_eq!(accepted(&mut bucket, 1000.4), 1);
        assert_eq!(accepted(&mut bucket, 2000.0), 3);
    }

    #[test]
    fn address_of_ipv4_in_one_of_ipv6() {
        let mut address = [0; 16];
        assert_eq!(kept(address), Kept::V6(address));
        address[10..].copy_from_slice(&[0xff, 0xff, 192, 0, 2, 7]);
        assert_eq!(kept(address), Kept::V4(0xc000_0207));
        address[0] = 1;
        assert_eq!(kept(address), Kept::V6(address));
    }
}

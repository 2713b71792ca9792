// SPDX-License-Identifier: LGPL-2.0-or-later
//! Arithmetic of polynomials over GF(2) modulo a CRC's polynomial, for compile-time constants and for
//! [`gf32`](super::gf32).
//!
//! All numbers are *reflected*, as the CRCs are: the lowest bit is the coefficient of the highest power, and the constant
//! term is bit `degree - 1`.
#![forbid(unsafe_code)]

/// CRC-32's polynomial, reflected, without its x^32.
pub(super) const CRC32: u32 = 0xedb8_8320;
/// CRC-32C's.
pub(super) const CRC32C: u32 = 0x82f6_3b78;
/// CRC-64's.
pub(super) const CRC64: Modulus = Modulus { tail: 0xc96c_5795_d787_0f42, degree: 64 };

/// The modulus of the arithmetic.
#[derive(Clone, Copy)]
pub(super) struct Modulus {
    /// The polynomial without its leading term, which is also the residue of that term.
    pub(super) tail: u64,
    degree: u32,
}

impl Modulus {
    /// A modulus of degree 32.
    pub(super) const fn of_32(tail: u32) -> Self {
        Self { tail: tail as u64, degree: 32 }
    }

    /// The constant 1.
    pub(super) const fn one(self) -> u64 {
        1 << (self.degree - 1)
    }

    /// `a` times x.
    pub(super) const fn times_x(self, a: u64) -> u64 {
        (a >> 1) ^ (self.tail & (a & 1).wrapping_neg())
    }

    /// `a` times `b`.
    #[inline(never)] // several callers, none of them hot
    pub(super) const fn product(self, a: u64, b: u64) -> u64 {
        // Horner's scheme from the highest power down, which is the lowest bit.
        let mut product = 0;
        let mut bit = 0;
        while bit < self.degree {
            product = self.times_x(product) ^ (a & (b >> bit & 1).wrapping_neg());
            bit += 1;
        }
        product
    }

    /// `a` to the power `k`.
    pub(super) const fn power(self, mut a: u64, mut k: u32) -> u64 {
        let mut power = self.one();
        while k != 0 {
            if k & 1 != 0 {
                power = self.product(power, a);
            }
            a = self.product(a, a);
            k >>= 1;
        }
        power
    }

    /// x to the power `k`.
    pub(super) const fn x_to_the(self, k: u32) -> u64 {
        self.power(self.one() >> 1, k)
    }

    /// The register after `byte`, from register 0. So a register after a zero byte is this value for its lowest byte, plus
    /// its other bytes moved down.
    pub(super) const fn after_byte(self, byte: u8) -> u64 {
        let mut register = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            register = self.times_x(register);
            bit += 1;
        }
        register
    }

    /// The polynomial with its leading term, in `degree + 1` bits.
    #[cfg(target_arch = "x86_64")]
    pub(super) const fn with_leading_term(self) -> u64 {
        self.tail << 1 | 1
    }

    /// `x^(degree + bits)` divided by the polynomial, without remainder and without the quotient's leading term.
    #[cfg(target_arch = "x86_64")]
    pub(super) const fn quotient_tail(self, bits: u32) -> u64 {
        // Long division: the remainder before step n is x^(degree + n), and its highest power decides bit n.
        let mut quotient = 0;
        let mut remainder = self.tail;
        let mut bit = 0;
        while bit < bits {
            quotient |= (remainder & 1) << bit;
            remainder = self.times_x(remainder);
            bit += 1;
        }
        quotient
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_that_of_the_named_polynomials() {
        for (modulus, published) in [
            // Kounavis and Berry, Gopal et al.: the register after one byte 0x80 is the polynomial.
            (Modulus::of_32(CRC32), 0xedb8_8320),
            (Modulus::of_32(CRC32C), 0x82f6_3b78),
            (CRC64, 0xc96c_5795_d787_0f42),
        ] {
            let one = modulus.one();
            assert_eq!(modulus.after_byte(0x80), published);
            assert_eq!(modulus.x_to_the(modulus.degree), published);
            assert_eq!(modulus.x_to_the(0), one);
            assert_eq!(modulus.product(published, one), published);
            // Powers of x, one by one.
            let mut power = one;
            for k in 0..200 {
                assert_eq!(modulus.x_to_the(k), power, "x^{k}");
                power = modulus.times_x(power);
            }
        }
    }
}

//! Arithmetic of polynomials over GF(2) modulo a CRC's, for constants made at compile time.
//!
//! Everything is *reflected*, as the two CRCs are: the lowest bit of a number is the coefficient of its highest
//! power.
#![forbid(unsafe_code)]

/// CRC-32's polynomial, reflected, without its x^32.
pub(super) const CRC32: u32 = 0xedb8_8320;
/// CRC-32C's.
pub(super) const CRC32C: u32 = 0x82f6_3b78;

/// `value * x` modulo the polynomial.
pub(super) const fn times_x(polynomial: u32, value: u32) -> u32 {
    (value >> 1) ^ (polynomial & (value & 1).wrapping_neg())
}

/// `x^power` modulo the polynomial.
#[cfg(target_arch = "x86_64")]
pub(super) const fn x_to_the(polynomial: u32, power: u32) -> u32 {
    let mut value = 1 << 31; // x^0
    let mut n = 0;
    while n < power {
        value = times_x(polynomial, value);
        n += 1;
    }
    value
}

/// The polynomial with its x^32, in 33 bits.
#[cfg(target_arch = "x86_64")]
pub(super) const fn with_leading_term(polynomial: u32) -> u64 {
    (polynomial as u64) << 1 | 1
}

/// `x^95` divided by the polynomial, without remainder: 64 bits.
#[cfg(target_arch = "x86_64")]
pub(super) const fn barrett_quotient(polynomial: u32) -> u64 {
    // Long division: the remainder before step n is x^(31 + n) modulo the polynomial, and its x^31 decides bit n.
    let mut quotient = 1;
    let mut remainder = polynomial; // x^32
    let mut bit = 1;
    while bit < 64 {
        quotient |= ((remainder & 1) as u64) << bit;
        remainder = times_x(polynomial, remainder);
        bit += 1;
    }
    quotient
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! One end's part in an agreement by Diffie-Hellman. The arithmetic on large numbers is the caller's, behind a trait.

use crate::crypto::{Number, is_good, is_long};

/// Arithmetic modulo [`crate::crypto::DH_PRIME`], which takes the same time for each exponent of that length and leaves no
/// copy of it in memory.
pub(crate) trait Powers {
    /// The generator to the power of a number.
    fn of_generator(&self, exponent: &Number, result: &mut Number);
    /// A number to the power of another one.
    fn of(&self, base: &Number, exponent: &Number, result: &mut Number);
}

/// Fills `secret` by `draw` and `sent` with what the other end is told, again until that is a good number.
pub(crate) fn draw_pair(
    powers: &impl Powers,
    mut draw: impl FnMut(&mut Number),
    secret: &mut Number,
    sent: &mut Number,
) {
    loop {
        draw(secret);
        powers.of_generator(secret, sent);
        if is_good(sent) {
            break;
        }
    }
}

/// Writes what both ends know now, from what the other end sent, which is good, and this end's secret. Returns false where it
/// is too short.
pub(crate) fn agree(powers: &impl Powers, received: &Number, secret: &Number, agreed: &mut Number) -> bool {
    powers.of(received, secret, agreed);
    is_long(agreed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number with these two bytes in front. Powers are products of the first bytes, which is enough to see who was
    /// asked for what.
    fn number(first: u8, second: u8) -> Number {
        core::array::from_fn(|at| [first, second].get(at).copied().unwrap_or(9))
    }

    struct Products;
    impl Powers for Products {
        fn of_generator(&self, exponent: &Number, result: &mut Number) {
            self.of(&number(3, 0), exponent, result);
        }
        fn of(&self, base: &Number, exponent: &Number, result: &mut Number) {
            *result = number(base[0] * exponent[0], 0);
        }
    }

    #[test]
    fn secrets_are_drawn_until_what_is_sent_is_good() {
        let (mut secret, mut sent) = ([0; 256], [0; 256]);
        let mut drawn = [255 / 3, 80, 5, 4].into_iter();
        draw_pair(&Products, |place| *place = number(drawn.next().unwrap(), 1), &mut secret, &mut sent);
        assert_eq!((secret, sent), (number(5, 1), number(15, 0)));
        assert_eq!(drawn.next(), Some(4));
    }

    struct Short;
    impl Powers for Short {
        fn of_generator(&self, _: &Number, _: &mut Number) {}
        fn of(&self, _: &Number, _: &Number, result: &mut Number) {
            *result = core::array::from_fn(|at| u8::from(at >= 16));
        }
    }

    #[test]
    fn short_agreement_is_refused() {
        let mut agreed = [0; 256];
        assert!(!agree(&Short, &number(1, 1), &number(2, 2), &mut agreed));
        assert!(agree(&Products, &number(4, 1), &number(5, 2), &mut agreed));
        assert_eq!(agreed, number(20, 0));
    }
}

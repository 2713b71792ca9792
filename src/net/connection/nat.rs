// SPDX-License-Identifier: LGPL-2.0-or-later
//! Addresses behind a translation.
#![forbid(unsafe_code)]

/// The global address for a local one: that of the first rule, a pair, that has it; else the same. In host byte order.
#[must_use]
pub fn translate(rules: impl Iterator<Item = [u32; 2]>, local: u32) -> u32 {
    rules.into_iter().find(|[from, _]| *from == local).map_or(local, |[_, to]| to)
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn first_rule_counts() {
        let rules = [[1, 10], [2, 20], [1, 30]];
        assert_eq!(translate(rules.into_iter(), 1), 10);
        assert_eq!(translate(rules.into_iter(), 2), 20);
        assert_eq!(translate(rules.into_iter(), 3), 3);
    }
}

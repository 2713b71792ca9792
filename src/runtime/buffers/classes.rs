// SPDX-License-Identifier: LGPL-2.0-or-later
//! The size classes.

/// A chunk's bytes: with libc's own, 2 MiB.
pub(crate) const CHUNK_BYTES: usize = (2 << 20) - 64;

/// A size class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Tiny,
    Small,
    Standard,
    Large,
    Huge,
}

impl Class {
    pub(crate) const ALL: [Self; 5] = [Self::Tiny, Self::Small, Self::Standard, Self::Large, Self::Huge];

    /// The smallest class for so many bytes; the largest for more than that has, or for a negative number. The legacy choice
    /// ([`crate::net::pick_size_index`]) among these sizes.
    #[inline]
    pub(crate) fn for_bytes(bytes: i32) -> Self {
        match bytes {
            0..=48 => Self::Tiny,
            49..=512 => Self::Small,
            513..=2048 => Self::Standard,
            2049..=16384 => Self::Large,
            _ => Self::Huge,
        }
    }

    /// How many bytes a buffer holds.
    #[inline]
    pub(crate) const fn size(self) -> i32 {
        match self {
            Self::Tiny => 48,
            Self::Small => 512,
            Self::Standard => 2048,
            Self::Large => 16384,
            Self::Huge => 262_144,
        }
    }

    /// How many buffers are in a chunk: as many as in the original's, which keeps counters in front of them.
    pub(crate) const fn in_chunk(self) -> i32 {
        match self {
            Self::Tiny => 30716,
            Self::Small => 3940,
            Self::Standard => 1013,
            Self::Large => 127,
            Self::Huge => 7,
        }
    }

    /// How many free buffers a thread keeps: 64 KiB at most, so that what is kept never matters to another thread.
    pub(crate) const fn kept(self) -> u32 {
        match self {
            Self::Tiny | Self::Small | Self::Standard => 32,
            Self::Large => 4,
            Self::Huge => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::pick_size_index;

    #[test]
    fn class_is_the_legacy_choice() {
        let sizes = Class::ALL.map(Class::size);
        let around = sizes.into_iter().flat_map(|size| [size - 1, size, size + 1]);
        for bytes in around.chain([-1, 0, 1, i32::MIN, i32::MAX, 100_000_000]) {
            let index = pick_size_index(&sizes, bytes).unwrap();
            assert_eq!(Class::for_bytes(bytes), Class::ALL[index], "{bytes}");
        }
    }

    #[test]
    fn what_a_thread_keeps_is_little() {
        for class in Class::ALL {
            assert!(class.kept() as i32 * class.size() <= 65536);
            assert!(class.kept() as i32 * 30 <= class.in_chunk());
        }
    }
}

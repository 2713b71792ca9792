// SPDX-License-Identifier: LGPL-2.0-or-later
//! How many bytes wait in the messages of each connection: when message buffers are used up, the connection that holds most is
//! closed. Otherwise a client that never reads would have all others closed, as long as it stays.

use core::{
    ffi::c_int,
    sync::atomic::{
        AtomicI32, AtomicI64,
        Ordering::{AcqRel, Relaxed},
    },
};

/// Where bytes wait: to be parsed, or to be sent.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    Input,
    Output,
}

/// Fewer bytes are nothing to close a connection for.
const LEAST: c_int = 16384;

/// The bytes by descriptor. All orders but one are relaxed: the numbers are hints, and no memory hangs on them.
pub(crate) struct Holders<const N: usize> {
    bytes: [[AtomicI32; 2]; N],
    /// The last moment at which one was looked for, times 2, and 1 more if there was one. At first 0, as all of this is: it
    /// takes no room in a program's file.
    last: AtomicI64,
}

impl<const N: usize> Holders<N> {
    pub(crate) const fn new() -> Self {
        Self { bytes: [const { [AtomicI32::new(0), AtomicI32::new(0)] }; N], last: AtomicI64::new(0) }
    }

    fn of(&self, fd: c_int) -> Option<&[AtomicI32; 2]> {
        self.bytes.get(usize::try_from(fd).ok()?)
    }

    /// So many bytes of a connection wait.
    #[inline]
    pub(crate) fn note(&self, fd: c_int, side: Side, bytes: c_int) {
        if let Some([input, output]) = self.of(fd) {
            let place = if matches!(side, Side::Input) { input } else { output };
            place.store(bytes, Relaxed);
        }
    }

    /// None wait any more: the descriptor is about to be closed, or its connection is. Returns how many did.
    pub(crate) fn forget(&self, fd: c_int) -> c_int {
        // AcqRel: of several threads one gets them.
        let bytes = self.of(fd).map(|sides| sides.each_ref().map(|side| side.swap(0, AcqRel)));
        bytes.map_or(0, |[input, output]| input.saturating_add(output))
    }

    /// The descriptor up to `last` of the connection that holds most, if that is enough to close it. It is forgotten, so that
    /// one whose memory does not come back is not found for ever.
    #[cold]
    pub(crate) fn take_greatest(&self, last: c_int) -> Option<c_int> {
        let mut greatest = None;
        let mut most = LEAST - 1;
        for (fd, [input, output]) in (0..=last).zip(&self.bytes) {
            let bytes = input.load(Relaxed).saturating_add(output.load(Relaxed));
            if bytes > most {
                (greatest, most) = (Some(fd), bytes);
            }
        }
        greatest.filter(|&fd| self.forget(fd) >= LEAST)
    }

    /// Has one closed, once in each moment, a positive number: buffers need a while to come back. Returns whether one was, in
    /// this moment.
    #[cold]
    pub(crate) fn once(&self, moment: i64, close: impl FnOnce() -> bool) -> bool {
        let last = self.last.load(Relaxed);
        if last >> 1 == moment {
            return last & 1 != 0;
        }
        let closed = close();
        self.last.store(moment << 1 | i64::from(closed), Relaxed);
        closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greatest_holder_is_found_once() {
        let holders = Holders::<8>::new();
        holders.note(2, Side::Output, LEAST);
        holders.note(5, Side::Input, LEAST);
        holders.note(5, Side::Output, 1);
        holders.note(7, Side::Output, 10 * LEAST);
        assert_eq!(holders.take_greatest(6), Some(5));
        assert_eq!(holders.take_greatest(6), Some(2));
        assert_eq!(holders.take_greatest(6), None);
        assert_eq!(holders.take_greatest(100), Some(7));
        assert_eq!((holders.take_greatest(100), holders.take_greatest(-1)), (None, None));
    }

    #[test]
    fn what_is_little_or_was_sent_closes_nobody() {
        let holders = Holders::<8>::new();
        holders.note(1, Side::Output, LEAST - 1);
        holders.note(3, Side::Output, 5 * LEAST);
        holders.note(3, Side::Output, 0);
        holders.note(4, Side::Input, 5 * LEAST);
        assert_eq!(holders.forget(4), 5 * LEAST);
        for fd in [-1, 8, c_int::MIN, c_int::MAX] {
            holders.note(fd, Side::Output, c_int::MAX);
            assert_eq!(holders.forget(fd), 0);
        }
        assert_eq!(holders.take_greatest(7), None);
        holders.note(0, Side::Output, c_int::MAX);
        holders.note(0, Side::Input, c_int::MAX);
        assert_eq!(holders.take_greatest(7), Some(0));
    }

    #[test]
    fn one_is_closed_in_each_moment() {
        let holders = Holders::<1>::new();
        let mut asked = 0;
        let mut once = |moment, closes| {
            holders.once(moment, || {
                asked += 1;
                closes
            })
        };
        assert!(once(1, true) && once(1, false) && !once(2, false) && !once(2, true) && once(3, true));
        assert_eq!(asked, 3);
    }
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! What epoll must be told when a descriptor is to wait for other events.

use crate::{
    layout::net_events::{IN_EPOLL, NEW, NO_HUP},
    net::{EVT_LEVEL, EVT_READ, EVT_SPEC, EVT_WRITE, epoll_conv_flags},
    sys::epoll::Change,
};

/// The flags that `state` keeps.
const KEPT: i32 = EVT_READ | EVT_WRITE | EVT_SPEC | EVT_LEVEL;

/// The words of a slot, and what to tell epoll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) state: i32,
    pub(super) epoll_state: i32,
    pub(super) change: Option<Change>,
}

/// What follows from the words of a slot and the flags that are to be waited for, which are not 0.
pub(super) fn wanted(state: i32, epoll_state: i32, flags: i32) -> Wanted {
    let flags = flags & (KEPT | NEW | NO_HUP);
    if state & (KEPT | IN_EPOLL) == flags | IN_EPOLL {
        return Wanted { state, epoll_state, change: None };
    }
    let state = state & !KEPT | flags & KEPT;
    let events = epoll_conv_flags(flags);
    let is_in = state & IN_EPOLL != 0;
    if is_in && events == epoll_state && flags & NEW == 0 {
        return Wanted { state, epoll_state, change: None };
    }
    Wanted { state, epoll_state: events, change: Some(if is_in { Change::Modify } else { Change::Add }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVEL_READ: i32 = EVT_READ | EVT_LEVEL;

    #[test]
    fn epoll_is_told_what_it_does_not_know() {
        let Wanted { state, epoll_state, change } = wanted(0, 0, LEVEL_READ);
        assert_eq!((state, epoll_state, change), (LEVEL_READ, 9, Some(Change::Add)));
        let state = state | IN_EPOLL;
        assert_eq!(wanted(state, epoll_state, LEVEL_READ).change, None);
        assert_eq!(wanted(state, epoll_state, LEVEL_READ | NEW).change, Some(Change::Modify));
        let other = wanted(state, epoll_state, EVT_WRITE);
        assert_eq!((other.state, other.change), (EVT_WRITE | IN_EPOLL, Some(Change::Modify)));
        assert_eq!(other.epoll_state, 4 | 8 | i32::MIN);
        // The flag has no effect, but a descriptor with it is not what epoll was told before.
        assert_eq!(wanted(state, epoll_state, LEVEL_READ | NO_HUP).change, None);
    }

    #[test]
    fn what_is_not_kept_does_not_reach_the_state() {
        for flags in 1..0x800 {
            assert_eq!(wanted(0, 0, flags).state, flags & KEPT);
            assert_eq!(wanted(IN_EPOLL | 0x40, -1, flags).state & !KEPT, IN_EPOLL | 0x40);
        }
    }
}

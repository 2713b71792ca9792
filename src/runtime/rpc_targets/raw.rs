// SPDX-License-Identifier: LGPL-2.0-or-later
//! A sorted table of targets. A target's memory is never given back, because a thread that found a target may look at it when it
//! is out of the table; it is used for the next target instead.

use core::{
    ptr::{self, NonNull},
    slice,
};

use crate::{layout::net_rpc_targets::RpcTarget, process_id::ProcessId, sys::memory};

#[derive(Clone, Copy)]
struct Entry {
    key: u64,
    target: NonNull<RpcTarget>,
}

/// The first `len` entries are targets in the order of their keys, those up to `made` have memory for further ones, and there
/// is room for `room`.
pub(crate) struct Targets {
    entries: *mut Entry,
    len: usize,
    made: usize,
    room: usize,
}

// SAFETY: it owns its memory, and what it points to may be used by any thread.
unsafe impl Send for Targets {}

/// How many targets there is room for at first.
const FIRST_ROOM: usize = 16;

impl Targets {
    pub(crate) const fn new() -> Self {
        Self { entries: ptr::null_mut(), len: 0, made: 0, room: 0 }
    }

    fn sorted(&self) -> &[Entry] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: own memory, of which so many were written.
        unsafe { slice::from_raw_parts(self.entries, self.len) }
    }

    /// Where a key is, or belongs.
    fn place(&self, key: u64) -> Result<usize, usize> {
        self.sorted().binary_search_by_key(&key, |entry| entry.key)
    }

    /// The target of a key, if there is one.
    pub(crate) fn find(&self, key: u64) -> Option<NonNull<RpcTarget>> {
        let place = self.place(key).ok()?;
        Some(self.sorted().get(place)?.target)
    }

    /// Memory of a target that is in no entry of the table.
    fn spare(&mut self) -> Option<NonNull<RpcTarget>> {
        if self.len < self.made {
            // SAFETY: within what was written.
            return Some(unsafe { (*self.entries.add(self.len)).target });
        }
        if self.made == self.room {
            let room = (2 * self.room).max(FIRST_ROOM);
            // SAFETY: own memory, or null; on failure it stays.
            let more = unsafe { libc::realloc(self.entries.cast(), room.checked_mul(size_of::<Entry>())?) };
            self.entries = NonNull::new(more)?.cast().as_ptr();
            self.room = room;
        }
        let new: NonNull<RpcTarget> =
            memory::allocate_aligned(size_of::<RpcTarget>(), align_of::<RpcTarget>())?.cast();
        // SAFETY: memory of this size, of which zeros are a value; there is room for the entry.
        unsafe {
            new.as_ptr().write_bytes(0, 1);
            self.entries.add(self.made).write(Entry { key: 0, target: new });
        }
        self.made += 1;
        Some(new)
    }

    /// The target of a key, and whether it was added; `None` without memory.
    pub(crate) fn find_or_add(&mut self, key: u64, peer: ProcessId) -> Option<(NonNull<RpcTarget>, bool)> {
        let place = match self.place(key) {
            Ok(place) => return Some((self.sorted().get(place)?.target, false)),
            Err(place) => place,
        };
        let target = self.spare()?;
        // SAFETY: the spare's entry goes, and those behind the place move up by one. Nobody reads a target's identity.
        unsafe {
            let entry = self.entries.add(place);
            ptr::copy(entry, entry.add(1), self.len - place);
            entry.write(Entry { key, target });
            (*target.as_ptr()).info.PID = peer;
        }
        self.len += 1;
        Some((target, true))
    }

    /// Takes a target out of the table; its memory is used again.
    pub(crate) fn remove(&mut self, key: u64) {
        let Ok(place) = self.place(key) else { return };
        self.len -= 1;
        // SAFETY: within what was written.
        unsafe {
            let entry = self.entries.add(place);
            let gone = entry.read();
            ptr::copy(entry.add(1), entry, self.len - place);
            self.entries.add(self.len).write(gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, vec::Vec};

    use super::*;

    const NOBODY: ProcessId = ProcessId { ip: 0, port: 0, pid: 0, utime: 0 };

    #[test]
    fn table_is_a_map_that_uses_its_memory_again() {
        let (mut targets, mut map, mut most) = (Targets::new(), BTreeMap::new(), 0);
        let mut seed = 7_u64;
        for _ in 0..5000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let key = seed >> 58;
            if seed >> 20 & 1 == 0 {
                targets.remove(key);
                map.remove(&key);
            } else {
                let (target, added) = targets.find_or_add(key, NOBODY).unwrap();
                assert_eq!(map.insert(key, target).is_none(), added);
            }
            most = most.max(map.len());
            assert_eq!(targets.made, most);
            for key in 0..64 {
                assert_eq!(targets.find(key), map.get(&key).copied());
            }
            let mut all: Vec<_> = map.values().collect();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), map.len());
        }
        // SAFETY: the table's memory, which is used no more.
        unsafe {
            for index in 0..targets.made {
                libc::free((*targets.entries.add(index)).target.as_ptr().cast());
            }
            libc::free(targets.entries.cast());
        }
    }
}

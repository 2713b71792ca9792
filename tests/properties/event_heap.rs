// SPDX-License-Identifier: LGPL-2.0-or-later
//! The heap of events against one that is written as the rules for equal ones have it, over an array that starts at 1.

use mtproxy_ffi::net::event_heap::{Entry, fill, leaf_below, pop, push, remove};
use proptest::prelude::*;

type Key = (i32, i64);

/// The heap of events by number, and the key of each.
#[derive(Default)]
struct Model {
    heap: Vec<usize>,
    keys: Vec<Key>,
}

impl Model {
    fn key(&self, place: usize) -> Key {
        self.keys[self.heap[place - 1]]
    }

    /// The left child, unless it is after the right one.
    fn child(&self, place: usize, len: usize) -> Option<usize> {
        let (left, right) = (2 * place, 2 * place + 1);
        (left <= len).then(|| if right <= len && self.key(left) > self.key(right) { right } else { left })
    }

    fn up(&mut self, mut place: usize) -> usize {
        while place > 1 && self.key(place / 2) > self.key(place) {
            self.heap.swap(place / 2 - 1, place - 1);
            place /= 2;
        }
        place
    }

    /// Moves the event at `place` down to a leaf, whatever is below.
    fn sink(&mut self, mut place: usize) -> usize {
        while let Some(child) = self.child(place, self.heap.len()) {
            self.heap.swap(place - 1, child - 1);
            place = child;
        }
        place
    }

    fn put(&mut self, event: usize, key: Key) -> usize {
        let place = match self.heap.iter().position(|&other| other == event) {
            Some(index) => self.sink(index + 1),
            None => {
                self.heap.push(event);
                self.heap.len()
            }
        };
        self.keys[event] = key;
        self.up(place)
    }

    fn remove(&mut self, event: usize) -> Option<usize> {
        let index = self.heap.iter().position(|&other| other == event)?;
        let leaf = self.sink(index + 1);
        self.heap.swap_remove(leaf - 1);
        if leaf <= self.heap.len() {
            self.up(leaf);
        }
        Some(leaf)
    }

    fn pop(&mut self) -> Option<usize> {
        let first = *self.heap.first()?;
        self.heap.swap_remove(0);
        let mut place = 1;
        while let Some(child) = self.child(place, self.heap.len()) {
            if self.key(place) <= self.key(child) {
                break;
            }
            self.heap.swap(place - 1, child - 1);
            place = child;
        }
        Some(first)
    }
}

/// The heap under test, with the place of each event.
#[derive(Default)]
struct Heap {
    entries: Vec<Entry>,
    places: Vec<Option<usize>>,
}

impl Heap {
    fn put(&mut self, event: usize, (priority, timestamp): Key) -> usize {
        let Self { entries, places } = self;
        let entry = Entry::new(priority, timestamp, event as u32);
        if let Some(index) = places[event] {
            fill(entries, index, entry, |event, index| places[event as usize] = Some(index)) + 1
        } else {
            entries.push(entry);
            push(entries, entry, |event, index| places[event as usize] = Some(index)) + 1
        }
    }

    fn remove(&mut self, event: usize) -> Option<usize> {
        let Self { entries, places } = self;
        let index = places[event].take()?;
        let leaf = leaf_below(entries, index);
        remove(entries, index, |event, index| places[event as usize] = Some(index));
        entries.pop();
        Some(leaf + 1)
    }

    fn pop(&mut self) -> Option<usize> {
        let Self { entries, places } = self;
        let first = pop(entries, |event, index| places[event as usize] = Some(index))?.item() as usize;
        entries.pop();
        places[first] = None;
        Some(first)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Put(usize, Key),
    Remove(usize),
    Pop,
}

const EVENTS: usize = 24;

fn step() -> impl Strategy<Value = Step> {
    let key = (-1i32..2, 0i64..3);
    prop_oneof![
        4 => (0..EVENTS, key).prop_map(|(event, key)| Step::Put(event, key)),
        2 => (0..EVENTS).prop_map(Step::Remove),
        1 => Just(Step::Pop),
    ]
}

proptest! {
    #[test]
    fn events_lie_where_the_rules_put_them(steps in prop::collection::vec(step(), 0..200)) {
        let mut model = Model { keys: vec![(0, 0); EVENTS], ..Model::default() };
        let mut heap = Heap { places: vec![None; EVENTS], ..Heap::default() };
        for step in steps {
            match step {
                Step::Put(event, key) => prop_assert_eq!(heap.put(event, key), model.put(event, key)),
                Step::Remove(event) => prop_assert_eq!(heap.remove(event), model.remove(event)),
                Step::Pop => prop_assert_eq!(heap.pop(), model.pop()),
            }
            let items: Vec<_> = heap.entries.iter().map(|entry| entry.item() as usize).collect();
            prop_assert_eq!(&items, &model.heap);
            for (index, event) in items.into_iter().enumerate() {
                prop_assert_eq!(heap.places[event], Some(index));
            }
        }
    }

    #[test]
    fn events_come_out_in_order(keys in prop::collection::vec((any::<i32>(), any::<i64>()), 0..300)) {
        let mut heap = Heap { places: vec![None; keys.len()], ..Heap::default() };
        for (event, key) in keys.iter().enumerate() {
            heap.put(event, *key);
        }
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        let out: Vec<_> = std::iter::from_fn(|| heap.pop()).map(|event| keys[event]).collect();
        prop_assert_eq!(out, sorted);
        for &(priority, timestamp) in &keys {
            let entry = Entry::new(priority, timestamp, u32::MAX);
            prop_assert_eq!((entry.timestamp(), entry.item()), (timestamp, u32::MAX));
        }
    }
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! The timer heap against the textbook's, written with exchanges of neighbours over an array that starts at 1.

use mtproxy_ffi::net::timer_heap::{Due, insert, remove, settle};
use proptest::prelude::*;

/// The textbook's heap: `times` by timer, and the heap of timers.
#[derive(Default)]
struct Model {
    heap: Vec<usize>,
    times: Vec<f64>,
}

impl Model {
    fn time(&self, place: usize) -> f64 {
        self.times[self.heap[place - 1]]
    }

    fn exchange(&mut self, a: usize, b: usize) {
        self.heap.swap(a - 1, b - 1);
    }

    fn repair(&mut self, mut place: usize) -> usize {
        while place > 1 && self.time(place / 2) > self.time(place) {
            self.exchange(place / 2, place);
            place /= 2;
        }
        loop {
            let children = [2 * place, 2 * place + 1].into_iter().filter(|child| *child <= self.heap.len());
            // Of equal ones `min_by` takes the first.
            let Some(child) = children.min_by(|a, b| self.time(*a).partial_cmp(&self.time(*b)).unwrap())
            else {
                return place;
            };
            if self.time(place) <= self.time(child) {
                return place;
            }
            self.exchange(place, child);
            place = child;
        }
    }

    fn place_of(&self, timer: usize) -> Option<usize> {
        self.heap.iter().position(|other| *other == timer).map(|index| index + 1)
    }

    fn insert(&mut self, timer: usize, time: f64) -> usize {
        self.times[timer] = time;
        let place = self.place_of(timer).unwrap_or_else(|| {
            self.heap.push(timer);
            self.heap.len()
        });
        self.repair(place)
    }

    fn remove(&mut self, timer: usize) {
        let Some(place) = self.place_of(timer) else { return };
        let last = self.heap.len();
        self.exchange(place, last);
        self.heap.pop();
        if place < last {
            self.repair(place);
        }
    }
}

/// The heap under test, with the place that each timer was told last.
struct Tested {
    heap: Vec<Due<usize>>,
    places: Vec<Option<usize>>,
}

impl Tested {
    fn insert(&mut self, timer: usize, time: f64) -> usize {
        let due = Due { time, timer };
        let places = &mut self.places;
        let at = places[timer];
        let moved = |timer: usize, index| places[timer] = Some(index);
        match at {
            Some(index) => settle(&mut self.heap, index, due, moved),
            None => {
                self.heap.push(Due { time: f64::NAN, timer: usize::MAX });
                insert(&mut self.heap, due, moved)
            }
        }
    }

    fn remove(&mut self, timer: usize) {
        if let Some(index) = self.places[timer].take() {
            let places = &mut self.places;
            remove(&mut self.heap, index, |timer, index| places[timer] = Some(index));
            self.heap.pop();
        }
    }
}

/// A step: with a time the timer is inserted or moved, without one it is removed.
type Step = (usize, Option<f64>);

fn steps(timers: usize, time: impl Strategy<Value = f64>) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0..timers, prop::option::weighted(0.7, time)), 0..200)
}

fn some_steps() -> impl Strategy<Value = Vec<Step>> {
    let few_times = prop_oneof![Just(-0.0), (0..4i32).prop_map(f64::from)];
    let any_time = prop_oneof![any::<f64>().prop_filter("a number", |time| !time.is_nan()), -1e3..1e3f64];
    prop_oneof![steps(40, few_times), steps(40, any_time), steps(4, 0.0..1.0)]
}

fn play(steps: &[Step]) -> Result<(Model, Tested), TestCaseError> {
    let mut model = Model { times: vec![0.0; 40], ..Model::default() };
    let mut tested = Tested { heap: Vec::new(), places: vec![None; 40] };
    for (timer, time) in steps {
        if let Some(time) = time {
            prop_assert_eq!(tested.insert(*timer, *time) + 1, model.insert(*timer, *time));
        } else {
            tested.remove(*timer);
            model.remove(*timer);
        }
        let order: Vec<usize> = tested.heap.iter().map(|due| due.timer).collect();
        prop_assert_eq!(&order, &model.heap);
        for (timer, place) in tested.places.iter().enumerate() {
            prop_assert_eq!(place.map(|index| index + 1), model.place_of(timer));
        }
    }
    Ok((model, tested))
}

proptest! {
    #[test]
    fn each_step_leaves_the_order_of_the_textbook(steps in some_steps()) {
        play(&steps)?;
    }

    #[test]
    fn timers_come_out_by_time_and_all_of_them(steps in some_steps()) {
        let (_, mut tested) = play(&steps)?;
        let mut times: Vec<f64> = tested.heap.iter().map(|due| due.time).collect();
        times.sort_by(|a, b| a.partial_cmp(b).unwrap());
        for time in times {
            let first = tested.heap[0];
            prop_assert_eq!(first.time, time);
            tested.remove(first.timer);
        }
        prop_assert!(tested.heap.is_empty());
    }
}

/// The control: the model tells two orders of equal times apart.
#[test]
fn equal_times_have_one_order() {
    let step = |timer| (timer, Some(1.0));
    let (model, _) = play(&[step(0), step(1), step(2), (0, None)]).unwrap();
    assert_eq!(model.heap, [2, 1]);
}

#[test]
fn an_empty_heap_has_nothing_to_take_out() {
    let mut told = 0;
    remove(&mut [] as &mut [Due<u8>], 0, |_, _| told += 1);
    remove(&mut [Due { time: 1.0, timer: 1u8 }], 0, |_, _| told += 1);
    assert_eq!(told, 0);
}

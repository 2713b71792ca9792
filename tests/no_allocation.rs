// SPDX-License-Identifier: LGPL-2.0-or-later
//! No function allocates. The allocator counts, per thread.
#![cfg(feature = "capi")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    hint::black_box,
};

#[path = "models/calls.rs"]
mod calls;

use calls::{FUNCTIONS, Input};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u32> = const { Cell::new(0) };
}

// SAFETY: passes every request to the system's allocator; counting does not access the heap.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the same promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the same promises.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations_of(run: impl FnOnce()) -> u32 {
    let before = ALLOCATIONS.get();
    run();
    ALLOCATIONS.get() - before
}

#[test]
fn allocations_are_counted() {
    assert_eq!(allocations_of(|| drop(black_box(Box::new(1)))), 1);
}

/// Texts, each of which some function reads to its end.
fn contents() -> Vec<Vec<u8>> {
    let stat = format!("1 (two words) R{}", " 5".repeat(39));
    let query = b"\x3d\xdf\x74\x23\x05\0\0\0\0\0\0\0\xbd\xaa\x68\x75cut";
    let answer = b"\xda\xe4\xae\x63\x05\0\0\0\0\0\0\0\xf5\x32\xe4\x7acut";
    vec![
        (0..20_000u32).map(|i| i as u8).collect(),
        stat.into(),
        b"MemFree: 1 kB\nCached: 2 kB\nSwapTotal: 3 kB\nSwapFree: 4 kB\n".into(),
        b"1 2 3 4 5 6 7\n".into(),
        b" # comment\n word 12".into(),
        query.into(),
        answer.into(),
        Vec::new(),
    ]
}

#[test]
fn no_function_allocates() {
    let contents = contents();
    let mut output = vec![0u8; 1024];
    for function in FUNCTIONS {
        for data in &contents {
            for number in [0, 3, i32::MAX, -1, std::process::id() as i32] {
                // An object, or a table of numbers, is read from the first text.
                let data = if function.inputs.iter().all(|&input| input == Input::Bytes) {
                    data
                } else {
                    &contents[0]
                };
                let len = match function.inputs.first() {
                    Some(Input::Numbers) => data.len() / 4,
                    _ => data.len(),
                };
                let allocations = allocations_of(|| {
                    // SAFETY: readable inputs, and an output with room for every result.
                    black_box(unsafe {
                        function.call_with(data.as_ptr(), len, output.as_mut_ptr(), 1024, number)
                    });
                });
                assert_eq!(allocations, 0, "{}, {} bytes, {number}", function.name, data.len());
            }
        }
    }
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! The functions of the boundary as values, for tests that hold for all of them. The list is made from `src/ffi/api.tsv` by
//! mk/generate.rs.
#![allow(dead_code, reason = "each test uses a part")]

/// What a pointer to something readable stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// Bytes, as many as the length that follows.
    Bytes,
    /// 32-bit numbers, as many as the count that follows.
    Numbers,
    /// One object of this size.
    Object(usize),
}

/// What a pointer to something writable stands for.
#[derive(Clone, Copy)]
pub(crate) enum Output {
    None,
    /// One object of this size.
    Object(usize),
    /// 64-bit numbers, as many as the call's number, but at most [`MOST_NUMBERS`].
    Numbers,
    /// Room for a text, of the length that follows.
    Room,
}

/// How many numbers a `/proc/PID/statm` text has.
pub(crate) const MOST_NUMBERS: i32 = 7;

/// A function, called with the address and the length of each input and of its output, and one number for all other
/// parameters. The result is the status, or the value in 64 bits.
///
/// To be called with what the function asks for: readable inputs, a writable output.
pub(crate) type Call = unsafe fn([(*const u8, usize); 2], (*mut u8, usize), i32) -> i64;

pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// The same arguments always give the same result.
    pub(crate) pure: bool,
    /// Returns a status, or something that is not negative.
    pub(crate) status: bool,
    pub(crate) inputs: &'static [Input],
    pub(crate) output: Output,
    /// Zeroes what of an output belongs to no field: what stands there after a call means nothing.
    pub(crate) blank: fn(&mut [u8]),
    pub(crate) call: Call,
}

impl Function {
    /// How much a call with this number may write.
    pub(crate) fn output_size(&self, number: i32) -> usize {
        match self.output {
            Output::None => 0,
            Output::Object(size) => size,
            Output::Numbers => 8 * number.clamp(0, MOST_NUMBERS) as usize,
            Output::Room => 128,
        }
    }

    pub(crate) fn has_output(&self) -> bool {
        !matches!(self.output, Output::None)
    }

    /// Calls it with all inputs of bytes alike.
    ///
    /// # Safety
    /// As for [`Call`].
    pub(crate) unsafe fn call_with(
        &self,
        data: *const u8,
        len: usize,
        output: *mut u8,
        room: usize,
        number: i32,
    ) -> i64 {
        // SAFETY: the same promises.
        unsafe { (self.call)([(data, len); 2], (output, room), number) }
    }
}

/// The functions that read bytes, and nothing else, and write an output that is no text.
pub(crate) fn from_bytes() -> impl Iterator<Item = &'static Function> + Clone {
    FUNCTIONS.iter().filter(|function| {
        !function.inputs.is_empty()
            && function.inputs.iter().all(|&input| input == Input::Bytes)
            && matches!(function.output, Output::Object(_) | Output::Numbers)
    })
}

fn size_of_field<S, F>(_: fn(S) -> F) -> usize {
    size_of::<F>()
}

include!(concat!(env!("OUT_DIR"), "/calls.rs"));

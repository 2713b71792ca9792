// SPDX-License-Identifier: LGPL-2.0-or-later
//! The functions of the boundary as values, for tests that apply to all of them. mk/generate.rs makes the list from
//! `src/ffi/api.tsv`.
#![allow(dead_code, reason = "each test uses a part")]

/// The kind of an input.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// Bytes, as many as the length that follows.
    Bytes,
    /// 32-bit numbers, as many as the count that follows.
    Numbers,
    /// One object of this size.
    Object(usize),
}

/// The kind of an output.
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

/// The number of fields in a `/proc/PID/statm` text.
pub(crate) const MOST_NUMBERS: i32 = 7;

/// A function, called with the address and the length of each input and of its output, and one number for all other
/// parameters. The result is the status, or the value in 64 bits.
///
/// # Safety
/// The inputs are readable, and the output is writable.
pub(crate) type Call = unsafe fn([(*const u8, usize); 2], (*mut u8, usize), i32) -> i64;

pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// True if the same arguments always give the same result.
    pub(crate) pure: bool,
    /// True if the result is a status, or another number that is negative only on failure.
    pub(crate) status: bool,
    pub(crate) inputs: &'static [Input],
    pub(crate) output: Output,
    /// Sets the bytes of an output that belong to no field to zero, because their values are unspecified.
    pub(crate) blank: fn(&mut [u8]),
    pub(crate) call: Call,
}

impl Function {
    /// The most bytes that a call with this number may write.
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

    /// Calls the function with the same bytes for all inputs.
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

/// The functions whose inputs are all bytes, and whose output is not a text.
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

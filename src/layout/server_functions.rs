// SPDX-License-Identifier: LGPL-2.0-or-later
//! `common/server-functions.h`.

use core::ffi::{c_char, c_int, c_uint};

/// What is called for an option, with its first value.
pub type OptionFunction = unsafe extern "C" fn(c_int) -> c_int;

/// A command-line option of the table, with its other values and names.
#[repr(C)]
pub struct ParseOption {
    /// Allocated.
    pub(crate) vals: *mut c_int,
    pub(crate) val_cnt: c_int,
    /// The value that the function gets.
    pub(crate) base_val: c_int,
    /// The table is in the order of these.
    pub(crate) smallest_val: c_int,
    /// Allocated; the names are the host's.
    pub(crate) longopts: *mut *const c_char,
    pub(crate) longopts_cnt: c_int,
    pub(crate) func: Option<OptionFunction>,
    /// Allocated, or null.
    pub(crate) help: *mut c_char,
    pub(crate) flags: c_uint,
    /// Whether it takes an argument: a number of `getopt.h`.
    pub(crate) arg: c_int,
}

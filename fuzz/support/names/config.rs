// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `parse-config`.

use core::ffi::{c_char, c_int, c_longlong, c_void};

include!(concat!(env!("OUT_DIR"), "/Config.rs"));

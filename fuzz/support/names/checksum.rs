// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy objects `crc32` and `crc32c`.

use core::ffi::{c_int, c_long, c_uint, c_ulong, c_void};

include!(concat!(env!("OUT_DIR"), "/Checksum.rs"));

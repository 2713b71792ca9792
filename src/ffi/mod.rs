// SPDX-License-Identifier: LGPL-2.0-or-later
//! The C boundary, `mtproxy_ffi_*`, API version 2: one file per family, named as the core's.
//!
//! Each function checks its pointers, borrows slices, calls one function of the layers below, writes the result once and
//! returns a status. The crate's documentation defines *readable*, *writable* and *may overlap*. `api.tsv` lists the
//! functions. Their documentation becomes the C header, so it speaks of NULL and of objects that pointers point to.

mod boundary;
mod checksum;
mod clock;
mod config;
mod contract;
mod cpu;
mod digest;
mod jobs;
mod jobs_host;
mod log_prefix;
mod mp_queue;
mod net;
mod process_id;
mod procfs;
mod release;
mod tl;

pub use boundary::{EFORMAT, EINVAL, EIO, ENOMEM, ENOSPC, EUNSUPPORTED, EVERSION, OK};
pub use checksum::*;
pub use clock::*;
pub use config::*;
pub use contract::*;
pub use cpu::*;
pub use digest::*;
pub use jobs::*;
pub use jobs_host::{JobsHost, mtproxy_ffi_jobs_attach};
pub use log_prefix::*;
pub use mp_queue::*;
pub use net::*;
pub use process_id::*;
pub use procfs::*;
pub use tl::*;

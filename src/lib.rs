// SPDX-License-Identifier: LGPL-2.0-or-later
//! # mtproxy-ffi
//!
//! The small, hot, exact parts of MTProxy's C library, in Rust: checksums, digests, the configuration
//! scanner, TL headers, `/proc`, process ids, clocks and the log prefix, with the results of the original
//! to the last bit.
//!
//! ```
//! // The header of a query, as it comes off the wire.
//! let packet = b"\x3d\xdf\x74\x23\x05\0\0\0\0\0\0\0payload";
//! let query = mtproxy_ffi::tl::parse_query_header(packet)?;
//! assert_eq!((query.header.qid, query.consumed), (5, 12));
//! # Ok::<(), mtproxy_ffi::tl::Refused>(())
//! ```
//!
//! ## Modules
//!
//! | module | contents |
//! |---|---|
//! | [`checksum`], [`digest`] | CRC-32, CRC-32C, CRC-64; MD5, SHA-1, SHA-256 and their HMACs |
//! | [`config`] | the scanner of proxy configurations |
//! | [`tl`] | headers of RPC queries and answers |
//! | [`procfs`] | `/proc` stat, statm and meminfo texts |
//! | [`net`] | epoll flags, timer waits, buffer classes |
//! | [`process_id`], [`cpu`], [`clock`], [`log_prefix`], [`contract`] | one subject each |
//! | `ffi` (feature `capi`) | the C boundary `mtproxy_ffi_*` |
//! | `kdb` (feature `kdb`) | the drop-in: the legacy library's own names, one file per legacy object |
//!
//! The modules above the line of `ffi` are the pure core: safe Rust over `&[u8]` and plain values, without pointers,
//! global state, heap allocation or system calls. A caller passes in the time or a file's text. Their only unsafe code
//! is in `src/*/arch/`: CPU instructions.
//!
//! Below the two edges, and private: `runtime` (what has state), `layout` (structs shared with C), `sync` and `sys`
//! (system calls). Each layer uses only what is below it: the edges use `runtime`, `runtime` uses the core, `layout`,
//! `sync` and `sys`. `tests/architecture.rs` checks that.
//!
//! ## Safety vocabulary of the boundary
//!
//! Every C function says what it asks of its caller in these words, and means exactly this:
//!
//! * **readable**: the pointer is valid for reads of the given number of elements for the length of the call,
//!   and nobody writes there meanwhile. With a count of 0 it may be null or dangling.
//! * **writable**: the pointer is valid for writes of the whole object for the length of the call, and nobody
//!   else reads or writes there meanwhile. It may be unaligned.
//! * **may overlap**: outputs may lie inside inputs; a result is computed whole before a byte of it is written.
//!
//! What the library can check it checks: a null pointer where something must be read or written, and a length
//! no object can have (above `PTRDIFF_MAX`), give `MTPROXY_FFI_EINVAL`.

#[cfg(all(mtproxy_ffi_shipped, not(panic = "abort")))]
compile_error!("the shipped library must be built with panic = \"abort\": no unwinding may cross into C");

pub mod checksum;
pub mod clock;
pub mod config;
pub mod contract;
pub mod cpu;
pub mod digest;
mod digits;
pub mod log_prefix;
pub mod net;
pub mod process_id;
pub mod procfs;
mod scan;
mod text;
pub mod tl;

#[cfg(any(feature = "capi", feature = "kdb"))]
#[cfg_attr(
    not(all(feature = "capi", feature = "kdb")),
    allow(dead_code, unreachable_pub, unused_imports, reason = "each edge uses a part")
)]
mod layout;
#[cfg(any(feature = "capi", feature = "kdb"))]
#[cfg_attr(
    not(all(feature = "capi", feature = "kdb")),
    allow(dead_code, unreachable_pub, unused_imports, reason = "each edge uses a part")
)]
mod runtime;
#[cfg(feature = "kdb")]
mod sync;
#[cfg(any(feature = "capi", feature = "kdb"))]
#[cfg_attr(
    not(all(feature = "capi", feature = "kdb")),
    allow(dead_code, unreachable_pub, unused_imports, reason = "each edge uses a part")
)]
mod sys;

// Every struct that is shared with C is laid out as src/layout/layouts.tsv has it: asserts made by the build script.
#[cfg(any(feature = "capi", feature = "kdb"))]
include!(concat!(env!("OUT_DIR"), "/layouts.rs"));

#[cfg(feature = "capi")]
pub mod ffi;
#[cfg(feature = "kdb")]
pub mod kdb;

// SPDX-License-Identifier: LGPL-2.0-or-later
//! # mtproxy-ffi
//!
//! Parts of MTProxy's C library in Rust: checksums, digests, the configuration scanner, TL headers, `/proc`, process ids,
//! clocks and the log prefix, with the results of the original to the last bit.
//!
//! ```
//! // The header of a query, as it comes from the network.
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
//! | [`http`] | requests to the statistics port, headers of answers, Prometheus's format |
//! | [`net`] | epoll flags, timer waits, buffer classes |
//! | [`rpc`], [`crypto`] | frames and handshakes between proxy and middle end; keys, Diffie-Hellman |
//! | [`process_id`], [`cpu`], [`clock`], [`log_prefix`], [`contract`] | one subject each |
//! | `ffi` (feature `capi`) | the C boundary `mtproxy_ffi_*` |
//! | `kdb` (feature `kdb`) | the drop-in: the legacy library's own names, one file per legacy object |
//!
//! The modules before `ffi` in this table are the pure core: safe Rust over `&[u8]` and plain values, without pointers,
//! global state, heap allocation or system calls. A caller passes in the time or a file's text. The core's only unsafe
//! code is in `src/*/arch/`: CPU instructions.
//!
//! Private layers lie below the two edges `ffi` and `kdb`: `runtime` (state), `layout` (structs shared with C), `sync`
//! (thread-locals) and `sys` (system calls). The edges use `runtime`; `runtime` uses the core, `layout`, `sync` and `sys`;
//! no layer uses one above it. `tests/architecture.rs` checks that, and `docs/architecture.md` describes the layers.
//!
//! The crate needs `std`, for the macros that find CPU features at run time and for square roots. It needs no allocator:
//! a program that links the C archives gets none of std's runtime.
//!
//! ## Safety vocabulary
//!
//! The safety sections of the C functions use these words:
//!
//! * **readable**: the pointer is valid for reads of the given number of elements during the call, and no other thread
//!   writes to them during the call. If the number is 0 the pointer may be null or dangling.
//! * **writable**: the pointer is valid for writes of the whole object during the call, and no other thread reads or writes
//!   it during the call. It may be unaligned.
//! * **may overlap**: outputs may overlap inputs; a result is complete before its first byte is written.
//!
//! The boundary checks all it can: a null pointer for an object that must be read or written, and a length that no object
//! can have (above `PTRDIFF_MAX`), give `MTPROXY_FFI_EINVAL`.

#[cfg(all(mtproxy_ffi_shipped, not(panic = "abort")))]
compile_error!("the shipped library must be built with panic = \"abort\": no unwinding may cross into C");

pub mod checksum;
pub mod clock;
pub mod config;
pub mod contract;
pub mod cpu;
pub mod crypto;
mod decimal;
pub mod digest;
mod digits;
pub mod hosts;
pub mod http;
pub mod log_prefix;
pub mod net;
pub mod options;
pub mod process_id;
pub mod procfs;
pub mod rpc;
mod scan;
mod text;
pub mod tl;

#[cfg(any(feature = "capi", feature = "kdb_leaf"))]
#[cfg_attr(
    not(all(feature = "capi", feature = "kdb")),
    allow(dead_code, unused_imports, reason = "each edge uses a part")
)]
#[allow(unreachable_pub, reason = "a struct is as public as the exports that use it")]
mod layout;
#[cfg(any(feature = "capi", feature = "kdb_leaf"))]
#[cfg_attr(
    not(all(feature = "capi", feature = "kdb")),
    allow(dead_code, unused_imports, reason = "each edge uses a part")
)]
#[allow(unreachable_pub, reason = "a variable that is exported is as public as its export")]
mod runtime;
#[cfg(any(feature = "capi", feature = "kdb_leaf"))]
#[cfg_attr(
    not(all(feature = "capi", feature = "kdb")),
    allow(dead_code, unused_imports, reason = "each edge uses a part")
)]
mod sync;
#[cfg(any(feature = "capi", feature = "kdb_leaf"))]
#[cfg_attr(
    not(all(feature = "capi", feature = "kdb")),
    allow(dead_code, unreachable_pub, unused_imports, reason = "each edge uses a part")
)]
mod sys;

// Every struct that is shared with C is laid out as src/layout/layouts.tsv has it: asserts made by the build script.
#[cfg(any(feature = "capi", feature = "kdb_leaf"))]
include!(concat!(env!("OUT_DIR"), "/layouts.rs"));

#[cfg(feature = "capi")]
pub mod ffi;
#[cfg(feature = "kdb_leaf")]
pub mod kdb;

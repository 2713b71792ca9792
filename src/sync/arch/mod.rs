// SPDX-License-Identifier: LGPL-2.0-or-later
//! The address of the calling thread's copy of a thread-local variable that is exported under a C name.
//!
//! Stable Rust can neither define nor read such a variable. The initial-exec model is used: one load and one addition.
//! It fits an archive that is linked into a program, and a shared object that is loaded at start; a shared object that
//! is loaded later takes the few bytes from the reserve that the C library keeps for this.

#[cfg(target_arch = "x86_64")]
macro_rules! thread_local_address {
    ($name:literal) => {{
        let address: *mut ::core::ffi::c_void;
        // SAFETY: reads the thread pointer and the variable's offset from it, neither of which changes while the thread
        // lives; writes no memory.
        unsafe {
            ::core::arch::asm!(
                "mov {address}, qword ptr fs:[0]",
                concat!("add {address}, qword ptr [rip + ", $name, "@GOTTPOFF]"),
                address = out(reg) address,
                options(pure, nomem, nostack),
            );
        }
        address
    }};
}

#[cfg(target_arch = "aarch64")]
macro_rules! thread_local_address {
    ($name:literal) => {{
        let address: *mut ::core::ffi::c_void;
        // SAFETY: reads the thread pointer and the variable's offset from it, neither of which changes while the thread
        // lives; writes no memory.
        unsafe {
            ::core::arch::asm!(
                "mrs {address}, tpidr_el0",
                concat!("adrp {offset}, :gottprel:", $name),
                concat!("ldr {offset}, [{offset}, #:gottprel_lo12:", $name, "]"),
                "add {address}, {address}, {offset}",
                address = out(reg) address,
                offset = out(reg) _,
                options(pure, nomem, nostack, preserves_flags),
            );
        }
        address
    }};
}

pub(crate) use thread_local_address;

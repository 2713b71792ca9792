//! Legacy object `common/pid`.

use core::{arch::global_asm, ffi::c_int};

use crate::{
    ffi::{self, system},
    process_id::ProcessId,
};

// Twelve bytes, aligned to eight as the original's: no Rust type is that.
global_asm!(
    ".pushsection .bss.PID, \"aw\", %nobits",
    ".globl PID",
    ".type PID, %object",
    ".size PID, 12",
    ".balign 8",
    "PID: .zero 12",
    ".popsection",
);

unsafe extern "C" {
    /// The identity of this process.
    pub static mut PID: ProcessId;
}

/// Applies a change to [`PID`].
fn update(change: impl FnOnce(&mut ProcessId, u32, i64)) {
    let place = &raw mut PID;
    // SAFETY: a live variable; as in the original, hosts do not touch it from other threads while it is initialised.
    unsafe {
        let mut pid = place.read();
        change(&mut pid, system::process_id(), system::unix_time());
        place.write(pid);
    }
}

/// Fills `pid` and `utime` of [`PID`] where they are 0.
///
/// A process id above 65535 is folded into 16 bits, `(p & 0xffff) ^ (p >> 16)` and 1 where that gives 0.
#[unsafe(no_mangle)]
pub extern "C" fn init_common_PID() {
    update(ProcessId::init_common);
}

/// Sets `ip` of [`PID`] unless it is 0 or 127.0.0.1, then does what [`init_common_PID`] does.
#[unsafe(no_mangle)]
pub extern "C" fn init_client_PID(ip: u32) {
    update(|id, pid, time| id.init_client(ip, pid, time));
}

/// As [`init_client_PID`], and sets `port` of [`PID`] where it is 0.
#[unsafe(no_mangle)]
pub extern "C" fn init_server_PID(ip: u32, port: c_int) {
    update(|id, pid, time| id.init_server(ip, port, pid, time));
}

/// Returns 2 where the two are equal, 1 where `x` is a special case of `y`, else 0.
///
/// # Safety
/// Both are *readable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn matches_pid(x: *mut ProcessId, y: *mut ProcessId) -> c_int {
    // SAFETY: the same promises.
    unsafe { ffi::mtproxy_ffi_matches_pid(x, y) }
}

/// Returns 1 where `a` is a later process than `b` at the same address, else 0; also where the addresses differ.
///
/// # Safety
/// Both are *readable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn process_id_is_newer(a: *mut ProcessId, b: *mut ProcessId) -> c_int {
    // SAFETY: the same promises.
    unsafe { ffi::mtproxy_ffi_process_id_is_newer(a, b) }
}

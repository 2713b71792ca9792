//! CRC-32C by the CPU's own instruction; chosen at run time, so that one build serves every machine.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
pub(super) use aarch64::crc32c;
#[cfg(target_arch = "x86_64")]
pub(super) use x86_64::crc32c;

/// No such instruction on this architecture.
#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
pub(super) fn crc32c(_data: &[u8], _crc: u32) -> Option<u32> {
    None
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-config`. `net/net-crypto-aes` sets its variables.

use core::{
    ffi::c_int,
    slice,
    sync::atomic::{AtomicI32, AtomicU8},
};

use crate::kdb::{
    statics::exported_text,
    support::{c_text, die},
    upcalls::main_secret,
};

/// The size of [`pwd_config_buf`]: the longest secret's file, and room behind it.
const ROOM: usize = 16384 + 128;

/// A text of a file, aligned as in the original.
#[repr(C, align(32))]
pub struct FileText([AtomicU8; ROOM]);

impl FileText {
    /// Where it starts.
    pub(super) fn start(&self) -> *mut u8 {
        self.0.as_ptr().cast_mut().cast()
    }
}

/// The text of the secret's file.
#[unsafe(no_mangle)]
pub static pwd_config_buf: FileText = FileText([const { AtomicU8::new(0) }; ROOM]);

/// The length of that text.
#[unsafe(no_mangle)]
pub static pwd_config_len: AtomicI32 = AtomicI32::new(0);

// The MD5 of that text in hexadecimal.
exported_text!("pwd_config_md5", "none", "33", "32");

/// The most signatures that a peer may offer besides its first.
const MAX_EXTRA: c_int = 16;

/// The signature of our secret, if it is `key_signature` or one of the extra ones; else, or if the secret is shorter than a
/// signature, 0. A number of extra signatures outside 0 to 16 ends the process.
///
/// # Safety
/// `extra_key_signatures` is *readable* for `extra_num` elements, and no other thread changes `main_secret` meanwhile.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn select_best_key_signature(
    key_signature: c_int,
    extra_num: c_int,
    extra_key_signatures: *const c_int,
) -> c_int {
    let extra = match usize::try_from(extra_num) {
        Ok(0) => &[],
        Ok(count) if extra_num <= MAX_EXTRA && !extra_key_signatures.is_null() => {
            // SAFETY: not null, and readable for that many, as the caller promises.
            unsafe { slice::from_raw_parts(extra_key_signatures, count) }
        }
        _ => die(c_text!("select_best_key_signature: the number of extra signatures is not 0 to 16")),
    };
    // SAFETY: the host's variable, which nobody changes meanwhile. The secret starts with its signature, aligned.
    let (len, own) = unsafe {
        ((&raw const main_secret.secret_len).read(), (&raw const main_secret.secret).cast::<c_int>().read())
    };
    let known = len >= size_of::<c_int>() as c_int && (own == key_signature || extra.contains(&own));
    if known { own } else { 0 }
}

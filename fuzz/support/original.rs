// SPDX-License-Identifier: LGPL-2.0-or-later
//! The original: the archive that `LEGACY_LIB` names, relinked as the differential harness does it, and loaded with local
//! symbol scope.

use core::ffi::{c_char, c_void};
use std::{env, ffi::CString, ptr, sync::OnceLock};

/// The original, loaded.
pub struct Library {
    handle: usize,
    /// True if it is linked with libcrypto, which its SHA needs.
    pub with_crypto: bool,
}

unsafe extern "C" {
    /// From c-harness/lib/relink.c. Ends the process with one line if the archive cannot be used.
    fn relink_and_load(
        role: *const c_char,
        archive: *const c_char,
        loaded: *mut c_char,
        room: usize,
        with_crypto: *mut bool,
    ) -> *mut c_void;
    /// From c-harness/lib/object_check.c, likewise.
    fn object_check(role: *const c_char, path: *const c_char) -> i32;
}

/// `None` without `LEGACY_LIB`. A target calls this in its `init`, before libFuzzer starts its timer.
pub fn library() -> Option<&'static Library> {
    static LIBRARY: OnceLock<Option<Library>> = OnceLock::new();
    LIBRARY.get_or_init(|| env::var("LEGACY_LIB").ok().filter(|path| !path.is_empty()).map(load)).as_ref()
}

fn load(archive: String) -> Library {
    let archive = CString::new(archive).expect("a path has no NUL");
    let role = c"LEGACY_LIB".as_ptr();
    let (mut loaded, mut with_crypto) = ([0; 4096], false);
    // SAFETY: C strings, and a buffer of the length that is passed.
    let handle = unsafe {
        assert_eq!(object_check(role, archive.as_ptr()), 0, "LEGACY_LIB is not an archive");
        relink_and_load(role, archive.as_ptr(), loaded.as_mut_ptr(), loaded.len(), &raw mut with_crypto)
    };
    Library { handle: handle.expose_provenance(), with_crypto }
}

impl Library {
    /// The address of a symbol of the original. If this program exports the name too, the symbol would resolve to the
    /// program's own, and the program would be compared with itself; that ends the process.
    pub(crate) fn find(&self, name: &str) -> *mut c_void {
        let c_name = CString::new(name).expect("a name has no NUL");
        // SAFETY: C strings; the handle is one that was loaded and stays.
        let (exported, own) = unsafe {
            (
                libc::dlsym(libc::RTLD_DEFAULT, c_name.as_ptr()),
                libc::dlsym(ptr::with_exposed_provenance_mut(self.handle), c_name.as_ptr()),
            )
        };
        assert!(exported.is_null(), "{name} of the program would stand before the original's");
        assert!(!own.is_null(), "LEGACY_LIB lacks {name}: not a library of this proxy");
        own
    }
}

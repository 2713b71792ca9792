// SPDX-License-Identifier: LGPL-2.0-or-later
//! The control of the comparison with the original: a fault that only the original reveals. Without the original, this
//! target finds nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use support::Config;

/// The length of a word, with a fault: `_` ends it.
fn mistaken_word_len(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte)).count()
}

fuzz_target!(init: { Config::sides(); }, |data: &[u8]| {
    if data.first().is_none_or(|byte| !byte.is_ascii_lowercase()) {
        return;
    }
    let text = [data, &[0]].concat();
    for names in Config::sides().iter().filter(|names| names.is_original) {
        // SAFETY: the library's variable, and a text that ends with a NUL.
        let len = unsafe {
            *names.cfg_cur = text.as_ptr().cast_mut().cast();
            (names.cfg_getword)()
        };
        assert_eq!(len as usize, mistaken_word_len(&text), "planted mistake");
    }
});

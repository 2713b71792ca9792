//! The control of what is compared with the original: a mistake that only the original tells. Without one there is
//! nothing to find here.
#![no_main]

use libfuzzer_sys::fuzz_target;
use support::Config;

/// A word, but for `_`, which belongs to words as well.
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

//! The drop-in's config loader, as a host drives it: a file is loaded, walked by the legacy names in any order, loaded
//! again over that, longer, and closed; or cannot be loaded. What each call returns, says and leaves must be what a
//! direct model of the legacy one says, and no descriptor stays open. With the original, the same of it.
#![no_main]

use std::ffi::c_char;

use libfuzzer_sys::fuzz_target;
use support::Config;

#[path = "../../tests/models/scanner.rs"]
mod scanner;

#[path = "loader/file.rs"]
mod file;
#[path = "loader/model.rs"]
mod model;
#[path = "loader/script.rs"]
mod script;
#[path = "loader/side.rs"]
mod side;

use model::Model;
use script::Script;
use side::Side;

/// How many calls a walk has: those of the script, over and over.
const STEPS: usize = 100;

/// AddressSanitizer's settings: it would hold back sixteen buffers of 16 MiB, and be busy with that alone.
#[unsafe(no_mangle)]
extern "C" fn __asan_default_options() -> *const c_char {
    c"quarantine_size_mb=4".as_ptr()
}

fn walk(side: &mut Side, model: &mut Model, calls: &[u8]) {
    for &byte in calls.iter().cycle().take(if calls.is_empty() { 0 } else { STEPS }) {
        let call = script::call(byte, model.rest());
        if model.can(&call) && side.can(&call) {
            let expected = model.call(&call);
            assert_eq!(side.call(&call), expected, "{call:?}");
            assert_eq!(side.place(), model.place(), "after {call:?}");
        }
    }
}

fn session(names: &'static Config, script: &Script) {
    let before = file::lowest_free();
    let (mut side, mut model) = (Side::new(names), Model::default());
    for (way, content) in script.loads() {
        let way = if names.is_original { way.defined() } else { way };
        let expected = model.load(way, content);
        assert_eq!(side.load(way, content), expected, "{way:?}");
        assert_eq!(side.place(), model.place(), "loaded by {way:?}");
        assert_eq!(side.name(), model.name(), "loaded by {way:?}");
        side.has_text(model.text());
        // What the scanner does after a failure is defined here; in the original not even what it reads.
        if names.is_original && (way.is_refused() || model.is_closed()) {
            break;
        }
        walk(&mut side, &mut model, script.calls);
        side.has_text(model.text());
    }
    assert_eq!(side.close(), model.close());
    assert_eq!((side.place(), side.name()), (model.place(), None), "closed");
    if !names.is_original {
        walk(&mut side, &mut model, script.calls.get(..8).unwrap_or_default());
    }
    assert_eq!(file::lowest_free(), before, "a descriptor was left open, or closed twice");
}

fuzz_target!(init: { Config::sides(); }, |data: &[u8]| {
    let Some(script) = Script::new(data) else { return };
    for names in Config::sides() {
        session(names, &script);
    }
});

// SPDX-License-Identifier: LGPL-2.0-or-later
//! The drop-in's config loader, used as a host uses it: it loads a file, scans it with the legacy functions in any order,
//! loads a longer one over it, and closes it; or the load fails. After each call the result, the messages and the global
//! variables must equal those of a direct model of the legacy loader, and no descriptor stays open. The original, if it is
//! given, is checked in the same way.
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

/// The number of calls in a walk: the script's calls, repeated.
const STEPS: usize = 100;

/// AddressSanitizer's settings: by default it would keep sixteen freed buffers of 16 MiB, which takes most of the time.
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
        // After a failure the drop-in's scanner has a defined result; the original reads undefined memory.
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

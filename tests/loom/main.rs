// SPDX-License-Identifier: LGPL-2.0-or-later
//! Models of concurrent code: loom runs each in all interleavings, and in all orders that the memory model allows. The code
//! is the product's, over loom's atomics instead of core's.
//!
//! Every model has a control: the same model with something missing, which must fail. `make test-loom` runs them.
#![cfg(loom)]
#![allow(dead_code, reason = "the product uses the rest")]

#[path = "../../src/sync/atomics.rs"]
mod atomics;
mod buffers;
mod jobs;
mod memory;
mod messages;
mod queue;

/// Where the product's code finds the traits.
mod sync {
    pub(crate) use crate::atomics::{Bits, Count, Memory, Word};
}

/// Runs a model.
fn check(model: impl Fn() + Sync + Send + 'static) {
    loom::model(model);
}

/// Runs a control.
fn must_fail(model: impl Fn() + Sync + Send + 'static) {
    let model = std::panic::AssertUnwindSafe(model);
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = std::panic::catch_unwind(move || loom::model(move || (*model)()));
    std::panic::set_hook(quiet);
    assert!(result.is_err(), "control: the model does not fail");
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! The engine: the pipe that wakes the main thread, when the regular work is due, and how many connections fit.

pub(crate) mod cron;
pub(crate) mod limit;
pub(crate) mod raw;
pub(crate) mod wake_up;

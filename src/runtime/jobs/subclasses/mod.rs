// SPDX-License-Identifier: LGPL-2.0-or-later
//! Subclasses of a class: the jobs of one subclass never overlap, and those of subclass -1 overlap with none of the class.
//!
//! A job goes into its subclass's queue, and the subclass's number into the queue of the class. Who takes the number out
//! runs the subclass's jobs, unless another thread does so already: that one will run them too.

mod raw;

pub(crate) use raw::{make, process, push};

// SPDX-License-Identifier: LGPL-2.0-or-later
//! The messages of a job: sent by any thread, sorted and received by whoever runs the job.

mod raw;

pub(crate) use raw::{
    NewMessage, Receive, free, free_message, init, queue_of, send, send_now, set_queue, work,
};

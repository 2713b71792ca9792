// SPDX-License-Identifier: LGPL-2.0-or-later
//! Jobs that others wait for: list jobs, which tell all who wait once, and notifications, which tell them each time.

mod raw;

pub(crate) use raw::{
    insert_job, insert_node, new_list, new_notification, node_wakeup, run_list, run_notification,
};

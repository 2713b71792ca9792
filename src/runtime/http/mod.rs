// SPDX-License-Identifier: LGPL-2.0-or-later
//! The HTTP server: what is done with what a connection received.

mod server;

pub(crate) use server::{CLOSING, Connection, STATS_REQUEST, default_answer, serve};

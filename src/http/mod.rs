// SPDX-License-Identifier: LGPL-2.0-or-later
//! HTTP as the proxy's statistics port speaks it: requests, dates, headers of answers, and the page in Prometheus's format.
//!
//! Legacy: the parts of `net-http-server.c` that are functions of bytes.
#![forbid(unsafe_code)]

mod answer;
mod date;
mod header;
mod metric_table;
mod metrics;
mod request;

pub use answer::{AnswerHead, Version, error_page, status_text};
pub use date::{DATE_LEN, DateError, format_date, parse_date};
pub use header::find_header;
pub use metrics::{Metrics, page_of_answer};
pub use request::{Kind, MAX_HEADER, Request, RequestParser, flags};

// SPDX-License-Identifier: LGPL-2.0-or-later
//! A statistics page in Prometheus's text format, version 0.0.4.
//!
//! A line `name` TAB `value` becomes the metric `mtproxy_name`, with the value as it is written; of a counter,
//! `mtproxy_name_total`, which no other metric ends in. Several values on one line get labels. A text becomes the label of a metric `mtproxy_name_info`.
#![forbid(unsafe_code)]

use super::metric_table::KNOWN;

/// What a line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A number that only grows.
    Counter,
    /// A number.
    Gauge,
    /// No number.
    Text,
}

/// What several values on a line are by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labels {
    None,
    /// Classes of jobs, from 0 on.
    Class,
    /// Rounds, from 1 on.
    Round,
    Reason,
}

#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) meaning: Meaning,
    pub(super) help: &'static str,
    pub(super) labels: Labels,
}

/// Of `total_accept_connections_failed`, in the order of its values.
const REASONS: [&str; 5] = ["init_accepted", "accept_call", "connection_limit", "rate_limit", "nonblock_set"];

/// The body of an answer, with its header: the page; `None` if the answer is not that of success.
#[must_use]
pub fn page_of_answer(answer: &[u8]) -> Option<&[u8]> {
    let rest = answer.strip_prefix(b"HTTP/1.")?.get(1..)?.strip_prefix(b" 200 ")?;
    let end = rest.windows(4).position(|four| four == b"\r\n\r\n")?;
    rest.get(end + 4..)
}

/// The metrics of a page.
///
/// ```
/// use mtproxy_ffi::http::Metrics;
///
/// let mut text = Vec::new();
/// Metrics::of(b"http_queries\t7\n").write(&mut |piece| text.extend_from_slice(piece));
/// let lines: Vec<_> = text.split(|&byte| byte == b'\n').collect();
/// assert_eq!(lines[0], b"# HELP mtproxy_http_queries_total HTTP requests.");
/// assert_eq!(lines[1], b"# TYPE mtproxy_http_queries_total counter");
/// assert_eq!(lines[2], b"mtproxy_http_queries_total 7");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Metrics<'a> {
    page: &'a [u8],
}

impl<'a> Metrics<'a> {
    /// Those of this page.
    #[must_use]
    pub const fn of(page: &'a [u8]) -> Self {
        Self { page }
    }

    /// Gives the text to `send`, piece by piece. A line without a tab is left out; so are the frames of the page's parts,
    /// a name that Prometheus does not allow, and all but the first line of a metric. A known name's metric is its own.
    pub fn write(&self, send: &mut dyn FnMut(&[u8])) {
        let mut seen = [false; KNOWN.len()];
        for (number, (name, value)) in lines(self.page).enumerate().filter(|(_, (name, _))| is_name(name)) {
            let place = KNOWN.binary_search_by(|known| known.name.as_bytes().cmp(name)).ok();
            let again = match place.and_then(|place| seen.get_mut(place)) {
                Some(seen) => core::mem::replace(seen, true),
                None => {
                    let metric = Metric::unknown(name, value);
                    let is_known = KNOWN.iter().any(|known| metric.has_name_of(&Metric::known(known)));
                    is_known || self.metrics_before(number).any(|earlier| metric.has_name_of(&earlier))
                }
            };
            if !again {
                write_line(place.and_then(|place| KNOWN.get(place)), name, value, send);
            }
        }
    }

    /// Those that the first lines become, if their names are not known.
    fn metrics_before(&self, number: usize) -> impl Iterator<Item = Metric<'a>> {
        lines(self.page)
            .take(number)
            .filter(|(name, _)| is_name(name))
            .map(|(name, value)| Metric::unknown(name, value))
    }
}

/// The lines of a page with a tab, as name and value.
fn lines(page: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    page.split(|&byte| byte == b'\n').filter_map(|line| {
        let tab = line.iter().position(|&byte| byte == b'\t')?;
        Some((line.get(..tab)?, line.get(tab + 1..)?.trim_ascii()))
    })
}

fn is_name(name: &[u8]) -> bool {
    let good = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    !name.is_empty() && name.iter().all(good)
}

/// A metric that a line becomes.
struct Metric<'a> {
    /// `_total` is the suffix of counters, and of nothing else.
    base: &'a [u8],
    /// None: a number whose meaning is not known.
    meaning: Option<Meaning>,
}

impl<'a> Metric<'a> {
    fn of(name: &'a [u8], meaning: Option<Meaning>) -> Self {
        Self { base: name.strip_suffix(b"_total").unwrap_or(name), meaning }
    }

    fn known(known: &'a Known) -> Self {
        Self::of(known.name.as_bytes(), Some(known.meaning))
    }

    #[inline(never)]
    fn unknown(name: &'a [u8], value: &[u8]) -> Self {
        Self::of(name, if has_numbers(value) { None } else { Some(Meaning::Text) })
    }

    fn suffix(&self) -> &'static [u8] {
        match self.meaning {
            Some(Meaning::Counter) => b"_total",
            Some(Meaning::Text) => b"_info",
            Some(Meaning::Gauge) | None => b"",
        }
    }

    const fn kind(&self) -> &'static [u8] {
        match self.meaning {
            Some(Meaning::Counter) => b"counter",
            Some(Meaning::Gauge | Meaning::Text) => b"gauge",
            None => b"untyped",
        }
    }

    /// A byte of the name, without `mtproxy_`.
    fn byte(&self, index: usize) -> Option<u8> {
        match self.base.get(index) {
            Some(byte) => Some(byte.to_ascii_lowercase()),
            None => self.suffix().get(index.wrapping_sub(self.base.len())).copied(),
        }
    }

    #[inline(never)]
    fn has_name_of(&self, other: &Metric<'_>) -> bool {
        let mut index = 0;
        loop {
            match (self.byte(index), other.byte(index)) {
                (None, None) => return true,
                (one, another) if one != another => return false,
                _ => index += 1,
            }
        }
    }
}

#[inline(never)]
fn has_numbers(value: &[u8]) -> bool {
    !value.is_empty() && parts(value).all(|part| number(part).is_some())
}

fn write_line(known: Option<&Known>, name: &[u8], value: &[u8], send: &mut dyn FnMut(&[u8])) {
    let metric = known.map_or_else(|| Metric::unknown(name, value), Metric::known);
    let is_text = metric.meaning == Some(Meaning::Text);
    if !is_text && !has_numbers(value) {
        return;
    }
    let send_name = |send: &mut dyn FnMut(&[u8])| {
        send(b"mtproxy_");
        (0..).map_while(|index| metric.byte(index)).for_each(|byte| send(&[byte]));
    };
    send(b"# HELP ");
    send_name(send);
    send(b" ");
    match known {
        Some(known) => send(known.help.as_bytes()),
        None => {
            send(b"The line ");
            send(name);
            send(b" of the statistics page.");
        }
    }
    send(b"\n# TYPE ");
    send_name(send);
    send(b" ");
    send(metric.kind());
    send(b"\n");
    if is_text {
        send_name(send);
        send(b"{");
        name.iter().for_each(|byte| send(&[byte.to_ascii_lowercase()]));
        send(b"=\"");
        write_text(value, send);
        send(b"\"} 1\n");
        return;
    }
    let labels = known.map_or(Labels::None, |known| known.labels);
    let several = labels != Labels::None || parts(value).nth(1).is_some();
    for (index, part) in parts(value).enumerate() {
        send_name(send);
        if several {
            write_label(labels, index, send);
        }
        send(b" ");
        send(number(part).unwrap_or_default());
        send(b"\n");
    }
}

fn write_label(labels: Labels, index: usize, send: &mut dyn FnMut(&[u8])) {
    let mut text = crate::text::FixedText::<64>::new();
    text.push("{");
    match (labels, REASONS.get(index)) {
        (Labels::Reason, Some(reason)) => text.push("reason=\"").push(reason),
        (Labels::Class, _) => text.push("class=\"").push_int(index as i64),
        (Labels::Round, _) => text.push("round=\"").push_int(index as i64 + 1),
        _ => text.push("index=\"").push_int(index as i64),
    };
    send(text.push("\"}").as_bytes());
}

/// A text inside a label's quotes; bytes that are no UTF-8 become question marks.
fn write_text(text: &[u8], send: &mut dyn FnMut(&[u8])) {
    let is_utf8 = core::str::from_utf8(text).is_ok();
    for &byte in text {
        match byte {
            b'\\' | b'"' => send(&[b'\\', byte]),
            0x80.. if !is_utf8 => send(b"?"),
            _ => send(&[byte]),
        }
    }
}

/// The values of a line.
fn parts(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b' ').filter(|part| !part.is_empty())
}

/// A number as C writes it, the way Prometheus reads it.
fn number(part: &[u8]) -> Option<&[u8]> {
    let (sign, digits) = match part.split_first() {
        Some((b'-', digits)) => (true, digits),
        _ => (false, part),
    };
    match digits {
        b"nan" => Some(b"NaN"),
        b"inf" => Some(if sign { b"-Inf" } else { b"+Inf" }),
        _ => {
            let dot = digits.iter().filter(|&&byte| byte == b'.').count();
            let rest = digits.iter().filter(|byte| !byte.is_ascii_digit()).count();
            (dot <= 1 && rest == dot && digits.len() > dot).then_some(part)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(page: &[u8]) -> String {
        let mut text = Vec::new();
        Metrics::of(page).write(&mut |piece| text.extend_from_slice(piece));
        String::from_utf8(text).unwrap()
    }

    /// Without the comments.
    fn values(page: &[u8]) -> Vec<String> {
        text(page).lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    }

    #[test]
    fn the_table_is_sorted_and_says_something() {
        assert!(KNOWN.windows(2).all(|two| two[0].name < two[1].name));
        assert!(KNOWN.iter().all(|known| known.help.ends_with('.') && is_name(known.name.as_bytes())));
    }

    #[test]
    fn every_kind_of_line() {
        let page = b">>>>>>jobs>>>>>>\tstart\nuptime\t5\nepoll_calls\t7\ntot_threads\t0 16  8\nno tab\nqps_get\t1.250\n\
            uptime\t6\nversion\ta \"b\" \\\nPID\t[1:2]\nnew_of_a_fork\t-3\nnew_text\tx\xff\n<<<<<<jobs<<<<<<\tend\n\
            total_dh_rounds\t1 2 3\ntotal_accept_connections_failed\t1 2 3 4 5\nload_recent_user\t-nan\nempty\t\n\
            load_recent_total\t0.5\nfree_later_total\t9\n";
        assert_eq!(
            values(page),
            [
                "mtproxy_uptime 5",
                "mtproxy_epoll_calls_total 7",
                "mtproxy_tot_threads{class=\"0\"} 0",
                "mtproxy_tot_threads{class=\"1\"} 16",
                "mtproxy_tot_threads{class=\"2\"} 8",
                "mtproxy_qps_get 1.250",
                "mtproxy_version_info{version=\"a \\\"b\\\" \\\\\"} 1",
                "mtproxy_pid_info{pid=\"[1:2]\"} 1",
                "mtproxy_new_of_a_fork -3",
                "mtproxy_new_text_info{new_text=\"x?\"} 1",
                "mtproxy_total_dh_rounds_total{round=\"1\"} 1",
                "mtproxy_total_dh_rounds_total{round=\"2\"} 2",
                "mtproxy_total_dh_rounds_total{round=\"3\"} 3",
                "mtproxy_total_accept_connections_failed_total{reason=\"init_accepted\"} 1",
                "mtproxy_total_accept_connections_failed_total{reason=\"accept_call\"} 2",
                "mtproxy_total_accept_connections_failed_total{reason=\"connection_limit\"} 3",
                "mtproxy_total_accept_connections_failed_total{reason=\"rate_limit\"} 4",
                "mtproxy_total_accept_connections_failed_total{reason=\"nonblock_set\"} 5",
                "mtproxy_load_recent_user NaN",
                "mtproxy_empty_info{empty=\"\"} 1",
                "mtproxy_load_recent 0.5",
                "mtproxy_free_later_total 9",
            ]
        );
        assert!(text(b"uptime\tsoon\n").is_empty());
        assert!(text(b"new\t1\n").contains("# TYPE mtproxy_new untyped\n"));
    }

    #[test]
    fn numbers_as_prometheus_reads_them() {
        for (part, read) in
            [("-1", Some("-1")), ("1.5", Some("1.5")), ("inf", Some("+Inf")), ("-inf", Some("-Inf"))]
        {
            assert_eq!(number(part.as_bytes()), read.map(str::as_bytes));
        }
        for part in ["", "-", ".", "1.2.3", "1e5", "0x1", "a"] {
            assert_eq!(number(part.as_bytes()), None, "{part}");
        }
    }

    #[test]
    fn the_page_is_the_body_of_success() {
        assert_eq!(
            page_of_answer(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\npage\r\n\r\n"),
            Some(&b"page\r\n\r\n"[..])
        );
        for answer in [&b"HTTP/1.1 404 Not Found\r\n\r\npage"[..], b"HTTP/1.1 200 OK\r\n", b"page", b""] {
            assert_eq!(page_of_answer(answer), None);
        }
    }

    #[test]
    fn a_metric_comes_once_whatever_its_line_is_called() {
        for (page, metrics) in [
            (&b"M\t-\nm\t\n"[..], 1),
            (b"m_info\t1\nm\ttext\n", 1),
            (b"uptime\t1\nUptime\t2\n", 1),
            (b"UPTIME\t1\nuptime\t2\n", 1),
            (b"x_total\t1\nx\t2\ny\t3\n", 2),
        ] {
            let mut text = Vec::new();
            Metrics::of(page).write(&mut |piece| text.extend_from_slice(piece));
            assert_eq!(text.windows(7).filter(|bytes| bytes == b"# TYPE ").count(), metrics, "{page:?}");
        }
    }
}

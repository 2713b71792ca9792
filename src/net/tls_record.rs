// SPDX-License-Identifier: LGPL-2.0-or-later
//! Records of TLS, in which a connection that looks like TLS carries its bytes.
#![forbid(unsafe_code)]

/// How many bytes stand before a record's own.
pub const RECORD_HEADER: i32 = 5;
/// The most bytes of a record that is sent.
pub const MOST_IN_RECORD: i32 = 1425;

/// Application data, in the version that TLS 1.3 names too.
const DATA: [u8; 3] = [0x17, 3, 3];

/// What stands before the bytes of a record.
#[must_use]
pub fn record_header(len: u16) -> [u8; RECORD_HEADER as usize] {
    let ([kind, major, minor], [high, low]) = (DATA, len.to_be_bytes());
    [kind, major, minor, high, low]
}

/// How many bytes a record has; `None` if this is no header of one with data.
#[must_use]
pub fn record_length(header: [u8; RECORD_HEADER as usize]) -> Option<i32> {
    let [kind, major, minor, high, low] = header;
    ([kind, major, minor] == DATA).then(|| u16::from_be_bytes([high, low]).into())
}

/// What comes next of bytes in records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextInRecord {
    /// A header, of which so many bytes are missing.
    Missing(i32),
    /// A header.
    Header,
    /// So many bytes of the record.
    Bytes(i32),
}

/// What comes next of `available` bytes, where `left` bytes of a record are still to come.
///
/// ```
/// use mtproxy_ffi::net::{NextInRecord, next_in_record};
///
/// assert_eq!(next_in_record(0, 3), NextInRecord::Missing(2));
/// assert_eq!(next_in_record(100, 30), NextInRecord::Bytes(30));
/// ```
#[must_use]
pub fn next_in_record(left: i32, available: i32) -> NextInRecord {
    if left > 0 {
        NextInRecord::Bytes(left.min(available))
    } else if available < RECORD_HEADER {
        NextInRecord::Missing(RECORD_HEADER - available)
    } else {
        NextInRecord::Header
    }
}

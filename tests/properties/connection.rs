// SPDX-License-Identifier: LGPL-2.0-or-later
//! Records of TLS that come in pieces, and when a connection's parser is called.

use mtproxy_ffi::net::{
    BeforeParsing, NEED_MORE_BYTES, NextInRecord, Parsed, RECORD_HEADER, after_parsing, before_parsing,
    next_in_record, record_header, record_length,
};
use proptest::prelude::*;

/// What a receiver knows between two pieces.
#[derive(Default)]
struct Receiver {
    waiting: Vec<u8>,
    left: i32,
    received: Vec<u8>,
}

impl Receiver {
    /// Returns how many bytes of a header are missing; `None` for what is no header.
    fn take(&mut self, piece: &[u8]) -> Option<i32> {
        self.waiting.extend_from_slice(piece);
        while !self.waiting.is_empty() {
            let available = self.waiting.len() as i32;
            match next_in_record(self.left, available) {
                NextInRecord::Missing(missing) => return Some(missing),
                NextInRecord::Header => {
                    let header: Vec<u8> = self.waiting.drain(..RECORD_HEADER as usize).collect();
                    self.left = record_length(header.try_into().unwrap())?;
                }
                NextInRecord::Bytes(count) => {
                    assert!((1..=available).contains(&count));
                    self.received.extend(self.waiting.drain(..count as usize));
                    self.left -= count;
                }
            }
        }
        Some(0)
    }
}

fn in_records(records: &[Vec<u8>]) -> Vec<u8> {
    let record = |bytes: &Vec<u8>| [&record_header(bytes.len() as u16)[..], bytes].concat();
    records.iter().flat_map(record).collect()
}

fn records() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6)
}

proptest! {
    /// Wherever the stream is cut, the same bytes come out.
    #[test]
    fn records_are_the_same_for_every_cut(records in records(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
        let stream = in_records(&records);
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        ends.push(stream.len());
        ends.sort_unstable();
        let (mut receiver, mut from) = (Receiver::default(), 0);
        for end in ends {
            prop_assert!(receiver.take(&stream[from..end]).is_some());
            from = end;
        }
        prop_assert_eq!(receiver.received, records.concat());
        prop_assert_eq!((receiver.left, receiver.waiting.len()), (0, 0));
    }

    /// What is missing to a header is what makes it whole.
    #[test]
    fn a_header_is_asked_for_byte_by_byte(len in any::<u16>()) {
        let header = record_header(len);
        let mut receiver = Receiver::default();
        for (index, &byte) in header.iter().enumerate() {
            let missing = receiver.take(&[byte]).unwrap();
            prop_assert_eq!(missing, RECORD_HEADER - 1 - index as i32);
        }
        prop_assert_eq!(receiver.left, i32::from(len));
    }

    #[test]
    fn every_other_kind_or_version_is_no_header(header in any::<[u8; 5]>()) {
        let is_data = header[..3] == [0x17, 3, 3];
        prop_assert_eq!(record_length(header).is_some(), is_data);
        prop_assert_eq!(record_length([0x17, 3, 3, header[3], header[4]]), Some(i32::from(header[3]) * 256 + i32::from(header[4])));
    }

    /// Bytes are skipped or waited for, whatever the pieces.
    #[test]
    fn a_wait_ends_after_as_many_bytes(wait in -300..300_i32, pieces in prop::collection::vec(1..50_i32, 0..20)) {
        let (mut now, mut present, mut came) = (wait, 0, 0);
        for piece in pieces {
            present += piece;
            came += piece;
            let BeforeParsing { skipped, wait } = before_parsing(now, present);
            prop_assert!((0..=present).contains(&skipped));
            present -= skipped;
            now = wait;
        }
        let skipped = if wait < 0 { came.min(-wait) } else { 0 };
        prop_assert_eq!(came - present, skipped);
        prop_assert_eq!(now, if wait < 0 { wait + skipped } else if came >= wait { 0 } else { wait });
    }

    #[test]
    fn any_numbers_have_a_result(wait in any::<i32>(), available in 0..=i32::MAX, result in any::<i32>()) {
        let next = before_parsing(wait, available);
        prop_assert!(next.skipped <= available && (next.wait < 0) <= (wait < 0) && (next.wait > 0) <= (wait > 0));
        let exact = i64::from(result) + i64::from(available) * i64::from(result.signum());
        let exact = exact.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
        prop_assert_eq!(after_parsing(result, available), match result {
            0 => Parsed::Again,
            NEED_MORE_BYTES => Parsed::More,
            _ => Parsed::Wait(exact),
        });
    }
}

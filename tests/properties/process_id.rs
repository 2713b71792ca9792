// SPDX-License-Identifier: LGPL-2.0-or-later
//! What RPC connections are found by, against the legacy comparison of memory.

use mtproxy_ffi::process_id::ProcessId;
use proptest::prelude::*;

/// The legacy order compares six bytes of an identity with a port, and eight of one without.
fn is_same(a: &ProcessId, b: &ProcessId) -> bool {
    let bytes =
        |id: &ProcessId| [&id.ip.to_ne_bytes()[..], &id.port.to_ne_bytes(), &id.pid.to_ne_bytes()].concat();
    let count = if a.port == 0 { 8 } else { 6 };
    bytes(a)[..count] == bytes(b)[..count]
}

fn identity() -> impl Strategy<Value = ProcessId> {
    let few = || prop_oneof![Just(0), Just(1), Just(-1), any::<i16>()];
    (few(), few(), few(), any::<i32>()).prop_map(|(ip, port, pid, utime)| ProcessId {
        ip: ip as u32,
        port,
        pid: pid as u16,
        utime,
    })
}

proptest! {
    #[test]
    fn peers_are_told_apart_as_the_original_does(a in identity(), b in identity()) {
        prop_assert_eq!(a.peer_key() == b.peer_key(), is_same(&a, &b));
        prop_assert_eq!(a.peer_key(), ProcessId { utime: 1, ..a }.peer_key());
    }
}

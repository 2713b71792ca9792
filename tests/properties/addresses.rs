// SPDX-License-Identifier: LGPL-2.0-or-later
//! Texts of addresses against their rules, and std's reader.

use std::net::{Ipv4Addr, Ipv6Addr};

use mtproxy_ffi::net::{
    ADDRESS_TEXT, ipv4_text, ipv6_text,
    own_address::{Own, choose_ipv4, choose_ipv6, prefix_length},
};
use proptest::prelude::*;

/// The words joined by colons, but for the first of the longest runs of zeros that something follows.
fn model(words: [u16; 8]) -> String {
    if words == [0; 8] {
        return "::".to_owned();
    }
    let run_to = |end: usize| words[..end].iter().rev().take_while(|&&word| word == 0).count();
    let ends = (1..8).filter(|&end| words[end] != 0 && run_to(end) > 0);
    // Of equal ones `max_by_key` takes the last.
    let Some(end) = ends.rev().max_by_key(|&end| run_to(end)) else {
        return join(&words);
    };
    if end == 5 && run_to(end) == 5 && words[5] == 0xffff {
        let [a, b] = words[6].to_be_bytes();
        let [c, d] = words[7].to_be_bytes();
        return format!("::ffff:{a}.{b}.{c}.{d}");
    }
    format!("{}::{}", join(&words[..end - run_to(end)]), join(&words[end..]))
}

fn join(words: &[u16]) -> String {
    words.iter().map(|word| format!("{word:x}")).collect::<Vec<_>>().join(":")
}

fn bytes(words: [u16; 8]) -> [u8; 16] {
    Ipv6Addr::from(words).octets()
}

#[test]
fn every_pattern_of_zeros_is_written_as_the_rules_say() {
    for pattern in 0..256u32 {
        for other in [1, 0x10, 0x100, 0xabcd, 0xffff] {
            let words = std::array::from_fn(|index| if pattern >> index & 1 == 0 { 0 } else { other });
            assert_eq!(ipv6_text(bytes(words)).as_str(), model(words));
        }
    }
}

proptest! {
    #[test]
    fn ipv6_texts_can_be_read_again(words in prop::array::uniform8(prop_oneof![Just(0u16), any::<u16>()])) {
        let text = ipv6_text(bytes(words));
        prop_assert_eq!(text.as_str(), model(words));
        prop_assert!(text.as_bytes().len() < ADDRESS_TEXT);
        // A single zero may be `::`, which std reads too.
        prop_assert_eq!(text.as_str().parse::<Ipv6Addr>().unwrap().segments(), words);
    }

    #[test]
    fn ipv4_texts_are_dotted(address in any::<[u8; 4]>()) {
        let text = ipv4_text(address);
        prop_assert_eq!(text.as_str(), Ipv4Addr::from(address).to_string());
    }

    #[test]
    fn own_address_is_one_that_is_best(
        all in prop::collection::vec((prop::sample::select(vec![10u8, 127, 192, 8]), any::<u8>(), 0u32..33, 0usize..3), 0..8)
    ) {
        let all: Vec<_> = all
            .into_iter()
            .map(|(first, last, prefix, name)| Own {
                address: [first, 0, 0, last],
                mask: (u32::MAX.checked_shl(32 - prefix).unwrap_or(0)).to_be_bytes(),
                interface: ["lo", "eth0", "tun"][name],
            })
            .collect();
        let chosen = choose_ipv4(all.iter().copied(), |name| name.starts_with("lo"));
        let fits = |own: &&Own<[u8; 4], &str>| {
            own.interface != "lo" && own.address[0] != 127 && (own.address[0] == 10 || own.mask != [255; 4])
        };
        let best = all.iter().filter(fits).min_by_key(|own| (own.address[0] != 10, own.mask));
        prop_assert_eq!(chosen.as_ref(), best);
    }

    #[test]
    fn prefix_is_as_long_as_the_mask_was_made(prefix in 0u32..129) {
        let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0).to_be_bytes();
        prop_assert_eq!(prefix_length(&mask), prefix);
    }
}

#[test]
fn address_that_is_not_made_from_hardware_is_preferred() {
    let own = |text: &str| Own {
        address: text.parse::<Ipv6Addr>().unwrap().octets(),
        mask: [0; 16],
        interface: (),
    };
    let [local, hardware, other, global] =
        ["fe80::1", "2001:db8::211:22ff:fe33:4455", "3ffe::211:22ff:fe33:4456", "2001:db8::7"];
    let choose = |all: &[&str]| choose_ipv6(all.iter().map(|text| own(text))).map(|own| own.address);
    let address = |text| Some(own(text).address);
    assert_eq!(choose(&[local, "::1", "4001::1"]), None);
    assert_eq!(choose(&[local, hardware, other]), address(hardware));
    assert_eq!(choose(&[hardware, global, other]), address(global));
}

//! Texts against libc: `strtoll`, `snprintf`.

use std::ffi::{CString, c_char};

use mtproxy_ffi::{
    log_prefix::{Moment, format_log_prefix},
    procfs::{Malformed, parse_statm},
};
use proptest::prelude::*;

/// Numbers and what stands between them, likely to be at an edge of something.
pub(crate) fn numbers() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => any::<i64>().prop_map(|n| n.to_string()),
        2 => any::<u64>().prop_map(|n| n.to_string()),
        2 => (0i64..100).prop_map(|n| n.to_string()),
        1 => "[-+]?[0-9]{15,25}",
        1 => prop::sample::select(vec!["9223372036854775807", "9223372036854775808", "-9223372036854775808",
            "-9223372036854775809", "18446744073709551615", "18446744073709551616", "-", "+", "x", "0x1f", "1.5",
            "00", "-0"]).prop_map(str::to_owned),
    ];
    let blank = prop_oneof![8 => Just(" ".to_owned()), 1 => "[ \t\n\x0b\x0c\r]{0,3}"];
    prop::collection::vec((piece, blank), 0..9)
        .prop_map(|parts| parts.into_iter().map(|(piece, blank)| piece + &blank).collect())
}

fn errno() -> &'static mut i32 {
    // SAFETY: the calling thread's own error number, which lives as long as the thread.
    unsafe { &mut *libc::__errno_location() }
}

/// The first `count` numbers by `strtoll`.
fn by_strtoll(text: &str, count: usize) -> Result<Vec<i64>, Malformed> {
    let text = CString::new(text).expect("no NUL");
    let mut at: *const c_char = text.as_ptr();
    (0..count)
        .map(|_| {
            let mut end = std::ptr::null_mut();
            *errno() = 0;
            // SAFETY: `at` points into a C string.
            let value = unsafe { libc::strtoll(at, &mut end, 10) };
            let failed = end.cast_const() == at || *errno() != 0;
            at = end;
            if failed { Err(Malformed) } else { Ok(value) }
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn statm_numbers_are_those_of_strtoll(text in numbers(), count in 0usize..=7, page in 1i64..1 << 20) {
        let ours = parse_statm(text.as_bytes(), count, page).map(|values| values[..count].to_vec());
        let libc = by_strtoll(&text, count)
            .map(|values| values.into_iter().map(|value| value.wrapping_mul(page)).collect());
        prop_assert_eq!(ours, libc);
    }

    #[test]
    fn log_prefix_is_that_of_snprintf(pid in any::<i32>(), n in any::<[i32; 7]>(), small in any::<[u8; 7]>(), mix in any::<u8>()) {
        let mut at = n;
        for (index, place) in at.iter_mut().enumerate() {
            if mix >> index & 1 == 1 {
                *place = i32::from(small[index]) - 20;
            }
        }
        let [year, month, day, hour, minute, second, microsecond] = at;
        let mut out = [0u8; 200];
        // SAFETY: a writable output of its own length, and arguments as the format asks.
        let len = unsafe {
            libc::snprintf(
                out.as_mut_ptr().cast(),
                out.len(),
                c"[%d][%4d-%02d-%02d %02d:%02d:%02d.%06d local] ".as_ptr(),
                pid, year, month, day, hour, minute, second, microsecond,
            )
        };
        let ours = format_log_prefix(pid, Moment { year, month, day, hour, minute, second, microsecond });
        prop_assert_eq!(ours.as_bytes(), &out[..len as usize]);
    }
}

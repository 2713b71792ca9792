// SPDX-License-Identifier: LGPL-2.0-or-later
//! How many connections fit under the limit of open files.

/// The files that are no connections.
pub(crate) const OTHER_FILES: i32 = 16;

/// As many connections as are wanted, or fewer where so many files may not be open; at least one.
pub(crate) fn connections(wanted: i32, open_files: u64) -> i32 {
    let room = open_files.saturating_sub(OTHER_FILES as u64).max(1);
    let Ok(room) = i32::try_from(room) else { return wanted };
    // A negative number is more than any, as to the original.
    if (0..=room).contains(&wanted) { wanted } else { room }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_at_most_what_fits() {
        for (wanted, open_files, fits) in [
            (65536, 1024, 1008),
            (1008, 1024, 1008),
            (1009, 1024, 1008),
            (0, 1024, 0),
            (-1, 1024, 1008),
            (65536, u64::MAX, 65536),
            (65536, 1 << 31, 65536),
            (65536, 17, 1),
            (65536, 16, 1),
            (65536, 3, 1),
            (65536, 0, 1),
        ] {
            assert_eq!(connections(wanted, open_files), fits, "{wanted} of {open_files}");
        }
    }
}

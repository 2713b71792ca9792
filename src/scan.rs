// SPDX-License-Identifier: LGPL-2.0-or-later
//! Finds the end of a run of bytes of one kind: the first bytes one by one, then sixteen at a time.
#![forbid(unsafe_code)]

use core::hint::black_box;

/// The number of bytes that are examined at a time. The compiler turns the comparisons into vector instructions.
const CHUNK: usize = 16;

/// The length of the run of `wanted` bytes at the start of `text`. The first `N` bytes are examined one by one.
#[inline]
pub(crate) fn run_len<const N: usize>(text: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    run_len_by::<N>(text, &wanted, |text, rest| long_run_len(text, rest, &wanted))
}

/// As above, with another function for the bytes after the first `N`: it gets the text and what is left of it, which may be
/// nothing.
#[inline]
pub(crate) fn run_len_by<const N: usize>(
    text: &[u8],
    wanted: impl Fn(u8) -> bool,
    long: impl FnOnce(&[u8], &[u8]) -> usize,
) -> usize {
    let (first, rest) = text.split_at_checked(N).unwrap_or((text, &[]));
    first.iter().position(|&byte| !wanted(byte)).unwrap_or_else(|| long(text, rest))
}

/// The length of a run that includes the bytes of `text` before `rest`, which is its end: sixteen bytes at a time. The
/// condition must not branch (`|` rather than `||` or `matches!`), or the compiler cannot vectorise it.
#[inline]
pub(crate) fn long_run_len(text: &[u8], mut rest: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    while let Some((chunk, tail)) = rest.split_first_chunk::<CHUNK>() {
        if !chunk.iter().fold(true, |so_far, &byte| so_far & wanted(byte)) {
            return text.len() - rest.len() + first_other(chunk, wanted);
        }
        rest = tail;
    }
    text.len() - rest.len() + rest.iter().take_while(|&&byte| wanted(byte)).count()
}

/// The index of the first byte of a chunk that is not `wanted`; 16 if all are.
#[inline]
fn first_other(chunk: &[u8; CHUNK], wanted: impl Fn(u8) -> bool) -> usize {
    let mut others = [0; CHUNK];
    for (other, &byte) in others.iter_mut().zip(chunk) {
        *other = u8::from(!wanted(byte));
    }
    // `black_box` keeps the vector result in memory; otherwise the compiler extracts it byte by byte.
    u128::from_le_bytes(*black_box(&others)).trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ends_before_the_first_other_byte_wherever_it_stands() {
        for len in 0..100 {
            for end in 0..=len {
                let mut text = vec![b'a'; len];
                if end < len {
                    text[end] = b'x';
                }
                // The bytes after it do not matter.
                for after in [b'a', b'x'] {
                    text.iter_mut().skip(end + 1).for_each(|byte| *byte = after);
                    assert_eq!(run_len::<8>(&text, |byte| byte == b'a'), end, "{len} bytes, run of {end}");
                }
            }
        }
    }
}

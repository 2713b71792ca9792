// SPDX-License-Identifier: LGPL-2.0-or-later
//! Headers, read from a state: by the parsers that read them from packets.

use core::{ffi::c_int, ptr};

use super::{MODULE, TlInState, TlQueryHeader, TlStats};
use crate::{
    kdb::tl_state::{AHEAD, Reader},
    tl::{
        Header, Parsed, RPC_REQ_ERROR, RPC_REQ_ERROR_WRAPPED, Refused, fetch_flags, parse_answer_header,
        parse_query_header, read_answer_header, read_query_header,
    },
};

type Items = fn(&mut Reader, &mut Header) -> Result<(), ()>;

/// Reads a header: in memory, of all that is left. Returns how many bytes that were, or -1, and then there is an error. The header
/// has what was read.
///
/// # Safety
/// `tlio_in` is a live state, which nobody else uses meanwhile; `header` is *writable*.
#[inline(always)]
unsafe fn read(
    tlio_in: *mut TlInState,
    header: *mut TlQueryHeader,
    whole: fn(&[u8]) -> Result<Parsed, Refused>,
    items: Items,
) -> c_int {
    // SAFETY: the same promise.
    let mut reader = unsafe { Reader::new(tlio_in) };
    let before = reader.remaining();
    let (read, verdict) = match reader.memory().map(whole) {
        Some(Ok(Parsed { header, consumed })) => {
            reader.skip(consumed as c_int);
            (header, Ok(()))
        }
        Some(Err(Refused { header, consumed, error })) => {
            reader.refuse_after(consumed, error);
            (header, Err(()))
        }
        None => read_message(&mut reader, whole, items),
    };
    let Header { op, real_op, flags, qid, actor_id } = read;
    let (ref_cnt, qw_params) = (1, ptr::null_mut());
    // SAFETY: the same promise.
    unsafe { header.write(TlQueryHeader { qid, actor_id, flags, op, real_op, ref_cnt, qw_params }) };
    verdict.map_or(-1, |()| before - reader.remaining())
}

/// Reads a header: of the bytes ahead, if it is there as a whole, else item by item.
#[inline(never)]
fn read_message(
    reader: &mut Reader,
    whole: fn(&[u8]) -> Result<Parsed, Refused>,
    items: Items,
) -> (Header, Result<(), ()>) {
    match whole(reader.ahead(&mut [0; AHEAD as usize])) {
        Ok(Parsed { header, consumed }) => {
            reader.skip(consumed as c_int);
            (header, Ok(()))
        }
        Err(_) => read_items(reader, items),
    }
}

/// Errors tell their place, and a header may be longer than what is looked at together.
#[cold]
#[inline(never)]
fn read_items(reader: &mut Reader, items: Items) -> (Header, Result<(), ()>) {
    let mut header = Header::default();
    reader.skip_prefix();
    let verdict = items(reader, &mut header);
    (header, verdict)
}

/// Reads the header of a query. Returns how many bytes that were, or -1, and then there is an error. The header has what was read.
///
/// # Safety
/// `tlio_in` is a live state, which nobody else uses meanwhile; `header` is *writable*.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlf_query_header(tlio_in: *mut TlInState, header: *mut TlQueryHeader) -> c_int {
    // SAFETY: the same promise.
    let result = unsafe { read(tlio_in, header, parse_query_header, read_query_header) };
    if result >= 0 {
        MODULE.own().add_long(|stats| &stats.rpc_queries_received, 1);
    }
    result
}

/// As [`tlf_query_header`], of an answer.
///
/// # Safety
/// As for [`tlf_query_header`].
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlf_query_answer_header(
    tlio_in: *mut TlInState,
    header: *mut TlQueryHeader,
) -> c_int {
    // SAFETY: the same promise.
    let (result, op) =
        unsafe { (read(tlio_in, header, parse_answer_header, read_answer_header), (*header).op) };
    if result >= 0 {
        let is_error = op == RPC_REQ_ERROR || op == RPC_REQ_ERROR_WRAPPED;
        let counter = |stats: &'static TlStats| {
            if is_error { &stats.rpc_answers_error } else { &stats.rpc_answers_received }
        };
        MODULE.own().add_long(counter, 1);
    }
    result
}

/// Reads the flags of a query. Returns 0, or -1, and then there is an error.
///
/// # Safety
/// `tlio_in` is a live state, which nobody else uses meanwhile; `header` is a header.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlf_query_flags(tlio_in: *mut TlInState, header: *mut TlQueryHeader) -> c_int {
    // SAFETY: the same promise.
    let (mut reader, flags) = unsafe { (Reader::new(tlio_in), &mut (*header).flags) };
    let read = fetch_flags(&mut reader, *flags);
    *flags = read.unwrap_or(*flags);
    read.map_or(-1, |_| 0)
}

/// As [`tlf_query_flags`], of an answer.
///
/// # Safety
/// As for [`tlf_query_flags`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlf_query_answer_flags(
    tlio_in: *mut TlInState,
    header: *mut TlQueryHeader,
) -> c_int {
    // SAFETY: the same promise.
    unsafe { tlf_query_flags(tlio_in, header) }
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! Headers, read from a state: by the parsers that read them from packets.

use core::{ffi::c_int, ptr};

use super::{TlInState, TlQueryHeader, TlStats, count};
use crate::{
    kdb::tl_state::Reader,
    tl::{Header, RPC_REQ_ERROR, RPC_REQ_ERROR_WRAPPED, fetch_flags, read_answer_header, read_query_header},
};

/// Reads a header. Returns how many bytes that were, or -1, and then there is an error. The header has what was read.
///
/// # Safety
/// `tlio_in` is a live state, which nobody else uses meanwhile; `header` is *writable*.
#[inline(never)]
unsafe fn read(
    tlio_in: *mut TlInState,
    header: *mut TlQueryHeader,
    parse: fn(&mut Reader, &mut Header) -> Result<(), ()>,
) -> c_int {
    // SAFETY: the same promise.
    let mut reader = unsafe { Reader::new(tlio_in) };
    let before = reader.remaining();
    reader.skip_prefix();
    let mut read = Header::default();
    let verdict = parse(&mut reader, &mut read);
    let Header { op, real_op, flags, qid, actor_id } = read;
    let (ref_cnt, qw_params) = (1, ptr::null_mut());
    // SAFETY: the same promise.
    unsafe { header.write(TlQueryHeader { qid, actor_id, flags, op, real_op, ref_cnt, qw_params }) };
    verdict.map_or(-1, |()| before - reader.remaining())
}

/// Reads the header of a query. Returns how many bytes that were, or -1, and then there is an error. The header has what was read.
///
/// # Safety
/// `tlio_in` is a live state, which nobody else uses meanwhile; `header` is *writable*.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlf_query_header(tlio_in: *mut TlInState, header: *mut TlQueryHeader) -> c_int {
    // SAFETY: the same promise.
    let result = unsafe { read(tlio_in, header, read_query_header) };
    if result >= 0 {
        count(|stats| &stats.rpc_queries_received);
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
    let (result, op) = unsafe { (read(tlio_in, header, read_answer_header), (*header).op) };
    if result >= 0 {
        let is_error = op == RPC_REQ_ERROR || op == RPC_REQ_ERROR_WRAPPED;
        count(if is_error {
            |stats: &TlStats| &stats.rpc_answers_error
        } else {
            |stats: &TlStats| &stats.rpc_answers_received
        });
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

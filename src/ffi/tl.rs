//! TL headers.

use core::ffi::c_char;

use super::boundary::{Failure, Output, input, status};
use crate::tl::{self, Header, Parsed, Refused};

/// The room for an error's text, its NUL included.
pub const TL_ERROR_SIZE: usize = 192;

/// A TL header, and the verdict on it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct TlHeaderParseResult {
    /// 0 parsed; -1 refused, with `errnum` and `error`. The fields of a refused header hold what the legacy parser
    /// leaves in them: -1 for the item that was cut off, 0 for those after it.
    pub status: i32,
    /// How many bytes were read: where the body starts or, where refused, where the legacy parser stands.
    pub consumed: i32,
    /// The operation; `MTPROXY_FFI_RPC_REQ_ERROR_WRAPPED` for an answer whose result holds an error.
    pub op: i32,
    /// The operation as it stands in the packet.
    pub real_op: i32,
    /// The flags: always 0, the only value supported.
    pub flags: i32,
    /// The query id.
    pub qid: i64,
    /// The actor id; the last one, where several are given.
    pub actor_id: i64,
    /// `MTPROXY_FFI_TL_ERROR_*`; 0 where parsed.
    pub errnum: i32,
    /// The length of `error` without the NUL.
    pub error_len: i32,
    /// The legacy parser's error text, NUL-terminated; empty where parsed.
    pub error: [c_char; TL_ERROR_SIZE],
}

impl TlHeaderParseResult {
    fn new(status: i32, header: Header, consumed: usize) -> Self {
        let Header { op, real_op, flags, qid, actor_id } = header;
        // Packets of more than `i32::MAX` bytes are refused beforehand.
        let consumed = consumed as i32;
        let error = [0; TL_ERROR_SIZE];
        Self { status, consumed, op, real_op, flags, qid, actor_id, errnum: 0, error_len: 0, error }
    }
}

impl From<Result<Parsed, Refused>> for TlHeaderParseResult {
    fn from(verdict: Result<Parsed, Refused>) -> Self {
        match verdict {
            Ok(Parsed { header, consumed }) => Self::new(0, header, consumed),
            Err(Refused { header, consumed, error }) => {
                let mut result = Self::new(-1, header, consumed);
                result.errnum = error.number();
                let text = error.text();
                for (place, &byte) in result.error.iter_mut().zip(text.as_bytes()) {
                    *place = byte as c_char;
                }
                result.error_len = text.as_bytes().len() as i32;
                result
            }
        }
    }
}

/// # Safety
/// `data` is *readable* for `len` bytes and `out` is *writable*.
unsafe fn parse(
    data: *const u8,
    len: usize,
    out: *mut TlHeaderParseResult,
    parser: fn(&[u8]) -> Result<Parsed, Refused>,
) -> i32 {
    let run = || {
        // SAFETY: `out` is writable.
        let out = unsafe { Output::new(out) }?;
        // The legacy parser counts in ints, and so do the result and its texts.
        i32::try_from(len).map_err(|_| Failure::Invalid)?;
        // SAFETY: `data` is readable for `len` bytes; nothing is written before the slice's last use.
        out.write(parser(unsafe { input(data, len) }?).into());
        Ok(())
    };
    status(run())
}

/// Reads the header of a query from the start of a packet.
///
/// Returns 0 whenever it could look at the bytes, with the verdict in `out->status`; `MTPROXY_FFI_EINVAL` where
/// `out` is null, or `data` is null with a length other than 0 or longer than `INT32_MAX`.
/// Matches the legacy `tlf_query_header`, its errors included.
///
/// # Safety
/// `data` is *readable* for `len` bytes and `out` is *writable*; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_tl_parse_query_header(
    data: *const u8,
    len: usize,
    out: *mut TlHeaderParseResult,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { parse(data, len, out, tl::parse_query_header) }
}

/// Reads the header of an answer from the start of a packet.
///
/// Where the next marker is `MTPROXY_FFI_RPC_REQ_ERROR_WRAPPED`, on which the legacy parser loops for ever, sets `op`
/// to it, leaves the marker unread and succeeds.
///
/// Returns 0 whenever it could look at the bytes, with the verdict in `out->status`; `MTPROXY_FFI_EINVAL` where
/// `out` is null, or `data` is null with a length other than 0 or longer than `INT32_MAX`.
/// Matches the legacy `tlf_query_answer_header`, its errors included.
///
/// # Safety
/// `data` is *readable* for `len` bytes and `out` is *writable*; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_tl_parse_answer_header(
    data: *const u8,
    len: usize,
    out: *mut TlHeaderParseResult,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { parse(data, len, out, tl::parse_answer_header) }
}

const _: () = {
    use core::mem::offset_of;
    let qid = 20usize.next_multiple_of(align_of::<i64>());
    assert!(offset_of!(TlHeaderParseResult, status) == 0);
    assert!(offset_of!(TlHeaderParseResult, consumed) == 4);
    assert!(offset_of!(TlHeaderParseResult, op) == 8);
    assert!(offset_of!(TlHeaderParseResult, real_op) == 12);
    assert!(offset_of!(TlHeaderParseResult, flags) == 16);
    assert!(offset_of!(TlHeaderParseResult, qid) == qid);
    assert!(offset_of!(TlHeaderParseResult, actor_id) == qid + 8);
    assert!(offset_of!(TlHeaderParseResult, errnum) == qid + 16);
    assert!(offset_of!(TlHeaderParseResult, error_len) == qid + 20);
    assert!(offset_of!(TlHeaderParseResult, error) == qid + 24);
    assert!(size_of::<TlHeaderParseResult>() == qid + 216);
    assert!(tl::MAX_ERROR_TEXT < TL_ERROR_SIZE);
};

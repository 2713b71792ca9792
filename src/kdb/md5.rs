//! Legacy object `common/md5`.

use core::ffi::{c_char, c_int, c_ulong};

use super::host::bytes;
use crate::digest::{self, MD5_START, md5_blocks};

const BLOCK: usize = 64;
/// Of the padding: the byte that starts it, and zeros.
static PADDING: [u8; BLOCK] = {
    let mut padding = [0; BLOCK];
    padding[0] = 0x80;
    padding
};

/// A digest in progress, in the caller's memory.
#[repr(C)]
pub struct Md5Context {
    /// How many bytes were fed, as two 32-bit halves, low first.
    total: [c_ulong; 2],
    state: [c_ulong; 4],
    buffer: [u8; BLOCK],
    ipad: [u8; BLOCK],
    opad: [u8; BLOCK],
}

impl Md5Context {
    fn start(&mut self) {
        self.total = [0; 2];
        self.state = MD5_START.map(c_ulong::from);
    }

    /// Feeds whole blocks, and returns what is left.
    fn digest_blocks<'a>(&mut self, input: &'a [u8]) -> &'a [u8] {
        let (state, rest) = md5_blocks(self.state.map(|word| word as u32), input);
        self.state = state.map(c_ulong::from);
        rest
    }

    fn total(&self) -> u64 {
        u64::from(self.total[1] as u32) << 32 | u64::from(self.total[0] as u32)
    }

    #[inline(never)] // many callers, one copy
    fn update(&mut self, input: &[u8]) {
        let total = self.total();
        let held = (total % BLOCK as u64) as usize;
        let new_total = total.wrapping_add(input.len() as u64);
        self.total = [new_total as u32, (new_total >> 32) as u32].map(c_ulong::from);

        let mut rest = input;
        if held != 0 {
            let (fill, tail) = input.split_at_checked(BLOCK - held).unwrap_or((input, &[]));
            self.keep(held, fill);
            if held + fill.len() < BLOCK {
                return;
            }
            let block = self.buffer;
            self.digest_blocks(&block);
            rest = tail;
        }
        rest = self.digest_blocks(rest);
        self.keep(0, rest);
    }

    /// Keeps bytes that do not yet make a block.
    fn keep(&mut self, at: usize, input: &[u8]) {
        for (place, &byte) in self.buffer.iter_mut().skip(at).zip(input) {
            *place = byte;
        }
    }

    #[inline(never)] // as above
    fn finish(&mut self) -> [u8; 16] {
        let bits = self.total().wrapping_shl(3).to_le_bytes();
        let held = (self.total() % BLOCK as u64) as usize;
        let padding = if held < 56 { 56 - held } else { 120 - held };
        self.update(PADDING.get(..padding).unwrap_or_default());
        self.update(&bits);
        let mut output = [0; 16];
        for (place, word) in output.chunks_exact_mut(4).zip(self.state) {
            place.copy_from_slice(&(word as u32).to_le_bytes());
        }
        output
    }

    fn hmac_start(&mut self, key: &[u8]) {
        let hashed;
        let key = if key.len() > BLOCK {
            hashed = digest::md5(key);
            &hashed
        } else {
            key
        };
        (self.ipad, self.opad) = ([0x36; BLOCK], [0x5c; BLOCK]);
        for ((inner, outer), byte) in self.ipad.iter_mut().zip(&mut self.opad).zip(key) {
            *inner ^= byte;
            *outer ^= byte;
        }
        self.start();
        self.digest_pad(true);
    }

    fn hmac_finish(&mut self) -> [u8; 16] {
        let inner = self.finish();
        self.start();
        self.digest_pad(false);
        self.update(&inner);
        self.finish()
    }

    fn digest_pad(&mut self, inner: bool) {
        let pad = if inner { self.ipad } else { self.opad };
        self.update(&pad);
    }
}

/// Starts a digest.
///
/// # Safety
/// `ctx` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_starts(ctx: *mut Md5Context) {
    // SAFETY: writable, aligned as C's own, and integers whatever they are.
    unsafe { (*ctx).start() }
}

/// Feeds `ilen` bytes; none where that is negative.
///
/// # Safety
/// `ctx` was started, and `input` is *readable* for `ilen` bytes outside `ctx`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_update(ctx: *mut Md5Context, input: *mut u8, ilen: c_int) {
    // SAFETY: the same promises.
    unsafe { (*ctx).update(bytes(input.cast(), ilen)) }
}

/// Writes the digest.
///
/// # Safety
/// `ctx` was started, and `output` is *writable* for 16 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_finish(ctx: *mut Md5Context, output: *mut u8) {
    // SAFETY: the same promises.
    unsafe { output.cast::<[u8; 16]>().write_unaligned((*ctx).finish()) }
}

/// The MD5 digest of `ilen` bytes; a negative length is empty.
///
/// # Safety
/// `input` is *readable* for `ilen` bytes and `output` is *writable* for 16; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5(input: *mut u8, ilen: c_int, output: *mut u8) {
    // SAFETY: the same promises; nothing is written before the slice's last use.
    unsafe { output.cast::<[u8; 16]>().write_unaligned(digest::md5(bytes(input.cast(), ilen))) }
}

/// The MD5 digest of `ilen` bytes in 32 hexadecimal digits, without a NUL; a negative length is empty.
///
/// # Safety
/// `input` is *readable* for `ilen` bytes and `output` is *writable* for 32; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_hex(input: *mut c_char, ilen: c_int, output: *mut c_char) {
    // SAFETY: the same promises; nothing is written before the slice's last use.
    unsafe { output.cast::<[u8; 32]>().write_unaligned(digest::md5_hex(bytes(input.cast(), ilen))) }
}

/// The MD5 digest of a file.
///
/// Returns 0; 1 where the file cannot be opened, and nothing is written; 2 where it cannot be read to its end, and the
/// digest is that of what could be read.
///
/// # Safety
/// `path` is a C string, and `output` is *writable* for 16 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_file(path: *mut c_char, output: *mut u8) -> c_int {
    // SAFETY: a C string, and this call takes no third argument.
    let file = unsafe { libc::open(path, libc::O_RDONLY | libc::O_CLOEXEC) };
    if file < 0 {
        return 1;
    }
    let mut context =
        Md5Context { total: [0; 2], state: [0; 4], buffer: [0; BLOCK], ipad: [0; BLOCK], opad: [0; BLOCK] };
    context.start();
    let mut buffer = [0; 4096];
    let end = loop {
        // SAFETY: the buffer is writable for its length.
        let len = unsafe { libc::read(file, buffer.as_mut_ptr().cast(), buffer.len()) };
        match usize::try_from(len) {
            Ok(len @ 1..) => context.update(buffer.get(..len).unwrap_or_default()),
            Ok(0) => break 0,
            Err(_) => break 2,
        }
    };
    // SAFETY: the descriptor is this function's own; `output` is writable.
    unsafe {
        libc::close(file);
        output.cast::<[u8; 16]>().write_unaligned(context.finish());
    }
    end
}

/// Starts an HMAC under a key of any length; a negative one is empty.
///
/// # Safety
/// `ctx` is *writable*, and `key` is *readable* for `keylen` bytes outside `ctx`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_hmac_starts(ctx: *mut Md5Context, key: *mut u8, keylen: c_int) {
    // SAFETY: the same promises.
    unsafe { (*ctx).hmac_start(bytes(key.cast(), keylen)) }
}

/// Feeds `ilen` bytes; none where that is negative.
///
/// # Safety
/// As for [`md5_update`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_hmac_update(ctx: *mut Md5Context, input: *mut u8, ilen: c_int) {
    // SAFETY: the same promises.
    unsafe { md5_update(ctx, input, ilen) }
}

/// Writes the HMAC.
///
/// # Safety
/// `ctx` was started for an HMAC, and `output` is *writable* for 16 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_hmac_finish(ctx: *mut Md5Context, output: *mut u8) {
    // SAFETY: the same promises.
    unsafe { output.cast::<[u8; 16]>().write_unaligned((*ctx).hmac_finish()) }
}

/// The HMAC-MD5 of `ilen` bytes under a key of any length; a negative length is empty.
///
/// # Safety
/// `key` and `input` are *readable* for their lengths and `output` is *writable* for 16 bytes; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_hmac(key: *mut u8, keylen: c_int, input: *mut u8, ilen: c_int, output: *mut u8) {
    // SAFETY: the same promises; nothing is written before the slices' last use.
    unsafe {
        let mac = digest::md5_hmac(bytes(key.cast(), keylen), bytes(input.cast(), ilen));
        output.cast::<[u8; 16]>().write_unaligned(mac);
    }
}

const _: () = {
    use core::mem::offset_of;
    const LONG: usize = size_of::<c_ulong>();
    assert!(offset_of!(Md5Context, state) == 2 * LONG);
    assert!(offset_of!(Md5Context, buffer) == 6 * LONG);
    assert!(size_of::<Md5Context>() == 6 * LONG + 192);
};

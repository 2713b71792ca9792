// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/common-stats`. The variadic `sb_printf` is in `shim/common_stats.c`.

use core::{
    ffi::{CStr, c_char, c_int, c_long, c_void},
    mem::MaybeUninit,
    ptr, slice,
    sync::atomic::{AtomicPtr, Ordering::Relaxed},
};

use super::precise_time::current_second;
pub use crate::layout::common_stats::{AmMemoryStat, StatFun, StatFunEntry, StatsBuffer};
use crate::{
    kdb::{
        support::{c_text, die, sb_printf, vkprintf},
        upcalls::{prepare_stats, start_time},
    },
    procfs::{self, StatmReading},
    runtime::stats::{self, MEMINFO_SIZE, NoText, STATM_SIZE, cut_after_last_line},
    sys::{errno, process},
};

const SELF: c_int = 1;
const OVERALL: c_int = 2;
/// Flag of a [`StatsBuffer`]: it owns its memory, which grows.
const OWN_MEMORY: c_int = 1;

/// The registered functions, in order.
#[unsafe(no_mangle)]
pub static stat_func_first: AtomicPtr<StatFunEntry> = AtomicPtr::new(ptr::null_mut());

/// The text of a small file; a failure is logged as the original logs it.
fn read_whole<'a>(path: &CStr, buffer: &'a mut [u8]) -> Option<&'a [u8]> {
    // The function's name in the original's messages.
    let reader = c_text!("read_whole_file").as_ptr();
    match stats::small_file(path, buffer) {
        Ok(text) => return Some(text),
        Err(NoText::TooLong(size)) => {
            vkprintf!(1, c_text!("%s: output buffer is too small (%d bytes).\n"), reader, size as c_int);
        }
        Err(NoText::Open) => {
            let message = c_text!("%s: open (\"%s\", O_RDONLY) failed. %m\n");
            vkprintf!(1, message, reader, path.as_ptr());
        }
        Err(NoText::Read) => {
            vkprintf!(1, c_text!("%s: read from %s failed. %m\n"), reader, path.as_ptr());
        }
    }
    None
}

/// The first `m` numbers of a process's `statm`, at most seven, in bytes; `None` if the file cannot be read.
fn memory_usage(pid: c_int, m: c_int) -> Option<StatmReading> {
    let path = procfs::statm_path(pid);
    let mut buffer = [0; STATM_SIZE];
    let reading = stats::memory_of_process(read_whole(path.as_c_str(), &mut buffer)?, m);
    // The original clears errno before it parses the text, and keeps the parser's value.
    errno::set(if stats::exceeds_range(&reading) { libc::ERANGE } else { 0 });
    Some(reading)
}

/// Fills `a` with the first `m` numbers of a process's `statm`, at most seven, in bytes.
///
/// Returns 0, or -1 if a number cannot be read: then the numbers before it are written, and its own element holds 0, or
/// the end of the range that it exceeds.
///
/// # Safety
/// `a` is *writable* for `m` elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn am_get_memory_usage(pid: libc::pid_t, a: *mut i64, m: c_int) -> c_int {
    let Some(reading) = memory_usage(pid, m) else { return -1 };
    for (index, value) in reading.values.into_iter().enumerate().take(reading.written) {
        // SAFETY: writable for `m` elements, and no more are read.
        unsafe { a.add(index).write(value) };
    }
    if reading.complete { 0 } else { -1 }
}

/// Fills the fields that the flags select: 1 the process's, 2 the machine's.
///
/// Returns 0, or -1 if no flag is set or a file cannot be read; then that flag's fields are not written.
///
/// # Safety
/// `s` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn am_get_memory_stats(s: *mut AmMemoryStat, flags: c_int) -> c_int {
    if flags == 0 {
        return -1;
    }
    // SAFETY: writable, aligned as C's own, and integers whatever they are.
    let s = unsafe { &mut *s };
    let filled =
        (flags & SELF == 0 || fill_self(s).is_some()) && (flags & OVERALL == 0 || fill_overall(s).is_some());
    if filled { 0 } else { -1 }
}

fn fill_self(s: &mut AmMemoryStat) -> Option<()> {
    let reading = memory_usage(process::id() as c_int, 6).filter(|reading| reading.complete)?;
    let [size, resident, _, _, _, data, _] = reading.values;
    (s.vm_size, s.vm_rss, s.vm_data) = (size, resident, data);
    Some(())
}

fn fill_overall(s: &mut AmMemoryStat) -> Option<()> {
    let mut buffer = [0; MEMINFO_SIZE];
    let len = read_whole(c_text!("/proc/meminfo"), &mut buffer)?.len();
    // The text is shorter than the buffer, so a NUL follows it.
    vkprintf!(4, c_text!("/proc/meminfo: %s\n"), buffer.as_ptr());
    let (memory, swap_used) = stats::memory_of_machine(buffer.get(..len)?)?;
    s.mem_free = memory.mem_free;
    s.mem_cached = memory.mem_cached;
    s.swap_total = memory.swap_total;
    s.swap_free = memory.swap_free;
    s.swap_used = swap_used;
    Some(())
}

/// Registers a function that adds to the statistics. Returns 1, or 0 if it was registered before.
///
/// # Safety
/// [`stat_func_first`] heads a list of live entries, which no other thread changes meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_register_stat_fun(func: StatFun) -> c_int {
    let mut place = stat_func_first.as_ptr();
    // SAFETY: the list's entries are live, and only this thread changes them, as the caller promises.
    unsafe {
        while !(*place).is_null() {
            let entry = *place;
            if ptr::fn_addr_eq((*entry).func, func) {
                return 0;
            }
            place = &raw mut (*entry).next;
        }
        let entry: *mut StatFunEntry = libc::malloc(size_of::<StatFunEntry>()).cast();
        if entry.is_null() {
            die(c_text!("sb_register_stat_fun: out of memory"));
        }
        entry.write(StatFunEntry { func, next: ptr::null_mut() });
        *place = entry;
    }
    1
}

/// Operations on a buffer that C initialised: its `buff` has `size` readable and writable bytes.
impl StatsBuffer {
    fn bytes(&mut self) -> &mut [u8] {
        let size = usize::try_from(self.size).unwrap_or(0);
        if self.buff.is_null() || size == 0 {
            return &mut [];
        }
        // SAFETY: the buffer is writable for its size, and its bytes were written by C or by us.
        unsafe { slice::from_raw_parts_mut(self.buff.cast(), size) }
    }

    fn truncate(&mut self) {
        self.pos = cut_after_last_line(self.bytes()) as c_int;
    }

    /// Cuts a text that does not fit. Returns true if it had to.
    fn cut_if_full(&mut self) -> bool {
        // SAFETY: called only for a position inside the buffer, which `vsnprintf` or the host has written.
        let used = |pos: c_int| unsafe { *self.buff.add(pos as usize) != 0 };
        let last = self.size.wrapping_sub(1);
        let full = self.pos >= self.size || (self.pos == last && self.pos >= 0 && used(last));
        if full {
            self.truncate();
        }
        full
    }
}

/// Makes room in a buffer that is too small for a text up to `end`. Returns 0 if it cannot; then the text is cut.
///
/// # Safety
/// `sb` is a stats buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_kdb_stats_make_room(sb: *mut StatsBuffer, end: i64) -> c_int {
    // SAFETY: a live buffer.
    let sb = unsafe { &mut *sb };
    if sb.flags & OWN_MEMORY == 0 {
        sb.truncate();
        return 0;
    }
    let Ok(size) = c_int::try_from(end.wrapping_mul(2)) else { die(c_text!("sb_printf: more than 2 GiB")) };
    // SAFETY: the memory is C's, and the buffer's own.
    let grown: *mut c_char = unsafe { libc::realloc(sb.buff.cast(), size as usize) }.cast();
    if grown.is_null() {
        die(c_text!("sb_printf: out of memory"));
    }
    (sb.buff, sb.size) = (grown, size);
    1
}

/// Initialises a buffer over the caller's memory.
///
/// # Safety
/// `sb` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_init(sb: *mut StatsBuffer, buff: *mut c_char, size: c_int) {
    // SAFETY: the same promise. Field by field, so that padding is not written.
    unsafe { ((*sb).buff, (*sb).pos, (*sb).size, (*sb).flags) = (buff, 0, size, 0) }
}

/// Initialises a buffer with memory of its own, at least 16 bytes.
///
/// # Safety
/// `sb` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_alloc(sb: *mut StatsBuffer, size: c_int) {
    let size = size.max(16);
    // SAFETY: an allocation.
    let buff = unsafe { libc::malloc(size as usize) };
    if buff.is_null() {
        die(c_text!("sb_alloc: out of memory"));
    }
    // SAFETY: writable, as the caller promises.
    unsafe { ((*sb).buff, (*sb).pos, (*sb).size, (*sb).flags) = (buff.cast(), 0, size, OWN_MEMORY) }
}

/// Frees a buffer's own memory.
///
/// # Safety
/// `sb` is a stats buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_release(sb: *mut StatsBuffer) {
    // SAFETY: a live buffer, whose own memory is C's.
    unsafe {
        if (*sb).flags & OWN_MEMORY != 0 {
            libc::free((*sb).buff.cast());
        }
        (*sb).buff = ptr::null_mut();
    }
}

/// Fills a buffer with the host's statistics, and calls the registered functions to add theirs, until it is full.
///
/// # Safety
/// `sb` is a stats buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_prepare(sb: *mut StatsBuffer) {
    // SAFETY: a live buffer; no reference to it exists while the registered functions use it.
    unsafe {
        (*sb).pos = prepare_stats((*sb).buff, (*sb).size);
        let mut entry = stat_func_first.load(Relaxed);
        while !(*sb).cut_if_full() && !entry.is_null() {
            ((*entry).func)(sb);
            entry = (*entry).next;
        }
    }
}

/// Adds the memory statistics that the flags select.
///
/// # Safety
/// `sb` is a stats buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_memory(sb: *mut StatsBuffer, flags: c_int) {
    let mut s = AmMemoryStat::default();
    // SAFETY: a live buffer; the formats ask for as many long longs.
    unsafe {
        if am_get_memory_stats(&raw mut s, flags & SELF) == 0 {
            let format = c_text!("vmsize_bytes\t%lld\nvmrss_bytes\t%lld\nvmdata_bytes\t%lld\n");
            sb_printf(sb, format.as_ptr(), s.vm_size, s.vm_rss, s.vm_data);
        }
        if am_get_memory_stats(&raw mut s, flags & OVERALL) == 0 {
            let format = c_text!(
                "memfree_bytes\t%lld\nmemcached_bytes\t%lld\nswap_used_bytes\t%lld\nswap_total_bytes\t%lld\n"
            );
            sb_printf(sb, format.as_ptr(), s.mem_free, s.mem_cached, s.swap_used, s.swap_total);
        }
    }
}

/// Adds a counter, and its rate per second since the host's start.
///
/// # Safety
/// `sb` is a stats buffer and `desc` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_print_queries(sb: *mut StatsBuffer, desc: *const c_char, q: i64) {
    // SAFETY: the host's variable.
    let up = f64::from(current_second().wrapping_sub(unsafe { start_time.load(Relaxed) }));
    let rate = if up > 0.0 { q as f64 / up } else { 0.0 };
    // SAFETY: a live buffer, and arguments of the types that the format asks for.
    unsafe { sb_printf(sb, c_text!("%s\t%lld\nqps_%s\t%.3lf\n").as_ptr(), desc, q, desc, rate) }
}

/// Adds up one field of several structures; null pointers are skipped.
///
/// # Safety
/// `base` is *readable* for `len` pointers, each null or to a structure with a `T` at `offset`.
unsafe fn sum<T: Copy>(base: *mut *mut c_void, len: c_int, offset: c_int, zero: T, add: fn(T, T) -> T) -> T {
    let len = usize::try_from(len).unwrap_or(0);
    // SAFETY: readable, as the caller promises.
    let bases = unsafe { (0..len).map(|index| *base.add(index)) };
    let fields = bases.filter(|base| !base.is_null()).map(|base| {
        // SAFETY: a structure with that field, as the caller promises.
        unsafe { base.byte_offset(offset as isize).cast::<T>().read_unaligned() }
    });
    fields.fold(zero, add)
}

/// Adds up an `int` of several structures; null pointers are skipped.
///
/// # Safety
/// `base` is *readable* for `len` pointers, each null or to a structure with an `int` at `offset`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_sum_i(base: *mut *mut c_void, len: c_int, offset: c_int) -> c_int {
    // SAFETY: the same promise.
    unsafe { sum(base, len, offset, 0, c_int::wrapping_add) }
}

/// Adds up a `long long` of several structures; null pointers are skipped.
///
/// # Safety
/// `base` is *readable* for `len` pointers, each null or to a structure with a `long long` at `offset`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_sum_ll(base: *mut *mut c_void, len: c_int, offset: c_int) -> i64 {
    // SAFETY: the same promise.
    unsafe { sum(base, len, offset, 0, i64::wrapping_add) }
}

/// Adds up a `double` of several structures; null pointers are skipped.
///
/// # Safety
/// `base` is *readable* for `len` pointers, each null or to a structure with a `double` at `offset`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_sum_f(base: *mut *mut c_void, len: c_int, offset: c_int) -> f64 {
    // SAFETY: the same promise.
    unsafe { sum(base, len, offset, 0.0, |sum, field| sum + field) }
}

/// Adds a time in UTC, in the format of the locale.
///
/// # Safety
/// `sb` is a stats buffer and `key` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sbp_print_date(sb: *mut StatsBuffer, key: *const c_char, unix_time: c_long) {
    let time = unix_time as libc::time_t;
    let mut parts = MaybeUninit::<libc::tm>::zeroed();
    let mut date = [0; 256];
    // SAFETY: a time and places that are writable for their sizes; the format asks for C strings.
    unsafe {
        if !libc::gmtime_r(&raw const time, parts.as_mut_ptr()).is_null()
            && libc::strftime(date.as_mut_ptr(), date.len(), c_text!("%c").as_ptr(), parts.as_ptr()) > 0
        {
            sb_printf(sb, c_text!("%s\t%s\n").as_ptr(), key, date.as_ptr());
        }
    }
}

//! Legacy object `common/common-stats`. The variadic `sb_printf` is in `shim.c`.

use core::{
    ffi::{CStr, c_char, c_int, c_long, c_void},
    mem::MaybeUninit,
    ptr, slice,
    sync::atomic::{AtomicPtr, Ordering::Relaxed},
};

use super::{
    host::{c_text, die, vkprintf},
    precise_time::current_second,
};
use crate::{
    ffi::system::{self, Unreadable},
    procfs::{self, StatmReading},
};

const SELF: c_int = 1;
const OVERALL: c_int = 2;
/// Flag of a [`StatsBuffer`]: its memory is its own, and grows.
const OWN_MEMORY: c_int = 1;

const STATM_SIZE: usize = 4096;
const MEMINFO_SIZE: usize = 16384;

/// What a process and the machine use, in bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the names are proc(5)'s
pub struct AmMemoryStat {
    pub vm_size: i64,
    pub vm_rss: i64,
    pub vm_data: i64,
    pub mem_free: i64,
    pub swap_total: i64,
    pub swap_free: i64,
    pub swap_used: i64,
    pub mem_cached: i64,
}

/// A text that grows line by line.
#[repr(C)]
pub struct StatsBuffer {
    buff: *mut c_char,
    pos: c_int,
    size: c_int,
    flags: c_int,
}

/// A function that adds to the statistics.
pub type StatFun = unsafe extern "C" fn(*mut StatsBuffer);

/// One registered function of a list, allocated.
#[repr(C)]
pub struct StatFunEntry {
    func: StatFun,
    next: *mut StatFunEntry,
}

/// The registered functions, in order.
#[unsafe(no_mangle)]
pub static stat_func_first: AtomicPtr<StatFunEntry> = AtomicPtr::new(ptr::null_mut());

unsafe extern "C" {
    /// From `shim.c`.
    fn sb_printf(sb: *mut StatsBuffer, format: *const c_char, ...);
    /// The host's (legacy object `net/net-stats`).
    fn prepare_stats(buff: *mut c_char, size: c_int) -> c_int;
    /// The host's (legacy object `common/server-functions`).
    static start_time: c_int;
}

/// The text of a small file, as the legacy reader took it: one that fills the buffer is refused.
fn read_whole<'a>(path: &CStr, buffer: &'a mut [u8]) -> Option<&'a [u8]> {
    let size = buffer.len();
    // The name that the original's messages have.
    let reader = c_text!("read_whole_file").as_ptr();
    match system::read_file(path.to_bytes_with_nul(), buffer) {
        Ok(text) if text.len() < size => return Some(text),
        Ok(_) => vkprintf!(1, c_text!("%s: output buffer is too small (%d bytes).\n"), reader, size as c_int),
        Err(Unreadable::Open) => {
            let message = c_text!("%s: open (\"%s\", O_RDONLY) failed. %m\n");
            vkprintf!(1, message, reader, path.as_ptr());
        }
        Err(Unreadable::Read) => {
            vkprintf!(1, c_text!("%s: read from %s failed. %m\n"), reader, path.as_ptr());
        }
    }
    None
}

/// The first `m` numbers of a process's `statm`, at most seven, in bytes; `None` where the file cannot be read.
fn memory_usage(pid: c_int, m: c_int) -> Option<StatmReading> {
    let path = procfs::statm_path(pid);
    let path = CStr::from_bytes_with_nul(path.as_bytes_with_nul()).ok()?;
    let mut buffer = [0; STATM_SIZE];
    let text = read_whole(path, &mut buffer)?;
    // SAFETY: asks for a number.
    let page_size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    #[allow(clippy::unnecessary_cast)] // C's `long` has 32 bits on some machines
    let page_size = page_size as i64;
    Some(procfs::read_statm(text, usize::try_from(m).unwrap_or(0), page_size))
}

/// Fills `a` with the first `m` numbers of a process's `statm`, at most seven, in bytes.
///
/// Returns 0, or -1 where they cannot be read: then the ones before the number that could not be, and that one as far as
/// it was read (0, or the end of the range), are written.
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

/// Fills the fields that the flags ask for: 1 for this process's, 2 for the machine's.
///
/// Returns 0, or -1 for no flag, or where a file cannot be read; then that flag's fields stay as they were.
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
    let reading = memory_usage(system::process_id() as c_int, 6).filter(|reading| reading.complete)?;
    let [size, resident, _, _, _, data, _] = reading.values;
    (s.vm_size, s.vm_rss, s.vm_data) = (size, resident, data);
    Some(())
}

fn fill_overall(s: &mut AmMemoryStat) -> Option<()> {
    let mut buffer = [0; MEMINFO_SIZE];
    let len = read_whole(c_text!("/proc/meminfo"), &mut buffer)?.len();
    // The file filled less than the buffer: a NUL follows it.
    vkprintf!(4, c_text!("/proc/meminfo: %s\n"), buffer.as_ptr());
    let memory = procfs::parse_meminfo_summary(buffer.get(..len)?).ok()?;
    s.mem_free = memory.mem_free;
    s.mem_cached = memory.mem_cached;
    s.swap_total = memory.swap_total;
    s.swap_free = memory.swap_free;
    s.swap_used = memory.swap_total.wrapping_sub(memory.swap_free);
    Some(())
}

/// Registers a function that adds to the statistics. Returns 1, or 0 where it was registered before.
#[unsafe(no_mangle)]
pub extern "C" fn sb_register_stat_fun(func: StatFun) -> c_int {
    let mut place = stat_func_first.as_ptr();
    // SAFETY: the list's entries are live, and as in the original only one thread changes it.
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

impl StatsBuffer {
    fn bytes(&mut self) -> &mut [u8] {
        let size = usize::try_from(self.size).unwrap_or(0);
        if self.buff.is_null() || size == 0 {
            return &mut [];
        }
        // SAFETY: the buffer is writable for its size, and its bytes were written by C or by us.
        unsafe { slice::from_raw_parts_mut(self.buff.cast(), size) }
    }

    /// Cuts a text that did not fit after its last whole line, and clears what follows.
    fn truncate(&mut self) {
        let text = self.bytes();
        let end = text.split_last().map_or(0, |(_, text)| {
            text.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1)
        });
        text.iter_mut().skip(end).for_each(|byte| *byte = 0);
        self.pos = end as c_int;
    }

    /// Cuts a text that does not fit; tells whether it did.
    fn cut_if_full(&mut self) -> bool {
        // SAFETY: only asked of a position inside the buffer, where `vsnprintf` or the host wrote.
        let used = |pos: c_int| unsafe { *self.buff.add(pos as usize) != 0 };
        let last = self.size.wrapping_sub(1);
        let full = self.pos >= self.size || (self.pos == last && self.pos >= 0 && used(last));
        if full {
            self.truncate();
        }
        full
    }
}

/// Makes room in a buffer that did not hold a text up to `end`. Returns 0 where it cannot: the text is cut instead.
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

/// Sets a buffer up over the caller's memory.
///
/// # Safety
/// `sb` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_init(sb: *mut StatsBuffer, buff: *mut c_char, size: c_int) {
    // SAFETY: the same promise. Field by field: padding stays as it is.
    unsafe { ((*sb).buff, (*sb).pos, (*sb).size, (*sb).flags) = (buff, 0, size, 0) }
}

/// Sets a buffer up with memory of its own, at least 16 bytes.
///
/// # Safety
/// `sb` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_alloc(sb: *mut StatsBuffer, size: c_int) {
    let size = size.max(16);
    // SAFETY: asks for memory.
    let buff = unsafe { libc::malloc(size as usize) };
    if buff.is_null() {
        die(c_text!("sb_alloc: out of memory"));
    }
    // SAFETY: writable, as the caller promises.
    unsafe { ((*sb).buff, (*sb).pos, (*sb).size, (*sb).flags) = (buff.cast(), 0, size, OWN_MEMORY) }
}

/// Gives back a buffer's own memory.
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

/// Fills a buffer with the host's statistics, and lets the registered functions add theirs, until it is full.
///
/// # Safety
/// `sb` is a stats buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_prepare(sb: *mut StatsBuffer) {
    // SAFETY: a live buffer; no reference to it is kept while the functions of others have it.
    unsafe {
        (*sb).pos = prepare_stats((*sb).buff, (*sb).size);
        let mut entry = stat_func_first.load(Relaxed);
        while !(*sb).cut_if_full() && !entry.is_null() {
            ((*entry).func)(sb);
            entry = (*entry).next;
        }
    }
}

/// Adds the memory statistics that the flags ask for.
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

/// Adds a counter, and how often a second it counted since the host's start.
///
/// # Safety
/// `sb` is a stats buffer and `desc` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_print_queries(sb: *mut StatsBuffer, desc: *const c_char, q: i64) {
    // SAFETY: the host's variable.
    let up = f64::from(current_second().wrapping_sub(unsafe { start_time }));
    let rate = if up > 0.0 { q as f64 / up } else { 0.0 };
    // SAFETY: a live buffer, and what the format asks for.
    unsafe { sb_printf(sb, c_text!("%s\t%lld\nqps_%s\t%.3lf\n").as_ptr(), desc, q, desc, rate) }
}

/// Adds up one field of several structures; null ones do not count.
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

/// Adds up an `int` of several structures; null ones do not count.
///
/// # Safety
/// `base` is *readable* for `len` pointers, each null or to a structure with an `int` at `offset`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_sum_i(base: *mut *mut c_void, len: c_int, offset: c_int) -> c_int {
    // SAFETY: the same promise.
    unsafe { sum(base, len, offset, 0, c_int::wrapping_add) }
}

/// Adds up a `long long` of several structures; null ones do not count.
///
/// # Safety
/// `base` is *readable* for `len` pointers, each null or to a structure with a `long long` at `offset`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_sum_ll(base: *mut *mut c_void, len: c_int, offset: c_int) -> i64 {
    // SAFETY: the same promise.
    unsafe { sum(base, len, offset, 0, i64::wrapping_add) }
}

/// Adds up a `double` of several structures; null ones do not count.
///
/// # Safety
/// `base` is *readable* for `len` pointers, each null or to a structure with a `double` at `offset`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sb_sum_f(base: *mut *mut c_void, len: c_int, offset: c_int) -> f64 {
    // SAFETY: the same promise.
    unsafe { sum(base, len, offset, 0.0, |sum, field| sum + field) }
}

/// Adds a time in UTC, as the locale writes it.
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

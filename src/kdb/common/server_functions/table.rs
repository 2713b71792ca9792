// SPDX-License-Identifier: LGPL-2.0-or-later
//! The table of options.

use core::{
    ffi::{CStr, c_char, c_int, c_uint},
    ptr, slice,
    sync::atomic::{AtomicI32, AtomicPtr, Ordering::Relaxed},
};

pub use crate::layout::server_functions::{OptionFunction, ParseOption};
use crate::{
    kdb::{
        support::{c_text, die, kprintf},
        upcalls::{default_parse_option_func, usage},
    },
    options::{move_down, move_up},
};

/// The options, in the order of their smallest values; equal ones in the order of their addition.
#[unsafe(no_mangle)]
pub static engine_parse_options: AtomicPtr<ParseOption> = AtomicPtr::new(ptr::null_mut());

/// How many there are.
#[unsafe(no_mangle)]
pub static engine_parse_options_num: AtomicI32 = AtomicI32::new(0);

/// How many there is room for.
#[unsafe(no_mangle)]
pub static engine_parse_options_size: AtomicI32 = AtomicI32::new(0);

/// # Safety
/// The module's promise, and the result is given up before anything else touches the table.
pub(super) unsafe fn table<'a>() -> &'a mut [ParseOption] {
    let start = engine_parse_options.load(Relaxed);
    match usize::try_from(engine_parse_options_num.load(Relaxed)) {
        // SAFETY: so many entries were filled, and nothing else uses them meanwhile, as the caller promises.
        Ok(len) if !start.is_null() => unsafe { slice::from_raw_parts_mut(start, len) },
        _ => &mut [],
    }
}

/// An array of an option's, by its count.
///
/// # Safety
/// Null, or *readable* for that many elements.
unsafe fn array<'a, T>(start: *const T, count: c_int) -> &'a [T] {
    match usize::try_from(count) {
        // SAFETY: readable, as the caller promises.
        Ok(len) if !start.is_null() => unsafe { slice::from_raw_parts(start, len) },
        _ => &[],
    }
}

impl ParseOption {
    /// # Safety
    /// It is an entry of the table.
    pub(super) unsafe fn values(&self) -> &[c_int] {
        // SAFETY: an entry's values are allocated.
        unsafe { array(self.vals, self.val_cnt) }
    }

    /// # Safety
    /// It is an entry of the table.
    pub(super) unsafe fn name_pointers(&self) -> &[*const c_char] {
        // SAFETY: an entry's list of names is allocated.
        unsafe { array(self.longopts, self.longopts_cnt) }
    }

    /// # Safety
    /// It is an entry of the table, whose names the host has kept.
    pub(super) unsafe fn names(&self) -> impl Iterator<Item = &[u8]> + Clone {
        // SAFETY: the same promise; each name is a C string.
        unsafe { self.name_pointers() }.iter().map(|name| unsafe { CStr::from_ptr(*name) }.to_bytes())
    }
}

/// A block from C's allocator, grown or new; the process ends where there is no memory.
///
/// # Safety
/// `block` is null or from that allocator, and is not used again.
unsafe fn resized<T>(block: *mut T, count: c_int) -> *mut T {
    let size = usize::try_from(count).ok().and_then(|count| count.checked_mul(size_of::<T>()));
    // SAFETY: as the caller promises; null is an answer.
    let block = size.map_or(ptr::null_mut(), |size| unsafe { libc::realloc(block.cast(), size) });
    if block.is_null() {
        die(c_text!("no memory for an option"));
    }
    block.cast()
}

fn index_or_minus_one(index: Option<usize>) -> c_int {
    index.map_or(-1, |index| index as c_int)
}

/// # Safety
/// The module's promise.
pub(super) unsafe fn index_of(val: c_int) -> Option<usize> {
    // SAFETY: the same promise; these are the table's entries.
    unsafe { table().iter().position(|option| option.values().contains(&val)) }
}

/// # Safety
/// The module's promise, and `name` is a C string.
unsafe fn index_of_name(name: *const c_char) -> Option<usize> {
    // SAFETY: the same promises; these are the table's entries.
    unsafe {
        let name = CStr::from_ptr(name).to_bytes();
        table().iter().position(|option| option.names().any(|other| other == name))
    }
}

/// The index of the option that has a value, or -1.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn find_parse_option(val: c_int) -> c_int {
    // SAFETY: the same promise.
    index_or_minus_one(unsafe { index_of(val) })
}

/// The index of the option that has a long name, or -1.
///
/// # Safety
/// The module's promise, and `name` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn find_parse_option_name(name: *const c_char) -> c_int {
    // SAFETY: the same promises.
    index_or_minus_one(unsafe { index_of_name(name) })
}

/// The index of an entry by its address.
fn index_at(entry: *const ParseOption) -> usize {
    entry.addr().wrapping_sub(engine_parse_options.load(Relaxed).addr()) / size_of::<ParseOption>()
}

/// Moves an entry, whose smallest value became smaller, to its place.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parse_option_up(entry: *mut ParseOption) {
    // SAFETY: the same promise.
    move_up(unsafe { table() }, index_at(entry), |option| option.smallest_val);
}

/// Moves an entry, whose smallest value became greater, to its place. The original moves memory of a negative length.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parse_option_down(entry: *mut ParseOption) {
    // SAFETY: the same promise.
    move_down(unsafe { table() }, index_at(entry), |option| option.smallest_val);
}

/// Adds an option. `_var` is ignored, as in the original. A value that is taken prints the usage; if the host's `usage`
/// returns, the option is added all the same.
///
/// # Safety
/// The module's promise; `name` is a C string that stays; `help` is null, or from C's allocator and the table's from now on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parse_option_internal(
    name: *const c_char,
    arg: c_int,
    _var: *mut c_int,
    val: c_int,
    flags: c_uint,
    func: Option<OptionFunction>,
    help: *mut c_char,
) {
    // SAFETY: the module's promise; the format asks for an int.
    unsafe {
        if index_of(val).is_some() {
            kprintf(c_text!("duplicate parse option %d\n").as_ptr(), val);
            usage();
        }
    }
    let count = engine_parse_options_num.load(Relaxed);
    let room = engine_parse_options_size.load(Relaxed);
    if count < 0 || count > room {
        die(c_text!("more options than there is room for"));
    }
    let mut start = engine_parse_options.load(Relaxed);
    if count == room {
        let room = room.saturating_mul(2).saturating_add(10);
        // SAFETY: the table is from C's allocator, and nothing keeps its old place.
        start = unsafe { resized(start, room) };
        engine_parse_options.store(start, Relaxed);
        engine_parse_options_size.store(room, Relaxed);
    }
    // SAFETY: there is room for one more entry; the blocks have room for what is written.
    unsafe {
        let longopts = resized(ptr::null_mut(), 1);
        *longopts = name;
        let vals = resized(ptr::null_mut(), 1);
        *vals = val;
        start.add(count as usize).write(ParseOption {
            vals,
            val_cnt: 1,
            base_val: val,
            smallest_val: val,
            longopts,
            longopts_cnt: 1,
            func: func.or(Some(default_parse_option_func as OptionFunction)),
            help,
            flags,
            arg,
        });
        engine_parse_options_num.store(count + 1, Relaxed);
        parse_option_up(start.add(count as usize));
    }
}

/// Frees an option and closes the gap.
///
/// # Safety
/// The module's promise, and there is such an entry.
unsafe fn remove(index: usize) {
    // SAFETY: the table's entries, of which those behind move one place; its blocks are from C's allocator.
    unsafe {
        let [option, behind @ ..] = table().get_mut(index..).unwrap_or_default() else { return };
        libc::free(option.help.cast());
        libc::free(option.vals.cast());
        libc::free(option.longopts.cast());
        let entry: *mut ParseOption = option;
        ptr::copy(behind.as_ptr(), entry, behind.len());
    }
    engine_parse_options_num.fetch_sub(1, Relaxed);
}

/// Removes an option with all its values. It must have the value, as its first.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn remove_parse_option_completely(val: c_int) {
    // SAFETY: the module's promise; an index that was found.
    unsafe {
        match index_of(val) {
            Some(index) if table().get(index).is_some_and(|option| option.values().first() == Some(&val)) => {
                remove(index);
            }
            _ => die(c_text!("remove_parse_option_completely: no option has this as its first value")),
        }
    }
}

/// Removes a value, and with its last value the option. Where its smallest value goes, the option moves to its new place;
/// where the value that its function gets goes, it gets the smallest one.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn remove_parse_option(val: c_int) {
    // SAFETY: the module's promise, and the format asks for an int; an entry's values are `val_cnt` integers, and the kept
    // ones are written at or before the place that they are read from.
    unsafe {
        let Some(index) = index_of(val) else {
            kprintf(c_text!("Can not remove unknown option %d\n").as_ptr(), val);
            usage();
            return;
        };
        let Some(option) = table().get_mut(index) else { return };
        let (values, count) = (option.vals, option.val_cnt);
        let mut kept = 0;
        for place in 0..count as usize {
            let value = *values.add(place);
            if value != val {
                *values.add(kept) = value;
                kept += 1;
            }
        }
        option.val_cnt = kept as c_int;
        let Some(&smallest) = option.values().iter().min() else {
            remove(index);
            return;
        };
        if option.smallest_val == val {
            option.smallest_val = smallest;
        }
        if option.base_val == val {
            option.base_val = option.smallest_val;
        }
        parse_option_down(option);
    }
}

/// Gives the option of a long name one more value. A value that is taken prints the usage; if the host's `usage` returns,
/// the value is added all the same. Without such an option nothing is added.
///
/// # Safety
/// The module's promise, and `name` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parse_option_alias(name: *const c_char, val: c_int) {
    // SAFETY: the module's promise; the formats ask for an int or a C string; the block has room for one more.
    unsafe {
        if index_of(val).is_some() {
            let letter = matches!(val, 33..=127);
            let message =
                if letter { c_text!("Duplicate option `%c`\n") } else { c_text!("Duplicate option %d\n") };
            kprintf(message.as_ptr(), val);
            usage();
        }
        let Some(option) = named(name) else { return };
        option.vals = resized(option.vals, option.val_cnt.saturating_add(1));
        *option.vals.add(option.val_cnt as usize) = val;
        option.val_cnt += 1;
        if val < option.smallest_val {
            option.smallest_val = val;
            parse_option_up(option);
        }
    }
}

/// Gives the option of a long name one more name. A name that is taken prints the usage; if the host's `usage` returns, the
/// name is added all the same. Without such an option nothing is added.
///
/// # Safety
/// The module's promise, and both are C strings; the second one stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parse_option_long_alias(name: *const c_char, alias_name: *const c_char) {
    // SAFETY: the module's promise; the format asks for a C string; the block has room for one more.
    unsafe {
        if index_of_name(alias_name).is_some() {
            kprintf(c_text!("Duplicate option %s\n").as_ptr(), alias_name);
            usage();
        }
        let Some(option) = named(name) else { return };
        option.longopts = resized(option.longopts, option.longopts_cnt.saturating_add(1));
        *option.longopts.add(option.longopts_cnt as usize) = alias_name;
        option.longopts_cnt += 1;
    }
}

/// The option of a long name; without one, a message and the usage.
///
/// # Safety
/// As for [`table`], and `name` is a C string.
unsafe fn named<'a>(name: *const c_char) -> Option<&'a mut ParseOption> {
    // SAFETY: the same promises; the format asks for a C string.
    unsafe {
        if let Some(index) = index_of_name(name) {
            return table().get_mut(index);
        }
        kprintf(c_text!("can't find option '%s'\n").as_ptr(), name);
        usage();
    }
    None
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! The statistics of a module as the legacy library exports them: a list of the threads' blocks, each thread's own block, a
//! prefix for the lines, and a callback that gives each job thread its block.
//!
//! A constructor registers the callback. A thread that never called it counts in a block that such threads share.

use core::{
    ffi::{CStr, c_char, c_int},
    ptr,
    sync::atomic::{
        AtomicI32, AtomicI64, AtomicPtr,
        Ordering::{Acquire, Relaxed, Release},
    },
};

use crate::{
    kdb::{
        get_this_thread_id,
        support::{c_text, sb_printf},
        upcalls::max_job_thread_id,
    },
    layout::common_stats::StatsBuffer,
    runtime::module_stats::{BlockList, OwnBlock},
};

/// Defines what one module exports, and `MODULE: Module<Block>` to use it. A block is counters alone, and `Block::new()` its
/// start.
macro_rules! module_stats {
    (
        $module:literal, $block:ty,
        list: $list:ident, own: $own:literal, prefix: $prefix:ident,
        thread_init: $thread_init:ident, callback: $callback:ident, register: $register:ident $(,)?
    ) => {
        /// The blocks of all job threads.
        #[unsafe(no_mangle)]
        pub static $list: $crate::runtime::module_stats::BlockList<$block> =
            $crate::runtime::module_stats::BlockList::new();

        // The calling thread's block.
        $crate::kdb::statics::exported_thread_local!($own, "8");

        /// What the names of the lines start with, or null.
        #[unsafe(no_mangle)]
        pub static $prefix: ::core::sync::atomic::AtomicPtr<::core::ffi::c_char> =
            ::core::sync::atomic::AtomicPtr::new(::core::ptr::null_mut());

        /// Gives the calling thread a block.
        #[unsafe(no_mangle)]
        pub extern "C" fn $thread_init() {
            MODULE.give_block();
        }

        /// What each job thread calls at its start.
        #[unsafe(no_mangle)]
        pub static $callback: $crate::kdb::statics::Aligned16<$crate::layout::jobs::ThreadCallback> =
            $crate::kdb::statics::Aligned16($crate::layout::jobs::ThreadCallback::new($thread_init));

        /// Registers the callback, which calls it. Runs before `main`.
        #[unsafe(no_mangle)]
        pub extern "C" fn $register() {
            // SAFETY: a callback that lives for ever, in no list yet.
            unsafe { $crate::kdb::upcalls::register_thread_callback(&raw const $callback.0) }
        }

        $crate::kdb::statics::constructor!($register);

        static UNREGISTERED: $block = <$block>::new();

        static MODULE: $crate::kdb::module_stats::Module<$block> = $crate::kdb::module_stats::Module {
            name: $crate::kdb::support::c_text!($module),
            list: &$list,
            prefix: &$prefix,
            unregistered: &UNREGISTERED,
            own: || $crate::sync::thread_local_address!($own).cast(),
        };
    };
}
pub(in crate::kdb) use module_stats;

pub(in crate::kdb) struct Module<T: 'static> {
    pub(in crate::kdb) name: &'static CStr,
    pub(in crate::kdb) list: &'static BlockList<T>,
    pub(in crate::kdb) prefix: &'static AtomicPtr<c_char>,
    pub(in crate::kdb) unregistered: &'static T,
    /// The place of the calling thread's block.
    pub(in crate::kdb) own: fn() -> *mut *const T,
}

impl<T> Module<T> {
    /// The block of the calling thread.
    pub(in crate::kdb) fn own(&self) -> OwnBlock<T> {
        // SAFETY: the thread's own variable, which only `give_block` sets, to a block that is never freed.
        let block = unsafe { (*(self.own)()).as_ref() };
        OwnBlock { block: block.unwrap_or(self.unregistered), shared: block.is_none() }
    }

    /// A new block for the calling thread. Without memory, or without a number that fits, it stays without.
    pub(in crate::kdb) fn give_block(&self) {
        let Some(place) = self.list.of_thread(get_this_thread_id()) else { return };
        // The block of a thread that had this number and has ended: what it counted stays in the sums.
        let left = place.load(Acquire);
        // SAFETY: the thread's own variable.
        let own = unsafe { &mut *(self.own)() };
        if own.is_null() && !left.is_null() {
            *own = left;
            return;
        }
        // SAFETY: an allocation. Zeroes are a block.
        let block: *mut T = unsafe { libc::calloc(1, size_of::<T>()) }.cast();
        if !block.is_null() {
            place.store(block, Release);
            *own = block;
        }
    }

    /// The blocks of all threads.
    fn blocks(&self) -> impl Iterator<Item = &'static T> {
        // SAFETY: the host's variable.
        let last = unsafe { &max_job_thread_id }.load(Relaxed);
        // SAFETY: each block of the list was given by `give_block`, and is never freed.
        let registered = self.list.up_to(last).filter_map(|block| unsafe { block.as_ref() });
        registered.chain([self.unregistered])
    }

    /// The sum of a counter over all threads.
    #[inline(never)]
    pub(in crate::kdb) fn sum_int(&self, counter: fn(&'static T) -> &'static AtomicI32) -> i32 {
        self.blocks().fold(0, |sum, block| sum.wrapping_add(counter(block).load(Relaxed)))
    }

    /// The sum of a counter over all threads.
    #[inline(never)]
    pub(in crate::kdb) fn sum_long(&self, counter: fn(&'static T) -> &'static AtomicI64) -> i64 {
        self.blocks().fold(0, |sum, block| sum.wrapping_add(counter(block).load(Relaxed)))
    }

    /// The sum of a number over all threads.
    #[inline(never)]
    pub(in crate::kdb) fn sum(&self, number: &dyn Fn(&'static T) -> i64) -> i64 {
        self.blocks().fold(0, |sum, block| sum.wrapping_add(number(block)))
    }

    /// Starts the module's part of a page.
    ///
    /// # Safety
    /// `sb` is a stats buffer until the part ends.
    pub(in crate::kdb) unsafe fn page(&self, sb: *mut StatsBuffer) -> Page<'_, T> {
        // SAFETY: a live buffer; the format asks for a C string.
        unsafe { sb_printf(sb, c_text!(">>>>>>%s>>>>>>\tstart\n").as_ptr(), self.name.as_ptr()) };
        Page { module: self, sb }
    }
}

/// A module's part of a statistics page, in a live stats buffer. Its lines are many: their code is there once.
pub(in crate::kdb) struct Page<'a, T: 'static> {
    module: &'a Module<T>,
    sb: *mut StatsBuffer,
}

impl<T> Page<'_, T> {
    fn prefix(&self) -> *const c_char {
        let prefix = self.module.prefix.load(Relaxed).cast_const();
        if prefix.is_null() { c_text!("").as_ptr() } else { prefix }
    }

    /// A line with the sum over all threads.
    #[inline(never)]
    pub(in crate::kdb) fn long(mut self, name: &CStr, counter: fn(&'static T) -> &'static AtomicI64) -> Self {
        self.line(name, self.module.sum_long(counter));
        self
    }

    /// A line with the sum over all threads.
    #[inline(never)]
    pub(in crate::kdb) fn int(mut self, name: &CStr, counter: fn(&'static T) -> &'static AtomicI32) -> Self {
        self.line(name, self.module.sum_int(counter).into());
        self
    }

    /// A line with a sum that is known already.
    #[inline(never)]
    pub(in crate::kdb) fn line(&mut self, name: &CStr, sum: i64) {
        // SAFETY: a live buffer, and arguments of the types that the format asks for.
        unsafe {
            sb_printf(self.sb, c_text!("%s%s\t%lld\n").as_ptr(), self.prefix(), name.as_ptr(), sum);
        }
    }

    /// A line with three numbers, whose name has no prefix.
    #[inline(never)]
    pub(in crate::kdb) fn three_longs(self, name: &CStr, [first, second, third]: [i64; 3]) -> Self {
        let format = c_text!("%s\t%lld %lld %lld\n");
        // SAFETY: a live buffer, and arguments of the types that the format asks for.
        unsafe { sb_printf(self.sb, format.as_ptr(), name.as_ptr(), first, second, third) };
        self
    }

    /// A line with a number that no thread has a share of, whose name has no prefix.
    #[inline(never)]
    pub(in crate::kdb) fn number(self, name: &CStr, number: c_int) -> Self {
        // SAFETY: a live buffer, and arguments of the types that the format asks for.
        unsafe { sb_printf(self.sb, c_text!("%s\t%d\n").as_ptr(), name.as_ptr(), number) };
        self
    }

    /// As [`Self::number`], for a larger one.
    #[inline(never)]
    pub(in crate::kdb) fn long_number(self, name: &CStr, number: i64) -> Self {
        // SAFETY: a live buffer, and arguments of the types that the format asks for.
        unsafe { sb_printf(self.sb, c_text!("%s\t%lld\n").as_ptr(), name.as_ptr(), number) };
        self
    }

    /// A line with a text, whose name has no prefix.
    ///
    /// # Safety
    /// `text` is a C string.
    pub(in crate::kdb) unsafe fn text(self, name: &CStr, text: *const c_char) -> Self {
        // SAFETY: a live buffer, and two C strings.
        unsafe { sb_printf(self.sb, c_text!("%s\t%s\n").as_ptr(), name.as_ptr(), text) };
        self
    }

    /// Ends the part. Returns the length of the page so far.
    pub(in crate::kdb) fn end(self) -> c_int {
        // SAFETY: a live buffer; the format asks for a C string.
        unsafe {
            sb_printf(self.sb, c_text!("<<<<<<%s<<<<<<\tend\n").as_ptr(), self.module.name.as_ptr());
            ptr::read(&raw const (*self.sb).pos)
        }
    }
}

// SPDX-License-Identifier: LGPL-2.0-or-later
//! The command line: C's `getopt_long` reads it, because the functions of the options, which are C, read its variables.

use core::{
    ffi::{CStr, c_char, c_int, c_longlong, c_uint},
    ptr,
    sync::atomic::{AtomicI32, AtomicPtr, Ordering::Relaxed},
};

use super::table::{OptionFunction, ParseOption, index_of, parse_option_internal, table};
use crate::{
    kdb::{
        common::kprintf::{logname, verbosity},
        engine::engine_add_net_parse_options,
        net::max_allocated_buffer_bytes,
        statics::exported_aligned,
        support::{c_text, die, kprintf, perror, stdout},
        upcalls::{engine_add_engine_parse_options, parse_option_ex, usage},
    },
    options::{self, Argument, Described, NoSize},
    sys::{
        errno,
        memory::{Array, Plain},
    },
};

/// How many arguments are kept.
const MAX_ARGUMENTS: usize = 1000;

/// The arguments of [`engine_options`].
#[repr(C, align(32))]
pub struct Arguments([AtomicPtr<c_char>; MAX_ARGUMENTS]);

/// How many arguments [`engine_options`] holds.
#[unsafe(no_mangle)]
pub static engine_options_num: AtomicI32 = AtomicI32::new(0);

/// The command line as it was given, before `getopt_long` changed its order; its first 1000 arguments.
#[unsafe(no_mangle)]
pub static engine_options: Arguments = Arguments([const { AtomicPtr::new(ptr::null_mut()) }; MAX_ARGUMENTS]);

/// The name of the program in the usage text, or null.
#[unsafe(no_mangle)]
pub static progname: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

/// The user to become, or null.
#[unsafe(no_mangle)]
pub static username: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

/// The group to become a member of, or null. No option sets it.
#[unsafe(no_mangle)]
pub static groupname: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

// Four bytes, aligned to eight as in the original.
exported_aligned!("daemonize", 4);

unsafe extern "C" {
    /// Whether to run in the background.
    pub static daemonize: AtomicI32;
    /// The argument of the option that `getopt_long` found, or null.
    static optarg: AtomicPtr<c_char>;
    fn getopt_long(
        argc: c_int,
        argv: *mut *mut c_char,
        letters: *const c_char,
        names: *const LongOption,
        index: *mut c_int,
    ) -> c_int;
}

/// Prints the options to standard output, a line each, and returns 0.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parse_usage() -> c_int {
    // SAFETY: the module's promise; these are the table's entries, which nothing changes meanwhile.
    unsafe {
        let width = table().iter().map(|option| described(option).width()).max().unwrap_or(0);
        for option in table().iter() {
            described(option).usage_line(width, print);
        }
    }
    0
}

/// # Safety
/// It is an entry of the table.
unsafe fn described(option: &ParseOption) -> Described<'_, impl Iterator<Item = &[u8]> + Clone> {
    // SAFETY: the same promise; the help is a C string unless null.
    unsafe {
        Described {
            names: option.names(),
            values: option.values(),
            argument: Argument::from_number(option.arg),
            help: (!option.help.is_null()).then(|| CStr::from_ptr(option.help).to_bytes()),
        }
    }
}

fn print(text: &[u8]) {
    // SAFETY: C's stream, and a text that is readable for its length.
    unsafe { libc::fwrite(text.as_ptr().cast(), 1, text.len(), stdout) };
}

/// Calls the function of the option that has a value, and returns its result; -1 without such an option.
///
/// # Safety
/// The module's promise, and that of the option's function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parse_one_option(val: c_int) -> c_int {
    // SAFETY: the same promises. The function may change the table, of which nothing is kept.
    unsafe {
        let found = index_of(val).and_then(|index| table().get(index));
        let Some((func, base)) = found.map(|option| (option.func, option.base_val)) else { return -1 };
        func.map_or(-1, |func| func(base))
    }
}

/// A row of `getopt_long`'s table of names.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct LongOption(libc::option);

// SAFETY: pointers and integers, of which zeros are a value.
unsafe impl Plain for LongOption {}

/// The table in the two forms that `getopt_long` reads, each with its end.
///
/// # Safety
/// The module's promise.
unsafe fn getopt_tables() -> Option<(Array<u8>, Array<LongOption>)> {
    // SAFETY: the same promise, for this and the following blocks; these are the table's entries.
    let options = unsafe { table() };
    let (mut letters_len, mut names_len) = (0, 0);
    for option in options.iter() {
        // SAFETY: as above.
        let (values, names) = unsafe { (option.values(), option.name_pointers()) };
        options::getopt_letters(values, Argument::from_number(option.arg), |_| letters_len += 1);
        names_len += names.len();
    }
    let mut letters = Array::<u8>::zeroed(letters_len + 1)?;
    let mut names = Array::<LongOption>::zeroed(names_len + 1)?;
    let mut letter_places = letters.as_mut_slice().iter_mut();
    let mut name_places = names.as_mut_slice().iter_mut();
    for option in options.iter() {
        // SAFETY: as above.
        let (values, names) = unsafe { (option.values(), option.name_pointers()) };
        options::getopt_letters(values, Argument::from_number(option.arg), |letter| {
            if let Some(place) = letter_places.next() {
                *place = letter;
            }
        });
        for (&name, place) in names.iter().zip(&mut name_places) {
            let (has_arg, val) = (option.arg, option.base_val);
            *place = LongOption(libc::option { name, has_arg, flag: ptr::null_mut(), val });
        }
    }
    Some((letters, names))
}

/// Reads the command line: each option's function is called with its first value. What is no option prints the usage, and
/// so does an option whose function returns less than 0. Returns 0.
///
/// Of a command line of more than 1000 arguments, the first 1000 are kept in [`engine_options`]; the original writes beyond
/// it.
///
/// # Safety
/// The module's promise, and that of the options' functions; `argv` has `argc` arguments and a null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parse_engine_options_long(argc: c_int, argv: *mut *mut c_char) -> c_int {
    let mut kept = 0;
    for (place, index) in engine_options.0.iter().zip(0..usize::try_from(argc).unwrap_or(0)) {
        // SAFETY: one of the arguments.
        place.store(unsafe { *argv.add(index) }, Relaxed);
        kept += 1;
    }
    engine_options_num.store(kept, Relaxed);
    // SAFETY: the module's promise.
    let Some((letters, names)) = (unsafe { getopt_tables() }) else {
        die(c_text!("no memory for the options' names"));
    };
    loop {
        let mut index = -1;
        let letters = letters.as_slice().as_ptr().cast();
        // SAFETY: the arguments, and both tables with their ends.
        let c = unsafe { getopt_long(argc, argv, letters, names.as_slice().as_ptr(), &raw mut index) };
        match c {
            -1 => return 0,
            0 => continue,
            QUESTION_MARK => {
                // SAFETY: a C string that asks for nothing.
                unsafe { kprintf(c_text!("Unrecognized option\n").as_ptr()) };
                usage();
            }
            _ => {}
        }
        // SAFETY: the promises of this function.
        if unsafe { parse_one_option(c) } >= 0 {
            continue;
        }
        let name = usize::try_from(index).ok().and_then(|index| names.as_slice().get(index));
        // SAFETY: each format asks for what follows it.
        unsafe {
            match name {
                Some(LongOption(option)) => {
                    kprintf(c_text!("Can not parse option %s\n").as_ptr(), option.name);
                }
                None if c <= 127 => {
                    kprintf(c_text!("Can not parse option '%c'\n").as_ptr(), c);
                }
                None => {
                    kprintf(c_text!("Can not parse option %d\n").as_ptr(), c);
                }
            }
        }
        usage();
    }
}

const QUESTION_MARK: c_int = b'?' as c_int;

// The values of the options that every engine has.
const VERBOSITY: c_int = b'v' as c_int;
const HELP: c_int = b'h' as c_int;
const USER: c_int = b'u' as c_int;
const LOG: c_int = b'l' as c_int;
const DAEMONIZE: c_int = b'd' as c_int;
const NICE: c_int = 202;
const MSG_BUFFERS_SIZE: c_int = 208;

/// The function of the options that [`add_builtin_parse_options`] adds. Returns 0; -1 for any other value.
///
/// # Safety
/// `getopt_long`'s argument is null or a C string, and not null where the option has one; it stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn builtin_parse_option(val: c_int) -> c_int {
    // SAFETY: C's variable.
    let argument = unsafe { optarg.load(Relaxed) };
    // SAFETY: C strings, as the caller promises; each format asks for what follows it.
    unsafe {
        match val {
            VERBOSITY => {
                let level = if argument.is_null() {
                    verbosity.load(Relaxed).wrapping_add(1)
                } else {
                    libc::atoi(argument)
                };
                verbosity.store(level, Relaxed);
            }
            HELP => {
                usage();
                libc::exit(2);
            }
            USER => {
                let known = username.load(Relaxed);
                if !known.is_null() {
                    let message = c_text!("wrong option -u%s, username is already defined as '%s'.\n");
                    kprintf(message.as_ptr(), argument, known);
                    libc::exit(1);
                }
                username.store(argument, Relaxed);
            }
            LOG => logname.store(argument, Relaxed),
            DAEMONIZE => {
                let run = if argument.is_null() {
                    daemonize.load(Relaxed) ^ 1
                } else {
                    (libc::atoi(argument) != 0).into()
                };
                daemonize.store(run, Relaxed);
            }
            NICE => {
                errno::set(0);
                if libc::nice(libc::atoi(argument)) == -1 && errno::get() != 0 {
                    perror(c_text!("nice"));
                }
            }
            MSG_BUFFERS_SIZE => {
                max_allocated_buffer_bytes.store(parse_memory_limit(argument), Relaxed);
            }
            _ => return -1,
        }
    }
    0
}

/// A size with a suffix, `k`, `m`, `g` or `t` in either case. A text that is none prints the usage, and ends the process with
/// status 1 if the host's `usage` returns.
///
/// # Safety
/// `text` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parse_memory_limit(text: *const c_char) -> c_longlong {
    // SAFETY: a C string, as the caller promises; each format asks for what follows it; the end is C's own.
    unsafe {
        match options::size(CStr::from_ptr(text).to_bytes()) {
            Ok(size) => return size,
            Err(NoSize::Number) => {
                kprintf(c_text!("Parsing limit for option fail: %s\n").as_ptr(), text);
            }
            Err(NoSize::Suffix(suffix)) => {
                let message = c_text!("Parsing limit fail. Unknown suffix '%c'.\n");
                kprintf(message.as_ptr(), c_int::from(suffix));
            }
        }
        usage();
        libc::exit(1)
    }
}

/// Whether a number is in a list that ends with 0.
///
/// # Safety
/// `list` is null, or *readable* up to its 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn in_keep_options_list(list: *const c_uint, num: c_uint) -> c_int {
    let mut place = list;
    // SAFETY: inside the list, as the caller promises.
    unsafe {
        while !place.is_null() && *place != 0 {
            if *place == num {
                return 1;
            }
            place = place.add(1);
        }
    }
    0
}

/// The options that every engine has: flag of those.
const COMMON_SET: c_uint = 0x1000;
/// The default of the option `msg-buffers-size`.
const MSG_BUFFERS_DEFAULT: c_longlong = 1 << 28;

/// Adds the options that every engine has, and then those of the network and of the engine.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn add_builtin_parse_options() {
    let options = [
        (c_text!("verbosity"), 2, VERBOSITY, c_text!("sets or increases verbosity level")),
        (c_text!("help"), 0, HELP, c_text!("prints help and exits")),
        (c_text!("user"), 1, USER, c_text!("sets user name to make setuid")),
        (c_text!("log"), 1, LOG, c_text!("sets log file name")),
        (c_text!("daemonize"), 2, DAEMONIZE, c_text!("changes between daemonize/not daemonize mode")),
        (c_text!("nice"), 1, NICE, c_text!("sets niceness")),
    ];

    let func: Option<OptionFunction> = Some(builtin_parse_option);
    // SAFETY: the module's promise; C strings that stay, help from C's allocator, and a format that asks for a long long.
    unsafe {
        for (name, argument, value, help) in options {
            let help = libc::strdup(help.as_ptr());
            parse_option_internal(name.as_ptr(), argument, ptr::null_mut(), value, COMMON_SET, func, help);
        }
        let (name, help) = (c_text!("msg-buffers-size"), c_text!("sets maximal buffers size (default %lld)"));
        parse_option_ex(
            name.as_ptr(),
            1,
            ptr::null_mut(),
            MSG_BUFFERS_SIZE,
            COMMON_SET,
            builtin_parse_option,
            help.as_ptr(),
            MSG_BUFFERS_DEFAULT,
        );
        engine_add_net_parse_options();
    }
    engine_add_engine_parse_options();
}

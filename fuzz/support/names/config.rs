// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `parse-config`.

use core::ffi::{c_char, c_int, c_void};

super::table! {
    /// The scanner at its cursor, the loader, and the messages.
    drop_in Config {
        fn cfg_skipspc() -> c_int;
        fn cfg_skspc() -> c_int;
        fn cfg_getlex() -> c_int;
        fn cfg_getword() -> c_int;
        fn cfg_getstr() -> c_int;
        fn cfg_getint() -> i64;
        fn cfg_getint_zero() -> i64;
        fn cfg_getint_signed_zero() -> i64;
        fn expect_lexem(c_int) -> c_int;
        fn expect_word(*const c_char, c_int) -> c_int;
        fn cfg_gethost() -> *mut c_void;
        fn cfg_gethost_ex(c_int) -> *mut c_void;
        fn syntax(*const c_char; ...);
        fn syntax_warning(*const c_char; ...);
        fn load_config(*const c_char, c_int) -> c_int;
        fn reset_config();
        fn md5_hex_config(*mut c_char);
        fn close_config(*mut c_int);
        static config_name: *mut c_char;
        static cfg_start: *mut c_char;
        static cfg_end: *mut c_char;
        static cfg_cur: *mut c_char;
        static config_bytes: c_int;
        static cfg_lno: c_int;
        static cfg_lex: c_int;
    }
}

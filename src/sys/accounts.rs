// SPDX-License-Identifier: LGPL-2.0-or-later
//! Users and groups: looking them up, and becoming them.

use core::ffi::CStr;

/// A user of the machine's list.
#[derive(Clone, Copy)]
pub(crate) struct User {
    pub(crate) id: libc::uid_t,
    /// The user's own group.
    pub(crate) group: libc::gid_t,
}

/// Whether this process is root, really or effectively.
pub(crate) fn is_root() -> bool {
    // SAFETY: neither takes an argument or can fail.
    unsafe { libc::getuid() == 0 || libc::geteuid() == 0 }
}

/// Whether root started this process.
pub(crate) fn is_roots() -> bool {
    // SAFETY: takes no argument and cannot fail.
    unsafe { libc::getuid() == 0 }
}

/// A user by name.
pub(crate) fn find_user(name: &CStr) -> Option<User> {
    // SAFETY: a C string. The entry is libc's; it is copied before another call may overwrite it, and the drop-in's callers
    // are one thread, as the original demands.
    unsafe { libc::getpwnam(name.as_ptr()).as_ref() }.map(|user| User { id: user.pw_uid, group: user.pw_gid })
}

/// A group by name.
pub(crate) fn find_group(name: &CStr) -> Option<libc::gid_t> {
    // SAFETY: as in `find_user`.
    unsafe { libc::getgrnam(name.as_ptr()).as_ref() }.map(|group| group.gr_gid)
}

/// Makes one group the only supplementary one.
pub(crate) fn set_supplementary(group: libc::gid_t) -> bool {
    // SAFETY: a list of one group.
    unsafe { libc::setgroups(1, &raw const group) == 0 }
}

/// Takes a user's supplementary groups, and one more.
pub(crate) fn take_groups_of(name: &CStr, group: libc::gid_t) -> bool {
    // SAFETY: a C string.
    unsafe { libc::initgroups(name.as_ptr(), group) == 0 }
}

/// Becomes a member of a group.
pub(crate) fn set_group(group: libc::gid_t) -> bool {
    // SAFETY: takes a number.
    unsafe { libc::setgid(group) == 0 }
}

/// Becomes a user, in every thread.
pub(crate) fn set_user(user: libc::uid_t) -> bool {
    // SAFETY: takes a number.
    unsafe { libc::setuid(user) == 0 }
}

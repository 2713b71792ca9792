// SPDX-License-Identifier: LGPL-2.0-or-later
//! The identity a proxy process has on the wire.
#![forbid(unsafe_code)]

/// 127.0.0.1 in host byte order: says nothing about a host.
const LOOPBACK: u32 = 0x7f00_0001;

/// A process identity. A field that is 0 is not set.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProcessId {
    /// IPv4 address, host byte order.
    pub ip: u32,
    /// Port, as the wire's signed 16 bits.
    pub port: i16,
    /// Process id, folded into 16 bits where it is larger.
    pub pid: u16,
    /// When the process started, in Unix seconds, as the wire's signed 32 bits.
    pub utime: i32,
}

/// How one identity matches another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// Not at all.
    No,
    /// It is a special case of it: equal wherever the other is set.
    Special,
    /// They are equal.
    Equal,
}

/// Folds a process id into the 16 bits it has on the wire. One up to 65535 stays what it is; a larger one, on which
/// the legacy code aborts, becomes `(p & 0xffff) ^ (p >> 16)`, and 1 where that gives 0, which would mean "not set".
///
/// ```
/// use mtproxy_ffi::process_id::fold_pid;
///
/// assert_eq!(fold_pid(4321), 4321);
/// assert_eq!(fold_pid(0x1_0002), 3);
/// assert_eq!(fold_pid(0x1_0001), 1);
/// ```
#[must_use]
pub fn fold_pid(pid: u32) -> u16 {
    match (pid as u16, (pid >> 16) as u16) {
        (low, 0) => low,
        (low, high) if low == high => 1,
        (low, high) => low ^ high,
    }
}

/// Whether an IPv4 address in host byte order says something about a host: 0 and 127.0.0.1 do not.
#[must_use]
pub fn names_a_host(ip: u32) -> bool {
    ip != 0 && ip != LOOPBACK
}

impl ProcessId {
    /// Sets `pid` and `utime` where they are 0, from the process's id and the time in Unix seconds (cut to 32 bits).
    ///
    /// Legacy: `init_common_PID`.
    pub fn init_common(&mut self, pid: u32, unix_time: i64) {
        if self.pid == 0 {
            self.pid = fold_pid(pid);
        }
        if self.utime == 0 {
            self.utime = unix_time as i32;
        }
    }

    /// Sets `ip`, unless it is 0 or 127.0.0.1, then what [`Self::init_common`] sets.
    ///
    /// Legacy: `init_client_PID`.
    pub fn init_client(&mut self, ip: u32, pid: u32, unix_time: i64) {
        if names_a_host(ip) {
            self.ip = ip;
        }
        self.init_common(pid, unix_time);
    }

    /// As [`Self::init_client`], and sets `port` where it is 0 (to the low 16 bits, which may leave it 0).
    ///
    /// Legacy: `init_server_PID`.
    ///
    /// ```
    /// use mtproxy_ffi::process_id::ProcessId;
    ///
    /// let mut id = ProcessId::default();
    /// id.init_server(0x0a00_0001, 8080, 4321, 1_754_000_000);
    /// assert_eq!(id, ProcessId { ip: 0x0a00_0001, port: 8080, pid: 4321, utime: 1_754_000_000 });
    /// ```
    pub fn init_server(&mut self, ip: u32, port: i32, pid: u32, unix_time: i64) {
        if self.port == 0 {
            self.port = port as i16;
        }
        self.init_client(ip, pid, unix_time);
    }

    /// Whether this is `pattern`, or a special case of it: a field of `pattern` that is 0 matches anything.
    ///
    /// Legacy: `matches_pid`.
    #[must_use]
    pub fn matches(&self, pattern: &Self) -> Match {
        if self == pattern {
            Match::Equal
        } else if (pattern.ip == 0 || self.ip == pattern.ip)
            && (pattern.port == 0 || self.port == pattern.port)
            && (pattern.pid == 0 || self.pid == pattern.pid)
            && (pattern.utime == 0 || self.utime == pattern.utime)
        {
            Match::Special
        } else {
            Match::No
        }
    }

    /// Whether this is a later process than `other` at the same address: started later or, in the same second,
    /// with a process id at most 16383 ahead, modulo 32768. Different addresses do not compare: `false`, where the
    /// legacy code aborts.
    ///
    /// Legacy: `process_id_is_newer`.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        let ahead = self.pid.wrapping_sub(other.pid) & 0x7fff;
        (self.ip, self.port) == (other.ip, other.port)
            && (self.utime > other.utime || (self.utime == other.utime && matches!(ahead, 1..=0x3fff)))
    }
}

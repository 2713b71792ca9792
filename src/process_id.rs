// SPDX-License-Identifier: LGPL-2.0-or-later
//! The identity of a proxy process in the protocol.
#![forbid(unsafe_code)]

/// 127.0.0.1 in host byte order, which does not identify a host.
const LOOPBACK: u32 = 0x7f00_0001;

/// A process identity. A field that is 0 is not set.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProcessId {
    /// IPv4 address, host byte order.
    pub ip: u32,
    /// Port, in the protocol's signed 16 bits.
    pub port: i16,
    /// Process id, folded into 16 bits if it is larger.
    pub pid: u16,
    /// Start time of the process in Unix seconds, in the protocol's signed 32 bits.
    pub utime: i32,
}

/// The result of matching one identity with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// No match.
    No,
    /// A special case of the other: equal in all fields that the other sets.
    Special,
    /// Equal.
    Equal,
}

impl Match {
    /// The result of the legacy `matches_pid`: 0 for no match, 1 for a special case, 2 if equal.
    #[must_use]
    pub fn number(self) -> i32 {
        match self {
            Self::No => 0,
            Self::Special => 1,
            Self::Equal => 2,
        }
    }
}

/// Folds a process id into the 16 bits that it has in the protocol. An id up to 65535 does not change; a larger one, on
/// which the legacy code aborts, becomes `(p & 0xffff) ^ (p >> 16)`, or 1 if that is 0, because 0 means "not set".
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

/// True if an IPv4 address in host byte order identifies a host: 0 and 127.0.0.1 do not.
#[must_use]
pub fn names_a_host(ip: u32) -> bool {
    ip != 0 && ip != LOOPBACK
}

impl ProcessId {
    /// The numbers of `[a.b.c.d:port:pid:utime]`, as logs have it.
    #[cfg(feature = "kdb")]
    pub(crate) fn numbers(&self) -> [i32; 7] {
        let [a, b, c, d] = self.ip.to_be_bytes().map(i32::from);
        [a, b, c, d, self.port.into(), self.pid.into(), self.utime]
    }

    /// Sets `pid` and `utime` if they are 0, to the folded `pid` and to `unix_time`, cut to 32 bits.
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

    /// Sets `ip` unless the argument is 0 or 127.0.0.1, and then the fields that [`Self::init_common`] sets.
    ///
    /// Legacy: `init_client_PID`.
    pub fn init_client(&mut self, ip: u32, pid: u32, unix_time: i64) {
        if names_a_host(ip) {
            self.ip = ip;
        }
        self.init_common(pid, unix_time);
    }

    /// As [`Self::init_client`], and sets `port` if it is 0, to the low 16 bits of the argument, which may be 0 again.
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

    /// What this identity's RPC connections are found by: address and port; without a port the process id too.
    ///
    /// ```
    /// use mtproxy_ffi::process_id::ProcessId;
    ///
    /// let served = ProcessId { ip: 0x0a00_0001, port: 80, pid: 7, utime: 0 };
    /// assert_eq!(served.peer_key(), ProcessId { pid: 8, ..served }.peer_key());
    /// let client = ProcessId { port: 0, ..served };
    /// assert_ne!(client.peer_key(), ProcessId { pid: 8, ..client }.peer_key());
    /// ```
    #[must_use]
    pub fn peer_key(&self) -> u64 {
        let pid = if self.port == 0 { self.pid } else { 0 };
        u64::from(self.ip) << 32 | u64::from(self.port as u16) << 16 | u64::from(pid)
    }

    /// Matches this identity with `pattern`. A field of `pattern` that is 0 matches anything.
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

    /// True if this is a later process than `other` at the same address: started later or, in the same second, with a process
    /// id 1 to 16383 ahead, modulo 32768. False if the addresses differ; the legacy code aborts.
    ///
    /// Legacy: `process_id_is_newer`.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        let ahead = self.pid.wrapping_sub(other.pid) & 0x7fff;
        (self.ip, self.port) == (other.ip, other.port)
            && (self.utime > other.utime || (self.utime == other.utime && matches!(ahead, 1..=0x3fff)))
    }
}

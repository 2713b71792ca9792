// SPDX-License-Identifier: LGPL-2.0-or-later
//! A limit of how often something is done in a second: handshakes with Diffie-Hellman.

/// A bucket of tokens, which fills with time, and from which each use takes one. The first use finds it full, since the clock
/// is far from 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bucket {
    tokens: f64,
    time: f64,
}

impl Bucket {
    /// An empty one, which was last filled at the time 0.
    #[must_use]
    pub const fn new() -> Self {
        Self { tokens: 0.0, time: 0.0 }
    }

    /// Takes a token; false if there is none. `rate` tokens come in a second, and it holds no more than as many; with a rate of 0
    /// there is no limit. `now` is in seconds.
    pub fn take(&mut self, now: f64, rate: f64) -> bool {
        if rate == 0.0 {
            return true;
        }
        let tokens = self.tokens + (now - self.time) * rate;
        self.tokens = if tokens > rate { rate } else { tokens };
        self.time = now;
        let has_one = self.tokens >= 1.0;
        if has_one {
            self.tokens -= 1.0;
        }
        has_one
    }
}

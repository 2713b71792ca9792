// SPDX-License-Identifier: LGPL-2.0-or-later
//! How many a second.

/// A bucket of tokens, which fills with time. The first use finds it full.
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

    /// Takes one of `rate` tokens a second, which are also the most that it holds; a rate of 0 is no limit.
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

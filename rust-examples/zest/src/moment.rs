//! A point of time on the clock that zest stamps connections with.

use std::time::Duration;

/// A reading of `CLOCK_MONOTONIC`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// The moment with this reading, in nanoseconds.
    #[must_use]
    pub fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The clock's reading, in nanoseconds.
    #[must_use]
    pub fn as_nanos(self) -> i64 {
        self.0
    }

    /// Now.
    #[must_use]
    pub fn now() -> Self {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: time lives for the call, which can't fail for this clock.
        unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
        Self(time.tv_sec * 1_000_000_000 + time.tv_nsec)
    }

    /// How long ago; zero for what lies ahead.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        let nanos = Self::now().0.saturating_sub(self.0);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elapsed_is_never_negative() {
        assert_eq!(Moment::from_nanos(i64::MAX).elapsed(), Duration::ZERO);
        let start = Moment::now();
        assert!(Moment::now() >= start);
    }
}

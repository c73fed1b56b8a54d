//! How a tunnel ended.

use std::io;
use std::time::Duration;
use zest_sys as sys;

/// Why it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// Each side has ended, and the other was told all of it.
    Done,
    /// The first side is broken.
    ABroken,
    /// The second side is broken.
    BBroken,
    /// Nothing moved for too long.
    IdleTimeout,
    /// It lasted too long.
    TotalTimeout,
    /// One side had ended, or it was drained, and nothing moved for too long.
    EndTimeout,
    /// It was cancelled, or cut with its service.
    Cancelled,
    /// It held buffers that others had long waited for, or found none.
    NoMemory,
    /// The kernel's count of bytes is not zest's: what passed is in doubt.
    Mismatch,
    /// A number that this version of the crate has no name for.
    Other(u32),
}

impl End {
    const NAMED: [Self; 9] = [
        Self::Done,
        Self::ABroken,
        Self::BBroken,
        Self::IdleTimeout,
        Self::TotalTimeout,
        Self::EndTimeout,
        Self::Cancelled,
        Self::NoMemory,
        Self::Mismatch,
    ];

    fn from_raw(number: u32) -> Self {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        Self::NAMED.get(index).copied().unwrap_or(Self::Other(number))
    }

    /// Its place in [`Stats::ends`](super::Stats::ends).
    #[must_use]
    pub fn index(self) -> usize {
        Self::NAMED.iter().position(|end| *end == self).unwrap_or(usize::MAX)
    }
}

/// A tunnel that has ended; its sockets are closed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Ended {
    /// What the join answered.
    pub id: u64,
    /// Why.
    pub end: End,
    /// Bytes passed on from the first side to the second.
    pub a_to_b: u64,
    /// Bytes passed on the other way.
    pub b_to_a: u64,
    /// How long it lasted.
    pub duration: Duration,
    #[cfg(feature = "tokio")]
    pub(crate) context: u64,
    os_errno: i32,
}

impl Ended {
    pub(crate) fn from_raw(raw: &sys::zest_tunnel_end) -> Self {
        Self {
            id: raw.id,
            end: End::from_raw(raw.end),
            a_to_b: raw.bytes_a_to_b,
            b_to_a: raw.bytes_b_to_a,
            duration: Duration::from_nanos(raw.duration_ns.unsigned_abs()),
            #[cfg(feature = "tokio")]
            context: raw.context,
            os_errno: raw.os_errno,
        }
    }

    /// What broke a side.
    #[must_use]
    pub fn cause(&self) -> Option<io::Error> {
        (self.os_errno != 0).then(|| io::Error::from_raw_os_error(self.os_errno))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ends_and_strange_ones_are_kept() {
        assert_eq!(End::from_raw(sys::ZEST_TUNNEL_DONE), End::Done);
        assert_eq!(End::from_raw(sys::ZEST_TUNNEL_MISMATCH), End::Mismatch);
        assert_eq!(End::from_raw(99), End::Other(99));
        assert_eq!(End::EndTimeout.index(), 5);
        assert_eq!(End::Other(99).index(), usize::MAX);
    }
}

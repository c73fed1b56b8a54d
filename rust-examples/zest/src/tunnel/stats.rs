//! What a service tells of itself.

use crate::text;
use std::time::Duration;
use zest_sys as sys;

/// What a shutdown did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// None had to be cut by it.
    pub complete: bool,
    /// Tunnels that ended before the deadline.
    pub finished: u64,
    /// Tunnels that were cut.
    pub cut: u64,
    /// How long it took.
    pub duration: Duration,
}

impl Receipt {
    pub(crate) fn from_raw(raw: &sys::zest_tunnel_receipt) -> Self {
        Self {
            complete: raw.complete != 0,
            finished: raw.finished,
            cut: raw.cut,
            duration: Duration::from_nanos(raw.duration_ns),
        }
    }
}

/// Counters since the start, and what stands at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Threads of the service.
    pub threads: u32,
    /// [`Engine::Sockmap`](super::Engine::Sockmap) can be had.
    pub sockmap: bool,
    /// Tunnels that are open.
    pub open: u64,
    /// Ended, and not taken.
    pub waiting: u64,
    /// Joined, ever.
    pub joined: u64,
    /// Refused, since there were as many as may be.
    pub refused: u64,
    /// Cut, since their buffers were needed.
    pub shed: u64,
    /// Ends, by [`End::index`](super::End::index).
    pub ends: [u64; 9],
    /// Bytes from first to second sides, of tunnels that have ended.
    pub a_to_b: u64,
    /// Bytes the other way.
    pub b_to_a: u64,
    /// Why not `io_uring`, or not the socket map; empty if nothing is amiss.
    pub note: String,
}

impl Stats {
    pub(crate) fn from_raw(raw: &sys::zest_tunnel_stats) -> Self {
        Self {
            threads: raw.threads,
            sockmap: raw.sockmap != 0,
            open: raw.open,
            waiting: raw.waiting,
            joined: raw.joined,
            refused: raw.refused,
            shed: raw.shed,
            ends: raw.ends,
            a_to_b: raw.bytes_a_to_b,
            b_to_a: raw.bytes_b_to_a,
            note: text::from_field(&raw.note),
        }
    }
}

//! What the origins are like, and what is to be done for them.

use super::zest_upstream;
use crate::base::{ZEST_ADDRESS_NONE, zest_address, zest_status};

/// When to tend next. Will never have other members.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_tend {
    /// Or earlier, when this is readable; -1: there is none, for now.
    pub fd: i32,
    /// Not in use.
    pub reserved: u32,
    /// Of CLOCK_MONOTONIC; INT64_MAX: when connections have been given back.
    pub deadline_ns: i64,
}

/// Not connected to yet.
pub const ZEST_PEER_UNKNOWN: u32 = 0;
/// The last attempt to connect went well.
pub const ZEST_PEER_UP: u32 = 1;
/// It did not; the origin is tried again in its turn.
pub const ZEST_PEER_DOWN: u32 = 2;

/// One origin: what stands now, and counters since the start.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_peer {
    /// Size of this struct.
    pub struct_size: u32,
    /// ZEST_PEER_...
    pub state: u32,
    /// Requests under way.
    pub active: u32,
    /// Pooled connections.
    pub idle: u32,
    /// Connects.
    pub connects: u64,
    /// Connect failures.
    pub connect_failures: u64,
    /// Requests on a pooled connection.
    pub reused: u64,
    /// Given back.
    pub requests: u64,
    /// Of these, with failed.
    pub failures: u64,
    /// zest_link_retry, away from a connection of this origin.
    pub retries: u64,
    /// By status class: \[2\] is 2xx; \[0\]: an outcome without one.
    pub answers: [u64; 6],
    /// Pooled connections that the origin ended.
    pub dropped_idle: u64,
    /// That were idle for too long.
    pub expired: u64,
    /// Not pooled: there were pool_size.
    pub crowded_out: u64,
    /// Smoothed over some eight outcomes; 0: none was told.
    pub first_byte_ns: i64,
    /// Address.
    pub address: zest_address,
}

/// What [`zest_peer`] begins as.
pub const ZEST_PEER_INIT: zest_peer = zest_peer {
    struct_size: size_of::<zest_peer>() as u32,
    state: 0,
    active: 0,
    idle: 0,
    connects: 0,
    connect_failures: 0,
    reused: 0,
    requests: 0,
    failures: 0,
    retries: 0,
    answers: [0; 6],
    dropped_idle: 0,
    expired: 0,
    crowded_out: 0,
    first_byte_ns: 0,
    address: ZEST_ADDRESS_NONE,
};

unsafe extern "C" {
    /// Close idle connections that are over their time, or that their origins have ended. Without
    /// it they are closed as they are met: it is for those who want them gone in time. Say once a
    /// second, or when *next (NULL: not wanted) says. Any thread. Since 0.1.
    pub fn zest_upstream_tend(upstream: *const zest_upstream, next: *mut zest_tend) -> zest_status;

    /// The origins, in the order of the configuration. ZEST_INVALID_ARGUMENT: index is not below
    /// the count. Any thread. Since 0.1.
    pub fn zest_upstream_peer_count(
        upstream: *const zest_upstream,
        count: *mut usize,
    ) -> zest_status;

    /// The origins, in the order of the configuration. ZEST_INVALID_ARGUMENT: index is not below
    /// the count. Any thread. Since 0.1.
    pub fn zest_upstream_peer_get(
        upstream: *const zest_upstream,
        index: usize,
        out: *mut zest_peer,
    ) -> zest_status;
}

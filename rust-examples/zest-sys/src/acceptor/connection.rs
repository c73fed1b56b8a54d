//! A connection, and the calls that take one or many.

use super::zest_service;
use crate::base::{ZEST_ADDRESS_NONE, zest_address, zest_status};

/// A connected socket, or an event in its place.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_connection {
    /// Size of this struct.
    pub struct_size: u32,
    /// Yours to close; non-blocking and close-on-exec. UDP: the bound socket, handed out once per
    /// thread or shard. -1 for an event.
    pub fd: i32,
    /// Of the listener that it came through.
    pub listener_id: u64,
    /// `ZEST_TCP`, `ZEST_UDP`, `ZEST_UNIX`.
    pub protocol: u32,
    /// Which thread or shard accepted it.
    pub shard: u32,
    /// CLOCK_MONOTONIC.
    pub accepted_at_ns: i64,
    /// With `ZEST_LISTENER_FAILED`: why.
    pub os_errno: i32,
    /// Not in use.
    pub reserved: u32,
    /// Our end.
    pub local: zest_address,
    /// The peer's end.
    pub remote: zest_address,
}

/// No connection: what to pass to the calls that write one.
pub const ZEST_CONNECTION_INIT: zest_connection = zest_connection {
    struct_size: size_of::<zest_connection>() as u32,
    fd: -1,
    listener_id: 0,
    protocol: 0,
    shard: 0,
    accepted_at_ns: 0,
    os_errno: 0,
    reserved: 0,
    local: ZEST_ADDRESS_NONE,
    remote: ZEST_ADDRESS_NONE,
};

unsafe extern "C" {
    /// Take one connection. timeout_ms: 0 does not wait, -1 waits without limit.
    ///
    /// * `ZEST_OK`: `*out` is a connection; its fd is yours
    /// * `ZEST_LISTENER_FAILED`: `*out` says which listener (listener_id, shard) and why
    ///   (os_errno); connections of the others still come
    /// * `ZEST_TIMED_OUT`: none came; the event fd will tell of the next
    /// * `ZEST_CLOSED`: shut down, and everything accepted was taken
    /// * `ZEST_WRONG_MODE`: the service has shards: use [`zest_shard_next`]
    ///
    /// `out->struct_size` must be set. Any thread. Since 0.1.
    pub fn zest_next(
        service: *const zest_service,
        out: *mut zest_connection,
        timeout_ms: i32,
    ) -> zest_status;

    /// Take up to capacity connections at once; waits like [`zest_next`] for the first. `*count` is
    /// how many of out were written. An event comes alone, as the only one. `out[0].struct_size` is
    /// the stride. Statuses and threads as `zest_next`. Since 0.1.
    pub fn zest_next_batch(
        service: *const zest_service,
        out: *mut zest_connection,
        capacity: usize,
        count: *mut usize,
        timeout_ms: i32,
    ) -> zest_status;

    /// The same for one shard. With `ZEST_SHARDS` this call does the accepting, in the calling
    /// thread: the first caller owns the shard, another thread gets `ZEST_WRONG_THREAD`. Without,
    /// it takes from the queue of one acceptor thread, in any thread. shard: 0 to
    /// [`zest_shard_count`] - 1, else `ZEST_INVALID_ARGUMENT`. Since 0.1.
    pub fn zest_shard_next(
        service: *const zest_service,
        shard: u32,
        out: *mut zest_connection,
        timeout_ms: i32,
    ) -> zest_status;

    /// [`zest_next_batch`] for one shard; threads as [`zest_shard_next`]. Since 0.1.
    pub fn zest_shard_next_batch(
        service: *const zest_service,
        shard: u32,
        out: *mut zest_connection,
        capacity: usize,
        count: *mut usize,
        timeout_ms: i32,
    ) -> zest_status;

    /// How many shards there are: with `ZEST_SHARDS` threads_per_address, else one per acceptor
    /// thread. Any thread. Since 0.1.
    pub fn zest_shard_count(service: *const zest_service, count: *mut u32) -> zest_status;

    /// Tell what this shard has open, for `ZEST_STEER_LESS_LOADED`: the count of the host's
    /// connections, say, told whenever it changes. Until the first call the depth of the shard's
    /// queue counts. Without that steering it does nothing. Any thread. Since 0.1.
    pub fn zest_shard_set_load(service: *const zest_service, shard: u32, load: u32) -> zest_status;

    /// An fd that polls readable (POLLIN) while [`zest_next`] would not wait, once `zest_next` or
    /// [`zest_next_batch`] has answered `ZEST_TIMED_OUT` or has not been called yet. Never read or
    /// write it. Borrowed: valid until `zest_service_free`. `ZEST_WRONG_MODE` with `ZEST_SHARDS`.
    /// Any thread. Since 0.1.
    pub fn zest_service_event_fd(service: *const zest_service, fd: *mut i32) -> zest_status;

    /// The same for [`zest_shard_next`] on one shard. Any thread. Since 0.1.
    pub fn zest_shard_event_fd(
        service: *const zest_service,
        shard: u32,
        fd: *mut i32,
    ) -> zest_status;
}

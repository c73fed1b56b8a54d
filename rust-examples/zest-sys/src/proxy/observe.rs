//! Figures and listeners.

use super::zest_proxy;
use crate::base::{ZEST_ADDRESS_NONE, zest_address, zest_status};
use std::ffi::c_char;

/// Counters since the start, over all workers, and what stands at this moment.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_proxy_stats {
    /// Size of this struct.
    pub struct_size: u32,
    /// Workers.
    pub workers: u32,
    /// Of clients, open.
    pub connections: u64,
    /// Of these, with an exchange.
    pub active: u64,
    /// Pooled connections to origins.
    pub idle_links: u64,
    /// Tunnels open.
    pub tunnels_open: u64,
    /// Of the receive pools.
    pub buffers: u64,
    /// Buffers free.
    pub buffers_free: u64,
    /// Waiting in the kernel, over the listeners.
    pub accept_queue: u64,
    /// Or handed over.
    pub connections_accepted: u64,
    /// Connections closed.
    pub connections_closed: u64,
    /// By the client, or broken.
    pub connections_reset: u64,
    /// Begun; also those whose head was refused.
    pub requests: u64,
    /// By status class: \[2\] is 2xx; \[0\]: none was sent.
    pub answers: [u64; 6],
    /// Bytes from clients.
    pub bytes_from_clients: u64,
    /// Bytes to clients.
    pub bytes_to_clients: u64,
    /// Bytes from origins.
    pub bytes_from_origins: u64,
    /// Bytes to origins.
    pub bytes_to_origins: u64,
    /// Deadlines that fired, of any kind.
    pub timeouts: u64,
    /// Limits that were hit, of any kind.
    pub limits: u64,
    /// Upstream connects.
    pub upstream_connects: u64,
    /// Upstream connect failures.
    pub upstream_connect_failures: u64,
    /// Upstream reused.
    pub upstream_reused: u64,
    /// Upstream retries.
    pub upstream_retries: u64,
    /// Accept errors.
    pub accept_errors: u64,
    /// Begun.
    pub tunnels: u64,
    /// Of TLS, with clients, that came to their end.
    pub handshakes: u64,
    /// Handshakes failed.
    pub handshakes_failed: u64,
    /// Requests that were put before you.
    pub hooked: u64,
    /// Places of the queue in use, at this moment.
    pub hooks_waiting: u64,
    /// Of protocols of yours, and taken by you.
    pub connections_given: u64,
}

/// What [`zest_proxy_stats`] begins as.
pub const ZEST_PROXY_STATS_INIT: zest_proxy_stats = zest_proxy_stats {
    struct_size: size_of::<zest_proxy_stats>() as u32,
    workers: 0,
    connections: 0,
    active: 0,
    idle_links: 0,
    tunnels_open: 0,
    buffers: 0,
    buffers_free: 0,
    accept_queue: 0,
    connections_accepted: 0,
    connections_closed: 0,
    connections_reset: 0,
    requests: 0,
    answers: [0; 6],
    bytes_from_clients: 0,
    bytes_to_clients: 0,
    bytes_from_origins: 0,
    bytes_to_origins: 0,
    timeouts: 0,
    limits: 0,
    upstream_connects: 0,
    upstream_connect_failures: 0,
    upstream_reused: 0,
    upstream_retries: 0,
    accept_errors: 0,
    tunnels: 0,
    handshakes: 0,
    handshakes_failed: 0,
    hooked: 0,
    hooks_waiting: 0,
    connections_given: 0,
};

unsafe extern "C" {
    /// out->struct_size must be set. Any thread, also in zest_proxy_log. Since 0.1.
    pub fn zest_proxy_stats_get(
        proxy: *const zest_proxy,
        out: *mut zest_proxy_stats,
    ) -> zest_status;
}

/// How a \[\[listener\]\] came up.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_proxy_listener {
    /// Size of this struct.
    pub struct_size: u32,
    /// One per worker, or one; 0: connections come by zest_proxy_serve.
    pub sockets: u32,
    /// Backlog effective.
    pub backlog_effective: u32,
    /// 1: TLS.
    pub encrypted: u32,
    /// With the real port; ZEST_FAMILY_NONE without a socket.
    pub address: zest_address,
    /// What was done differently from what was asked, and why; UTF-8.
    pub note: [c_char; 256],
}

/// What [`zest_proxy_listener`] begins as.
pub const ZEST_PROXY_LISTENER_INIT: zest_proxy_listener = zest_proxy_listener {
    struct_size: size_of::<zest_proxy_listener>() as u32,
    sockets: 0,
    backlog_effective: 0,
    encrypted: 0,
    address: ZEST_ADDRESS_NONE,
    note: [0; 256],
};

unsafe extern "C" {
    /// The listeners in force, in the order of the configuration. ZEST_INVALID_ARGUMENT: index is
    /// not below the count. Any thread. Since 0.1.
    pub fn zest_proxy_listener_count(proxy: *const zest_proxy, count: *mut usize) -> zest_status;

    /// The listeners in force, in the order of the configuration. ZEST_INVALID_ARGUMENT: index is
    /// not below the count. Any thread. Since 0.1.
    pub fn zest_proxy_listener_get(
        proxy: *const zest_proxy,
        index: usize,
        out: *mut zest_proxy_listener,
    ) -> zest_status;
}

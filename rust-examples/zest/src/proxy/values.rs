//! What a proxy tells of itself.

use crate::{Address, text};
use std::time::Duration;
use zest_sys as sys;

/// What a drain did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// Nothing had to be forced.
    pub complete: bool,
    /// Exchanges that ended in order while draining.
    pub finished: u64,
    /// Connections that had none.
    pub closed_idle: u64,
    /// Tunnels whose both sides ended while draining.
    pub tunnels: u64,
    /// Connections cut at the deadline.
    pub forced: u64,
    /// How long it took.
    pub duration: Duration,
}

impl Receipt {
    pub(crate) fn from_raw(raw: &sys::zest_proxy_receipt) -> Self {
        Self {
            complete: raw.complete != 0,
            finished: raw.finished,
            closed_idle: raw.closed_idle,
            tunnels: raw.tunnels,
            forced: raw.forced,
            duration: Duration::from_nanos(raw.duration_ns),
        }
    }
}

/// How a `[[listener]]` came up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listener {
    /// With the real port; unknown without a socket.
    pub address: Address,
    /// One per thread, or one; 0: connections come by [`Proxy::serve`](super::Proxy::serve).
    pub sockets: u32,
    /// The backlog in force.
    pub backlog: u32,
    /// TLS.
    pub encrypted: bool,
    /// What was done differently from what was asked, and why.
    pub note: String,
}

impl Listener {
    pub(crate) fn from_raw(raw: &sys::zest_proxy_listener) -> Self {
        Self {
            address: Address::from_raw(&raw.address),
            sockets: raw.sockets,
            backlog: raw.backlog_effective,
            encrypted: raw.encrypted != 0,
            note: text::from_field(&raw.note),
        }
    }
}

macro_rules! stats {
    ($($(#[$doc:meta])* $field:ident: $type:ty),+ $(,)?) => {
        /// Counters since the start, over all threads, and what stands at this moment.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Stats {
            $($(#[$doc])* pub $field: $type),+
        }

        impl Stats {
            pub(crate) fn from_raw(raw: &sys::zest_proxy_stats) -> Self {
                Self { $($field: raw.$field),+ }
            }
        }
    };
}

stats! {
    /// Threads.
    workers: u32,
    /// Connections of clients, open.
    connections: u64,
    /// Of these, with an exchange.
    active: u64,
    /// Pooled connections to origins.
    idle_links: u64,
    /// Tunnels, open.
    tunnels_open: u64,
    /// Buffers of the receive pools.
    buffers: u64,
    /// Of these, free.
    buffers_free: u64,
    /// Waiting in the kernel, over the listeners.
    accept_queue: u64,
    /// Accepted, or handed over.
    connections_accepted: u64,
    /// Closed.
    connections_closed: u64,
    /// By the client, or broken.
    connections_reset: u64,
    /// Begun; also those whose head was refused.
    requests: u64,
    /// By status class: `[2]` is 2xx; `[0]`: none was sent.
    answers: [u64; 6],
    /// Bytes from clients.
    bytes_from_clients: u64,
    /// Bytes to clients.
    bytes_to_clients: u64,
    /// Bytes from origins.
    bytes_from_origins: u64,
    /// Bytes to origins.
    bytes_to_origins: u64,
    /// Deadlines that fired, of any kind.
    timeouts: u64,
    /// Limits that were hit, of any kind.
    limits: u64,
    /// Connections to origins, begun.
    upstream_connects: u64,
    /// Of these, failed.
    upstream_connect_failures: u64,
    /// Exchanges over a pooled connection.
    upstream_reused: u64,
    /// Requests that were asked again.
    upstream_retries: u64,
    /// Failures to accept.
    accept_errors: u64,
    /// Tunnels, begun.
    tunnels: u64,
    /// Handshakes of TLS with clients that came to their end.
    handshakes: u64,
    /// Those that failed.
    handshakes_failed: u64,
    /// Requests that were put before this program.
    hooked: u64,
    /// Places of the hooks' queue in use.
    hooks_waiting: u64,
    /// Connections of protocols of its own, and taken by it.
    connections_given: u64,
}

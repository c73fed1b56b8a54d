//! Who the origins are.

use super::Upstream;
use crate::{Error, Result};
use std::ffi::{CString, c_char};
use std::ptr;
use std::time::Duration;
use zest_sys as sys;

/// Which origin gets a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Strategy {
    /// Each in its turn.
    #[default]
    RoundRobin,
    /// The one with the fewest requests under way.
    LeastConnections,
}

/// The origins, and how connections to them are kept. What is not said has its default.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Builder {
    addresses: Vec<String>,
    strategy: Strategy,
    flags: u32,
    pool_size: u32,
    idle_timeout_ms: u32,
    requests_per_connection: u32,
    connect_timeout_ms: u32,
    first_byte_timeout_ms: u32,
    between_bytes_timeout_ms: u32,
}

impl Builder {
    /// One more origin: `127.0.0.1:80`, `[::1]:80`, `unix:/run/x.sock`.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.addresses.push(address.into());
        self
    }

    /// Which origin gets a request; by default each in its turn.
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// A new connection for each request.
    pub fn no_keepalive(mut self) -> Self {
        self.flags |= sys::ZEST_UPSTREAM_NO_KEEPALIVE;
        self
    }

    /// The request travels with the connection's first packet, where the kernel can.
    pub fn tcp_fast_open(mut self) -> Self {
        self.flags |= sys::ZEST_UPSTREAM_TCP_FAST_OPEN;
        self
    }

    /// Idle connections that are kept, per origin; 64 by default.
    pub fn pool_size(mut self, connections: u32) -> Self {
        self.pool_size = connections;
        self
    }

    /// How long they are kept; a minute by default.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout_ms = to_ms(timeout);
        self
    }

    /// The most requests that one connection serves; no limit by default.
    pub fn requests_per_connection(mut self, requests: u32) -> Self {
        self.requests_per_connection = requests;
        self
    }

    /// How long one origin may take to be connected to; two seconds by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout_ms = to_ms(timeout);
        self
    }

    /// What [`Link::first_byte_timeout`](super::Link::first_byte_timeout) says; a minute by
    /// default.
    pub fn first_byte_timeout(mut self, timeout: Duration) -> Self {
        self.first_byte_timeout_ms = to_ms(timeout);
        self
    }

    /// What [`Link::between_bytes_timeout`](super::Link::between_bytes_timeout) says; half a minute
    /// by default.
    pub fn between_bytes_timeout(mut self, timeout: Duration) -> Self {
        self.between_bytes_timeout_ms = to_ms(timeout);
        self
    }

    /// Nothing is opened yet.
    ///
    /// # Errors
    /// An address or a value is none, or memory is short.
    pub fn build(self) -> Result<Upstream> {
        let to_c = |text: &String| CString::new(text.as_str());
        let texts: std::result::Result<Vec<CString>, _> = self.addresses.iter().map(to_c).collect();
        let texts = texts.map_err(|_| Error::invalid("an address has a zero byte in it"))?;
        let addresses: Vec<*const c_char> = texts.iter().map(|text| text.as_ptr()).collect();
        create(&sys::zest_upstream_config {
            flags: self.flags,
            addresses: addresses.as_ptr(),
            address_count: addresses.len(),
            strategy: match self.strategy {
                Strategy::RoundRobin => sys::ZEST_BALANCE_ROUND_ROBIN,
                Strategy::LeastConnections => sys::ZEST_BALANCE_LEAST_CONNECTIONS,
            },
            pool_size: self.pool_size,
            idle_timeout_ms: self.idle_timeout_ms,
            requests_per_connection: self.requests_per_connection,
            connect_timeout_ms: self.connect_timeout_ms,
            first_byte_timeout_ms: self.first_byte_timeout_ms,
            between_bytes_timeout_ms: self.between_bytes_timeout_ms,
            ..sys::ZEST_UPSTREAM_CONFIG_INIT
        })
    }
}

/// From the keys of an `[upstream.<name>]` of `zproxy.toml`.
pub(super) fn from_toml(text: &str) -> Result<Upstream> {
    create(&sys::zest_upstream_config {
        text: text.as_ptr().cast(),
        text_size: text.len(),
        ..sys::ZEST_UPSTREAM_CONFIG_INIT
    })
}

fn create(config: &sys::zest_upstream_config) -> Result<Upstream> {
    let mut error = sys::zest_error { code: 0, os_errno: 0, message: [0; 256] };
    let mut handle = ptr::null_mut();
    // SAFETY: all are borrowed for the call.
    let status = unsafe { sys::zest_upstream_new(config, &raw mut handle, &raw mut error) };
    match status {
        sys::ZEST_OK => Ok(Upstream::new(handle)),
        _ => Err(Error::from_raw(status, &error)),
    }
}

/// Zero would be the default; the most is what the library refuses by itself.
fn to_ms(timeout: Duration) -> u32 {
    u32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX).max(1)
}

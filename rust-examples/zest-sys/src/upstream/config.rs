//! Who the origins are.

use crate::base::{zest_error, zest_status};
use std::ffi::c_char;
use std::ptr;

/// The origins, and idle connections to them.
#[repr(C)]
pub struct zest_upstream {
    _private: [u8; 0],
}

/// Balance round robin.
pub const ZEST_BALANCE_ROUND_ROBIN: u32 = 0;
/// Requests under way, of this zest_upstream.
pub const ZEST_BALANCE_LEAST_CONNECTIONS: u32 = 1;

/// A new connection for each request.
pub const ZEST_UPSTREAM_NO_KEEPALIVE: u32 = 1 << 0;
/// The request travels with the connection's first packet.
pub const ZEST_UPSTREAM_TCP_FAST_OPEN: u32 = 1 << 1;
/// All of them.
pub const ZEST_UPSTREAM_FLAGS_ALL: u32 = 3;

/// Who the origins are: in text, or in the fields behind it. What is 0 has its default.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_upstream_config {
    /// Size of this struct.
    pub struct_size: u32,
    /// ZEST_UPSTREAM_...
    pub flags: u32,
    /// UTF-8 TOML: the keys of an \[upstream.\<name\>\] of zproxy.toml (docs/OPERATOR.md). All
    /// other fields are then 0.
    pub text: *const c_char,
    /// At most 1 MiB.
    pub text_size: usize,
    /// "127.0.0.1:80", "\[::1\]:80", "unix:/run/x.sock".
    pub addresses: *const *const c_char,
    /// At most 4096.
    pub address_count: usize,
    /// ZEST_BALANCE_...
    pub strategy: u32,
    /// Idle connections kept, per origin; default 64, at most 65536.
    pub pool_size: u32,
    /// Of those; default 60000. Times are at most a day.
    pub idle_timeout_ms: u32,
    /// 0: no limit.
    pub requests_per_connection: u32,
    /// Of one origin; default 2000.
    pub connect_timeout_ms: u32,
    /// Told with each link, for the host to keep; default 60000.
    pub first_byte_timeout_ms: u32,
    /// Likewise; default 30000.
    pub between_bytes_timeout_ms: u32,
    /// Not in use.
    pub reserved: u32,
}

/// What [`zest_upstream_config`] begins as.
pub const ZEST_UPSTREAM_CONFIG_INIT: zest_upstream_config = zest_upstream_config {
    struct_size: size_of::<zest_upstream_config>() as u32,
    flags: 0,
    text: ptr::null(),
    text_size: 0,
    addresses: ptr::null(),
    address_count: 0,
    strategy: 0,
    pool_size: 0,
    idle_timeout_ms: 0,
    requests_per_connection: 0,
    connect_timeout_ms: 0,
    first_byte_timeout_ms: 0,
    between_bytes_timeout_ms: 0,
    reserved: 0,
};

unsafe extern "C" {
    /// *upstream is yours to free. Opens nothing yet.
    ///
    /// * `ZEST_INVALID_ARGUMENT`, `ZEST_BAD_ADDRESS`: error says what is wrong; in text with line
    ///   and column
    /// * `ZEST_UNSUPPORTED`: text has tls or send_proxy: connections are handed out as they are,
    ///   and what comes first on them is the host's (zest/tls.h)
    ///
    /// Borrows config. Any thread. Since 0.1.
    pub fn zest_upstream_new(
        config: *const zest_upstream_config,
        upstream: *mut *mut zest_upstream,
        error: *mut zest_error,
    ) -> zest_status;

    /// Close what is idle, and set *upstream to NULL. Links that are out stay good, and are given
    /// back as ever; their connections are then closed. ZEST_NULL_ARGUMENT if upstream is NULL;
    /// ZEST_OK if *upstream is. In a forked child *upstream becomes NULL, and no more. Since 0.1.
    pub fn zest_upstream_free(upstream: *mut *mut zest_upstream) -> zest_status;
}

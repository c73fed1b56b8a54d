//! One line of an access log, and who is told of it.

use crate::base::zest_address;
use std::ffi::{c_char, c_void};

/// One request that has been answered, or a tunnel that has ended: a line of an access log. The
/// texts are borrowed for the call, need not be UTF-8, and are not zero-terminated unless said.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_proxy_record {
    /// Of the library's: fields beyond it are not there.
    pub struct_size: u32,
    /// Index, as of zest_proxy_listener_get.
    pub listener: u32,
    /// CLOCK_MONOTONIC, when the head was complete.
    pub began_ns: i64,
    /// Until the answer was sent.
    pub duration_ns: i64,
    /// Until the origin's first byte; 0: none came.
    pub first_byte_ns: i64,
    /// Head and body from the client.
    pub bytes_in: u64,
    /// To the client.
    pub bytes_out: u64,
    /// None of a tunnel.
    pub method: *const c_char,
    /// Target.
    pub target: *const c_char,
    /// Host.
    pub host: *const c_char,
    /// The group that was asked; none of own answers.
    pub upstream: *const c_char,
    /// Method size.
    pub method_size: u32,
    /// Target size.
    pub target_size: u32,
    /// Host size.
    pub host_size: u32,
    /// Upstream size.
    pub upstream_size: u32,
    /// 0: no answer was sent.
    pub status: u16,
    /// HTTP/1.minor of the client.
    pub minor: u8,
    /// 1: the connection to the origin was from the pool.
    pub reused: u8,
    /// 1: the answer did not come to its end.
    pub cut: u8,
    /// Not in use.
    pub reserved: [u8; 3],
    /// The deadline that fired, "" if none; zero-terminated, static.
    pub timeout: *const c_char,
    /// The limit that was hit, likewise.
    pub limit: *const c_char,
    /// What was wrong with the request or the answer, likewise.
    pub why: *const c_char,
    /// Client.
    pub client: zest_address,
    /// ZEST_FAMILY_NONE: none was asked.
    pub origin: zest_address,
}

/// Called by the proxy's worker threads, several at once, at the end of each exchange. It holds up
/// the worker's other connections until it returns: hand the record on, do not write it. It may
/// call nothing of this proxy's but zest_proxy_stats_get, and must not throw or unwind.
pub type zest_proxy_log =
    Option<unsafe extern "C" fn(context: *mut c_void, record: *const zest_proxy_record)>;

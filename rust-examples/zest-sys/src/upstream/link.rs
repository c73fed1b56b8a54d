//! One request's connection.

use super::zest_upstream;
use crate::base::{ZEST_ADDRESS_NONE, zest_address, zest_error, zest_status};

/// One request's connection, or its way to one.
#[repr(C)]
pub struct zest_link {
    _private: [u8; 0],
}

/// No pooled connection: the request must not be asked twice.
pub const ZEST_TAKE_FRESH: u32 = 1 << 0;
/// All of them.
pub const ZEST_TAKE_FLAGS_ALL: u32 = 1;

/// What a request asks for.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_take {
    /// Size of this struct.
    pub struct_size: u32,
    /// ZEST_TAKE_...
    pub flags: u32,
}

/// What [`zest_take`] begins as.
pub const ZEST_TAKE_INIT: zest_take =
    zest_take { struct_size: size_of::<zest_take>() as u32, flags: 0 };

/// Where a link stands. Set struct_size.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_link_state {
    /// Size of this struct.
    pub struct_size: u32,
    /// With ZEST_OK the connection: non-blocking, close-on-exec, the link's to close. With
    /// ZEST_WANT_READ and ZEST_WANT_WRITE what to wait for; -1: for the deadline alone.
    pub fd: i32,
    /// Until when to wait, of CLOCK_MONOTONIC; INT64_MAX: there is no wait.
    pub deadline_ns: i64,
    /// Index of the origin, as of zest_upstream_peer_get.
    pub peer: u32,
    /// With ZEST_OK: on this connection, with this one; above 1 it was pooled.
    pub requests: u32,
    /// As configured.
    pub first_byte_timeout_ms: u32,
    /// Likewise.
    pub between_bytes_timeout_ms: u32,
    /// Of the origin; ZEST_FAMILY_NONE: not known yet.
    pub address: zest_address,
}

/// What [`zest_link_state`] begins as.
pub const ZEST_LINK_STATE_INIT: zest_link_state = zest_link_state {
    struct_size: size_of::<zest_link_state>() as u32,
    fd: -1,
    deadline_ns: 0,
    peer: 0,
    requests: 0,
    first_byte_timeout_ms: 0,
    between_bytes_timeout_ms: 0,
    address: ZEST_ADDRESS_NONE,
};

/// What came of a request: for statistics, and for balancing to come.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_outcome {
    /// Size of this struct.
    pub struct_size: u32,
    /// 1: the origin's fault: no answer in time, or one that was cut or bad.
    pub failed: u32,
    /// Of HTTP; 0: no answer, or another protocol.
    pub status: u32,
    /// Not in use.
    pub reserved: u32,
    /// From the request's last byte to the answer's first; 0: not known.
    pub first_byte_ns: i64,
}

/// What [`zest_outcome`] begins as.
pub const ZEST_OUTCOME_INIT: zest_outcome = zest_outcome {
    struct_size: size_of::<zest_outcome>() as u32,
    failed: 0,
    status: 0,
    reserved: 0,
    first_byte_ns: 0,
};

unsafe extern "C" {
    /// A connection for one request: a pooled one, else a new one. Origins that cannot be connected
    /// to are passed over, at most four in all.
    ///
    /// * `ZEST_OK`: state->fd is connected. A pooled one has been looked at: it had not ended, and
    ///   nothing had come on it. Its end may still be on its way: see zest_link_retry
    /// * `ZEST_WANT_WRITE`, `ZEST_WANT_READ`: it is under way: wait until state->fd is writable
    ///   (readable), or for the deadline; then zest_link_go_on
    /// * any other: error says which origin failed last, and why; os_errno is ETIMEDOUT where it
    ///   was too slow. There is no link
    ///
    /// *link is written for the first three, and is yours to give back. how NULL: the defaults;
    /// error may be NULL. Any thread. Since 0.1.
    pub fn zest_upstream_take(
        upstream: *const zest_upstream,
        how: *const zest_take,
        link: *mut *mut zest_link,
        state: *mut zest_link_state,
        error: *mut zest_error,
    ) -> zest_status;

    /// What has become of it: answers as zest_upstream_take, where nothing is decided yet the same
    /// as before. At a failure the link stays, without a connection: give it back. Since 0.1.
    pub fn zest_link_go_on(
        link: *mut zest_link,
        state: *mut zest_link_state,
        error: *mut zest_error,
    ) -> zest_status;

    /// Another connection for the same request, where the first one ended without an answer: that
    /// one is closed. An origin that this request has had a new connection of, or could not connect
    /// to, is not asked again, and four are the most. Whether the request may be sent twice (RFC
    /// 9110, 9.2.2), and whether it is all still there, you know. Answers as zest_link_go_on; how
    /// as of zest_upstream_take. Since 0.1.
    pub fn zest_link_retry(
        link: *mut zest_link,
        how: *const zest_take,
        state: *mut zest_link_state,
        error: *mut zest_error,
    ) -> zest_status;

    /// Take the fd out of the link, which goes on counting as a request at its origin: for an
    /// upgrade, or zest/tunnel.h. *fd is yours to close. ZEST_INVALID_ARGUMENT: the link is not
    /// connected. Since 0.1.
    pub fn zest_link_release_fd(link: *mut zest_link, fd: *mut i32) -> zest_status;

    /// The end of a request. reusable 1: the exchange came to its end on both sides, nothing of it
    /// is left to read, and the connection may carry another; stop watching its fd first, which is
    /// the pool's from now on. 0: it is closed. outcome may be NULL. Sets *link to NULL; ZEST_OK if
    /// it is that. ZEST_NULL_ARGUMENT, ZEST_UNSUPPORTED, ZEST_INVALID_ARGUMENT (of outcome) and
    /// ZEST_FORKED leave the link. Since 0.1.
    pub fn zest_link_give_back(
        link: *mut *mut zest_link,
        reusable: u32,
        outcome: *const zest_outcome,
    ) -> zest_status;
}

//! What a peer may send.

use std::ptr;
use zest_sys as sys;

/// What a peer may send; 0 is the default of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole head; default 32768.
    pub head_bytes: u32,
    /// Bytes of the request or status line; default 8192.
    pub request_line: u32,
    /// Fields; default 100, and never more than there is room for, or 255.
    pub fields: u32,
    /// Bytes of a chunk's size and extensions; default 256.
    pub chunk_line_bytes: u32,
    /// By how much chunk lines may exceed their due over a body; default 16384.
    pub chunk_excess_bytes: u32,
    /// Bytes of a trailer section; default 8192.
    pub trailer_bytes: u32,
    /// Fields of it; default 32.
    pub trailer_fields: u32,
}

impl Limits {
    /// What a call takes for limits that may be the defaults.
    pub(crate) fn pointer(given: &Option<sys::zest_http_limits>) -> *const sys::zest_http_limits {
        given.as_ref().map_or(ptr::null(), ptr::from_ref)
    }

    pub(crate) fn to_raw(self) -> sys::zest_http_limits {
        sys::zest_http_limits {
            head_bytes: self.head_bytes,
            request_line: self.request_line,
            fields: self.fields,
            chunk_line_bytes: self.chunk_line_bytes,
            chunk_excess_bytes: self.chunk_excess_bytes,
            trailer_bytes: self.trailer_bytes,
            trailer_fields: self.trailer_fields,
            ..sys::ZEST_HTTP_LIMITS_INIT
        }
    }
}

//! What stays between calls, and what a peer may send.

/// How far a head has been looked at. Zeros are a fresh one; after ZEST_OK and ZEST_REFUSED it is
/// fresh again. Its content is zest's; it may be moved.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_http_parser {
    /// Words.
    pub words: [u64; 16],
}

/// What a peer may send; 0 is the default.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_http_limits {
    /// Size of this struct.
    pub struct_size: u32,
    /// Of a whole head; default 32768, at least 64, at most 2^30.
    pub head_bytes: u32,
    /// Or status line; default 8192.
    pub request_line: u32,
    /// Default 100; never more than there is room for, or 255.
    pub fields: u32,
    /// A chunk's size and its extensions; default 256.
    pub chunk_line_bytes: u32,
    /// By which chunk lines may exceed 16 bytes and twice their data, over a whole body; default
    /// 16384.
    pub chunk_excess_bytes: u32,
    /// A whole trailer section; default 8192.
    pub trailer_bytes: u32,
    /// Default 32.
    pub trailer_fields: u32,
}

/// What [`zest_http_limits`] begins as.
pub const ZEST_HTTP_LIMITS_INIT: zest_http_limits = zest_http_limits {
    struct_size: size_of::<zest_http_limits>() as u32,
    head_bytes: 0,
    request_line: 0,
    fields: 0,
    chunk_line_bytes: 0,
    chunk_excess_bytes: 0,
    trailer_bytes: 0,
    trailer_fields: 0,
};

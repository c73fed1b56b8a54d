//! Chunked bodies in, heads and chunk lines out.

use super::*;
use crate::base::zest_status;
use std::ffi::c_char;

/// How far a chunked body has been decoded. Zeros are a fresh one, for one body.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_http_decoder {
    /// Words.
    pub words: [u64; 16],
}

/// Data is of the body; go on behind consumed.
pub const ZEST_HTTP_CHUNK_DATA: u32 = 0;

/// Fields follow consumed: zest_http_parse_trailers.
pub const ZEST_HTTP_CHUNK_TRAILERS: u32 = 1;

/// The message ends with consumed.
pub const ZEST_HTTP_CHUNK_END: u32 = 2;

/// Stop in front of trailers; else they are checked, dropped.
pub const ZEST_HTTP_KEEP_TRAILERS: u32 = 1 << 0;

/// All of them.
pub const ZEST_HTTP_DECODE_FLAGS_ALL: u32 = 1;

/// What one call has found. Set struct_size.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_http_chunk {
    /// Size of this struct.
    pub struct_size: u32,
    /// ZEST_HTTP_CHUNK_..., with ZEST_OK.
    pub state: u32,
    /// Bytes of this call that need not be given again.
    pub consumed: usize,
    /// Within bytes: the last of those consumed; else NULL.
    pub data: *const c_char,
    /// Data size.
    pub data_size: usize,
    /// Data of this chunk that is still to come.
    pub left: u64,
    /// With ZEST_REFUSED.
    pub refusal: zest_http_refusal,
}

/// What [`zest_http_chunk`] begins as.
pub const ZEST_HTTP_CHUNK_INIT: zest_http_chunk = zest_http_chunk {
    struct_size: size_of::<zest_http_chunk>() as u32,
    state: 0,
    consumed: 0,
    data: std::ptr::null(),
    data_size: 0,
    left: 0,
    refusal: zest_http_refusal { status: 0, reserved: 0, offset: 0, reason: std::ptr::null() },
};

unsafe extern "C" {
    /// Decode what has come of a chunked body: call again with what follows chunk->consumed until
    /// ZEST_NEED_MORE or an end.
    ///
    /// * `ZEST_OK`: chunk->state says what was found; after _TRAILERS and _END, the same again
    /// * `ZEST_NEED_MORE`: everything is consumed, and the body goes on
    /// * `ZEST_REFUSED`: for good: chunk->refusal (400; for an origin's body answer 502)
    ///
    /// limits and flags count in the first call. Any thread. Since 0.1.
    pub fn zest_http_decode_chunked(
        decoder: *mut zest_http_decoder,
        bytes: *const c_char,
        size: usize,
        limits: *const zest_http_limits,
        flags: u32,
        chunk: *mut zest_http_chunk,
    ) -> zest_status;
}

/// Where a head is written. Set bytes and capacity, zero the rest. Each call below writes all of
/// its piece at bytes + size, or nothing. The first failure stays in status and is what each later
/// call answers, so that it is enough to look at the last. Will never have other members.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_http_writer {
    /// Bytes.
    pub bytes: *mut c_char,
    /// Capacity.
    pub capacity: usize,
    /// Size.
    pub size: usize,
    /// Status.
    pub status: zest_status,
    /// Not in use.
    pub reserved: u32,
}

unsafe extern "C" {
    /// "GET /path HTTP/1.1" and "HTTP/1.1 200 OK". minor is 0 or 1. reason NULL: the usual one, or
    /// none.
    ///
    /// * `ZEST_NEED_MORE`: no room. With more (set bytes and capacity), set status to ZEST_OK and
    ///   make this call again
    /// * `ZEST_INVALID_ARGUMENT`: what may not stand there: a method that is no token, spaces or
    ///   non-ASCII in a target, controls in a reason, a status not of 100 to 599
    ///
    /// Any thread. Since 0.1.
    pub fn zest_http_write_request_line(
        writer: *mut zest_http_writer,
        method: *const c_char,
        method_size: usize,
        target: *const c_char,
        target_size: usize,
        minor: u32,
    ) -> zest_status;

    /// "GET /path HTTP/1.1" and "HTTP/1.1 200 OK". minor is 0 or 1. reason NULL: the usual one, or
    /// none.
    ///
    /// * `ZEST_NEED_MORE`: no room. With more (set bytes and capacity), set status to ZEST_OK and
    ///   make this call again
    /// * `ZEST_INVALID_ARGUMENT`: what may not stand there: a method that is no token, spaces or
    ///   non-ASCII in a target, controls in a reason, a status not of 100 to 599
    ///
    /// Any thread. Since 0.1.
    pub fn zest_http_write_status_line(
        writer: *mut zest_http_writer,
        status: u32,
        reason: *const c_char,
        reason_size: usize,
        minor: u32,
    ) -> zest_status;

    /// "Name: value". ZEST_INVALID_ARGUMENT: a name that is no token, a value with controls other
    /// than HTAB; else as above. Any thread. Since 0.1.
    pub fn zest_http_write_field(
        writer: *mut zest_http_writer,
        name: *const c_char,
        name_size: usize,
        value: *const c_char,
        value_size: usize,
    ) -> zest_status;

    /// "Name: value". ZEST_INVALID_ARGUMENT: a name that is no token, a value with controls other
    /// than HTAB; else as above. Any thread. Since 0.1.
    pub fn zest_http_write_number(
        writer: *mut zest_http_writer,
        name: *const c_char,
        name_size: usize,
        value: u64,
    ) -> zest_status;

    /// All fields of a parsed head that have no skip set, as they came. ZEST_INVALID_ARGUMENT: its
    /// fields are not in the order and place of its bytes any more. Any thread. Since 0.1.
    pub fn zest_http_write_fields(
        writer: *mut zest_http_writer,
        head: *const zest_http_head,
    ) -> zest_status;

    /// The empty line that ends a head, or a trailer section. Any thread. Since 0.1.
    pub fn zest_http_write_end(writer: *mut zest_http_writer) -> zest_status;

    /// The line before a chunk's data: its size in hexadecimal digits. Behind the data comes
    /// zest_http_write_end; behind the line of size 0 trailers, or zest_http_write_end at once. Any
    /// thread. Since 0.1.
    pub fn zest_http_write_chunk_line(writer: *mut zest_http_writer, size: u64) -> zest_status;
}

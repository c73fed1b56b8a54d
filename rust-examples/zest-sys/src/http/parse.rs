//! Heads out of bytes, and their fields.

use super::*;
use crate::base::zest_status;
use std::ffi::c_char;

unsafe extern "C" {
    /// Parse a request's head. bytes is all that has come since the head began: when more has come,
    /// call again with all of it, from its first byte, at any address. Up to four empty lines
    /// before the head are skipped.
    ///
    /// * `ZEST_OK`: *request is the head, with its framing and a checked Host
    /// * `ZEST_NEED_MORE`: it may become one; *request has no fields yet
    /// * `ZEST_REFUSED`: request->refusal says what to answer, and why; then close: nothing behind
    ///   it can be trusted
    ///
    /// limits NULL: the defaults. ZEST_INVALID_ARGUMENT: size is smaller than it was when the same
    /// parser answered ZEST_NEED_MORE, or that was in another call than this one. Borrows all;
    /// *request goes on pointing at bytes. Any thread. Since 0.1.
    pub fn zest_http_parse_request(
        parser: *mut zest_http_parser,
        bytes: *const c_char,
        size: usize,
        limits: *const zest_http_limits,
        request: *mut zest_http_request,
    ) -> zest_status;

    /// Parse a response's head, likewise. request_method is that of the request it answers
    /// (ZEST_HTTP_GET ...): whether there is a body depends on it. 1xx are heads of their own:
    /// parse the next behind them. Any thread. Since 0.1.
    pub fn zest_http_parse_response(
        parser: *mut zest_http_parser,
        bytes: *const c_char,
        size: usize,
        limits: *const zest_http_limits,
        request_method: u32,
        response: *mut zest_http_response,
    ) -> zest_status;

    /// Parse the trailer section of a chunked body, likewise, from where zest_http_decode_chunked
    /// stopped with ZEST_HTTP_CHUNK_TRAILERS. Fields that may not stand in one (RFC 9110, 6.5.1)
    /// are refused. Any thread. Since 0.1.
    pub fn zest_http_parse_trailers(
        parser: *mut zest_http_parser,
        bytes: *const c_char,
        size: usize,
        limits: *const zest_http_limits,
        trailers: *mut zest_http_trailers,
    ) -> zest_status;

    /// The first field of that name, in any case of letters, behind `behind` (NULL: of all); NULL
    /// if there is none, or head or name is NULL. At once for a name that zest knows, else by
    /// looking at each. Any thread. Since 0.1.
    pub fn zest_http_find(
        head: *const zest_http_head,
        name: *const c_char,
        name_size: usize,
        behind: *const zest_http_field,
    ) -> *const zest_http_field;

    /// The number that fields of this name have in name_id, for hosts that look at each field of
    /// many heads; 0 if zest does not know the name. It holds while the library is loaded: ask at
    /// start, never store it. Any thread. Since 0.1.
    pub fn zest_http_name_id(name: *const c_char, name_size: usize) -> u32;

    /// Set skip in the fields that end at this hop and must not be passed on: Connection and what
    /// it nominates, Keep-Alive, Proxy-Connection, TE, Transfer-Encoding, Upgrade, HTTP2-Settings,
    /// Proxy-Authorization, Proxy-Authenticate; and Proxy (CVE-2016-5385). Fields that zest knows
    /// by name cannot be nominated: a sender may not have them taken away (CVE-2022-31813). Of a
    /// head that was parsed. Any thread. Since 0.1.
    pub fn zest_http_mark_hop_by_hop(head: *mut zest_http_head) -> zest_status;
}

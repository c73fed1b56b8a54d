//! Heads, what is in them, and what may be.

use std::ffi::c_char;

/// A piece of the bytes that a head was parsed from.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_slice {
    /// Offset.
    pub offset: u32,
    /// Size.
    pub size: u32,
}

/// One field line; the value is without the white space around it. Will never have other members.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_http_field {
    /// Name.
    pub name: zest_slice,
    /// Value.
    pub value: zest_slice,
    /// What zest_http_name_id says of the name; 0: none that zest knows.
    pub name_id: u8,
    /// Yours to set: not 0 keeps it from zest_http_write_fields.
    pub skip: u8,
    /// Not written.
    pub reserved: [u8; 2],
}

/// The fields of a head or of a trailer section. Set fields and field_capacity (at most 255 of
/// which are used), zero the rest. Offsets count from bytes: where you move those, set bytes again.
/// Will never have other members.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_http_head {
    /// Bytes.
    pub bytes: *const c_char,
    /// Fields.
    pub fields: *mut zest_http_field,
    /// Field count.
    pub field_count: u32,
    /// Field capacity.
    pub field_capacity: u32,
    /// Of the whole head, from bytes to behind the empty line.
    pub size: u32,
    /// HTTP/1.minor: 0 or 1.
    pub minor: u8,
    /// Not written.
    pub reserved: [u8; 3],
    /// Zest's own.
    pub index: [u64; 10],
}

/// Why bytes are refused.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_http_refusal {
    /// What to answer: 400, 414, 417, 431, 501, 505; of a response 502.
    pub status: u16,
    /// Not written.
    pub reserved: u16,
    /// Where it went wrong, in the bytes of the call that refused.
    pub offset: u32,
    /// A few words, never of the peer's; static memory.
    pub reason: *const c_char,
}

/// Where a message's body ends.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_http_body {
    /// ZEST_HTTP_BODY_...
    pub kind: u8,
    /// Not in use.
    pub reserved: [u8; 7],
    /// With ZEST_HTTP_BODY_LENGTH; below 2^63.
    pub length: u64,
    /// 1: version and Connection allow another message behind this one.
    pub keep_alive: u8,
    /// 1: the sender waits for "100 Continue" before it sends the body.
    pub expect_continue: u8,
    /// Not in use.
    pub reserved2: [u8; 6],
}

/// `ZEST_HTTP_BODY_NONE`.
pub const ZEST_HTTP_BODY_NONE: u32 = 0;

/// `ZEST_HTTP_BODY_LENGTH`.
pub const ZEST_HTTP_BODY_LENGTH: u32 = 1;

/// Zest_http_decode_chunked finds its end.
pub const ZEST_HTTP_BODY_CHUNKED: u32 = 2;

/// Responses only.
pub const ZEST_HTTP_BODY_UNTIL_CLOSE: u32 = 3;

/// `ZEST_HTTP_GET`.
pub const ZEST_HTTP_GET: u32 = 0;

/// `ZEST_HTTP_HEAD`.
pub const ZEST_HTTP_HEAD: u32 = 1;

/// `ZEST_HTTP_POST`.
pub const ZEST_HTTP_POST: u32 = 2;

/// `ZEST_HTTP_PUT`.
pub const ZEST_HTTP_PUT: u32 = 3;

/// `ZEST_HTTP_DELETE`.
pub const ZEST_HTTP_DELETE: u32 = 4;

/// `ZEST_HTTP_CONNECT`.
pub const ZEST_HTTP_CONNECT: u32 = 5;

/// `ZEST_HTTP_OPTIONS`.
pub const ZEST_HTTP_OPTIONS: u32 = 6;

/// `ZEST_HTTP_TRACE`.
pub const ZEST_HTTP_TRACE: u32 = 7;

/// `ZEST_HTTP_PATCH`.
pub const ZEST_HTTP_PATCH: u32 = 8;

/// Any other token.
pub const ZEST_HTTP_OTHER: u32 = 9;

/// /path?query.
pub const ZEST_HTTP_ORIGIN_FORM: u32 = 0;

/// Http://host/path.
pub const ZEST_HTTP_ABSOLUTE_FORM: u32 = 1;

/// Host:port, of CONNECT.
pub const ZEST_HTTP_AUTHORITY_FORM: u32 = 2;

/// "*", of OPTIONS.
pub const ZEST_HTTP_ASTERISK_FORM: u32 = 3;

const NO_SLICE: zest_slice = zest_slice { offset: 0, size: 0 };

const NO_HEAD: zest_http_head = zest_http_head {
    bytes: std::ptr::null(),
    fields: std::ptr::null_mut(),
    field_count: 0,
    field_capacity: 0,
    size: 0,
    minor: 0,
    reserved: [0; 3],
    index: [0; 10],
};

const NO_BODY: zest_http_body = zest_http_body {
    kind: 0,
    reserved: [0; 7],
    length: 0,
    keep_alive: 0,
    expect_continue: 0,
    reserved2: [0; 6],
};

const NO_REFUSAL: zest_http_refusal =
    zest_http_refusal { status: 0, reserved: 0, offset: 0, reason: std::ptr::null() };

/// A request's head. Set struct_size, head.fields and head.field_capacity.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_http_request {
    /// Size of this struct.
    pub struct_size: u32,
    /// Not in use.
    pub reserved: u32,
    /// Head.
    pub head: zest_http_head,
    /// Method.
    pub method: zest_slice,
    /// As it came.
    pub target: zest_slice,
    /// Of absolute and authority form.
    pub authority: zest_slice,
    /// Path and query; empty where the target has none.
    pub path: zest_slice,
    /// In force: the target's authority, else the Host field's value.
    pub host: zest_slice,
    /// ZEST_HTTP_GET ...
    pub method_id: u8,
    /// ZEST_HTTP_ORIGIN_FORM ...
    pub form: u8,
    /// Not in use.
    pub reserved2: [u8; 6],
    /// Body.
    pub body: zest_http_body,
    /// With ZEST_REFUSED.
    pub refusal: zest_http_refusal,
}

/// What [`zest_http_request`] begins as.
pub const ZEST_HTTP_REQUEST_INIT: zest_http_request = zest_http_request {
    struct_size: size_of::<zest_http_request>() as u32,
    reserved: 0,
    head: NO_HEAD,
    method: NO_SLICE,
    target: NO_SLICE,
    authority: NO_SLICE,
    path: NO_SLICE,
    host: NO_SLICE,
    method_id: 0,
    form: 0,
    reserved2: [0; 6],
    body: NO_BODY,
    refusal: NO_REFUSAL,
};

/// A response's head. Set struct_size, head.fields and head.field_capacity.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_http_response {
    /// Size of this struct.
    pub struct_size: u32,
    /// Not in use.
    pub reserved: u32,
    /// Head.
    pub head: zest_http_head,
    /// 100 to 599.
    pub status: u16,
    /// Not in use.
    pub reserved2: u16,
    /// Reason.
    pub reason: zest_slice,
    /// Not in use.
    pub reserved3: u32,
    /// Body.
    pub body: zest_http_body,
    /// With ZEST_REFUSED.
    pub refusal: zest_http_refusal,
}

/// What [`zest_http_response`] begins as.
pub const ZEST_HTTP_RESPONSE_INIT: zest_http_response = zest_http_response {
    struct_size: size_of::<zest_http_response>() as u32,
    reserved: 0,
    head: NO_HEAD,
    status: 0,
    reserved2: 0,
    reason: NO_SLICE,
    reserved3: 0,
    body: NO_BODY,
    refusal: NO_REFUSAL,
};

/// A trailer section. Set struct_size, head.fields and head.field_capacity.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_http_trailers {
    /// Size of this struct.
    pub struct_size: u32,
    /// Not in use.
    pub reserved: u32,
    /// Head.
    pub head: zest_http_head,
    /// With ZEST_REFUSED.
    pub refusal: zest_http_refusal,
}

/// What [`zest_http_trailers`] begins as.
pub const ZEST_HTTP_TRAILERS_INIT: zest_http_trailers = zest_http_trailers {
    struct_size: size_of::<zest_http_trailers>() as u32,
    reserved: 0,
    head: NO_HEAD,
    refusal: NO_REFUSAL,
};

//! What is shown, and what is said.

use crate::base::{ZEST_ADDRESS_NONE, zest_address};
use crate::http::zest_http_head;
use crate::proxy::zest_proxy;
use std::ffi::{c_char, c_void};
use std::ptr;

/// An event's kind: a request to be decided.
pub const ZEST_HOOK_REQUEST: u32 = 0;
/// An event's kind: a connection of a protocol of the host's.
pub const ZEST_HOOK_CONNECTION: u32 = 1;

/// What lies before you. Set struct_size. The texts are not zero-terminated; they and head are
/// valid until you have decided, whatever becomes of the client; do not write to them.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_hook_event {
    /// Size of this struct.
    pub struct_size: u32,
    /// `ZEST_HOOK_...`
    pub kind: u32,
    /// Of a request: its number; never 0.
    pub id: u64,
    /// Of the \[\[listener\]\]; `UINT64_MAX`: it has none.
    pub listener_id: u64,
    /// Of the hook, or of the protocol.
    pub name: *const c_char,
    /// Where zest_hook_pass leads; size 0: nowhere.
    pub upstream: *const c_char,
    /// From here on: of a request.
    pub method: *const c_char,
    /// As it came.
    pub target: *const c_char,
    /// In force: the target's authority, else the Host field's value.
    pub host: *const c_char,
    /// For zest_http_find and its like; NULL of a connection.
    pub head: *const zest_http_head,
    /// Name size.
    pub name_size: u32,
    /// Upstream size.
    pub upstream_size: u32,
    /// Method size.
    pub method_size: u32,
    /// Target size.
    pub target_size: u32,
    /// Host size.
    pub host_size: u32,
    /// Of a connection: yours to close, with all bytes still to be read; -1 of a request.
    pub fd: i32,
    /// With `ZEST_HTTP_BODY_LENGTH`.
    pub body_length: u64,
    /// `CLOCK_MONOTONIC`: then it is too late.
    pub deadline_ns: i64,
    /// `ZEST_HTTP_BODY_...`
    pub body_kind: u32,
    /// 1: it came with TLS.
    pub encrypted: u32,
    /// As the proxy knows it, also from a PROXY header.
    pub client: zest_address,
}

/// What [`zest_hook_event`] begins as.
pub const ZEST_HOOK_EVENT_INIT: zest_hook_event = zest_hook_event {
    struct_size: size_of::<zest_hook_event>() as u32,
    kind: ZEST_HOOK_REQUEST,
    id: 0,
    listener_id: 0,
    name: ptr::null(),
    upstream: ptr::null(),
    method: ptr::null(),
    target: ptr::null(),
    host: ptr::null(),
    head: ptr::null(),
    name_size: 0,
    upstream_size: 0,
    method_size: 0,
    target_size: 0,
    host_size: 0,
    fd: -1,
    body_length: 0,
    deadline_ns: 0,
    body_kind: 0,
    encrypted: 0,
    client: ZEST_ADDRESS_NONE,
};

/// You have decided by the number, or will, from any thread.
pub const ZEST_HOOK_LATER: u32 = 0;
/// As zest_hook_pass; without an upstream the client gets 404.
pub const ZEST_HOOK_PASS: u32 = 1;
/// zest_hook_next tells of it; so does any other number.
pub const ZEST_HOOK_QUEUE: u32 = 2;

/// Called by a worker's thread for each request of a route with a hook, before it is queued. It
/// holds up the worker's other connections until it returns, and must not throw or unwind.
pub type zest_hook_asked = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        proxy: *const zest_proxy,
        request: *const zest_hook_event,
    ) -> u32,
>;

/// It is none of yours.
pub const ZEST_CLAIM_NO: u32 = 0;
/// It is yours.
pub const ZEST_CLAIM_YES: u32 = 1;
/// Ask again when there are more bytes.
pub const ZEST_CLAIM_MORE: u32 = 2;

/// Called by worker threads, several at once: does what begins with these bytes (one, at least)
/// speak your protocol?
pub type zest_hook_claims = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        listener_id: u64,
        bytes: *const c_char,
        size: usize,
    ) -> u32,
>;

/// A protocol of yours: asked before HTTP is, on listeners in mode http without TLS.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_hook_protocol {
    /// Size of this struct.
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// As name of the event; UTF-8, zero-terminated.
    pub name: *const c_char,
    /// Claims NULL: what begins with these is yours.
    pub prefix: *const c_char,
    /// Prefix size.
    pub prefix_size: usize,
    /// Claims.
    pub claims: zest_hook_claims,
    /// Context.
    pub context: *mut c_void,
}

/// What [`zest_hook_protocol`] begins as.
pub const ZEST_HOOK_PROTOCOL_INIT: zest_hook_protocol = zest_hook_protocol {
    struct_size: size_of::<zest_hook_protocol>() as u32,
    reserved: 0,
    name: ptr::null(),
    prefix: ptr::null(),
    prefix_size: 0,
    claims: None,
    context: ptr::null_mut(),
};

/// zest_hook_fd is a pipe, for hosts that refuse eventfds.
pub const ZEST_HOOK_NOTIFY_PIPE: u32 = 1;
/// All flags of [`zest_proxy_hooks`].
pub const ZEST_HOOK_FLAGS_ALL: u32 = 1;

/// For zest_proxy_config.hooks. Borrowed for the call, but asked, claims and their contexts, which
/// are used until zest_proxy_free has returned. The array's first struct_size is its stride.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_proxy_hooks {
    /// Size of this struct.
    pub struct_size: u32,
    /// [`ZEST_HOOK_NOTIFY_PIPE`]
    pub flags: u32,
    /// NULL: by the queue alone.
    pub asked: zest_hook_asked,
    /// Context.
    pub context: *mut c_void,
    /// Protocols.
    pub protocols: *const zest_hook_protocol,
    /// Protocol count.
    pub protocol_count: usize,
}

/// What [`zest_proxy_hooks`] begins as.
pub const ZEST_PROXY_HOOKS_INIT: zest_proxy_hooks = zest_proxy_hooks {
    struct_size: size_of::<zest_proxy_hooks>() as u32,
    flags: 0,
    asked: None,
    context: ptr::null_mut(),
    protocols: ptr::null(),
    protocol_count: 0,
};

/// One field of an answer. Will never have other members.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_hook_field {
    /// Name.
    pub name: *const c_char,
    /// Name size.
    pub name_size: usize,
    /// Value.
    pub value: *const c_char,
    /// Value size.
    pub value_size: usize,
}

/// Told, once, by any thread, that the body is not needed any more. Must not throw or unwind.
pub type zest_hook_release = Option<unsafe extern "C" fn(context: *mut c_void)>;

/// What a client is to get.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_hook_answer {
    /// Size of this struct.
    pub struct_size: u32,
    /// 200 to 599.
    pub status: u32,
    /// Fields.
    pub fields: *const zest_hook_field,
    /// Field count.
    pub field_count: usize,
    /// None with 204, 205, 304; left out where the client asked by HEAD.
    pub body: *const c_char,
    /// Below 2^31.
    pub body_size: usize,
    /// NULL: the body is copied, and at most 64 MiB.
    pub release: zest_hook_release,
    /// Release context.
    pub release_context: *mut c_void,
}

/// What [`zest_hook_answer`] begins as.
pub const ZEST_HOOK_ANSWER_INIT: zest_hook_answer = zest_hook_answer {
    struct_size: size_of::<zest_hook_answer>() as u32,
    status: 200,
    fields: ptr::null(),
    field_count: 0,
    body: ptr::null(),
    body_size: 0,
    release: None,
    release_context: ptr::null_mut(),
};

/// In place of all that came by the name; several of one name stay several.
pub const ZEST_HOOK_SET: u32 = 0;
/// Beside what came.
pub const ZEST_HOOK_ADD: u32 = 1;
/// All that came by the name; value is not looked at.
pub const ZEST_HOOK_REMOVE: u32 = 2;

/// One change of a head that passes. Will never have other members.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_hook_change {
    /// Name.
    pub name: *const c_char,
    /// Name size.
    pub name_size: usize,
    /// Value.
    pub value: *const c_char,
    /// Value size.
    pub value_size: usize,
    /// [`ZEST_HOOK_SET`], ...
    pub how: u32,
    /// 0.
    pub reserved: u32,
}

/// How a request passes. At most 256 changes of a head, of 64 KiB together. What is set or removed
/// is gone also from trailers, and where it was spelled with '_' or '.' for '-'.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_hook_passing {
    /// Size of this struct.
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// As of zest_hook_route; size 0: the route's.
    pub upstream: *const c_char,
    /// Upstream size.
    pub upstream_size: usize,
    /// What the origin is told.
    pub request: *const zest_hook_change,
    /// Request count.
    pub request_count: usize,
    /// What the client is told, of the origin's answer: not of 1xx but 101, nor of one of the
    /// proxy's own.
    pub answer: *const zest_hook_change,
    /// Answer count.
    pub answer_count: usize,
}

/// What [`zest_hook_passing`] begins as.
pub const ZEST_HOOK_PASSING_INIT: zest_hook_passing = zest_hook_passing {
    struct_size: size_of::<zest_hook_passing>() as u32,
    reserved: 0,
    upstream: ptr::null(),
    upstream_size: 0,
    request: ptr::null(),
    request_count: 0,
    answer: ptr::null(),
    answer_count: 0,
};

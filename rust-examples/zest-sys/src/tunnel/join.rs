//! A service, and what it is asked to carry.

use crate::base::{zest_error, zest_status};
use std::ffi::c_void;
use std::ptr;

/// Threads that carry tunnels.
#[repr(C)]
pub struct zest_tunnel_service {
    _private: [u8; 0],
}

/// For ZEST_TUNNEL_SOCKMAP; needs CAP_BPF and CAP_NET_ADMIN. Where it can't be had those are
/// copied, and the note of zest_tunnel_stats says why.
pub const ZEST_TUNNEL_LOAD_SOCKMAP: u32 = 1 << 0;
/// The event fd is a pipe, for hosts that refuse eventfds.
pub const ZEST_TUNNEL_PIPE: u32 = 1 << 1;
/// All of them.
pub const ZEST_TUNNEL_SERVICE_FLAGS_ALL: u32 = 3;

/// io_uring where the kernel lets us.
pub const ZEST_TUNNEL_BACKEND_AUTO: u32 = 0;
/// io_uring.
pub const ZEST_TUNNEL_BACKEND_IO_URING: u32 = 1;
/// epoll.
pub const ZEST_TUNNEL_BACKEND_EPOLL: u32 = 2;

/// What a service is made from.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_tunnel_settings {
    /// Size of this struct.
    pub struct_size: u32,
    /// ZEST_TUNNEL_LOAD_SOCKMAP, ZEST_TUNNEL_PIPE.
    pub flags: u32,
    /// 0: one per CPU that the process may use; most 1024.
    pub threads: u32,
    /// At once, with those whose end was not taken; 0: 16384; most 4194304.
    pub tunnels: u32,
    /// Of each thread, to receive into; a power of two; 0: 256; most 32768.
    pub buffers: u32,
    /// Bytes; 0: 32768; from 4096 to 1048576.
    pub buffer_size: u32,
    /// ZEST_TUNNEL_BACKEND_...
    pub backend: u32,
    /// Not in use: 0.
    pub reserved: u32,
}

/// What [`zest_tunnel_settings`] begins as.
pub const ZEST_TUNNEL_SETTINGS_INIT: zest_tunnel_settings = zest_tunnel_settings {
    struct_size: size_of::<zest_tunnel_settings>() as u32,
    flags: 0,
    threads: 0,
    tunnels: 0,
    buffers: 0,
    buffer_size: 0,
    backend: 0,
    reserved: 0,
};

unsafe extern "C" {
    /// Start the threads. *service is yours to free. settings NULL: the defaults; borrowed. Blocks
    /// for the start of its threads; with ZEST_TUNNEL_LOAD_SOCKMAP also some 10 ms for a trial. Any
    /// thread. Since 0.1.
    pub fn zest_tunnel_service_start(
        settings: *const zest_tunnel_settings,
        service: *mut *mut zest_tunnel_service,
        error: *mut zest_error,
    ) -> zest_status;
}

/// Copied, or through a pipe while much flows.
pub const ZEST_TUNNEL_AUTO: u32 = 0;
/// Received and sent: the quickest for small messages.
pub const ZEST_TUNNEL_COPY: u32 = 1;
/// Through a pipe, never seen in this process: the cheapest for bulk.
pub const ZEST_TUNNEL_SPLICE: u32 = 2;
/// By the kernel alone, without waking this process: the cheapest for talk; needs
/// ZEST_TUNNEL_LOAD_SOCKMAP, and TCP.
pub const ZEST_TUNNEL_SOCKMAP: u32 = 3;

/// Its end is counted, and not told by zest_tunnel_next.
pub const ZEST_TUNNEL_SILENT: u32 = 1 << 0;
/// All of them.
pub const ZEST_TUNNEL_FLAGS_ALL: u32 = 1;

/// So many bytes of each side may have been read before.
pub const ZEST_TUNNEL_PREREAD_MAX: usize = 65536;

/// A deadline of no end.
pub const ZEST_TUNNEL_NEVER: u32 = u32::MAX;

/// How two sockets are joined.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_tunnel_options {
    /// Size of this struct.
    pub struct_size: u32,
    /// ZEST_TUNNEL_SILENT.
    pub flags: u32,
    /// Yours; comes back with the end.
    pub context: u64,
    /// ZEST_TUNNEL_AUTO ...
    pub engine: u32,
    /// Nothing has moved, either way; 0: 600000.
    pub idle_timeout_ms: u32,
    /// Of the whole; 0: none.
    pub total_timeout_ms: u32,
    /// Nothing has moved although one side has ended; and of what is left after zest_tunnel_drain;
    /// 0: 30000.
    pub end_timeout_ms: u32,
    /// Bytes that you have read from a: b is told them first.
    pub preread_a: *const c_void,
    /// At most ZEST_TUNNEL_PREREAD_MAX.
    pub preread_a_size: usize,
    /// The same of b.
    pub preread_b: *const c_void,
    /// The same of b.
    pub preread_b_size: usize,
}

/// What [`zest_tunnel_options`] begins as.
pub const ZEST_TUNNEL_OPTIONS_INIT: zest_tunnel_options = zest_tunnel_options {
    struct_size: size_of::<zest_tunnel_options>() as u32,
    flags: 0,
    context: 0,
    engine: 0,
    idle_timeout_ms: 0,
    total_timeout_ms: 0,
    end_timeout_ms: 0,
    preread_a: ptr::null(),
    preread_a_size: 0,
    preread_b: ptr::null(),
    preread_b_size: 0,
};

unsafe extern "C" {
    /// Join two connected stream sockets (TCP or Unix). Takes both fds, at success and at failure;
    /// borrows options (NULL: the defaults) and the bytes. Does not wait: a thread of the service
    /// carries them. *id (may be NULL) is the tunnel's, never used again. A duplicate of one of the
    /// fds that lives on in your process keeps its connection from being closed.
    ///
    /// * `ZEST_INVALID_ARGUMENT`: no connected stream sockets; one socket twice; options out of
    ///   range
    /// * `ZEST_LIMIT_REACHED`: as many tunnels as the settings allow are open or not taken
    /// * `ZEST_CLOSED`: the service is being shut down
    /// * any other: the system's; error says which
    ///
    /// Any thread. Since 0.1.
    pub fn zest_tunnel_join(
        service: *const zest_tunnel_service,
        a: i32,
        b: i32,
        options: *const zest_tunnel_options,
        id: *mut u64,
        error: *mut zest_error,
    ) -> zest_status;

    /// End it now; zest_tunnel_next will tell. ZEST_INVALID_ARGUMENT: there is no tunnel with this
    /// id any more. Any thread. Since 0.1.
    pub fn zest_tunnel_cancel(service: *const zest_tunnel_service, id: u64) -> zest_status;

    /// Let it come to its end, but for no longer than its end_timeout_ms from now. As
    /// zest_tunnel_cancel. Since 0.1.
    pub fn zest_tunnel_drain(service: *const zest_tunnel_service, id: u64) -> zest_status;
}

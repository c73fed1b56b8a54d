//! How tunnels end, one by one and all together.

use super::zest_tunnel_service;
use crate::base::zest_status;
use std::ffi::c_char;

/// Each side has ended, and the other was told all of it.
pub const ZEST_TUNNEL_DONE: u32 = 0;
/// a is broken.
pub const ZEST_TUNNEL_A_BROKEN: u32 = 1;
/// b is broken.
pub const ZEST_TUNNEL_B_BROKEN: u32 = 2;
/// Nothing moved for too long.
pub const ZEST_TUNNEL_IDLE_TIMEOUT: u32 = 3;
/// It lasted too long.
pub const ZEST_TUNNEL_TOTAL_TIMEOUT: u32 = 4;
/// One side had ended, or it was drained, and nothing moved for too long.
pub const ZEST_TUNNEL_END_TIMEOUT: u32 = 5;
/// It was cancelled, or cut with the service.
pub const ZEST_TUNNEL_CANCELLED: u32 = 6;
/// It held buffers that others had long waited for, or found none.
pub const ZEST_TUNNEL_NO_MEMORY: u32 = 7;
/// The kernel's count of bytes is not ours: what passed is in doubt.
pub const ZEST_TUNNEL_MISMATCH: u32 = 8;

/// A tunnel that has ended.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_tunnel_end {
    /// Size of this struct.
    pub struct_size: u32,
    /// ZEST_TUNNEL_DONE ...; a host must expect numbers that it does not know.
    pub end: u32,
    /// Id.
    pub id: u64,
    /// Context.
    pub context: u64,
    /// Passed on.
    pub bytes_a_to_b: u64,
    /// The same the other way.
    pub bytes_b_to_a: u64,
    /// CLOCK_MONOTONIC.
    pub began_ns: i64,
    /// How long it lasted.
    pub duration_ns: i64,
    /// Of a broken side.
    pub os_errno: i32,
    /// Not in use.
    pub reserved: u32,
}

/// What [`zest_tunnel_end`] begins as.
pub const ZEST_TUNNEL_END_INIT: zest_tunnel_end = zest_tunnel_end {
    struct_size: size_of::<zest_tunnel_end>() as u32,
    end: 0,
    id: 0,
    context: 0,
    bytes_a_to_b: 0,
    bytes_b_to_a: 0,
    began_ns: 0,
    duration_ns: 0,
    os_errno: 0,
    reserved: 0,
};

unsafe extern "C" {
    /// Take the ends of up to capacity tunnels; their fds are closed by then. Waits for the first,
    /// at most timeout_ms: 0 does not wait, -1 waits without limit. *count is how many of out were
    /// written; out\[0\].struct_size is the stride.
    ///
    /// * `ZEST_OK`: at least one
    /// * `ZEST_TIMED_OUT`: none; the event fd will tell of the next
    /// * `ZEST_CLOSED`: shut down, and all were taken
    ///
    /// Any thread. Since 0.1.
    pub fn zest_tunnel_next(
        service: *const zest_tunnel_service,
        out: *mut zest_tunnel_end,
        capacity: usize,
        count: *mut usize,
        timeout_ms: i32,
    ) -> zest_status;

    /// An fd that polls readable (POLLIN) while zest_tunnel_next would not wait. Never read or
    /// write it. Borrowed: valid until zest_tunnel_service_free. Any thread. Since 0.1.
    pub fn zest_tunnel_event_fd(service: *const zest_tunnel_service, fd: *mut i32) -> zest_status;
}

/// What a shutdown did.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_tunnel_receipt {
    /// Size of this struct.
    pub struct_size: u32,
    /// 1: none had to be cut by it.
    pub complete: u32,
    /// Tunnels that ended before the deadline, each by itself or by its own.
    pub finished: u64,
    /// Tunnels that had to be cut.
    pub cut: u64,
    /// How long it lasted.
    pub duration_ns: u64,
}

/// What [`zest_tunnel_receipt`] begins as.
pub const ZEST_TUNNEL_RECEIPT_INIT: zest_tunnel_receipt = zest_tunnel_receipt {
    struct_size: size_of::<zest_tunnel_receipt>() as u32,
    complete: 0,
    finished: 0,
    cut: 0,
    duration_ns: 0,
};

unsafe extern "C" {
    /// No more joins; all tunnels as by zest_tunnel_drain; cut what is left after timeout_ms (-1:
    /// 30 s). Waits for that. Ends can still be taken; after the last, zest_tunnel_next answers
    /// ZEST_CLOSED. ZEST_OK, or ZEST_TIMED_OUT if something was cut; the receipt (NULL: not wanted)
    /// is written for both. A second call tells the same; zest_tunnel_service_cut ends it at once.
    /// Any thread. Since 0.1.
    pub fn zest_tunnel_service_shutdown(
        service: *const zest_tunnel_service,
        timeout_ms: i32,
        receipt: *mut zest_tunnel_receipt,
    ) -> zest_status;

    /// No more joins, and cut every tunnel, without waiting. Any thread. Since 0.1.
    pub fn zest_tunnel_service_cut(service: *const zest_tunnel_service) -> zest_status;

    /// Cut what is left, wait for calls of other threads to return (zest_tunnel_next answers
    /// ZEST_CLOSED), join the threads, and set *service to NULL. After a fork, in the child: only
    /// the latter; its copies of the fds go with the next exec. ZEST_NULL_ARGUMENT if service is
    /// NULL; ZEST_OK if *service is. Since 0.1.
    pub fn zest_tunnel_service_free(service: *mut *mut zest_tunnel_service) -> zest_status;
}

/// Counters since the start, and what stands at this moment.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_tunnel_stats {
    /// Size of this struct.
    pub struct_size: u32,
    /// Threads of the service.
    pub threads: u32,
    /// ZEST_TUNNEL_BACKEND_IO_URING or ZEST_TUNNEL_BACKEND_EPOLL.
    pub backend: u32,
    /// 1: ZEST_TUNNEL_SOCKMAP can be had.
    pub sockmap: u32,
    /// Tunnels that are open.
    pub open: u64,
    /// Ended, and not taken.
    pub waiting: u64,
    /// Ever.
    pub joined: u64,
    /// With ZEST_LIMIT_REACHED.
    pub refused: u64,
    /// Cut, since their buffers were needed.
    pub shed: u64,
    /// By ZEST_TUNNEL_DONE ... ZEST_TUNNEL_MISMATCH.
    pub ends: [u64; 9],
    /// Of tunnels that have ended.
    pub bytes_a_to_b: u64,
    /// The same the other way.
    pub bytes_b_to_a: u64,
    /// Why not io_uring, or not the socket map; UTF-8; "" if nothing is amiss.
    pub note: [c_char; 256],
}

/// What [`zest_tunnel_stats`] begins as.
pub const ZEST_TUNNEL_STATS_INIT: zest_tunnel_stats = zest_tunnel_stats {
    struct_size: size_of::<zest_tunnel_stats>() as u32,
    threads: 0,
    backend: 0,
    sockmap: 0,
    open: 0,
    waiting: 0,
    joined: 0,
    refused: 0,
    shed: 0,
    ends: [0; 9],
    bytes_a_to_b: 0,
    bytes_b_to_a: 0,
    note: [0; 256],
};

unsafe extern "C" {
    /// out->struct_size must be set. Any thread. Since 0.1.
    pub fn zest_tunnel_stats_get(
        service: *const zest_tunnel_service,
        out: *mut zest_tunnel_stats,
    ) -> zest_status;
}

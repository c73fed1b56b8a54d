//! The setup report: how each listening socket came up.

use crate::base::{ZEST_ADDRESS_NONE, zest_address, zest_status};
use std::ffi::c_char;
use std::marker::{PhantomData, PhantomPinned};

/// How each listener of one `zest_listen` came up.
#[repr(C)]
pub struct zest_report {
    _data: [u8; 0],
    _marker: PhantomData<(*mut u8, PhantomPinned)>,
}

/// How one listening socket came up.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_report_row {
    /// Size of this struct.
    pub struct_size: u32,
    /// `ZEST_OK`: it listens.
    pub status: zest_status,
    /// Why not, if not.
    pub os_errno: i32,
    /// What `zest_shard_next` calls it.
    pub shard: u32,
    /// Of the config it came from.
    pub listener_id: u64,
    /// `ZEST_TCP`, ...
    pub protocol: u32,
    /// 1: one of several sockets with SO_REUSEPORT; 0: the only one.
    pub reuseport: u32,
    /// `ZEST_BACKEND_IO_URING` or `ZEST_BACKEND_EPOLL`.
    pub backend: u32,
    /// The one in force.
    pub steering: u32,
    /// Pinned to; -1: not pinned.
    pub cpu: i32,
    /// Whose memory is preferred; -1: none.
    pub numa_node: i32,
    /// The backlog that was asked for.
    pub backlog_asked: u32,
    /// As the kernel says; 0 where it does not tell (UDP, Unix).
    pub backlog_effective: u32,
    /// With the real port.
    pub address: zest_address,
    /// `zest-acceptor-<ip>-<port>-<index>`; the kernel keeps the first 15.
    pub thread_name: [c_char; 80],
    /// Why it failed and the likely cure; or what was done differently from what was asked, and
    /// why; "" if nothing was.
    pub note: [c_char; 256],
}

/// An empty row: what to pass to [`zest_report_row_get`].
pub const ZEST_REPORT_ROW_INIT: zest_report_row = zest_report_row {
    struct_size: size_of::<zest_report_row>() as u32,
    status: 0,
    os_errno: 0,
    shard: 0,
    listener_id: 0,
    protocol: 0,
    reuseport: 0,
    backend: 0,
    steering: 0,
    cpu: 0,
    numa_node: 0,
    backlog_asked: 0,
    backlog_effective: 0,
    address: ZEST_ADDRESS_NONE,
    thread_name: [0; 80],
    note: [0; 256],
};

unsafe extern "C" {
    /// How many rows: one per listening socket, in the order of configs, then by index. A report is
    /// a snapshot and outlives its service. Borrows; any thread. Since 0.1.
    pub fn zest_report_count(report: *const zest_report, count: *mut usize) -> zest_status;

    /// One row. `ZEST_INVALID_ARGUMENT` if index is too large; `out->struct_size` must be set.
    /// Borrows; any thread. Since 0.1.
    pub fn zest_report_row_get(
        report: *const zest_report,
        index: usize,
        out: *mut zest_report_row,
    ) -> zest_status;

    /// The report as a table for people, with a line on the system (limits, kernel, migration).
    /// `*needed` (may be NULL) is its size with the final zero. text gets what fits,
    /// zero-terminated; `ZEST_INVALID_ARGUMENT` if not all did. Any thread. Since 0.1.
    pub fn zest_report_text(
        report: *const zest_report,
        text: *mut c_char,
        size: usize,
        needed: *mut usize,
    ) -> zest_status;

    /// Free and set `*report` to NULL. Since 0.1.
    pub fn zest_report_free(report: *mut *mut zest_report) -> zest_status;
}

//! The service: its start, its graceful end and what that did.

use super::{zest_listener_config, zest_report, zest_settings};
use crate::base::{zest_error, zest_status};
use std::marker::{PhantomData, PhantomPinned};

/// The listeners of one [`zest_listen`].
#[repr(C)]
pub struct zest_service {
    _data: [u8; 0],
    _marker: PhantomData<(*mut u8, PhantomPinned)>,
}

/// What a shutdown did: accepted = handed_over + in_queue + refused.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_receipt {
    /// Size of this struct.
    pub struct_size: u32,
    /// 1: nothing was lost; 0: the deadline came first.
    pub complete: u32,
    /// Connections taken from the kernel, over the service's life.
    pub accepted: u64,
    /// Of these, given out by `zest_next` and its like.
    pub handed_over: u64,
    /// Of these, still to be taken with `zest_next`.
    pub in_queue: u64,
    /// Of these, closed by zest because nobody could take them.
    pub refused: u64,
    /// Waiting in the kernel when the listeners closed, so reset.
    pub left_in_kernel: u64,
    /// How long the shutdown took.
    pub duration_ns: u64,
}

/// An empty receipt: what to pass to [`zest_shutdown`].
pub const ZEST_RECEIPT_INIT: zest_receipt = zest_receipt {
    struct_size: size_of::<zest_receipt>() as u32,
    complete: 0,
    accepted: 0,
    handed_over: 0,
    in_queue: 0,
    refused: 0,
    left_in_kernel: 0,
    duration_ns: 0,
};

unsafe extern "C" {
    /// Bind count addresses and start to accept on them. `ZEST_OK` if at least one thread or shard
    /// came up; `*report` tells of each. settings NULL: the defaults.
    ///
    /// `*service` and `*report` are yours to free. report may be NULL; it is also written at
    /// failure, when the configuration was good enough to try (else it is set to NULL). configs,
    /// settings and what they point to are borrowed for the call; adopted fds are taken. A port
    /// that a stranger has open is `ZEST_ADDRESS_IN_USE`, also if his socket has SO_REUSEPORT,
    /// unless `ZEST_LISTENER_JOIN` is set. Blocks only for the start of its threads (at most
    /// 10 s). Any thread. Since 0.1.
    pub fn zest_listen(
        configs: *const zest_listener_config,
        count: usize,
        settings: *const zest_settings,
        service: *mut *mut zest_service,
        report: *mut *mut zest_report,
        error: *mut zest_error,
    ) -> zest_status;

    /// Stop accepting without losing what has begun: new handshakes are held off, what the kernel
    /// has queued is accepted, then the listeners close. Waits for that, at most timeout_ms (-1:
    /// 10 s), then closes all the same. What is accepted can still be taken; `zest_next` answers
    /// `ZEST_CLOSED` after the last. While a full queue holds things up, another thread must be
    /// taking. With `ZEST_SHARDS` each shard is drained by its own thread in `zest_shard_next`,
    /// and the caller's by this call. receipt NULL: not wanted; else struct_size must be set.
    ///
    /// `ZEST_OK`, or `ZEST_TIMED_OUT` if the deadline came first (receipt is written for both). A
    /// second call waits likewise and gives the same receipt. Any thread. Since 0.1.
    pub fn zest_shutdown(
        service: *const zest_service,
        timeout_ms: i32,
        receipt: *mut zest_receipt,
    ) -> zest_status;

    /// Shut down at once if [`zest_shutdown`] was not called, wait for calls of other threads to
    /// return (they answer `ZEST_CLOSED`), join the threads, close what nobody took, and set
    /// `*service` to NULL. After a fork, in the child: close its copies of the fds and free its
    /// memory; nothing else. `ZEST_NULL_ARGUMENT` if service is NULL; `ZEST_OK` if `*service` is.
    /// Since 0.1.
    pub fn zest_service_free(service: *mut *mut zest_service) -> zest_status;
}

//! Counters of a service and of each of its shards.

use super::zest_service;
use crate::base::zest_status;

/// All is well.
pub const ZEST_HEALTH_OK: u32 = 0;
/// Out of fds or memory: accepting pauses.
pub const ZEST_HEALTH_DEGRADED: u32 = 1;
/// The thread has ended.
pub const ZEST_HEALTH_FAILED: u32 = 2;

/// Counters of one shard, since the start.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_shard_stats {
    /// Size of this struct.
    pub struct_size: u32,
    /// DEGRADED: out of fds or memory, accepting pauses; FAILED: ended.
    pub health: u32,
    /// Taken from the kernel.
    pub accepted: u64,
    /// Given to the host.
    pub handed_over: u64,
    /// Accepted, then closed by zest because nobody could take it.
    pub refused: u64,
    /// Now in the queue.
    pub queued: u64,
    /// How often a full queue paused accepting.
    pub queue_full_pauses: u64,
    /// EMFILE, ENFILE, ENOMEM, ENOBUFS.
    pub resource_pauses: u64,
    /// ECONNABORTED and its like: one connection each, no delay.
    pub transient_errors: u64,
    /// {errno, count}; errno 0: not in use.
    pub transient_by_errno: [[u64; 2]; 8],
    /// Waiting in the kernel now, over the shard's listeners.
    pub kernel_queue: u64,
    /// The effective backlog, summed likewise.
    pub kernel_queue_max: u64,
    /// Times that a sleeping reader was woken.
    pub wakeups: u64,
}

/// Empty counters: what to pass to [`zest_shard_stats_get`].
pub const ZEST_SHARD_STATS_INIT: zest_shard_stats = zest_shard_stats {
    struct_size: size_of::<zest_shard_stats>() as u32,
    health: ZEST_HEALTH_OK,
    accepted: 0,
    handed_over: 0,
    refused: 0,
    queued: 0,
    queue_full_pauses: 0,
    resource_pauses: 0,
    transient_errors: 0,
    transient_by_errno: [[0; 2]; 8],
    kernel_queue: 0,
    kernel_queue_max: 0,
    wakeups: 0,
};

/// The service as a whole: health is the worst of its shards (FAILED: all failed), counters are
/// their sum.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_service_stats {
    /// Size of this struct.
    pub struct_size: u32,
    /// How many shards there are.
    pub shards: u32,
    /// Of the network namespace: TcpExt ListenOverflows.
    pub listen_overflows: u64,
    /// Of the network namespace: TcpExt ListenDrops.
    pub listen_drops: u64,
    /// The sum over the shards.
    pub total: zest_shard_stats,
}

/// Empty counters: what to pass to [`zest_stats`].
pub const ZEST_SERVICE_STATS_INIT: zest_service_stats = zest_service_stats {
    struct_size: size_of::<zest_service_stats>() as u32,
    shards: 0,
    listen_overflows: 0,
    listen_drops: 0,
    total: ZEST_SHARD_STATS_INIT,
};

unsafe extern "C" {
    /// Counters of the service. Any thread. `out->struct_size` must be set. Since 0.1.
    pub fn zest_stats(service: *const zest_service, out: *mut zest_service_stats) -> zest_status;

    /// Counters of one shard. Any thread. `out->struct_size` must be set. Since 0.1.
    pub fn zest_shard_stats_get(
        service: *const zest_service,
        shard: u32,
        out: *mut zest_shard_stats,
    ) -> zest_status;
}

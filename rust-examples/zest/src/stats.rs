//! Counters of a service and of its shards.

use zest_sys as sys;

/// How a shard is, or the worst of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Health {
    /// All is well.
    Ok,
    /// Out of fds or memory: accepting pauses.
    Degraded,
    /// The thread ended; of a service: all did.
    Failed,
}

/// Counters of one shard, or the sum of all, since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShardStats {
    /// How it is.
    pub health: Health,
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
    /// How often `EMFILE`, `ENFILE`, `ENOMEM` or `ENOBUFS` paused accepting.
    pub resource_pauses: u64,
    /// `ECONNABORTED` and its like: one connection each, no delay.
    pub transient_errors: u64,
    /// The same by errno: (errno, count).
    pub transient_by_errno: Vec<(i32, u64)>,
    /// Waiting in the kernel now, over the shard's listeners.
    pub kernel_queue: u64,
    /// The effective backlog, summed likewise.
    pub kernel_queue_max: u64,
    /// Times that a sleeping reader was woken.
    pub wakeups: u64,
}

/// Counters of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// How many shards there are.
    pub shards: u32,
    /// Of the network namespace: TcpExt ListenOverflows.
    pub listen_overflows: u64,
    /// Of the network namespace: TcpExt ListenDrops.
    pub listen_drops: u64,
    /// The sum over the shards; its health is their worst.
    pub total: ShardStats,
}

impl Health {
    fn from_raw(number: u32) -> Self {
        match number {
            sys::ZEST_HEALTH_OK => Self::Ok,
            sys::ZEST_HEALTH_DEGRADED => Self::Degraded,
            _ => Self::Failed,
        }
    }
}

impl ShardStats {
    pub(crate) fn from_raw(raw: &sys::zest_shard_stats) -> Self {
        let by_errno = raw.transient_by_errno.iter().filter(|[number, _]| *number != 0);
        Self {
            health: Health::from_raw(raw.health),
            accepted: raw.accepted,
            handed_over: raw.handed_over,
            refused: raw.refused,
            queued: raw.queued,
            queue_full_pauses: raw.queue_full_pauses,
            resource_pauses: raw.resource_pauses,
            transient_errors: raw.transient_errors,
            transient_by_errno: by_errno
                .map(|[number, count]| (i32::try_from(*number).unwrap_or(i32::MAX), *count))
                .collect(),
            kernel_queue: raw.kernel_queue,
            kernel_queue_max: raw.kernel_queue_max,
            wakeups: raw.wakeups,
        }
    }
}

impl Stats {
    pub(crate) fn from_raw(raw: &sys::zest_service_stats) -> Self {
        Self {
            shards: raw.shards,
            listen_overflows: raw.listen_overflows,
            listen_drops: raw.listen_drops,
            total: ShardStats::from_raw(&raw.total),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_errno_slots_are_left_out() {
        let mut raw = sys::ZEST_SHARD_STATS_INIT;
        raw.transient_by_errno[1] = [103, 4];
        assert_eq!(ShardStats::from_raw(&raw).transient_by_errno, [(103, 4)]);
    }

    #[test]
    fn health_is_ordered_by_badness() {
        assert!(Health::from_raw(9) > Health::from_raw(1));
        assert!(Health::Degraded > Health::Ok);
    }
}

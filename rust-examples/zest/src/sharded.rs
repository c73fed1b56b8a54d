//! The acceptor whose shards the host drives.

use crate::Report;
use crate::control::control;
use crate::handle::Handle;
use std::sync::Arc;

/// Holds the listeners of [`listen_sharded`](crate::Builder::listen_sharded): report, counters and
/// shutdown. Its [`Shard`](crate::Shard)s do the accepting, each in a thread of the host's.
///
/// Dropping it shuts down at once: the drivers end. The last of them frees the service.
#[derive(Debug)]
pub struct ShardedAcceptor {
    handle: Arc<Handle>,
    report: Report,
}

control!(ShardedAcceptor);

impl ShardedAcceptor {
    pub(crate) fn new(handle: Arc<Handle>, report: Report) -> Self {
        Self { handle, report }
    }

    fn handle(&self) -> &Arc<Handle> {
        &self.handle
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Shard;

    #[test]
    fn control_is_for_any_thread_and_a_shard_moves_once() {
        fn any_thread<T: Send + Sync>() {}
        fn moves<T: Send>() {}
        any_thread::<ShardedAcceptor>();
        moves::<Shard>();
    }
}

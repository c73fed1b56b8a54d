//! The queue of one accepting thread.

use crate::handle::Handle;
use crate::source::Source;
use crate::taking::taking;
use std::sync::Arc;

/// What one thread of an [`Acceptor`](crate::Acceptor) accepted; any thread takes from it.
///
/// It keeps the service's memory, not its listeners, alive: once the acceptor is shut down or
/// dropped, it ends after the last connection.
#[derive(Debug, Clone)]
pub struct Queue {
    source: Source,
}

taking!(Queue);

impl Queue {
    /// The shard whose queue it is.
    #[must_use]
    pub fn shard(&self) -> u32 {
        self.source.index()
    }

    pub(crate) fn new(handle: Arc<Handle>, shard: u32) -> Self {
        Self { source: Source::shard(handle, shard) }
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }
}

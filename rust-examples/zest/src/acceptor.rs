//! The acceptor with threads of its own.

use crate::control::control;
use crate::handle::Handle;
use crate::source::Source;
use crate::taking::taking;
use crate::{Builder, Queue, Report, Result};
use std::sync::Arc;

/// Listens on many addresses and cores with threads of its own; any thread takes from it.
///
/// `Send` and `Sync`: share it by reference or in an `Arc`. Dropping it shuts down at once, closes
/// what nobody took, and joins its threads (the last [`Queue`] does that, if one outlives it).
#[derive(Debug)]
pub struct Acceptor {
    source: Source,
    report: Report,
}

taking!(Acceptor);
control!(Acceptor);

impl Acceptor {
    /// Gathers what to listen on, and how.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The queue of one accepting thread, 0 to [`shard_count`](Self::shard_count) - 1: for hosts
    /// with a runtime per core. Connections go to who takes first, here or there.
    ///
    /// # Errors
    ///
    /// No such shard.
    pub fn queue(&self, shard: u32) -> Result<Queue> {
        self.shard_stats(shard)?;
        Ok(Queue::new(Arc::clone(self.handle()), shard))
    }

    pub(crate) fn new(handle: Arc<Handle>, report: Report) -> Self {
        Self { source: Source::all(handle), report }
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    fn handle(&self) -> &Arc<Handle> {
        self.source.handle()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_for_any_thread() {
        fn any_thread<T: Send + Sync>() {}
        any_thread::<Acceptor>();
        any_thread::<Queue>();
    }
}

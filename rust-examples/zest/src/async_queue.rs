//! One thread's queue in a Tokio runtime.

use crate::awaiting::awaiting;
use crate::watched::Watched;
use crate::{Queue, Result};

/// A [`Queue`] whose connections the tasks of a Tokio runtime await: for a runtime per core over
/// an acceptor with threads of its own.
#[derive(Debug)]
pub struct AsyncQueue {
    watched: Watched,
}

awaiting!(AsyncQueue);

impl AsyncQueue {
    /// Watch a queue in the current runtime; once per queue and runtime.
    ///
    /// # Errors
    ///
    /// The reactor could not take the event fd, or takes it for another already.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with IO enabled.
    #[allow(clippy::needless_pass_by_value, reason = "the fd is watched once")]
    pub fn new(queue: Queue) -> Result<Self> {
        Ok(Self { watched: Watched::new(queue.source().clone())? })
    }

    /// The shard whose queue it is.
    #[must_use]
    pub fn shard(&self) -> u32 {
        self.watched.source().index()
    }
}

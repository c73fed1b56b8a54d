//! A shard in a Tokio runtime of one thread.

use crate::awaiting::awaiting;
use crate::watched::Watched;
use crate::{Result, ShardDriver};

/// A [`ShardDriver`] whose connections the tasks of one thread await; they are accepted in it.
///
/// Like the driver it is not `Send`, nor are its futures: use it in the `block_on` of a
/// `current_thread` runtime, or in a `LocalSet`. The connections may be spawned as usual.
///
/// ```no_run
/// use zest::{AsyncShard, Event, Shard};
///
/// fn serve(shard: Shard) -> Result<(), Box<dyn std::error::Error>> {
///     let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
///     runtime.block_on(async {
///         let shard = AsyncShard::new(shard.bind())?;
///         while let Some(event) = shard.accept().await? {
///             if let Event::Connection(accepted) = event {
///                 tokio::spawn(async move { drop(accepted) });
///             }
///         }
///         Ok(())
///     })
/// }
/// ```
#[derive(Debug)]
pub struct AsyncShard {
    watched: Watched,
    driver: ShardDriver,
}

awaiting!(AsyncShard);

impl AsyncShard {
    /// Watch a shard in the current runtime.
    ///
    /// # Errors
    ///
    /// The reactor could not take the event fd.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with IO enabled.
    pub fn new(driver: ShardDriver) -> Result<Self> {
        Ok(Self { watched: Watched::new(driver.source().clone())?, driver })
    }

    /// The driver: its index and its load.
    #[must_use]
    pub fn driver(&self) -> &ShardDriver {
        &self.driver
    }
}

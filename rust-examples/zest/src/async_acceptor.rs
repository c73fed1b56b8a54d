//! An acceptor in a Tokio runtime.

use crate::awaiting::awaiting;
use crate::watched::Watched;
use crate::{Acceptor, Error, Receipt, Result};
use std::sync::Arc;
use std::time::Duration;

/// An [`Acceptor`] whose connections the tasks of a Tokio runtime await.
///
/// `accept` takes `&self`: many tasks may wait at once. Make one per acceptor and runtime: the
/// reactor watches an fd once.
///
/// ```no_run
/// use zest::{Acceptor, AsyncAcceptor, Event, Listener};
///
/// # async fn run() -> Result<(), zest::Error> {
/// let acceptor = Acceptor::builder().listener(Listener::tcp("127.0.0.1:8080")).listen()?;
/// let acceptor = AsyncAcceptor::new(acceptor)?;
/// while let Some(event) = acceptor.accept().await? {
///     if let Event::Connection(accepted) = event {
///         let stream = accepted.into_tokio_tcp()?;
///         tokio::spawn(async move { drop(stream) });
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AsyncAcceptor {
    watched: Watched,
    acceptor: Arc<Acceptor>,
}

awaiting!(AsyncAcceptor);

impl AsyncAcceptor {
    /// Watch an acceptor in the current runtime.
    ///
    /// # Errors
    ///
    /// The reactor could not take the event fd, or takes it for another already.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with IO enabled.
    pub fn new(acceptor: impl Into<Arc<Acceptor>>) -> Result<Self> {
        let acceptor = acceptor.into();
        Ok(Self { watched: Watched::new(acceptor.source().clone())?, acceptor })
    }

    /// The acceptor: report, counters, and taking without a runtime.
    #[must_use]
    pub fn acceptor(&self) -> &Arc<Acceptor> {
        &self.acceptor
    }

    /// [`Acceptor::shutdown`] in a thread for blocking calls. Meanwhile others must be accepting if
    /// a queue is full; after it `accept` gives what is left, then `None`.
    ///
    /// # Errors
    ///
    /// As [`Acceptor::shutdown`]; or the runtime is shutting down.
    pub async fn shutdown(&self, timeout: Option<Duration>) -> Result<Receipt> {
        let acceptor = Arc::clone(&self.acceptor);
        let done = tokio::task::spawn_blocking(move || acceptor.shutdown(timeout)).await;
        done.map_err(|error| Error::from_io("shutdown", &error.into()))?
    }
}

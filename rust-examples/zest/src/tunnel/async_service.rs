//! A service in a Tokio runtime.

use super::pump::{Pump, Shared};
use super::{Options, Receipt, Service, Side, Stats, Tunnel};
use crate::{Error, Result, Status};
use std::sync::Arc;
use std::time::Duration;

/// A [`Service`] whose tunnels the tasks of a Tokio runtime await. Dropping it cuts what is left;
/// its threads are joined when the last [`Tunnel`] has gone, too.
#[derive(Debug)]
pub struct AsyncService {
    shared: Arc<Shared>,
}

impl AsyncService {
    /// Watch a service from a task of the current runtime.
    ///
    /// # Errors
    /// The reactor could not take the event fd.
    ///
    /// # Panics
    /// Outside of a Tokio runtime with IO enabled.
    pub fn new(service: Service) -> Result<Self> {
        let shared = Arc::new(Shared::new(service));
        tokio::spawn(Pump::new(Arc::clone(&shared))?.run());
        Ok(Self { shared })
    }

    /// Join two connected stream sockets, of `std` or of Tokio. Awaiting the tunnel tells how it
    /// ended, or why it did not begin; the bytes pass whether it is awaited or not. Dropping it
    /// ends it ([`Tunnel::detach`] lets it go on).
    pub fn join(&self, a: impl Side, b: impl Side) -> Tunnel {
        self.join_with(a, b, &Options::default())
    }

    /// The same, with options.
    pub fn join_with(&self, a: impl Side, b: impl Side, options: &Options) -> Tunnel {
        Tunnel::new(&self.shared, self.try_join(a, b, options))
    }

    fn try_join(
        &self,
        a: impl Side,
        b: impl Side,
        options: &Options,
    ) -> Result<super::carried::Joined> {
        let (number, told) = self.shared.expect()?;
        match self.shared.service.join_as(a, b, options, number) {
            Ok(id) => Ok((id, told)),
            Err(error) => {
                self.shared.forget(number);
                Err(error)
            }
        }
    }

    /// As [`Service::shutdown`], which waits: on a thread for that.
    ///
    /// # Errors
    /// The process has forked since the start, or the runtime is ending.
    pub async fn shutdown(&self, limit: Option<Duration>) -> Result<Receipt> {
        let shared = Arc::clone(&self.shared);
        let waited = tokio::task::spawn_blocking(move || shared.service.shutdown(limit));
        waited.await.unwrap_or_else(|error| Err(Error::new(Status::Closed, error.to_string())))
    }

    /// As [`Service::cut`]: no more joins, and every tunnel ends; what is awaited tells so. Also
    /// while a [`shutdown`](Self::shutdown) waits, which it ends.
    ///
    /// # Errors
    /// The process has forked since the start.
    pub fn cut(&self) -> Result<()> {
        self.shared.service.cut()
    }

    /// As [`Service::stats`].
    ///
    /// # Errors
    /// The process has forked since the start.
    pub fn stats(&self) -> Result<Stats> {
        self.shared.service.stats()
    }
}

impl Drop for AsyncService {
    fn drop(&mut self) {
        drop(self.shared.service.cut()); // fails only in a forked child, which has none
    }
}

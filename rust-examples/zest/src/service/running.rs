//! The handle of a running service.

use super::{AcceptedConnection, ZestGlobalSettings, ZestListenerConfig, ZestServiceBuilder};
use crate::{Acceptor, Error, Receipt, Report, Result, Stats, Status};
use anyhow::Context;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{mpsc, watch};

/// How a service ended.
pub(super) type Outcome = Result<Receipt>;

/// Listeners that ended by themselves; at most one entry per thread.
#[derive(Debug, Clone, Default)]
pub(super) struct Failures(Arc<Mutex<Vec<Error>>>);

impl Failures {
    pub(super) fn add(&self, error: Error) {
        log::error!("zest: {error}");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(error);
    }

    fn all(&self) -> Vec<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A running service, apart from the channel that its connections come out of.
///
/// `Send` and `Sync`. Dropping it stops nothing: the service lives until it is told to shut down,
/// or the channel's receiver is dropped.
#[derive(Debug)]
pub struct ZestService {
    pub(super) report: Report,
    /// Weak, so that the pump is the one that joins the threads.
    pub(super) acceptor: Weak<Acceptor>,
    pub(super) failures: Failures,
    pub(super) stop: watch::Sender<bool>,
    pub(super) outcome: watch::Receiver<Option<Outcome>>,
}

impl ZestService {
    /// Bind, and start one accepting thread per (address, index); the connections come out of the
    /// channel. `Ok` if at least one thread came up; those that did not are logged.
    ///
    /// A change on `shutdown`, or the drop of its sender, shuts down gracefully, in at most 10 s:
    /// what the kernel had queued still comes out of the channel, then it closes.
    ///
    /// # Errors
    ///
    /// No thread came up: the cause, with the address. It is a [`zest::Error`](crate::Error)
    /// inside.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with IO enabled.
    pub async fn listen(
        listeners: Vec<ZestListenerConfig>,
        settings: ZestGlobalSettings,
        shutdown: watch::Receiver<()>,
    ) -> anyhow::Result<mpsc::Receiver<AcceptedConnection>> {
        let builder = Self::builder().listeners(listeners).settings(settings).shutdown_on(shutdown);
        let (_service, connections) = builder.listen_with_handle().await?;
        Ok(connections)
    }

    /// The same with more choices and a handle.
    pub fn builder() -> ZestServiceBuilder {
        ZestServiceBuilder::default()
    }

    /// How each thread came up.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Counters of the service, while it runs.
    ///
    /// # Errors
    ///
    /// [`Closed`](Status::Closed) after its end.
    pub fn stats(&self) -> Result<Stats> {
        match self.acceptor.upgrade() {
            Some(acceptor) => acceptor.stats(),
            None => Err(Error::new(Status::Closed, "the service has ended")),
        }
    }

    /// The listeners that ended by themselves since the start, and why.
    #[must_use]
    pub fn failures(&self) -> Vec<Error> {
        self.failures.all()
    }

    /// Shut down gracefully if nobody has yet, and wait for the end: the listeners are closed, the
    /// threads joined. The receipt counts as handed over what the channel still holds: receive
    /// until `None` to get it, before or after this.
    ///
    /// Any number of tasks may call it; each gets the same receipt. Cancel-safe: the shutdown goes
    /// on.
    ///
    /// # Errors
    ///
    /// What ended the service instead: a defect of zest, or the end of the runtime.
    pub async fn shutdown(&self) -> anyhow::Result<Receipt> {
        self.stop.send_replace(true);
        let mut outcome = self.outcome.clone();
        let ended = outcome.wait_for(Option::is_some).await;
        let ended = ended.context("the runtime ended before the service")?.clone();
        Ok(ended.context("the service told no outcome")??)
    }
}

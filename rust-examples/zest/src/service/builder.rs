//! From a configuration to a running service.

use super::outgoing::Outgoing;
use super::pump::Pump;
use super::running::Failures;
use super::stop::Stop;
use super::{AcceptedConnection, ZestGlobalSettings, ZestListenerConfig, ZestService};
use crate::{Accepted, Acceptor, AsyncAcceptor, Report, Settings};
use anyhow::Context;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Gathers what a [`ZestService`] needs; made by [`ZestService::builder`].
#[derive(Debug)]
#[must_use]
pub struct ZestServiceBuilder {
    listeners: Vec<ZestListenerConfig>,
    settings: ZestGlobalSettings,
    engine: Settings,
    channel_capacity: usize,
    drain_timeout: Option<Duration>,
    shutdown: Option<watch::Receiver<()>>,
}

impl Default for ZestServiceBuilder {
    fn default() -> Self {
        Self {
            listeners: Vec::new(),
            settings: ZestGlobalSettings::default(),
            engine: Settings::default(),
            channel_capacity: 1024,
            drain_timeout: None,
            shutdown: None,
        }
    }
}

impl ZestServiceBuilder {
    /// What to listen on.
    pub fn listeners(self, listeners: Vec<ZestListenerConfig>) -> Self {
        Self { listeners, ..self }
    }

    /// How to listen.
    pub fn settings(self, settings: ZestGlobalSettings) -> Self {
        Self { settings, ..self }
    }

    /// What [`settings`](Self::settings) has no words for: backend, steering, pinning, socket
    /// options.
    pub fn engine(self, engine: Settings) -> Self {
        Self { engine, ..self }
    }

    /// How many connections the channel holds, at least 1; default 1024. Behind a full channel they
    /// wait in zest's queues, then in the kernel's.
    pub fn channel_capacity(self, channel_capacity: usize) -> Self {
        Self { channel_capacity: channel_capacity.max(1), ..self }
    }

    /// How long a shutdown waits for what the kernel has queued; default 10 s.
    pub fn drain_timeout(self, drain_timeout: Duration) -> Self {
        Self { drain_timeout: Some(drain_timeout), ..self }
    }

    /// Shut down on a change of this channel, or when its sender is dropped.
    pub fn shutdown_on(self, shutdown: watch::Receiver<()>) -> Self {
        Self { shutdown: Some(shutdown), ..self }
    }

    /// Start. Errors and panics as [`ZestService::listen`].
    ///
    /// # Errors
    ///
    /// As above.
    pub async fn listen_with_handle(
        self,
    ) -> anyhow::Result<(ZestService, mpsc::Receiver<AcceptedConnection>)> {
        self.start().await
    }

    /// Start, with all that zest knows of each connection coming out of the channel: also its shard
    /// and the time of its acceptance. Errors and panics as [`ZestService::listen`].
    ///
    /// # Errors
    ///
    /// As above.
    pub async fn listen_accepted(self) -> anyhow::Result<(ZestService, mpsc::Receiver<Accepted>)> {
        self.start().await
    }

    async fn start<T: Outgoing>(self) -> anyhow::Result<(ZestService, mpsc::Receiver<T>)> {
        let acceptor = self.bind().await?;
        log_report(acceptor.report());
        let (stop, stop_wanted) = watch::channel(false);
        let (outcome_told, outcome) = watch::channel(None);
        let (channel, connections) = mpsc::channel(self.channel_capacity);
        let service = ZestService {
            report: acceptor.report().clone(),
            acceptor: Arc::downgrade(&acceptor),
            failures: Failures::default(),
            stop,
            outcome,
        };
        let addresses = self.listeners.iter().map(|one| (one.listener_id, one.listen_address));
        let pump = Pump {
            acceptor: AsyncAcceptor::new(acceptor)?,
            channel,
            listen_addresses: addresses.collect(),
            failures: service.failures.clone(),
            drain_timeout: self.drain_timeout,
        };
        let stop = Stop { host: self.shutdown, handle: stop_wanted };
        tokio::spawn(pump.run(stop, outcome_told));
        Ok((service, connections))
    }

    /// Not in a thread of the runtime, since it waits for threads to start.
    async fn bind(&self) -> anyhow::Result<Arc<Acceptor>> {
        let builder = Acceptor::builder()
            .listeners(self.listeners.iter().map(ZestListenerConfig::to_listener))
            .settings(self.settings.over(self.engine.clone())?);
        let acceptor = tokio::task::spawn_blocking(move || builder.listen()).await;
        Ok(Arc::new(acceptor.context("the runtime is shutting down")??))
    }
}

fn log_report(report: &Report) {
    log::info!("zest:\n{report}");
    for row in report.rows().iter().filter(|row| !row.is_ok()) {
        log::warn!("zest: listener {} at {}: {}", row.listener_id, row.address, row.note);
    }
}

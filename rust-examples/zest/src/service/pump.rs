//! The task that moves connections from an acceptor into a channel.

use super::outgoing::Outgoing;
use super::running::{Failures, Outcome};
use super::stop::Stop;
use crate::{AsyncAcceptor, Event, Receipt, Result};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Takes a connection only once the channel has room for it, so that what the host does not take
/// waits in zest's queue and in the kernel's.
pub(super) struct Pump<T> {
    pub(super) acceptor: AsyncAcceptor,
    pub(super) channel: mpsc::Sender<T>,
    pub(super) listen_addresses: HashMap<u64, SocketAddr>,
    pub(super) failures: Failures,
    pub(super) drain_timeout: Option<Duration>,
}

impl<T: Outgoing> Pump<T> {
    /// Serve until told to stop, drain, join zest's threads, tell the outcome, and give the host
    /// what it has not taken yet.
    pub(super) async fn run(self, stop: Stop, outcome: watch::Sender<Option<Outcome>>) {
        let mut rest = VecDeque::new();
        let ended = match self.serve(stop).await {
            Ok(()) => self.drain(&mut rest).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &ended {
            log::error!("zest: {error}");
        }
        let Self { acceptor, channel, .. } = self;
        join_threads(acceptor).await;
        outcome.send_replace(Some(ended));
        for connection in rest {
            if channel.send(connection).await.is_err() {
                return; // the host has dropped the receiver
            }
        }
    }

    async fn serve(&self, mut stop: Stop) -> Result<()> {
        loop {
            tokio::select! {
                biased;
                () = stop.wanted() => return Ok(()),
                () = self.channel.closed() => return Ok(()),
                open = self.hand_over_one() => if !open? { return Ok(()) },
            }
        }
    }

    /// False once there is nothing more, or nobody to take it. Cancel-safe: behind accept there is
    /// no await.
    async fn hand_over_one(&self) -> Result<bool> {
        let Ok(room) = self.channel.reserve().await else { return Ok(false) };
        let Some(event) = self.acceptor.accept().await? else { return Ok(false) };
        if let Some(connection) = self.outgoing(event) {
            room.send(connection);
        }
        Ok(true)
    }

    /// Shut down, and take what comes meanwhile: into the channel while it has room, else into
    /// `rest`, so that a host that is not receiving holds nothing up.
    async fn drain(&self, rest: &mut VecDeque<T>) -> Result<Receipt> {
        let (receipt, taken) =
            tokio::join!(self.acceptor.shutdown(self.drain_timeout), self.take_rest(rest));
        taken.and(receipt)
    }

    async fn take_rest(&self, rest: &mut VecDeque<T>) -> Result<()> {
        loop {
            tokio::select! {
                biased;
                Ok(room) = self.channel.reserve(), if !rest.is_empty() => {
                    if let Some(connection) = rest.pop_front() {
                        room.send(connection);
                    }
                }
                event = self.acceptor.accept() => match event? {
                    Some(event) => rest.extend(self.outgoing(event)),
                    None => return Ok(()),
                },
            }
        }
    }

    /// What the host is to get for an event: nothing for a failure, which is told elsewhere.
    fn outgoing(&self, event: Event) -> Option<T> {
        let accepted = match event {
            Event::Connection(accepted) => accepted,
            Event::ListenerFailed { error, .. } => {
                self.failures.add(error);
                return None;
            }
        };
        let listen_address = self.listen_addresses.get(&accepted.listener_id).copied();
        T::new(accepted, listen_address)
            .inspect_err(|error| log::error!("zest: a connection is closed: {error}"))
            .ok()
    }
}

/// The last owner of the acceptor joins its threads: not in a thread of the runtime.
async fn join_threads(acceptor: AsyncAcceptor) {
    let shared = std::sync::Arc::clone(acceptor.acceptor());
    drop(acceptor);
    if let Err(error) = tokio::task::spawn_blocking(move || drop(shared)).await {
        log::error!("zest: join the threads: {error}");
    }
}

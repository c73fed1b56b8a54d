//! The task that hands ends to those who await them.

use super::{Ended, Service};
use crate::{Error, Next, Result, Status};
use std::collections::HashMap;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::oneshot;

/// A service, and who awaits which tunnel of it.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) service: Service,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    /// The pump has gone: nobody will be told any more.
    over: bool,
    senders: HashMap<u64, oneshot::Sender<Ended>>,
}

impl Shared {
    pub(crate) fn new(service: Service) -> Self {
        Self { service, waiting: Mutex::default() }
    }

    /// A place to be told at, and its number: the context of the join.
    pub(crate) fn expect(&self) -> Result<(u64, oneshot::Receiver<Ended>)> {
        let mut waiting = self.lock();
        if waiting.over {
            return Err(Error::new(Status::Closed, "nobody watches the tunnels any more"));
        }
        let (sender, receiver) = oneshot::channel();
        waiting.next += 1;
        let number = waiting.next;
        waiting.senders.insert(number, sender);
        Ok((number, receiver))
    }

    /// It was not joined after all.
    pub(crate) fn forget(&self, number: u64) {
        self.lock().senders.remove(&number);
    }

    fn tell(&self, ended: Ended) {
        let sender = self.lock().senders.remove(&ended.context);
        if let Some(sender) = sender {
            drop(sender.send(ended)); // whoever has gone does not want to know
        }
    }

    /// Whoever still waits is told that nothing comes.
    fn end(&self) {
        let mut waiting = self.lock();
        waiting.over = true;
        waiting.senders.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches the event fd, which the service keeps open as long as this lives.
pub(crate) struct Pump(AsyncFd<EventFd>);

struct EventFd {
    fd: RawFd,
    shared: Arc<Shared>,
}

impl AsRawFd for EventFd {
    fn as_raw_fd(&self) -> RawFd {
        self.fd
    }
}

impl Drop for EventFd {
    fn drop(&mut self) {
        self.shared.end();
    }
}

impl Pump {
    pub(crate) fn new(shared: Arc<Shared>) -> Result<Self> {
        let event_fd = EventFd { fd: shared.service.event_fd()?.as_raw_fd(), shared };
        // SAFETY: the service keeps the fd open as long as shared lives, and it is always the same.
        let watched = unsafe { AsyncFd::register_with_interest(event_fd, Interest::READABLE) };
        let watched =
            watched.map_err(|error| Error::from_io("watch the tunnels", &error.into()))?;
        Ok(Self(watched))
    }

    /// Until the service has been shut down and all ends were told. Readiness is forgotten only
    /// when there was nothing to take.
    pub(crate) async fn run(self) {
        let shared = &self.0.get_ref().shared;
        while let Ok(mut guard) = self.0.readable().await {
            match shared.service.next(Some(Duration::ZERO)) {
                Ok(Next::Ready(ended)) => shared.tell(ended),
                Ok(Next::TimedOut) => guard.clear_ready(),
                Ok(Next::Closed) | Err(_) => return, // what waits is told by end()
            }
            tokio::task::consume_budget().await;
        }
    }
}

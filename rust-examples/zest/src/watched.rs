//! Waiting for a source in a Tokio runtime.

use crate::source::Source;
use crate::{Batch, Drain, Error, Event, Next, Result};
use std::os::fd::{AsRawFd, RawFd};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::task;

/// A source whose event fd the current runtime watches.
///
/// The runtime watches for edges, while the event fd tells levels; so readiness is forgotten only
/// when a take has answered `TimedOut`, which is also what arms the event fd again.
#[derive(Debug)]
pub(crate) struct Watched(AsyncFd<EventFd>);

/// A source's event fd, borrowed from the source: `AsyncFd` takes it out of the reactor before it
/// drops this, and dropping this closes nothing while others share the service.
#[derive(Debug)]
struct EventFd {
    fd: RawFd,
    source: Source,
}

impl AsRawFd for EventFd {
    fn as_raw_fd(&self) -> RawFd {
        self.fd
    }
}

impl Watched {
    pub(crate) fn new(source: Source) -> Result<Self> {
        let event_fd = EventFd { fd: source.event_fd()?.as_raw_fd(), source };
        // SAFETY: zest keeps the fd open as long as the source lives, and it is always the same.
        let watched = unsafe { AsyncFd::register_with_interest(event_fd, Interest::READABLE) };
        let watched =
            watched.map_err(|error| Error::from_io("watch the event fd", &error.into()))?;
        Ok(Self(watched))
    }

    pub(crate) fn source(&self) -> &Source {
        &self.0.get_ref().source
    }

    /// Cancel-safe: between a take and the return there is no await.
    pub(crate) async fn accept(&self) -> Result<Option<Event>> {
        loop {
            task::consume_budget().await;
            let mut guard = self.0.readable().await.map_err(gone)?;
            match self.source().next(Some(Duration::ZERO))? {
                Next::Ready(event) => return Ok(Some(event)),
                Next::Closed => return Ok(None),
                Next::TimedOut => guard.clear_ready(),
            }
        }
    }

    /// Cancel-safe likewise.
    pub(crate) async fn accept_batch<'a>(&self, batch: &'a mut Batch) -> Result<Option<Drain<'a>>> {
        loop {
            task::consume_budget().await;
            let mut guard = self.0.readable().await.map_err(gone)?;
            match self.source().next_batch(batch, Some(Duration::ZERO))? {
                Next::Ready(()) => return Ok(Some(batch.drain())),
                Next::Closed => return Ok(None),
                Next::TimedOut => guard.clear_ready(),
            }
        }
    }

    /// For streams: one task at a time is woken.
    pub(crate) fn poll_accept(&self, context: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        loop {
            let mut guard = match ready!(self.0.poll_read_ready(context)) {
                Ok(guard) => guard,
                Err(error) => return Poll::Ready(Some(Err(gone(error)))),
            };
            match self.source().next(Some(Duration::ZERO)) {
                Ok(Next::Ready(event)) => return Poll::Ready(Some(Ok(event))),
                Ok(Next::Closed) => return Poll::Ready(None),
                Ok(Next::TimedOut) => guard.clear_ready(),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

/// The runtime is shutting down.
#[allow(clippy::needless_pass_by_value, reason = "what map_err passes")]
fn gone(error: std::io::Error) -> Error {
    Error::from_io("wait for the event fd", &error)
}

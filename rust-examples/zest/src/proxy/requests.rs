//! What lies before a program, in a Tokio runtime.

use super::request::Coming;
use super::running::Handle;
use crate::{Error, Next, Result};
use std::os::fd::{AsRawFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// What lies before this program, as it comes: by [`next`](Self::next), or as a `Stream`. Ends once
/// the proxy has drained, or was dropped.
#[derive(Debug)]
pub struct Requests(AsyncFd<HookFd>);

/// The queue's fd: the proxy keeps it open as long as the handle lives.
#[derive(Debug)]
struct HookFd {
    fd: RawFd,
    proxy: Arc<Handle>,
}

impl AsRawFd for HookFd {
    fn as_raw_fd(&self) -> RawFd {
        self.fd
    }
}

impl Requests {
    pub(crate) fn new(proxy: Arc<Handle>) -> Result<Self> {
        let hook_fd = HookFd { fd: proxy.hook_fd()?, proxy };
        // SAFETY: the fd is open as long as the handle lives, and always the same.
        let watched = unsafe { AsyncFd::register_with_interest(hook_fd, Interest::READABLE) };
        watched.map(Self).map_err(|error| Error::from_io("watch the hooks' fd", &error.into()))
    }

    /// The next; `None` at the end. Cancel-safe: between a take and the return there is no await.
    ///
    /// # Errors
    /// The process has forked since the start, or the runtime ends.
    pub async fn next(&self) -> Result<Option<Coming>> {
        loop {
            tokio::task::consume_budget().await;
            let mut guard = self.0.readable().await.map_err(|error| gone(&error))?;
            match self.0.get_ref().proxy.next(Some(Duration::ZERO))? {
                Next::Ready(coming) => return Ok(Some(coming)),
                Next::Closed => return Ok(None),
                Next::TimedOut => guard.clear_ready(),
            }
        }
    }
}

impl futures_core::Stream for Requests {
    type Item = Result<Coming>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let mut guard = match ready!(self.0.poll_read_ready(context)) {
                Ok(guard) => guard,
                Err(error) => return Poll::Ready(Some(Err(gone(&error)))),
            };
            match self.0.get_ref().proxy.next(Some(Duration::ZERO)) {
                Ok(Next::Ready(coming)) => return Poll::Ready(Some(Ok(coming))),
                Ok(Next::Closed) => return Poll::Ready(None),
                Ok(Next::TimedOut) => guard.clear_ready(),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

fn gone(error: &std::io::Error) -> Error {
    Error::from_io("wait for the hooks' fd", error)
}

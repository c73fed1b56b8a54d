//! A link in a Tokio runtime.

use super::link::{receive, send};
use super::{Connecting, Link, Outcome, Step, Upstream};
use crate::{Error, Moment, Result};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::time;

/// An fd that somebody else closes, after this.
#[derive(Debug)]
struct Watched(RawFd);

impl AsRawFd for Watched {
    fn as_raw_fd(&self) -> RawFd {
        self.0
    }
}

fn watch(fd: RawFd, interest: Interest) -> Result<AsyncFd<Watched>> {
    // SAFETY: the caller keeps the fd open for longer, and it stays what it is.
    let watched = unsafe { AsyncFd::register_with_interest(Watched(fd), interest) };
    watched.map_err(|error| Error::from_io("watch a connection", &error.into()))
}

impl Upstream {
    /// A connection for one request: a pooled one, else a new one. The runtime needs its time
    /// driver. Cancel-safe: a future that is dropped gives the connection up.
    ///
    /// # Errors
    /// None of the origins could be connected to in time, or fds or memory are short.
    pub async fn connect(&self) -> Result<AsyncLink> {
        settle(self.take()?).await
    }

    /// The same, but never a pooled one: for requests that must not be sent twice.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_fresh(&self) -> Result<AsyncLink> {
        settle(self.take_fresh()?).await
    }
}

async fn settle(mut step: Step) -> Result<AsyncLink> {
    loop {
        match step {
            Step::Connected(link) => return AsyncLink::new(link),
            Step::Connecting(connecting) => {
                wait_for(&connecting).await?;
                step = connecting.go_on()?;
            }
        }
    }
}

/// The fd is no longer watched when this returns: what follows may close it.
async fn wait_for(connecting: &Connecting) -> Result<()> {
    let left_ns = connecting.deadline().as_nanos().saturating_sub(Moment::now().as_nanos());
    let left = Duration::from_nanos(u64::try_from(left_ns).unwrap_or(0));
    let fd = connecting.as_raw_fd();
    if fd < 0 {
        time::sleep(left).await;
        return Ok(());
    }
    let writable = connecting.wants_writable();
    let watched = watch(fd, if writable { Interest::WRITABLE } else { Interest::READABLE })?;
    let ready = async {
        if writable {
            watched.writable().await.map(drop)
        } else {
            watched.readable().await.map(drop)
        }
    };
    match time::timeout(left, ready).await {
        Ok(Err(error)) => Err(Error::from_io("wait for a connection", &error)),
        Ok(Ok(())) | Err(_) => Ok(()), // ready, or late: go_on tells
    }
}

/// A [`Link`] that reads and writes in a Tokio runtime. Dropping it closes the connection.
#[derive(Debug)]
pub struct AsyncLink {
    socket: AsyncFd<Watched>, // before the link: dropped first
    link: Link,
}

impl AsyncLink {
    fn new(link: Link) -> Result<Self> {
        let socket = watch(link.as_raw_fd(), Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self { socket, link })
    }

    /// What it is, apart from its bytes.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Out of the runtime.
    pub fn into_link(self) -> Link {
        let Self { socket, link } = self;
        drop(socket);
        link
    }

    /// The exchange came to its end on both sides, nothing of it is left to read, and the
    /// connection may carry another.
    pub fn give_back(self, outcome: &Outcome) {
        self.into_link().give_back(outcome);
    }

    /// As [`Link::discard`].
    pub fn discard(self, outcome: &Outcome) {
        self.into_link().discard(outcome);
    }

    /// Another connection for the same request, where this one ended without an answer; see
    /// [`Link::retry`].
    ///
    /// # Errors
    /// No origin is left that could be connected to.
    pub async fn retry(self) -> Result<Self> {
        settle(self.into_link().retry()?).await
    }
}

impl AsyncRead for AsyncLink {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut guard = ready!(self.socket.poll_read_ready(context))?;
            let read = |fd: &AsyncFd<Watched>| receive(fd.as_raw_fd(), into.initialize_unfilled());
            if let Ok(read) = guard.try_io(read) {
                return Poll::Ready(read.map(|size| into.advance(size)));
            }
        }
    }
}

impl AsyncWrite for AsyncLink {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            let mut guard = ready!(self.socket.poll_write_ready(context))?;
            if let Ok(sent) = guard.try_io(|fd| send(fd.as_raw_fd(), bytes)) {
                return Poll::Ready(sent);
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // SAFETY: the link keeps its fd open.
        match unsafe { libc::shutdown(self.link.as_raw_fd(), libc::SHUT_WR) } {
            0 => Poll::Ready(Ok(())),
            _ => Poll::Ready(Err(io::Error::last_os_error())),
        }
    }
}

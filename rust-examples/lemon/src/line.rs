//! A TCP stream that knows whose turn it is.

use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A TCP stream, for hyper, which calls a connection idle until the whole head of its next request
/// has come.
pub struct Line {
    stream: TcpStream,
    turn: Turn,
}

/// Whose turn it is on a line: ours, once bytes have come and until some are sent.
#[derive(Clone, Default)]
pub struct Turn(Arc<AtomicBool>);

impl Line {
    pub fn new(stream: TcpStream) -> (Self, Turn) {
        let turn = Turn::default();
        (Self { stream, turn: turn.clone() }, turn)
    }
}

impl Turn {
    /// Whether the peer has said something, be it half a request, that was not answered yet.
    pub fn is_ours(&self) -> bool {
        self.0.load(Relaxed)
    }

    fn set_ours(&self, ours: bool) {
        self.0.store(ours, Relaxed);
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.turn.set_ours(true);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        self.turn.set_ours(false);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        self.turn.set_ours(false);
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

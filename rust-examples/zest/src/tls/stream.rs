//! TLS in a Tokio runtime.

use super::{ClientContext, Connection, Facts, ServerContext, Step};
use crate::{Error, Result, Status};
use std::future::poll_fn;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// A socket whose readiness the runtime watches: Tokio's of TCP and of Unix.
pub trait Socket: AsRawFd + AsyncWrite + Unpin + private::Sealed {
    #[doc(hidden)]
    fn poll_ready_for(&self, interest: Interest, context: &mut Context<'_>)
    -> Poll<io::Result<()>>;
    #[doc(hidden)]
    fn try_for<T>(
        &self,
        interest: Interest,
        attempt: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T>;
}

mod private {
    pub trait Sealed {}
}

macro_rules! socket {
    ($type:ty) => {
        impl private::Sealed for $type {}

        impl Socket for $type {
            fn poll_ready_for(
                &self,
                interest: Interest,
                context: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                match interest.is_writable() {
                    true => self.poll_write_ready(context),
                    false => self.poll_read_ready(context),
                }
            }

            fn try_for<T>(
                &self,
                interest: Interest,
                attempt: impl FnOnce() -> io::Result<T>,
            ) -> io::Result<T> {
                self.try_io(interest, attempt)
            }
        }
    };
}

socket!(TcpStream);
socket!(UnixStream);

/// TLS over a socket of Tokio's, after its handshake. Shutting it down says that no more comes; an
/// end of the peer's without that is [`io::ErrorKind::UnexpectedEof`].
#[derive(Debug)]
pub struct Stream<S> {
    connection: Connection<RawFd>, // of the socket, and dropped before it
    socket: S,
}

impl<S: Socket> Stream<S> {
    /// Shake hands with a client. Dropping the future gives up: it has no deadline of its own.
    ///
    /// # Errors
    /// Either side has refused the other, or the connection is broken.
    pub async fn accept(context: &ServerContext, socket: S) -> io::Result<Self> {
        Self::shake(Connection::server(context, socket.as_raw_fd())?, socket).await
    }

    /// Shake hands with a server of this name. As [`accept`](Self::accept).
    ///
    /// # Errors
    /// As [`accept`](Self::accept).
    pub async fn connect(
        context: &ClientContext,
        socket: S,
        server_name: &str,
    ) -> io::Result<Self> {
        Self::shake(Connection::client(context, socket.as_raw_fd(), server_name)?, socket).await
    }

    async fn shake(connection: Connection<RawFd>, socket: S) -> io::Result<Self> {
        let mut stream = Self { connection, socket };
        poll_fn(|context| stream.poll_step(context, Connection::handshake)).await?;
        Ok(stream)
    }

    /// What the handshake has settled.
    ///
    /// # Errors
    /// The process has forked since.
    pub fn facts(&self) -> Result<Facts> {
        self.connection.facts()
    }

    /// The socket. Its bytes are plain where the kernel does the records.
    pub fn socket(&self) -> &S {
        &self.socket
    }

    /// Calls until it is done. A call that would wait is made once more where the runtime watches,
    /// so that it forgets only what was used up.
    fn poll_step<T>(
        &mut self,
        context: &mut Context<'_>,
        mut call: impl FnMut(&mut Connection<RawFd>) -> Result<Step<T>>,
    ) -> Poll<io::Result<T>> {
        let mut step = call(&mut self.connection).map_err(io_error)?;
        loop {
            let interest = match step {
                Step::Done(value) => return Poll::Ready(Ok(value)),
                Step::WantRead => Interest::READABLE,
                Step::WantWrite => Interest::WRITABLE,
            };
            ready!(self.socket.poll_ready_for(interest, context))?;
            let attempt = || {
                let step = call(&mut self.connection).map_err(io_error)?;
                let waits = match step {
                    Step::Done(_) => false,
                    Step::WantRead => interest.is_readable(),
                    Step::WantWrite => interest.is_writable(),
                };
                if waits { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(step) }
            };
            step = match self.socket.try_for(interest, attempt) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => again(interest),
                tried => tried?,
            };
        }
    }
}

fn again<T>(interest: Interest) -> Step<T> {
    if interest.is_writable() { Step::WantWrite } else { Step::WantRead }
}

/// A cut connection is what readers know as an early end.
fn io_error(error: Error) -> io::Error {
    match error.status() {
        Status::TlsTruncated => io::Error::new(io::ErrorKind::UnexpectedEof, error),
        Status::TlsFailed | Status::NotTls => io::Error::new(io::ErrorKind::InvalidData, error),
        _ => error.into(),
    }
}

impl<S: Socket> AsyncRead for Stream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bytes = buffer.initialize_unfilled();
        let read = self.get_mut().poll_step(context, |connection| connection.read(bytes));
        let size = ready!(read)?;
        buffer.advance(size);
        Poll::Ready(Ok(()))
    }
}

impl<S: Socket> AsyncWrite for Stream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_step(context, |connection| connection.write(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_step(context, Connection::flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let stream = self.get_mut();
        ready!(stream.poll_step(context, Connection::shutdown))?;
        Pin::new(&mut stream.socket).poll_shutdown(context)
    }
}

//! What can be joined.

use crate::Accepted;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

/// A connected stream socket, given away.
pub trait Side {
    /// The socket alone, taken out of whatever waits for it.
    ///
    /// # Errors
    /// The runtime does not let it go.
    fn into_socket(self) -> io::Result<OwnedFd>;
}

impl Side for OwnedFd {
    fn into_socket(self) -> io::Result<OwnedFd> {
        Ok(self)
    }
}

impl Side for std::net::TcpStream {
    fn into_socket(self) -> io::Result<OwnedFd> {
        Ok(self.into())
    }
}

impl Side for UnixStream {
    fn into_socket(self) -> io::Result<OwnedFd> {
        Ok(self.into())
    }
}

impl Side for Accepted {
    fn into_socket(self) -> io::Result<OwnedFd> {
        Ok(self.fd)
    }
}

#[cfg(feature = "tokio")]
impl Side for tokio::net::TcpStream {
    fn into_socket(self) -> io::Result<OwnedFd> {
        Ok(self.into_std()?.into())
    }
}

#[cfg(feature = "tokio")]
impl Side for tokio::net::UnixStream {
    fn into_socket(self) -> io::Result<OwnedFd> {
        Ok(self.into_std()?.into())
    }
}

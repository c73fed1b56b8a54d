//! A connected socket with all that is known of it.

use crate::{Address, Error, Moment, Protocol, Result, Status};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use zest_sys as sys;

/// What a listener gave: a connected socket; for UDP, the bound socket itself.
///
/// Dropping it closes the socket. The socket is non-blocking and close-on-exec; blocking hosts call
/// `set_nonblocking(false)` on what they turn it into. `TryFrom` turns it into the std socket of
/// its protocol.
#[derive(Debug)]
#[non_exhaustive]
pub struct Accepted {
    /// The socket.
    pub fd: OwnedFd,
    /// What it speaks.
    pub protocol: Protocol,
    /// Our end.
    pub local: Address,
    /// The peer's end; `Unknown` if it had gone already, and for UDP.
    pub remote: Address,
    /// The id of the listener that it came through.
    pub listener_id: u64,
    /// Which thread or shard accepted it.
    pub shard: u32,
    /// When it was accepted.
    pub accepted_at: Moment,
}

impl Accepted {
    /// Take over what a call of the C API wrote.
    ///
    /// # Safety
    ///
    /// The fd of raw is -1 or open and owned by nobody else.
    pub(crate) unsafe fn from_raw(raw: &sys::zest_connection) -> Result<Self> {
        if raw.fd < 0 {
            return Err(Error::new(Status::Internal, "zest gave a connection without an fd"));
        }
        // SAFETY: the caller's promise, and not -1.
        let fd = unsafe { OwnedFd::from_raw_fd(raw.fd) };
        let protocol = Protocol::from_raw(raw.protocol).ok_or_else(|| {
            let message = format!("zest gave a connection of unknown protocol {}", raw.protocol);
            Error::new(Status::Unsupported, message)
        })?;
        Ok(Self {
            fd,
            protocol,
            local: Address::from_raw(&raw.local),
            remote: Address::from_raw(&raw.remote),
            listener_id: raw.listener_id,
            shard: raw.shard,
            accepted_at: Moment::from_nanos(raw.accepted_at_ns),
        })
    }

    /// The C form, with the fd borrowed: valid while self is.
    pub(crate) fn as_raw(&self) -> sys::zest_connection {
        sys::zest_connection {
            fd: self.fd.as_raw_fd(),
            protocol: self.protocol.as_raw(),
            local: self.local.to_raw(),
            remote: self.remote.to_raw(),
            listener_id: self.listener_id,
            shard: self.shard,
            accepted_at_ns: self.accepted_at.as_nanos(),
            ..sys::ZEST_CONNECTION_INIT
        }
    }
}

impl AsFd for Accepted {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl AsRawFd for Accepted {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

impl IntoRawFd for Accepted {
    fn into_raw_fd(self) -> RawFd {
        self.fd.into_raw_fd()
    }
}

impl From<Accepted> for OwnedFd {
    fn from(accepted: Accepted) -> Self {
        accepted.fd
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    /// A raw connection over one end of a socket pair, with the other end.
    pub(crate) fn raw_pair(protocol: Protocol) -> (sys::zest_connection, UnixStream) {
        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        let raw = sys::zest_connection {
            fd: ours.into_raw_fd(),
            protocol: protocol.as_raw(),
            listener_id: 7,
            shard: 3,
            accepted_at_ns: 9,
            ..sys::ZEST_CONNECTION_INIT
        };
        (raw, theirs)
    }

    /// An accepted connection over one end of a socket pair, with the other end.
    pub(crate) fn pair(protocol: Protocol) -> (Accepted, UnixStream) {
        let (raw, theirs) = raw_pair(protocol);
        // SAFETY: raw_pair gave its fd away.
        (unsafe { Accepted::from_raw(&raw) }.expect("a connection"), theirs)
    }

    #[test]
    fn the_c_form_comes_back_as_it_was() {
        let (raw, _theirs) = raw_pair(Protocol::Unix);
        // SAFETY: raw_pair gave its fd away.
        let accepted = unsafe { Accepted::from_raw(&raw) }.expect("a connection");
        let again = accepted.as_raw();
        assert_eq!((again.fd, again.listener_id, again.shard), (raw.fd, 7, 3));
        assert_eq!((again.protocol, again.accepted_at_ns), (sys::ZEST_UNIX, 9));
    }

    #[test]
    fn no_fd_is_an_error() {
        // SAFETY: there is no fd.
        let error = unsafe { Accepted::from_raw(&sys::ZEST_CONNECTION_INIT) }.expect_err("no fd");
        assert_eq!(error.status(), Status::Internal);
    }
}

//! One request's connection.

use super::connecting::{Raw, step};
use super::{Outcome, Step};
use crate::{Address, Error, Result};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;
use zest_sys as sys;

/// One request's connection: non-blocking, close-on-exec. Dropping it closes it.
#[derive(Debug)]
#[must_use]
pub struct Link {
    raw: Raw,
}

impl Link {
    pub(super) fn new(raw: Raw) -> Self {
        Self { raw }
    }

    /// Index of the origin, as of [`Upstream::peers`](super::Upstream::peers).
    #[must_use]
    pub fn peer(&self) -> usize {
        self.raw.state.peer as usize
    }

    /// The origin.
    #[must_use]
    pub fn address(&self) -> Address {
        Address::from_raw(&self.raw.state.address)
    }

    /// Did it come from the pool? Then its end may still be on its way: see [`retry`](Self::retry).
    #[must_use]
    pub fn is_reused(&self) -> bool {
        self.raw.state.requests > 1
    }

    /// Requests on this connection, with this one.
    #[must_use]
    pub fn requests(&self) -> u32 {
        self.raw.state.requests
    }

    /// How long the answer's first byte may take, as configured; for the host to keep.
    #[must_use]
    pub fn first_byte_timeout(&self) -> Duration {
        Duration::from_millis(self.raw.state.first_byte_timeout_ms.into())
    }

    /// How long an answer may stand still, likewise.
    #[must_use]
    pub fn between_bytes_timeout(&self) -> Duration {
        Duration::from_millis(self.raw.state.between_bytes_timeout_ms.into())
    }

    /// Another connection for the same request, where this one ended without an answer. Whether the
    /// request may be sent twice, and is all still there, you know.
    ///
    /// # Errors
    /// No origin is left that could be connected to.
    pub fn retry(mut self) -> Result<Step> {
        step(&mut self.raw, |raw, error| {
            // SAFETY: the link is good; the rest is borrowed for the call.
            unsafe {
                sys::zest_link_retry(raw.link, &sys::ZEST_TAKE_INIT, &raw mut raw.state, error)
            }
        })
    }

    /// The exchange came to its end on both sides, nothing of it is left to read, and the
    /// connection may carry another.
    pub fn give_back(self, outcome: &Outcome) {
        self.end(1, outcome);
    }

    /// The connection is closed, and the outcome counted.
    pub fn discard(self, outcome: &Outcome) {
        self.end(0, outcome);
    }

    fn end(mut self, reusable: u32, outcome: &Outcome) {
        let outcome = outcome.to_raw();
        // SAFETY: the link is good, and null from here on; the outcome is borrowed. What is left
        // alone, in a forked child, drop leaves alone, too.
        unsafe { sys::zest_link_give_back(&raw mut self.raw.link, reusable, &raw const outcome) };
    }

    /// Take the connection out, for a tunnel say. The link goes on counting as a request at its
    /// origin until it is dropped.
    ///
    /// # Errors
    /// That has been done already, or the process has forked.
    pub fn release(&mut self) -> Result<OwnedFd> {
        let mut fd = -1;
        // SAFETY: the link is good, fd borrowed.
        let status = unsafe { sys::zest_link_release_fd(self.raw.link, &raw mut fd) };
        match status {
            // SAFETY: the fd is ours from here on.
            sys::ZEST_OK => Ok(unsafe { OwnedFd::from_raw_fd(fd) }),
            _ => Err(Error::from_status("zest_link_release_fd", status)),
        }
    }

    /// For threads that wait: reads and writes that block, until this is dropped.
    ///
    /// # Errors
    /// The socket's mode could not be changed.
    pub fn blocking(&self) -> Result<Blocking<'_>> {
        set_nonblocking(self.as_raw_fd(), false)?;
        Ok(Blocking(self))
    }
}

impl AsRawFd for Link {
    fn as_raw_fd(&self) -> RawFd {
        self.raw.state.fd
    }
}

fn set_nonblocking(fd: RawFd, on: bool) -> Result<()> {
    let mut value = libc::c_int::from(on);
    // SAFETY: value lives for the call.
    if unsafe { libc::ioctl(fd, libc::FIONBIO, &raw mut value) } == 0 {
        return Ok(());
    }
    Err(Error::from_io("FIONBIO", &io::Error::last_os_error()))
}

/// A link as a socket that blocks.
#[derive(Debug)]
pub struct Blocking<'a>(&'a Link);

impl Blocking<'_> {
    fn socket(&self) -> BorrowedFd<'_> {
        // SAFETY: the link keeps its fd open while it is borrowed.
        unsafe { BorrowedFd::borrow_raw(self.0.as_raw_fd()) }
    }
}

impl AsFd for Blocking<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket()
    }
}

impl Read for Blocking<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        receive(self.0.as_raw_fd(), bytes)
    }
}

impl Write for Blocking<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        send(self.0.as_raw_fd(), bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whoever has the link next expects it as it was.
impl Drop for Blocking<'_> {
    fn drop(&mut self) {
        let _ = set_nonblocking(self.0.as_raw_fd(), true); // it can't fail: it could be turned off
    }
}

pub(super) fn receive(fd: RawFd, bytes: &mut [u8]) -> io::Result<usize> {
    // SAFETY: bytes has so much room.
    let got = unsafe { libc::recv(fd, bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    usize::try_from(got).map_err(|_| io::Error::last_os_error())
}

pub(super) fn send(fd: RawFd, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: bytes is so long.
    let sent = unsafe { libc::send(fd, bytes.as_ptr().cast(), bytes.len(), libc::MSG_NOSIGNAL) };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

//! A connection on its way.

use super::Link;
use crate::{Error, Moment, Result};
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, RawFd};
use std::ptr;
use zest_sys as sys;

/// A link of the library's, and what it last said of itself. Dropping it closes its connection.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) link: *mut sys::zest_link,
    pub(super) state: sys::zest_link_state,
}

// SAFETY: the header allows a link to move between threads.
unsafe impl Send for Raw {}
// SAFETY: calls on a link need it alone (`&mut`, or by value).
unsafe impl Sync for Raw {}

impl Default for Raw {
    fn default() -> Self {
        Self { link: ptr::null_mut(), state: sys::ZEST_LINK_STATE_INIT }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: the link is null or good, and nobody else's. In a forked child it stays.
        unsafe { sys::zest_link_give_back(&raw mut self.link, 0, ptr::null()) };
    }
}

/// What a call has come to: `raw` moves into the answer, or stays where it failed.
pub(super) fn step(
    raw: &mut Raw,
    call: impl FnOnce(&mut Raw, *mut sys::zest_error) -> sys::zest_status,
) -> Result<Step> {
    let mut error = sys::zest_error { code: 0, os_errno: 0, message: [0; 256] };
    match call(raw, &raw mut error) {
        sys::ZEST_OK => Ok(Step::Connected(Link::new(mem::take(raw)))),
        status @ (sys::ZEST_WANT_READ | sys::ZEST_WANT_WRITE) => {
            let writable = status == sys::ZEST_WANT_WRITE;
            Ok(Step::Connecting(Connecting { raw: mem::take(raw), writable }))
        }
        status => Err(Error::from_raw(status, &error)),
    }
}

/// What came of a call.
#[derive(Debug)]
pub enum Step {
    /// There is a connection.
    Connected(Link),
    /// It is under way.
    Connecting(Connecting),
}

impl Step {
    /// Wait until there is a connection; blocks.
    ///
    /// # Errors
    /// None of the origins could be connected to in time.
    pub fn wait(self) -> Result<Link> {
        let mut step = self;
        loop {
            match step {
                Self::Connected(link) => return Ok(link),
                Self::Connecting(connecting) => step = connecting.wait_once()?,
            }
        }
    }
}

/// A connection on its way: wait until [the fd](AsRawFd::as_raw_fd) is
/// [writable](Self::wants_writable), or readable, or for the [deadline](Self::deadline); stop
/// watching the fd; then [`go_on`](Self::go_on). Dropping it gives it up.
#[derive(Debug)]
#[must_use]
pub struct Connecting {
    raw: Raw,
    writable: bool,
}

impl Connecting {
    /// To wait for the fd to be writable; else readable.
    #[must_use]
    pub fn wants_writable(&self) -> bool {
        self.writable
    }

    /// Until when.
    #[must_use]
    pub fn deadline(&self) -> Moment {
        Moment::from_nanos(self.raw.state.deadline_ns)
    }

    /// What has become of it.
    ///
    /// # Errors
    /// None of the origins could be connected to.
    pub fn go_on(mut self) -> Result<Step> {
        step(&mut self.raw, |raw, error| {
            // SAFETY: the link is good; the rest is borrowed for the call.
            unsafe { sys::zest_link_go_on(raw.link, &raw mut raw.state, error) }
        })
    }

    /// Waits in this thread.
    fn wait_once(self) -> Result<Step> {
        let left_ns = self.deadline().as_nanos().saturating_sub(Moment::now().as_nanos()).max(0);
        let left_ms = i32::try_from(left_ns / 1_000_000 + 1).unwrap_or(i32::MAX);
        let events = if self.writable { libc::POLLOUT } else { libc::POLLIN };
        let mut polled = libc::pollfd { fd: self.as_raw_fd(), events, revents: 0 };
        // SAFETY: polled lives for the call.
        if unsafe { libc::poll(&raw mut polled, 1, left_ms) } < 0 {
            let cause = io::Error::last_os_error();
            if cause.kind() != io::ErrorKind::Interrupted {
                return Err(Error::from_io("poll", &cause));
            }
        }
        self.go_on()
    }
}

impl AsRawFd for Connecting {
    /// -1: wait for the deadline alone.
    fn as_raw_fd(&self) -> RawFd {
        self.raw.state.fd
    }
}

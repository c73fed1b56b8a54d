//! Threads that carry tunnels.

use super::{Builder, Ended, Options, Receipt, Side, Stats};
use crate::handle::check;
use crate::{Error, Next, Result, Status, timeout};
use std::os::fd::{BorrowedFd, IntoRawFd};
use std::ptr::{self, NonNull};
use std::time::Duration;
use zest_sys as sys;

/// Threads that carry tunnels. Dropping it cuts what is left and joins them.
#[derive(Debug)]
pub struct Service(NonNull<sys::zest_tunnel_service>);

// SAFETY: the header allows every call but zest_tunnel_service_free from any thread, and drop is
// last.
unsafe impl Send for Service {}
// SAFETY: the same; the calls take the service as const and lock inside.
unsafe impl Sync for Service {}

impl Service {
    /// Settings to start from.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn start(settings: &sys::zest_tunnel_settings) -> Result<Self> {
        let mut service = ptr::null_mut();
        let mut error = sys::zest_error { code: 0, os_errno: 0, message: [0; 256] };
        // SAFETY: all are borrowed for the call.
        let status =
            unsafe { sys::zest_tunnel_service_start(settings, &raw mut service, &raw mut error) };
        match NonNull::new(service) {
            Some(service) if status == sys::ZEST_OK => Ok(Self(service)),
            _ => Err(Error::from_raw(status, &error)),
        }
    }

    /// Join two connected stream sockets and give the tunnel's id; at a failure both are closed.
    /// Does not wait. A duplicate of a socket that lives on keeps its connection from being closed.
    ///
    /// # Errors
    /// It is no such socket, there are as many tunnels as may be
    /// ([`Status::LimitReached`]), or the service is being shut down.
    pub fn join(&self, a: impl Side, b: impl Side, options: &Options) -> Result<u64> {
        self.join_as(a, b, options, 0)
    }

    pub(crate) fn join_as(
        &self,
        a: impl Side,
        b: impl Side,
        options: &Options,
        context: u64,
    ) -> Result<u64> {
        let gone = |error| Error::new(Status::System, format!("take the socket: {error}"));
        let (a, b) = (a.into_socket().map_err(gone)?, b.into_socket().map_err(gone)?);
        let raw = options.to_raw(context);
        let (a, b, mut id) = (a.into_raw_fd(), b.into_raw_fd(), 0);
        let mut error = sys::zest_error { code: 0, os_errno: 0, message: [0; 256] };
        // SAFETY: the service lives as long as self; the fds are given away, the rest is borrowed.
        let status = unsafe {
            sys::zest_tunnel_join(self.as_ptr(), a, b, &raw const raw, &raw mut id, &raw mut error)
        };
        if status == sys::ZEST_OK { Ok(id) } else { Err(Error::from_raw(status, &error)) }
    }

    /// The next end of a tunnel; waits for it, at most so long.
    ///
    /// # Errors
    /// The process has forked since the start, or memory is short.
    pub fn next(&self, limit: Option<Duration>) -> Result<Next<Ended>> {
        let (mut raw, mut count) = (sys::ZEST_TUNNEL_END_INIT, 0);
        let limit_ms = timeout::to_ms(limit);
        // SAFETY: the service lives as long as self, raw and count for the call.
        let status = unsafe {
            sys::zest_tunnel_next(self.as_ptr(), &raw mut raw, 1, &raw mut count, limit_ms)
        };
        Ok(Next::<()>::from_status("zest_tunnel_next", status)?.map(|()| Ended::from_raw(&raw)))
    }

    /// End a tunnel now. False: there is none with this id any more.
    ///
    /// # Errors
    /// The process has forked since the start.
    pub fn cancel(&self, id: u64) -> Result<bool> {
        // SAFETY: the service lives as long as self.
        found("zest_tunnel_cancel", unsafe { sys::zest_tunnel_cancel(self.as_ptr(), id) })
    }

    /// Let a tunnel come to its end, but for no longer than its `end_timeout` from now. As
    /// [`cancel`](Self::cancel).
    ///
    /// # Errors
    /// The process has forked since the start.
    pub fn drain(&self, id: u64) -> Result<bool> {
        // SAFETY: the service lives as long as self.
        found("zest_tunnel_drain", unsafe { sys::zest_tunnel_drain(self.as_ptr(), id) })
    }

    /// No more joins; tunnels come to their end within their `end_timeout`; what is left after that
    /// time (by default 30 s) is cut. Waits for all of that. Ends can still be taken.
    ///
    /// # Errors
    /// The process has forked since the start.
    pub fn shutdown(&self, limit: Option<Duration>) -> Result<Receipt> {
        let mut raw = sys::ZEST_TUNNEL_RECEIPT_INIT;
        let limit_ms = timeout::to_ms(limit);
        // SAFETY: the service lives as long as self, the receipt for the call.
        let status =
            unsafe { sys::zest_tunnel_service_shutdown(self.as_ptr(), limit_ms, &raw mut raw) };
        match status {
            sys::ZEST_OK | sys::ZEST_TIMED_OUT => Ok(Receipt::from_raw(&raw)),
            _ => Err(Error::from_status("zest_tunnel_service_shutdown", status)),
        }
    }

    /// No more joins, and cut every tunnel; does not wait.
    ///
    /// # Errors
    /// The process has forked since the start.
    pub fn cut(&self) -> Result<()> {
        // SAFETY: the service lives as long as self.
        let status = unsafe { sys::zest_tunnel_service_cut(self.as_ptr()) };
        check("zest_tunnel_service_cut", status)
    }

    /// Counters since the start, and what stands now.
    ///
    /// # Errors
    /// The process has forked since the start.
    pub fn stats(&self) -> Result<Stats> {
        let mut raw = sys::ZEST_TUNNEL_STATS_INIT;
        // SAFETY: the service lives as long as self, raw for the call.
        let status = unsafe { sys::zest_tunnel_stats_get(self.as_ptr(), &raw mut raw) };
        check("zest_tunnel_stats_get", status)?;
        Ok(Stats::from_raw(&raw))
    }

    /// Readable while [`next`](Self::next) would not wait.
    ///
    /// # Errors
    /// The process has forked since the start.
    pub fn event_fd(&self) -> Result<BorrowedFd<'_>> {
        let mut fd = -1;
        // SAFETY: the service lives as long as self, fd for the call.
        let status = unsafe { sys::zest_tunnel_event_fd(self.as_ptr(), &raw mut fd) };
        check("zest_tunnel_event_fd", status)?;
        // SAFETY: zest keeps it open until zest_tunnel_service_free, which is in drop.
        Ok(unsafe { BorrowedFd::borrow_raw(fd) })
    }

    fn as_ptr(&self) -> *const sys::zest_tunnel_service {
        self.0.as_ptr()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let mut service = self.0.as_ptr();
        // SAFETY: nobody else has the handle any more.
        unsafe { sys::zest_tunnel_service_free(&raw mut service) };
    }
}

fn found(call: &str, status: sys::zest_status) -> Result<bool> {
    match status {
        sys::ZEST_INVALID_ARGUMENT => Ok(false),
        _ => check(call, status).map(|()| true),
    }
}

//! A running proxy.

use super::hook::Hooks;
use super::record::Tell;
use super::request::Coming;
use super::{Builder, Failed, Listener, Receipt, Stats};
use crate::{Error, Next, Result, timeout};
use std::fmt;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;
use zest_sys as sys;

/// The C library's proxy, shared with the requests that it has put before this program.
pub(crate) struct Handle {
    raw: *mut sys::zest_proxy,
    /// These live until the threads are joined, which is before fields are dropped.
    _log: Option<Box<Tell>>,
    _hooks: Hooks,
}

// SAFETY: the header allows every call but zest_proxy_free from any thread, and drop is last; what
// is called back is Send and Sync.
unsafe impl Send for Handle {}
// SAFETY: the same; the calls take the proxy as const and lock inside.
unsafe impl Sync for Handle {}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

impl Handle {
    pub(crate) fn raw(&self) -> *const sys::zest_proxy {
        self.raw
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn hook_fd(&self) -> Result<std::os::fd::RawFd> {
        let mut fd = -1;
        // SAFETY: the handle lives as long as self, fd for the call.
        let status = unsafe { sys::zest_hook_fd(self.raw, &raw mut fd) };
        check("zest_hook_fd", status)?;
        Ok(fd)
    }

    fn drain(&self, limit: Option<Duration>) -> Result<Receipt> {
        let mut receipt = sys::ZEST_PROXY_RECEIPT_INIT;
        let limit_ms = timeout::to_ms(limit);
        // SAFETY: the handle lives as long as self, the receipt for the call.
        let status = unsafe { sys::zest_proxy_drain(self.raw, limit_ms, &raw mut receipt) };
        match status {
            sys::ZEST_OK | sys::ZEST_TIMED_OUT => Ok(Receipt::from_raw(&receipt)),
            _ => Err(Error::from_status("zest_proxy_drain", status)),
        }
    }

    pub(crate) fn next(self: &Arc<Self>, limit: Option<Duration>) -> Result<Next<Coming>> {
        let mut event = sys::ZEST_HOOK_EVENT_INIT;
        let limit_ms = timeout::to_ms(limit);
        // SAFETY: the handle lives as long as self, the event for the call.
        match unsafe { sys::zest_hook_next(self.raw, &raw mut event, limit_ms) } {
            sys::ZEST_OK => Ok(Next::Ready(Coming::from_raw(event, self))),
            sys::ZEST_TIMED_OUT => Ok(Next::TimedOut),
            sys::ZEST_CLOSED => Ok(Next::Closed),
            status => Err(Error::from_status("zest_hook_next", status)),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: nobody else has the handle any more.
        unsafe { sys::zest_proxy_free(&raw mut self.raw) };
    }
}

/// A running proxy. Dropping it cuts what is left and joins its threads.
pub struct Proxy {
    handle: Arc<Handle>,
    warnings: Vec<String>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").finish_non_exhaustive()
    }
}

impl Proxy {
    /// A configuration to start from.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(
        raw: *mut sys::zest_proxy,
        log: Option<Box<Tell>>,
        hooks: Hooks,
        warnings: Vec<String>,
    ) -> Self {
        Self { handle: Arc::new(Handle { raw, _log: log, _hooks: hooks }), warnings }
    }

    /// What lies before this program next: a request of a route with a hook, or a connection of a
    /// protocol of its own. Waits that long, or for ever.
    ///
    /// # Errors
    /// The process has forked since the start.
    pub fn next_asked(&self, limit: Option<Duration>) -> Result<Next<Coming>> {
        self.handle.next(limit)
    }

    /// The same for the current Tokio runtime.
    ///
    /// # Errors
    /// Out of fds, or there is no such runtime.
    #[cfg(feature = "tokio")]
    pub fn requests(&self) -> Result<super::Requests> {
        super::Requests::new(Arc::clone(&self.handle))
    }

    /// What the start had to say: certificates that expire soon, say.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Serve a connected stream socket as if the listener with that id had accepted it; at a
    /// failure it is closed. Does not wait.
    ///
    /// # Errors
    /// No listener has the id, it is no such socket, or the proxy is draining.
    pub fn serve(&self, socket: impl Into<OwnedFd>, listener_id: u64) -> Result<()> {
        let fd = socket.into().into_raw_fd();
        let mut error = sys::zest_error { code: 0, os_errno: 0, message: [0; 256] };
        // SAFETY: the handle lives as long as self; the fd is given away.
        let status =
            unsafe { sys::zest_proxy_serve(self.handle.raw, fd, listener_id, &raw mut error) };
        match status {
            sys::ZEST_OK => Ok(()),
            _ => Err(Error::from_raw(status, &error)),
        }
    }

    /// Put another configuration in force, and give its warnings: new connections are served by
    /// it, open ones end with theirs. A log of it is not used.
    ///
    /// # Errors
    /// It is wrong, or cannot be had; then nothing has changed.
    pub fn reload(&self, config: &Builder) -> std::result::Result<Vec<String>, Failed> {
        config.call(None, |config, said, error| {
            // SAFETY: the handle lives as long as self; the rest is borrowed for the call.
            unsafe { sys::zest_proxy_reload(self.handle.raw, config, said, error) }
        })
    }

    /// Stop accepting, let requests come to their end, and cut what is left after that time; by
    /// default the configuration's `drain_timeout_ms`. Waits for all of that.
    ///
    /// # Errors
    /// The process has forked since the start.
    pub fn drain(&self, limit: Option<Duration>) -> Result<Receipt> {
        self.handle.drain(limit)
    }

    /// The same without holding up a Tokio runtime: on a thread for what waits.
    ///
    /// # Errors
    /// As [`drain`](Self::drain); or the runtime is ending.
    #[cfg(feature = "tokio")]
    pub async fn drain_async(&self, limit: Option<Duration>) -> Result<Receipt> {
        let handle = Arc::clone(&self.handle);
        let waited = tokio::task::spawn_blocking(move || handle.drain(limit)).await;
        waited.map_err(|error| Error::from_io("drain", &error.into()))?
    }

    /// Cut every connection, also while another thread drains; does not wait.
    ///
    /// # Errors
    /// The process has forked since the start.
    pub fn cut(&self) -> Result<()> {
        // SAFETY: the handle lives as long as self.
        check("zest_proxy_cut", unsafe { sys::zest_proxy_cut(self.handle.raw) })
    }

    /// Counters since the start, and what stands now.
    ///
    /// # Errors
    /// The process has forked since the start, or memory is short.
    pub fn stats(&self) -> Result<Stats> {
        let mut stats = sys::ZEST_PROXY_STATS_INIT;
        // SAFETY: the handle lives as long as self, stats for the call.
        let status = unsafe { sys::zest_proxy_stats_get(self.handle.raw, &raw mut stats) };
        check("zest_proxy_stats_get", status)?;
        Ok(Stats::from_raw(&stats))
    }

    /// The listeners in force, in the order of the configuration.
    ///
    /// # Errors
    /// The process has forked since the start, or memory is short.
    pub fn listeners(&self) -> Result<Vec<Listener>> {
        let mut count = 0;
        // SAFETY: the handle lives as long as self, count for the call.
        let status = unsafe { sys::zest_proxy_listener_count(self.handle.raw, &raw mut count) };
        check("zest_proxy_listener_count", status)?;
        let mut all = Vec::with_capacity(count);
        for index in 0..count {
            let mut raw = sys::ZEST_PROXY_LISTENER_INIT;
            // SAFETY: as above.
            let status =
                unsafe { sys::zest_proxy_listener_get(self.handle.raw, index, &raw mut raw) };
            if status == sys::ZEST_INVALID_ARGUMENT {
                break; // a reload has left fewer
            }
            check("zest_proxy_listener_get", status)?;
            all.push(Listener::from_raw(&raw));
        }
        Ok(all)
    }
}

/// Also where others hold the handle: then nothing comes to them any more.
impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.cut();
    }
}

fn check(call: &str, status: sys::zest_status) -> Result<()> {
    if status == sys::ZEST_OK { Ok(()) } else { Err(Error::from_status(call, status)) }
}

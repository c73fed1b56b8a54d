//! The origins, and idle connections to them.

use super::builder::from_toml;
use super::connecting::{Raw, step};
use super::{Builder, Peer, Step, Tend};
use crate::{Error, Result};
use std::ptr;
use zest_sys as sys;

/// Origins that serve the same, and idle connections to them. Dropping it closes those; links that
/// are out stay good.
#[derive(Debug)]
pub struct Upstream {
    handle: *mut sys::zest_upstream,
}

// SAFETY: the header allows every call but zest_upstream_free from any thread, and drop is last.
unsafe impl Send for Upstream {}
// SAFETY: the same; the calls take it as const and lock inside.
unsafe impl Sync for Upstream {}

impl Upstream {
    /// Origins to name.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The keys of an `[upstream.<name>]` of `zproxy.toml`.
    ///
    /// # Errors
    /// It is wrong; the error says in which line and column.
    pub fn from_toml(text: &str) -> Result<Self> {
        from_toml(text)
    }

    pub(super) fn new(handle: *mut sys::zest_upstream) -> Self {
        Self { handle }
    }

    /// A connection for one request: a pooled one, else a new one. Does not wait.
    ///
    /// # Errors
    /// None of the origins could be connected to, fds or memory are short, or the process has
    /// forked.
    pub fn take(&self) -> Result<Step> {
        self.take_by(&sys::ZEST_TAKE_INIT)
    }

    /// The same, but never a pooled one: for requests that must not be sent twice.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn take_fresh(&self) -> Result<Step> {
        self.take_by(&sys::zest_take { flags: sys::ZEST_TAKE_FRESH, ..sys::ZEST_TAKE_INIT })
    }

    fn take_by(&self, how: &sys::zest_take) -> Result<Step> {
        let mut raw = Raw::default();
        step(&mut raw, |raw, error| {
            // SAFETY: the handle lives as long as self; the rest is borrowed for the call.
            unsafe {
                sys::zest_upstream_take(
                    self.handle,
                    how,
                    &raw mut raw.link,
                    &raw mut raw.state,
                    error,
                )
            }
        })
    }

    /// Close idle connections that are over their time, or that their origins have ended; says when
    /// to come again. Without it they are closed as they are met.
    ///
    /// # Errors
    /// The process has forked.
    pub fn tend(&self) -> Result<Tend> {
        let mut next = sys::zest_tend { fd: -1, reserved: 0, deadline_ns: 0 };
        // SAFETY: the handle lives as long as self, next for the call.
        check("zest_upstream_tend", unsafe {
            sys::zest_upstream_tend(self.handle, &raw mut next)
        })?;
        Ok(Tend::from_raw(&next))
    }

    /// The origins, as they stand.
    ///
    /// # Errors
    /// The process has forked.
    pub fn peers(&self) -> Result<Vec<Peer>> {
        let mut count = 0;
        // SAFETY: the handle lives as long as self, count for the call.
        let status = unsafe { sys::zest_upstream_peer_count(self.handle, &raw mut count) };
        check("zest_upstream_peer_count", status)?;
        let mut all = Vec::with_capacity(count);
        for index in 0..count {
            let mut raw = sys::ZEST_PEER_INIT;
            // SAFETY: as above.
            let status = unsafe { sys::zest_upstream_peer_get(self.handle, index, &raw mut raw) };
            if status == sys::ZEST_INVALID_ARGUMENT {
                break; // there are fewer by now
            }
            check("zest_upstream_peer_get", status)?;
            all.push(Peer::from_raw(&raw));
        }
        Ok(all)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        // SAFETY: nobody else has the handle any more.
        unsafe { sys::zest_upstream_free(ptr::from_mut(&mut self.handle)) };
    }
}

fn check(call: &str, status: sys::zest_status) -> Result<()> {
    if status == sys::ZEST_OK { Ok(()) } else { Err(Error::from_status(call, status)) }
}

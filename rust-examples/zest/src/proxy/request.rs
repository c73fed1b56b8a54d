//! What lies before a program: requests to be decided, connections to be served.

use super::running::Handle;
use super::{Answer, Passing};
use crate::http::Head;
use crate::{Address, Error, Result, text};
use std::ffi::c_char;
use std::fmt;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use zest_sys as sys;

/// A request as it came.
#[derive(Clone, Copy)]
pub struct Asked<'a>(pub(crate) &'a sys::zest_hook_event);

impl<'a> Asked<'a> {
    fn bytes(start: *const c_char, size: u32) -> &'a [u8] {
        // SAFETY: the library's pointers in an event are to so many bytes, until it is decided.
        unsafe { text::borrowed(start, size) }
    }

    /// The hook's name, as the route says it.
    #[must_use]
    pub fn hook(&self) -> &'a [u8] {
        Self::bytes(self.0.name, self.0.name_size)
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &'a [u8] {
        Self::bytes(self.0.method, self.0.method_size)
    }

    /// The target as it came.
    #[must_use]
    pub fn target(&self) -> &'a [u8] {
        Self::bytes(self.0.target, self.0.target_size)
    }

    /// The host that is asked for.
    #[must_use]
    pub fn host(&self) -> &'a [u8] {
        Self::bytes(self.0.host, self.0.host_size)
    }

    /// The upstream that it would pass to; empty: none.
    #[must_use]
    pub fn upstream(&self) -> &'a [u8] {
        Self::bytes(self.0.upstream, self.0.upstream_size)
    }

    /// All fields.
    #[must_use]
    pub fn head(&self) -> &'a Head<'a> {
        // SAFETY: of a request it is never null, lives until it is decided, and Head is
        // transparent.
        unsafe { &*self.0.head.cast() }
    }

    /// Does a body follow? It is not shown.
    #[must_use]
    pub fn has_body(&self) -> bool {
        self.0.body_kind != sys::ZEST_HTTP_BODY_NONE
    }

    /// Did it come with TLS?
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.0.encrypted != 0
    }

    /// Id of the listener that it came to.
    #[must_use]
    pub fn listener_id(&self) -> u64 {
        self.0.listener_id
    }

    /// The client.
    #[must_use]
    pub fn client(&self) -> Address {
        Address::from_raw(&self.0.client)
    }
}

impl fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked")
            .field("method", &String::from_utf8_lossy(self.method()))
            .field("target", &String::from_utf8_lossy(self.target()))
            .finish_non_exhaustive()
    }
}

/// A request that waits for this program. Dropped undecided, it is answered with 500.
#[derive(Debug)]
pub struct Request {
    event: sys::zest_hook_event,
    proxy: Arc<Handle>,
    decided: bool,
}

// SAFETY: what the event points to may be read by any thread until it is decided, which takes self.
unsafe impl Send for Request {}
// SAFETY: as above; nothing is changed through a shared reference.
unsafe impl Sync for Request {}

impl Request {
    /// As it came.
    #[must_use]
    pub fn asked(&self) -> Asked<'_> {
        Asked(&self.event)
    }

    /// Answer it.
    ///
    /// # Errors
    /// `Closed`: the client has gone, or it is too late. `InvalidArgument`: the answer may not be
    /// given, and the client gets a 500.
    pub fn answer(mut self, answer: Answer) -> Result<()> {
        self.give(answer)
    }

    /// Let it pass to the route's upstream.
    ///
    /// # Errors
    /// `Closed` as above. `InvalidArgument`: there is none, and the client gets a 500.
    pub fn pass(mut self) -> Result<()> {
        self.decide(|proxy, id, error| {
            // SAFETY: the handle lives as long as self.
            unsafe { sys::zest_hook_pass(proxy, id, error) }
        })
    }

    /// Let it pass with other fields, and where [`Passing::to`] says.
    ///
    /// # Errors
    /// As of [`pass`](Self::pass); `InvalidArgument` also for a change that may not be.
    pub fn pass_with(mut self, passing: &Passing) -> Result<()> {
        self.decide(|proxy, id, error| {
            // SAFETY: the handle lives as long as self, what passing lends for the call.
            passing.lend(|raw| unsafe { sys::zest_hook_pass_with(proxy, id, raw, error) })
        })
    }

    /// Let it pass to that upstream.
    ///
    /// # Errors
    /// As of [`pass`](Self::pass).
    pub fn route(mut self, upstream: &str) -> Result<()> {
        self.decide(|proxy, id, error| {
            let (name, size) = (upstream.as_ptr().cast(), upstream.len());
            // SAFETY: the handle lives as long as self, the name for the call.
            unsafe { sys::zest_hook_route(proxy, id, name, size, error) }
        })
    }

    fn give(&mut self, answer: Answer) -> Result<()> {
        self.decide(|proxy, id, error| {
            // SAFETY: the handle lives as long as self, the answer for the call.
            answer.give(|raw| unsafe { sys::zest_hook_answer_with(proxy, id, raw, error) })
        })
    }

    fn decide(
        &mut self,
        call: impl FnOnce(*const sys::zest_proxy, u64, *mut sys::zest_error) -> sys::zest_status,
    ) -> Result<()> {
        let mut error = sys::zest_error { code: 0, os_errno: 0, message: [0; 256] };
        let status = call(self.proxy.raw(), self.event.id, &raw mut error);
        self.decided = matches!(status, sys::ZEST_OK | sys::ZEST_CLOSED);
        if status == sys::ZEST_OK { Ok(()) } else { Err(Error::from_raw(status, &error)) }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if !self.decided {
            let _ = self.give(Answer::new(500));
        }
    }
}

/// A connection of a protocol of this program's, with all bytes still to be read.
#[derive(Debug)]
pub struct Given {
    /// The socket: non-blocking.
    pub socket: OwnedFd,
    /// The protocol's name.
    pub protocol: String,
    /// Id of the listener that it came to.
    pub listener_id: u64,
    /// The client.
    pub client: Address,
}

/// What lies before this program.
#[derive(Debug)]
pub enum Coming {
    /// A request of a route with a hook.
    Request(Request),
    /// A connection of a protocol of this program's.
    Connection(Given),
}

impl Coming {
    pub(crate) fn from_raw(event: sys::zest_hook_event, proxy: &Arc<Handle>) -> Self {
        use std::os::fd::FromRawFd;
        if event.kind == sys::ZEST_HOOK_REQUEST {
            let proxy = Arc::clone(proxy);
            return Self::Request(Request { event, proxy, decided: false });
        }
        let name = Asked(&event).hook();
        Self::Connection(Given {
            // SAFETY: the event's fd is given away to whoever took it.
            socket: unsafe { OwnedFd::from_raw_fd(event.fd) },
            protocol: String::from_utf8_lossy(name).into_owned(),
            listener_id: event.listener_id,
            client: Address::from_raw(&event.client),
        })
    }
}

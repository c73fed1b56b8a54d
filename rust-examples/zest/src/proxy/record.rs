//! One line of an access log.

use crate::{Address, text};
use std::ffi::{c_char, c_void};
use std::fmt;
use std::time::Duration;
use zest_sys as sys;

/// Who is told.
pub(crate) type Tell = Box<dyn Fn(&Record<'_>) + Send + Sync>;

/// The C side of it. A panic cannot cross: it aborts, as of any `extern "C"` function.
pub(crate) unsafe extern "C" fn tell(context: *mut c_void, record: *const sys::zest_proxy_record) {
    // SAFETY: context is the box that the proxy keeps.
    let log = unsafe { &*context.cast::<Tell>() };
    // SAFETY: the library passes a record that lives for the call.
    let record = unsafe { &*record };
    log(&Record(record));
}

/// One request that has been answered, or a tunnel that has ended.
pub struct Record<'a>(&'a sys::zest_proxy_record);

impl<'a> Record<'a> {
    fn bytes(start: *const c_char, size: u32) -> &'a [u8] {
        // SAFETY: the library's pointers in a record are to so many bytes, for the call.
        unsafe { text::borrowed(start, size) }
    }

    fn name(name: *const c_char) -> Option<&'static str> {
        // SAFETY: names in a record are static.
        Some(unsafe { text::from_static(name) }).filter(|name| !name.is_empty())
    }

    /// Index of the listener, as in [`Proxy::listeners`](super::Proxy::listeners).
    #[must_use]
    pub fn listener(&self) -> usize {
        self.0.listener as usize
    }

    /// The method; empty of a tunnel.
    #[must_use]
    pub fn method(&self) -> &'a [u8] {
        Self::bytes(self.0.method, self.0.method_size)
    }

    /// The target as it came.
    #[must_use]
    pub fn target(&self) -> &'a [u8] {
        Self::bytes(self.0.target, self.0.target_size)
    }

    /// The host that was asked for.
    #[must_use]
    pub fn host(&self) -> &'a [u8] {
        Self::bytes(self.0.host, self.0.host_size)
    }

    /// The group of origins that was asked; empty of the proxy's own answers.
    #[must_use]
    pub fn upstream(&self) -> &'a [u8] {
        Self::bytes(self.0.upstream, self.0.upstream_size)
    }

    /// The status; 0: no answer was sent.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// From the head to the end of the answer.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.duration_ns).unwrap_or(0))
    }

    /// Bytes from the client: head and body.
    #[must_use]
    pub fn bytes_in(&self) -> u64 {
        self.0.bytes_in
    }

    /// Bytes to the client.
    #[must_use]
    pub fn bytes_out(&self) -> u64 {
        self.0.bytes_out
    }

    /// Was the connection to the origin from the pool?
    #[must_use]
    pub fn is_reused(&self) -> bool {
        self.0.reused != 0
    }

    /// Did the answer not come to its end?
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.0.cut != 0
    }

    /// The deadline that fired.
    #[must_use]
    pub fn timeout(&self) -> Option<&'static str> {
        Self::name(self.0.timeout)
    }

    /// The limit that was hit.
    #[must_use]
    pub fn limit(&self) -> Option<&'static str> {
        Self::name(self.0.limit)
    }

    /// What was wrong with the request or the answer.
    #[must_use]
    pub fn why(&self) -> Option<&'static str> {
        Self::name(self.0.why)
    }

    /// The client.
    #[must_use]
    pub fn client(&self) -> Address {
        Address::from_raw(&self.0.client)
    }

    /// The origin that was asked.
    #[must_use]
    pub fn origin(&self) -> Address {
        Address::from_raw(&self.0.origin)
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("method", &String::from_utf8_lossy(self.method()))
            .field("target", &String::from_utf8_lossy(self.target()))
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

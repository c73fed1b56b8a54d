//! Why bytes are no message.

use crate::text;
use std::fmt;
use zest_sys as sys;

/// Why bytes are refused, and what to answer. Nothing behind them can be trusted: close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status that says so: 400, 414, 417, 431, 501, 505; of a response 502.
    pub status: u16,
    /// Where it went wrong in the bytes that were given.
    pub offset: usize,
    /// A few words, never of the peer's.
    pub reason: &'static str,
}

impl Refusal {
    /// Of a call that wrote it.
    pub(crate) fn from_raw(raw: &sys::zest_http_refusal) -> Self {
        // SAFETY: the library writes a zero-terminated string in static memory, and is linked in
        // for as long as this program runs.
        let reason = unsafe { text::from_static(raw.reason) };
        Self { status: raw.status, offset: raw.offset as usize, reason }
    }

    /// A call that this crate must not make: shorter bytes than before, or of another kind.
    pub(crate) const MISUSED: Self =
        Self { status: 500, offset: 0, reason: "the parser was given other bytes than before" };
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {} ({})", self.reason, self.offset, self.status)
    }
}

impl std::error::Error for Refusal {}

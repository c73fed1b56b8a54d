//! What a socket speaks.

use zest_sys as sys;

/// The kind of a listener and of what it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Accepted TCP connections.
    Tcp,
    /// The bound UDP socket itself, given once per thread or shard.
    Udp,
    /// Accepted Unix stream connections.
    Unix,
}

impl Protocol {
    pub(crate) fn from_raw(number: u32) -> Option<Self> {
        match number {
            sys::ZEST_TCP => Some(Self::Tcp),
            sys::ZEST_UDP => Some(Self::Udp),
            sys::ZEST_UNIX => Some(Self::Unix),
            _ => None,
        }
    }

    pub(crate) fn as_raw(self) -> u32 {
        match self {
            Self::Tcp => sys::ZEST_TCP,
            Self::Udp => sys::ZEST_UDP,
            Self::Unix => sys::ZEST_UNIX,
        }
    }
}

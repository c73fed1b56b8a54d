//! How two sockets are joined.

use std::time::Duration;
use zest_sys as sys;

/// Which way bytes pass. Where a way can't be had they are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Engine {
    /// Copied, or through a pipe while much flows.
    #[default]
    Auto,
    /// Received and sent: the quickest for small messages.
    Copy,
    /// Through a pipe, never seen in this process: the cheapest for bulk.
    Splice,
    /// By the kernel alone, without waking this process: the cheapest for talk. Needs
    /// [`Builder::load_sockmap`](super::Builder::load_sockmap), and TCP.
    Sockmap,
}

/// How two sockets are joined.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which way bytes pass.
    pub engine: Engine,
    /// Ends it when nothing has moved for so long, either way; by default ten minutes.
    /// [`Duration::MAX`] is no limit, here and below.
    pub idle_timeout: Option<Duration>,
    /// Ends it after so long; by default never.
    pub total_timeout: Option<Duration>,
    /// Ends it when one side has ended and nothing has moved for so long; by default 30 s.
    pub end_timeout: Option<Duration>,
    /// Bytes that were read from the first side: the second is told them first. At most 64 KiB.
    pub read_from_a: Vec<u8>,
    /// The same of the second side.
    pub read_from_b: Vec<u8>,
}

impl Options {
    /// Borrows from self.
    pub(crate) fn to_raw(&self, context: u64) -> sys::zest_tunnel_options {
        let engine = match self.engine {
            Engine::Auto => sys::ZEST_TUNNEL_AUTO,
            Engine::Copy => sys::ZEST_TUNNEL_COPY,
            Engine::Splice => sys::ZEST_TUNNEL_SPLICE,
            Engine::Sockmap => sys::ZEST_TUNNEL_SOCKMAP,
        };
        sys::zest_tunnel_options {
            context,
            engine,
            idle_timeout_ms: to_ms(self.idle_timeout),
            total_timeout_ms: to_ms(self.total_timeout),
            end_timeout_ms: to_ms(self.end_timeout),
            preread_a: self.read_from_a.as_ptr().cast(),
            preread_a_size: self.read_from_a.len(),
            preread_b: self.read_from_b.as_ptr().cast(),
            preread_b_size: self.read_from_b.len(),
            ..sys::ZEST_TUNNEL_OPTIONS_INIT
        }
    }
}

/// 0 is the default, so no time at all is the shortest there is; what does not fit is no limit.
fn to_ms(timeout: Option<Duration>) -> u32 {
    let Some(timeout) = timeout else { return 0 };
    u32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(sys::ZEST_TUNNEL_NEVER).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_round_up_and_saturate() {
        assert_eq!(to_ms(None), 0);
        assert_eq!(to_ms(Some(Duration::ZERO)), 1);
        assert_eq!(to_ms(Some(Duration::from_micros(1001))), 2);
        assert_eq!(to_ms(Some(Duration::MAX)), sys::ZEST_TUNNEL_NEVER);
    }
}

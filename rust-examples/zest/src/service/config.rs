//! What to listen on, and how.

use crate::{Listener, Settings};
use anyhow::Context;
use std::net::SocketAddr;

/// What a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ZestProtocol {
    /// Accepted TCP connections.
    Tcp,
    /// The bound UDP socket itself, given once per thread.
    Udp,
}

/// One address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZestListenerConfig {
    /// Where; port 0 takes a free one, which the setup report tells.
    pub listen_address: SocketAddr,
    /// Comes with each connection; unique among the listeners.
    pub listener_id: u64,
    /// What it speaks.
    pub protocol: ZestProtocol,
}

/// How to listen, for all addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ZestGlobalSettings {
    /// One socket and thread per address, without `SO_REUSEPORT`.
    pub force_single_listener_mode: bool,
    /// Default, and for 0: one per CPU that the process may use. Most 1024.
    pub listener_threads_per_address: Option<usize>,
    /// Default, and for 0: the system's most, `net.core.somaxconn`.
    pub tcp_listen_backlog: Option<u32>,
}

impl ZestListenerConfig {
    pub(super) fn to_listener(&self) -> Listener {
        let listener = match self.protocol {
            ZestProtocol::Tcp => Listener::tcp(self.listen_address),
            ZestProtocol::Udp => Listener::udp(self.listen_address),
        };
        listener.id(self.listener_id)
    }
}

impl ZestGlobalSettings {
    /// The settings of the engine, with these on top where they say something.
    pub(super) fn over(&self, engine: Settings) -> anyhow::Result<Settings> {
        let threads = self.listener_threads_per_address.map(u32::try_from).transpose();
        let threads = threads.context("listener_threads_per_address: most 1024")?;
        Ok(Settings {
            single_listener: self.force_single_listener_mode || engine.single_listener,
            threads_per_address: threads.or(engine.threads_per_address),
            backlog: self.tcp_listen_backlog.or(engine.backlog),
            ..engine
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_here_wins() {
        let engine =
            Settings { backlog: Some(5), threads_per_address: Some(2), ..Settings::default() };
        let settings =
            ZestGlobalSettings { listener_threads_per_address: Some(3), ..Default::default() };
        let merged = settings.over(engine).expect("valid");
        assert_eq!((merged.threads_per_address, merged.backlog), (Some(3), Some(5)));
        assert!(!merged.single_listener);
    }

    #[test]
    fn too_many_threads_are_an_error() {
        let settings = ZestGlobalSettings {
            listener_threads_per_address: Some(usize::MAX),
            ..Default::default()
        };
        assert!(settings.over(Settings::default()).is_err());
    }
}

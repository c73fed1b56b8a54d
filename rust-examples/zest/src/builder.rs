//! From a configuration to a running service.

use crate::handle::Handle;
use crate::{Acceptor, Listener, Result, Settings, Shard, ShardedAcceptor};
use std::sync::Arc;
use zest_sys as sys;

/// Gathers listeners and settings; made by [`Acceptor::builder`].
#[derive(Debug, Default)]
#[must_use]
pub struct Builder {
    listeners: Vec<Listener>,
    settings: Settings,
}

impl Builder {
    /// Listen on one address more.
    pub fn listener(mut self, listener: Listener) -> Self {
        self.listeners.push(listener);
        self
    }

    /// Listen on many addresses more.
    pub fn listeners(mut self, listeners: impl IntoIterator<Item = Listener>) -> Self {
        self.listeners.extend(listeners);
        self
    }

    /// How to listen; replaces what was set before.
    pub fn settings(self, settings: Settings) -> Self {
        Self { settings, ..self }
    }

    /// Bind, and start one accepting thread per (address, index). Succeeds if at least one came up;
    /// [`Acceptor::report`] tells of each. Blocks for the start of the threads, at most 10 s.
    ///
    /// # Errors
    ///
    /// What made the first listener fail, naming its address. A port that a stranger has open is
    /// [`AddressInUse`](crate::Status::AddressInUse), unless [`Listener::join`] allows it.
    pub fn listen(self) -> Result<Acceptor> {
        let (handle, report) = Handle::listen(self.listeners, &self.settings, 0)?;
        Ok(Acceptor::new(Arc::new(handle), report))
    }

    /// Bind without starting threads: each [`Shard`] has a socket of every address, and is driven
    /// by one thread of the host. `shards`: how many; 0: one per CPU that the process may use.
    /// Drive all of them, else what the kernel gives to a shard waits in vain.
    ///
    /// # Errors
    ///
    /// As [`listen`](Self::listen).
    pub fn listen_sharded(self, shards: u32) -> Result<(ShardedAcceptor, Vec<Shard>)> {
        let settings = Settings { threads_per_address: Some(shards), ..self.settings };
        let (handle, report) = Handle::listen(self.listeners, &settings, sys::ZEST_SHARDS)?;
        let handle = Arc::new(handle);
        let count = handle.shard_count()?;
        let shards = (0..count).map(|index| Shard::new(Arc::clone(&handle), index)).collect();
        Ok((ShardedAcceptor::new(handle, report), shards))
    }
}

//! What a service is made from.

use super::Service;
use crate::{Backend, Result};
use zest_sys as sys;

/// Settings of a [`Service`]; each has a default.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    raw: sys::zest_tunnel_settings,
}

impl Default for Builder {
    fn default() -> Self {
        Self { raw: sys::ZEST_TUNNEL_SETTINGS_INIT }
    }
}

impl Builder {
    /// Threads; by default one per CPU that the process may use.
    pub fn threads(mut self, threads: u32) -> Self {
        self.raw.threads = threads;
        self
    }

    /// Tunnels at once, with those whose end was not taken; by default 16384. Beyond it a join is
    /// refused with [`Status::LimitReached`](crate::Status::LimitReached).
    pub fn tunnels(mut self, most: u32) -> Self {
        self.raw.tunnels = most;
        self
    }

    /// Receive buffers of each thread: how many (a power of two) of how many bytes; by default 256
    /// of 32 KiB.
    pub fn buffers(mut self, count: u32, size: u32) -> Self {
        (self.raw.buffers, self.raw.buffer_size) = (count, size);
        self
    }

    /// By default what the kernel lets us have.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.raw.backend = match backend {
            Backend::IoUring => sys::ZEST_TUNNEL_BACKEND_IO_URING,
            Backend::Epoll => sys::ZEST_TUNNEL_BACKEND_EPOLL,
            _ => sys::ZEST_TUNNEL_BACKEND_AUTO,
        };
        self
    }

    /// Load the kernel's socket map, for [`Engine::Sockmap`](super::Engine::Sockmap); where it
    /// can't be had, [`Stats::note`](super::Stats::note) says why.
    pub fn load_sockmap(mut self) -> Self {
        self.raw.flags |= sys::ZEST_TUNNEL_LOAD_SOCKMAP;
        self
    }

    /// Start the threads.
    ///
    /// # Errors
    /// A setting out of its range, or what the system refuses.
    pub fn start(&self) -> Result<Service> {
        Service::start(&self.raw)
    }
}

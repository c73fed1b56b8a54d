//! How a service listens.

use crate::SocketOptions;
use zest_sys as sys;

/// Which socket of an address gets a new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Steering {
    /// By the kernel's hash of the addresses.
    #[default]
    Hash,
    /// The one with the index of the CPU that the packet came in on.
    Cpu,
    /// The less loaded of two at random. Needs `CAP_BPF` and `CAP_NET_ADMIN`; where refused, hash,
    /// and the report says so.
    LessLoaded,
}

/// How zest asks the kernel for connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Backend {
    /// io_uring where the kernel lets us, else epoll.
    #[default]
    Auto,
    /// io_uring.
    IoUring,
    /// epoll.
    Epoll,
}

/// Settings of a service. Made with `Settings { backlog: Some(64), ..Settings::default() }`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// One socket and thread per address, without `SO_REUSEPORT`.
    pub single_listener: bool,
    /// Default: one per CPU that the process may use. Most 1024.
    /// [`listen_sharded`](crate::Builder::listen_sharded) says its own count.
    pub threads_per_address: Option<u32>,
    /// Default: the system's most, `net.core.somaxconn`.
    pub backlog: Option<u32>,
    /// Accepted but not taken, per thread; then accepting pauses and the kernel's backlog holds.
    /// Default 1024; most 1048576.
    pub queue_capacity: Option<u32>,
    /// Default: by hash.
    pub steering: Steering,
    /// Default: automatic.
    pub backend: Backend,
    /// Thread i runs on the i-th allowed CPU alone, and prefers the memory of its NUMA node.
    pub pin_cpus: bool,
    /// Event fds are pipes, for event loops that refuse eventfds.
    pub notify_pipe: bool,
    /// Of all listeners that have none of their own.
    pub socket_options: SocketOptions,
}

impl Steering {
    pub(crate) fn from_raw(number: u32) -> Self {
        match number {
            sys::ZEST_STEER_CPU => Self::Cpu,
            sys::ZEST_STEER_LESS_LOADED => Self::LessLoaded,
            _ => Self::Hash,
        }
    }

    pub(crate) fn as_raw(self) -> u32 {
        match self {
            Self::Hash => sys::ZEST_STEER_HASH,
            Self::Cpu => sys::ZEST_STEER_CPU,
            Self::LessLoaded => sys::ZEST_STEER_LESS_LOADED,
        }
    }
}

impl Backend {
    pub(crate) fn from_raw(number: u32) -> Self {
        match number {
            sys::ZEST_BACKEND_IO_URING => Self::IoUring,
            sys::ZEST_BACKEND_EPOLL => Self::Epoll,
            _ => Self::Auto,
        }
    }

    pub(crate) fn as_raw(self) -> u32 {
        match self {
            Self::Auto => sys::ZEST_BACKEND_AUTO,
            Self::IoUring => sys::ZEST_BACKEND_IO_URING,
            Self::Epoll => sys::ZEST_BACKEND_EPOLL,
        }
    }
}

impl Settings {
    /// The C form, but for the socket options, which it would point to.
    pub(crate) fn to_raw(&self) -> sys::zest_settings {
        let mut flags = 0;
        if self.single_listener {
            flags |= sys::ZEST_SINGLE_LISTENER;
        }
        if self.pin_cpus {
            flags |= sys::ZEST_PIN_CPUS;
        }
        if self.notify_pipe {
            flags |= sys::ZEST_NOTIFY_PIPE;
        }
        sys::zest_settings {
            flags,
            threads_per_address: self.threads_per_address.unwrap_or(0),
            backlog: self.backlog.unwrap_or(0),
            queue_capacity: self.queue_capacity.unwrap_or(0),
            steering: self.steering.as_raw(),
            backend: self.backend.as_raw(),
            ..sys::ZEST_SETTINGS_INIT
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_become_flags_and_numbers() {
        let settings = Settings {
            single_listener: true,
            pin_cpus: true,
            threads_per_address: Some(4),
            steering: Steering::Cpu,
            backend: Backend::Epoll,
            ..Settings::default()
        };
        let raw = settings.to_raw();
        assert_eq!(raw.flags, sys::ZEST_SINGLE_LISTENER | sys::ZEST_PIN_CPUS);
        assert_eq!((raw.threads_per_address, raw.backlog), (4, 0));
        assert_eq!(Steering::from_raw(raw.steering), Steering::Cpu);
        assert_eq!(Backend::from_raw(raw.backend), Backend::Epoll);
    }
}

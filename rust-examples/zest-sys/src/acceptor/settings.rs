//! How to listen: threads or shards, backlog, queue, steering, backend.

use super::zest_socket_options;
use std::ptr;

/// One socket and thread per address, without SO_REUSEPORT.
pub const ZEST_SINGLE_LISTENER: u32 = 1 << 0;
/// No threads: the host drives shards with `zest_shard_next`.
pub const ZEST_SHARDS: u32 = 1 << 1;
/// Event fds are pipes, for hosts that refuse eventfds (Node).
pub const ZEST_NOTIFY_PIPE: u32 = 1 << 2;
/// Thread i runs on the i-th allowed CPU alone, and prefers the memory of that CPU's NUMA node.
pub const ZEST_PIN_CPUS: u32 = 1 << 3;
/// Every settings flag.
pub const ZEST_SETTINGS_FLAGS_ALL: u32 = 15;

/// Steering: the kernel's hash of the addresses.
pub const ZEST_STEER_HASH: u32 = 0;
/// Steering: the socket with the index of the CPU that the packet came in on.
pub const ZEST_STEER_CPU: u32 = 1;
/// Steering: the less loaded of two at random; needs CAP_BPF and CAP_NET_ADMIN; where refused,
/// hash, and the report says so.
pub const ZEST_STEER_LESS_LOADED: u32 = 2;

/// io_uring where the kernel lets us, else epoll.
pub const ZEST_BACKEND_AUTO: u32 = 0;
/// io_uring.
pub const ZEST_BACKEND_IO_URING: u32 = 1;
/// epoll.
pub const ZEST_BACKEND_EPOLL: u32 = 2;

/// Settings of one service.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_settings {
    /// Size of this struct.
    pub struct_size: u32,
    /// [`ZEST_SINGLE_LISTENER`], ...
    pub flags: u32,
    /// Or shards; 0: one per CPU that the process may use; most 1024.
    pub threads_per_address: u32,
    /// 0: the system's most (net.core.somaxconn).
    pub backlog: u32,
    /// Accepted but not taken, per thread; then accepting pauses and the kernel's backlog holds.
    /// 0: 1024; most 1048576.
    pub queue_capacity: u32,
    /// `ZEST_STEER_...`
    pub steering: u32,
    /// `ZEST_BACKEND_...`; AUTO: io_uring where the kernel lets us.
    pub backend: u32,
    /// 0.
    pub reserved: u32,
    /// NULL: the defaults.
    pub socket_options: *const zest_socket_options,
}

/// Every setting at its default.
pub const ZEST_SETTINGS_INIT: zest_settings = zest_settings {
    struct_size: size_of::<zest_settings>() as u32,
    flags: 0,
    threads_per_address: 0,
    backlog: 0,
    queue_capacity: 0,
    steering: ZEST_STEER_HASH,
    backend: ZEST_BACKEND_AUTO,
    reserved: 0,
    socket_options: ptr::null(),
};

//! What to listen on: protocols, socket options, one address.

use std::ffi::c_char;
use std::ptr;

/// A TCP listener.
pub const ZEST_TCP: u32 = 0;
/// A bound UDP socket.
pub const ZEST_UDP: u32 = 1;
/// A Unix stream listener.
pub const ZEST_UNIX: u32 = 2;

/// Leaves the choice to zest, or to the kernel where said.
pub const ZEST_DEFAULT: u32 = 0;
/// On.
pub const ZEST_ON: u32 = 1;
/// Off.
pub const ZEST_OFF: u32 = 2;

/// Options of the listening sockets, and, by inheritance, of those accepted from them. Sizes in
/// bytes, times as named; 0 is the kernel's default unless a default is given.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_socket_options {
    /// Size of this struct.
    pub struct_size: u32,
    /// TCP_NODELAY; default on.
    pub nodelay: u32,
    /// SO_KEEPALIVE; default off.
    pub keepalive: u32,
    /// TCP_KEEPIDLE.
    pub keepalive_idle_s: u32,
    /// TCP_KEEPINTVL.
    pub keepalive_interval_s: u32,
    /// TCP_KEEPCNT.
    pub keepalive_count: u32,
    /// SO_RCVBUF.
    pub receive_buffer: u32,
    /// SO_SNDBUF.
    pub send_buffer: u32,
    /// TCP_DEFER_ACCEPT: accept when the first bytes are there.
    pub defer_accept_s: u32,
    /// TCP_FASTOPEN: pending requests that may carry data.
    pub fast_open_queue: u32,
    /// IPV6_V6ONLY; default the kernel's (net.ipv6.bindv6only).
    pub v6only: u32,
    /// SO_BUSY_POLL; above the sysctl needs CAP_NET_ADMIN.
    pub busy_poll_us: u32,
    /// IP_TRANSPARENT; default off; needs CAP_NET_ADMIN.
    pub transparent: u32,
}

/// Every option at its default.
pub const ZEST_SOCKET_OPTIONS_INIT: zest_socket_options = zest_socket_options {
    struct_size: size_of::<zest_socket_options>() as u32,
    nodelay: 0,
    keepalive: 0,
    keepalive_idle_s: 0,
    keepalive_interval_s: 0,
    keepalive_count: 0,
    receive_buffer: 0,
    send_buffer: 0,
    defer_accept_s: 0,
    fast_open_queue: 0,
    v6only: 0,
    busy_poll_us: 0,
    transparent: 0,
};

/// One socket without SO_REUSEPORT, whatever the settings say.
pub const ZEST_LISTENER_SINGLE: u32 = 1 << 0;
/// Share the port with sockets that others have open on it.
pub const ZEST_LISTENER_JOIN: u32 = 1 << 1;
/// Listen on `fd` instead of opening `address`.
pub const ZEST_LISTENER_ADOPT_FD: u32 = 1 << 2;
/// Every listener flag.
pub const ZEST_LISTENER_FLAGS_ALL: u32 = 7;

/// One address to listen on. An array of these has its first element's `struct_size` as stride.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_listener_config {
    /// Size of this struct.
    pub struct_size: u32,
    /// `ZEST_LISTENER_...`
    pub flags: u32,
    /// Yours, unique in the array; comes with each connection.
    pub listener_id: u64,
    /// "127.0.0.1:80", "\[::1\]:0", ":80" (every address, IPv6 and IPv4), "unix:/run/x.sock",
    /// "unix:@abstract"; NULL with [`ZEST_LISTENER_ADOPT_FD`].
    pub address: *const c_char,
    /// [`ZEST_TCP`] or [`ZEST_UDP`]; a Unix address is a stream socket.
    pub protocol: u32,
    /// [`ZEST_LISTENER_ADOPT_FD`]: a bound socket (systemd, `zest_recv_fds`); take, at success and
    /// at failure.
    pub fd: i32,
    /// Permissions of the socket's file, as chmod; 0: by the umask.
    pub unix_mode: u32,
    /// 0.
    pub reserved: u32,
    /// NULL: those of the settings.
    pub socket_options: *const zest_socket_options,
}

/// A TCP listener without an address yet.
pub const ZEST_LISTENER_CONFIG_INIT: zest_listener_config = zest_listener_config {
    struct_size: size_of::<zest_listener_config>() as u32,
    flags: 0,
    listener_id: 0,
    address: ptr::null(),
    protocol: ZEST_TCP,
    fd: 0,
    unix_mode: 0,
    reserved: 0,
    socket_options: ptr::null(),
};

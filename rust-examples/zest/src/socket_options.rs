//! Options of listening sockets and of those accepted from them.

use std::time::Duration;
use zest_sys as sys;

/// Options of the listening sockets, and, by inheritance, of those accepted from them.
///
/// `None` everywhere is the default: the kernel's, unless said otherwise. Made with
/// `SocketOptions { nodelay: Some(false), ..SocketOptions::default() }`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SocketOptions {
    /// `TCP_NODELAY`; default on.
    pub nodelay: Option<bool>,
    /// `SO_KEEPALIVE`; default off.
    pub keepalive: Option<bool>,
    /// `TCP_KEEPIDLE`; whole seconds.
    pub keepalive_idle: Option<Duration>,
    /// `TCP_KEEPINTVL`; whole seconds.
    pub keepalive_interval: Option<Duration>,
    /// `TCP_KEEPCNT`.
    pub keepalive_count: Option<u32>,
    /// `SO_RCVBUF`, in bytes.
    pub receive_buffer: Option<u32>,
    /// `SO_SNDBUF`, in bytes.
    pub send_buffer: Option<u32>,
    /// `TCP_DEFER_ACCEPT`: accept when the first bytes are there; whole seconds.
    pub defer_accept: Option<Duration>,
    /// `TCP_FASTOPEN`: pending requests that may carry data.
    pub fast_open_queue: Option<u32>,
    /// `IPV6_V6ONLY`; default the kernel's `net.ipv6.bindv6only`.
    pub v6only: Option<bool>,
    /// `SO_BUSY_POLL`; above the sysctl it needs `CAP_NET_ADMIN`.
    pub busy_poll: Option<Duration>,
    /// `IP_TRANSPARENT`; default off; needs `CAP_NET_ADMIN`.
    pub transparent: Option<bool>,
}

impl SocketOptions {
    pub(crate) fn to_raw(&self) -> sys::zest_socket_options {
        sys::zest_socket_options {
            nodelay: switch(self.nodelay),
            keepalive: switch(self.keepalive),
            keepalive_idle_s: seconds(self.keepalive_idle),
            keepalive_interval_s: seconds(self.keepalive_interval),
            keepalive_count: self.keepalive_count.unwrap_or(0),
            receive_buffer: self.receive_buffer.unwrap_or(0),
            send_buffer: self.send_buffer.unwrap_or(0),
            defer_accept_s: seconds(self.defer_accept),
            fast_open_queue: self.fast_open_queue.unwrap_or(0),
            v6only: switch(self.v6only),
            busy_poll_us: micros(self.busy_poll),
            transparent: switch(self.transparent),
            ..sys::ZEST_SOCKET_OPTIONS_INIT
        }
    }
}

fn switch(value: Option<bool>) -> u32 {
    match value {
        None => sys::ZEST_DEFAULT,
        Some(true) => sys::ZEST_ON,
        Some(false) => sys::ZEST_OFF,
    }
}

/// Rounded up, so that a part of a second is not the default; what does not fit is the most.
fn seconds(value: Option<Duration>) -> u32 {
    units(value, 1_000_000_000)
}

fn micros(value: Option<Duration>) -> u32 {
    units(value, 1_000)
}

fn units(value: Option<Duration>, unit_ns: u128) -> u32 {
    let count = value.unwrap_or_default().as_nanos().div_ceil(unit_ns);
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_all_zero() {
        let raw = SocketOptions::default().to_raw();
        assert_eq!((raw.nodelay, raw.keepalive_idle_s, raw.transparent), (0, 0, 0));
    }

    #[test]
    fn switches_and_times_become_numbers() {
        let options = SocketOptions {
            nodelay: Some(false),
            keepalive: Some(true),
            keepalive_idle: Some(Duration::from_millis(1500)),
            busy_poll: Some(Duration::from_micros(50)),
            ..SocketOptions::default()
        };
        let raw = options.to_raw();
        assert_eq!((raw.nodelay, raw.keepalive), (sys::ZEST_OFF, sys::ZEST_ON));
        assert_eq!((raw.keepalive_idle_s, raw.busy_poll_us), (2, 50));
    }
}

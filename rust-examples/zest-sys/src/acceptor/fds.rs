//! Connections to and from another process, over a Unix socket.

use super::zest_connection;
use crate::base::{zest_error, zest_status};

/// The most connections that one message holds.
pub const ZEST_FDS_PER_MESSAGE: usize = 128;

unsafe extern "C" {
    /// Send connections with all that is known of them to another process, over a connected Unix
    /// socket (SCM_RIGHTS). The fds are borrowed: close yours when `*sent` counts them. At most 128
    /// go in one message, as many messages as needed. timeout_ms is for the whole; -1 waits without
    /// limit. `ZEST_OK`: all were sent. `ZEST_TIMED_OUT`, `ZEST_CLOSED` (the peer has gone),
    /// `ZEST_SYSTEM`: `*sent` says how many were. One sender at a time per socket. Since 0.1.
    pub fn zest_send_fds(
        unix_socket: i32,
        connections: *const zest_connection,
        count: usize,
        sent: *mut usize,
        timeout_ms: i32,
        error: *mut zest_error,
    ) -> zest_status;

    /// Receive what one message of [`zest_send_fds`] holds, up to 128: capacity must be at least
    /// that. The fds are yours, close-on-exec. `ZEST_CLOSED`: the peer closed. `ZEST_BAD_MESSAGE`:
    /// it sent something else; fds that came with it are closed. `out[0].struct_size` is the
    /// stride. One receiver at a time per socket. Since 0.1.
    pub fn zest_recv_fds(
        unix_socket: i32,
        out: *mut zest_connection,
        capacity: usize,
        count: *mut usize,
        timeout_ms: i32,
        error: *mut zest_error,
    ) -> zest_status;
}

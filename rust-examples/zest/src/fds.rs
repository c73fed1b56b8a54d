//! Connections to and from another process.

use crate::{Accepted, Error, Next, Result, timeout};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;
use zest_sys as sys;

const NO_ERROR: sys::zest_error =
    sys::zest_error { code: sys::ZEST_OK, os_errno: 0, message: [0; 256] };

/// Send connections with all that is known of them to another process, over a connected Unix stream
/// socket. `timeout` is for the whole; `None` waits without limit. One sender at a time per socket.
///
/// What was sent is taken from the front of `connections` and closed here; what is left in it was
/// not. `Ready`: all were sent; `Closed`: the peer has gone.
///
/// # Errors
///
/// The socket failed, or is no Unix socket.
pub fn send_fds(
    socket: impl AsFd,
    connections: &mut Vec<Accepted>,
    timeout: Option<Duration>,
) -> Result<Next<()>> {
    let raw: Vec<sys::zest_connection> = connections.iter().map(Accepted::as_raw).collect();
    let (mut sent, mut error) = (0, NO_ERROR);
    // SAFETY: raw, whose fds connections owns, and the out pointers live for the call.
    let status = unsafe {
        sys::zest_send_fds(
            socket.as_fd().as_raw_fd(),
            raw.as_ptr(),
            raw.len(),
            &raw mut sent,
            timeout::to_ms(timeout),
            &raw mut error,
        )
    };
    connections.drain(..sent.min(connections.len()));
    end(status, &error)
}

/// Receive what one message of [`send_fds`] holds, up to 128 connections. `timeout`: `None` waits
/// without limit. One receiver at a time per socket. `Closed`: the peer closed.
///
/// # Errors
///
/// The socket failed; [`BadMessage`](crate::Status::BadMessage): the peer sent something else, and
/// fds that came with it were closed.
pub fn recv_fds(socket: impl AsFd, timeout: Option<Duration>) -> Result<Next<Vec<Accepted>>> {
    let mut raw = vec![sys::ZEST_CONNECTION_INIT; sys::ZEST_FDS_PER_MESSAGE];
    let (mut count, mut error) = (0, NO_ERROR);
    // SAFETY: raw has the capacity given; it and the out pointers live for the call.
    let status = unsafe {
        sys::zest_recv_fds(
            socket.as_fd().as_raw_fd(),
            raw.as_mut_ptr(),
            raw.len(),
            &raw mut count,
            timeout::to_ms(timeout),
            &raw mut error,
        )
    };
    match end(status, &error)? {
        Next::Ready(()) => take_all(&raw[..count.min(raw.len())]).map(Next::Ready),
        Next::TimedOut => Ok(Next::TimedOut),
        Next::Closed => Ok(Next::Closed),
    }
}

fn end(status: sys::zest_status, error: &sys::zest_error) -> Result<Next<()>> {
    Next::<()>::from_status("", status).map_err(|_| Error::from_raw(status, error))
}

/// All or none: at an error the others are closed.
fn take_all(raw: &[sys::zest_connection]) -> Result<Vec<Accepted>> {
    // SAFETY: zest_recv_fds wrote these, and their fds are ours; each is taken once. Collecting
    // into a Vec first takes all of them, also behind one that fails.
    let taken: Vec<Result<Accepted>> =
        raw.iter().map(|one| unsafe { Accepted::from_raw(one) }).collect();
    taken.into_iter().collect()
}

//! What a taking call gives.

use crate::{Accepted, Error, Result};
use zest_sys as sys;

/// Something that came: a connection, or the news that a listener ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A connected socket.
    Connection(Accepted),
    /// The thread of one listener ended; connections of the others still come.
    ListenerFailed {
        /// Of the listener.
        listener_id: u64,
        /// Which of its threads or shards.
        shard: u32,
        /// Why.
        error: Error,
    },
}

impl Event {
    /// The connection, if it is one.
    #[must_use]
    pub fn into_connection(self) -> Option<Accepted> {
        match self {
            Self::Connection(accepted) => Some(accepted),
            Self::ListenerFailed { .. } => None,
        }
    }

    /// Take over what a call of the C API wrote: an event has no fd.
    ///
    /// # Safety
    ///
    /// The fd of raw is -1 or open and owned by nobody else.
    pub(crate) unsafe fn from_raw(raw: &sys::zest_connection) -> Result<Self> {
        if raw.fd >= 0 {
            // SAFETY: the caller's promise.
            return unsafe { Accepted::from_raw(raw) }.map(Self::Connection);
        }
        let error = Error::listener_failed(raw);
        Ok(Self::ListenerFailed { listener_id: raw.listener_id, shard: raw.shard, error })
    }
}

/// How a call that may wait ended.
#[derive(Debug)]
#[must_use]
pub enum Next<T> {
    /// Something came, or all was done.
    Ready(T),
    /// The time given was over first.
    TimedOut,
    /// Nothing will come any more: shut down and drained, or the peer has gone.
    Closed,
}

impl<T> Next<T> {
    /// What came, if anything did.
    #[must_use]
    pub fn ready(self) -> Option<T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::TimedOut | Self::Closed => None,
        }
    }

    /// The same end, with what came turned into something else.
    pub(crate) fn map<U>(self, turn: impl FnOnce(T) -> U) -> Next<U> {
        match self {
            Self::Ready(value) => Next::Ready(turn(value)),
            Self::TimedOut => Next::TimedOut,
            Self::Closed => Next::Closed,
        }
    }

    /// The end that a status tells of; any other status is an error of call.
    pub(crate) fn from_status(call: &str, status: sys::zest_status) -> Result<Next<()>> {
        match status {
            sys::ZEST_OK | sys::ZEST_LISTENER_FAILED => Ok(Next::Ready(())),
            sys::ZEST_TIMED_OUT => Ok(Next::TimedOut),
            sys::ZEST_CLOSED => Ok(Next::Closed),
            _ => Err(Error::from_status(call, status)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accepted::tests::raw_pair;
    use crate::{Protocol, Status};

    #[test]
    fn an_fd_makes_a_connection_and_none_an_event() {
        let (raw, _theirs) = raw_pair(Protocol::Unix);
        // SAFETY: raw_pair gave its fd away.
        let event = unsafe { Event::from_raw(&raw) }.expect("an event");
        assert_eq!(event.into_connection().expect("a connection").listener_id, 7);
        // SAFETY: there is no fd.
        let event = unsafe { Event::from_raw(&sys::ZEST_CONNECTION_INIT) }.expect("an event");
        assert!(matches!(event, Event::ListenerFailed { .. }));
    }

    #[test]
    fn statuses_are_ends_or_errors() {
        let end = |status| Next::<()>::from_status("zest_next", status);
        assert!(matches!(end(sys::ZEST_OK), Ok(Next::Ready(()))));
        assert!(matches!(end(sys::ZEST_LISTENER_FAILED), Ok(Next::Ready(()))));
        assert!(matches!(end(sys::ZEST_TIMED_OUT), Ok(Next::TimedOut)));
        assert!(matches!(end(sys::ZEST_CLOSED), Ok(Next::Closed)));
        let error = end(sys::ZEST_WRONG_THREAD).expect_err("an error");
        assert_eq!(error.status(), Status::WrongThread);
        assert_eq!(error.to_string(), "zest_next: ZEST_WRONG_THREAD");
    }
}

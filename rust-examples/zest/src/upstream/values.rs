//! What is told of requests and of origins.

use crate::{Address, Moment};
use std::time::Duration;
use zest_sys as sys;

/// What came of a request: for statistics, and for balancing to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    status: u16,
    failed: bool,
    first_byte: Duration,
}

impl Outcome {
    /// An answer with this status.
    #[must_use]
    pub fn answered(status: u16) -> Self {
        Self { status: status.min(999), ..Self::default() }
    }

    /// The origin's fault: no answer in time, or one that was cut or bad.
    #[must_use]
    pub fn failed() -> Self {
        Self { failed: true, ..Self::default() }
    }

    /// From the request's last byte to the answer's first.
    #[must_use]
    pub fn first_byte_after(self, time: Duration) -> Self {
        Self { first_byte: time, ..self }
    }

    pub(super) fn to_raw(self) -> sys::zest_outcome {
        sys::zest_outcome {
            failed: self.failed.into(),
            status: self.status.into(),
            first_byte_ns: i64::try_from(self.first_byte.as_nanos()).unwrap_or(i64::MAX),
            ..sys::ZEST_OUTCOME_INIT
        }
    }
}

/// When to tend next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tend {
    /// None: when connections have been given back.
    pub deadline: Option<Moment>,
}

impl Tend {
    pub(super) fn from_raw(raw: &sys::zest_tend) -> Self {
        let known = raw.deadline_ns < i64::MAX;
        Self { deadline: known.then(|| Moment::from_nanos(raw.deadline_ns)) }
    }
}

/// How the last attempt to connect to an origin went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeerState {
    /// There was none yet.
    Unknown,
    /// Well.
    Up,
    /// Badly; the origin is tried again in its turn.
    Down,
}

impl PeerState {
    fn from_raw(number: u32) -> Self {
        match number {
            sys::ZEST_PEER_UP => Self::Up,
            sys::ZEST_PEER_DOWN => Self::Down,
            _ => Self::Unknown,
        }
    }
}

macro_rules! peer {
    ($($(#[$doc:meta])* $field:ident: $type:ty),+ $(,)?) => {
        /// One origin: what stands now, and counters since the start.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Peer {
            /// Where it is.
            pub address: Address,
            /// How the last attempt to connect went.
            pub state: PeerState,
            /// From requests to the first bytes of their answers, smoothed; zero: none was told.
            pub first_byte: Duration,
            $($(#[$doc])* pub $field: $type),+
        }

        impl Peer {
            pub(super) fn from_raw(raw: &sys::zest_peer) -> Self {
                Self {
                    address: Address::from_raw(&raw.address),
                    state: PeerState::from_raw(raw.state),
                    first_byte: Duration::from_nanos(u64::try_from(raw.first_byte_ns).unwrap_or(0)),
                    $($field: raw.$field),+
                }
            }
        }
    };
}

peer! {
    /// Requests under way.
    active: u32,
    /// Pooled connections.
    idle: u32,
    /// Connections begun.
    connects: u64,
    /// Of these, failed.
    connect_failures: u64,
    /// Requests on a pooled connection.
    reused: u64,
    /// Requests given back.
    requests: u64,
    /// Of these, failed.
    failures: u64,
    /// Requests that were asked elsewhere in the end.
    retries: u64,
    /// By status class: `[2]` is 2xx; `[0]`: an outcome without one.
    answers: [u64; 6],
    /// Pooled connections that the origin ended.
    dropped_idle: u64,
    /// That were idle for too long.
    expired: u64,
    /// Not pooled: there were as many as may be.
    crowded_out: u64,
}

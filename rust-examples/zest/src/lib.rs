//! Accept connections on many addresses and cores: the safe face of `libzest`; and, with the
//! feature `pipeline`, of `libzest-proxy`: the modules `http`, `proxy`, `tls`,
//! `tunnel` and `upstream`.
//!
//! Each (address, index) has a thread of its own, made by zest, that accepts; the host takes the
//! connected sockets from an [`Acceptor`]:
//!
//! ```no_run
//! use zest::{Acceptor, Event, Listener};
//!
//! # fn main() -> Result<(), zest::Error> {
//! let acceptor = Acceptor::builder()
//!     .listener(Listener::tcp("127.0.0.1:8080").id(1))
//!     .listener(Listener::tcp("[::1]:8081").id(2))
//!     .listen()?;
//! println!("{}", acceptor.report());
//! for event in acceptor.incoming() {
//!     match event? {
//!         Event::Connection(a) => println!("{} from {}", a.listener_id, a.remote),
//!         Event::ListenerFailed { error, .. } => eprintln!("{error}"),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Or without threads: [`Builder::listen_sharded`] gives one [`Shard`] per core, each of which one
//! thread of the host binds and drives.
//!
//! # Ways to take
//!
//! | from | blocking | feature `tokio` |
//! | --- | --- | --- |
//! | all queues: [`Acceptor`] | `next`, `next_timeout`, `next_batch`, … | `AsyncAcceptor` |
//! | one thread's queue: [`Queue`] | the same | `AsyncQueue` |
//! | a shard of your own: [`ShardDriver`] | the same | `AsyncShard` |
//!
//! With feature `tokio` there is also the module `service`, a whole acceptor behind one channel.
//!
//! # Ownership
//!
//! Every fd that comes out is an [`OwnedFd`](std::os::fd::OwnedFd): dropping what was not taken
//! apart closes it. Accepted sockets are non-blocking and close-on-exec. Dropping an acceptor shuts
//! it down at once and joins its threads; [`Acceptor::shutdown`] first does it gracefully.

// The programs of the page for hosts compile.
#[cfg(all(doctest, feature = "tokio", feature = "pipeline"))]
#[doc = include_str!("../../../docs/RUST_HOST.md")]
mod rust_host {}

mod accepted;
mod acceptor;
mod address;
mod batch;
mod builder;
mod control;
mod convert;
mod error;
mod event;
mod fds;
mod handle;
#[cfg(feature = "pipeline")]
pub mod http;
mod incoming;
mod listener;
mod lower;
mod moment;
mod protocol;
#[cfg(feature = "pipeline")]
pub mod proxy;
mod queue;
mod receipt;
mod report;
mod settings;
mod shard;
mod sharded;
mod socket_options;
mod source;
mod stats;
mod status;
mod taking;
mod text;
mod timeout;
#[cfg(feature = "pipeline")]
pub mod tls;
#[cfg(feature = "pipeline")]
pub mod tunnel;
#[cfg(feature = "pipeline")]
pub mod upstream;

#[cfg(feature = "tokio")]
mod async_acceptor;
#[cfg(feature = "tokio")]
mod async_queue;
#[cfg(feature = "tokio")]
mod async_shard;
#[cfg(feature = "tokio")]
mod awaiting;
#[cfg(feature = "tokio")]
pub mod service;
#[cfg(feature = "tokio")]
mod watched;

pub use accepted::Accepted;
pub use acceptor::Acceptor;
pub use address::{Address, UnixAddress};
pub use batch::{Batch, Drain};
pub use builder::Builder;
pub use convert::WrongProtocol;
pub use error::{Error, Result};
pub use event::{Event, Next};
pub use fds::{recv_fds, send_fds};
pub use incoming::Incoming;
pub use listener::Listener;
pub use moment::Moment;
pub use protocol::Protocol;
pub use queue::Queue;
pub use receipt::Receipt;
pub use report::{Report, ReportRow};
pub use settings::{Backend, Settings, Steering};
pub use shard::{Shard, ShardDriver};
pub use sharded::ShardedAcceptor;
pub use socket_options::SocketOptions;
pub use stats::{Health, ShardStats, Stats};
pub use status::Status;

#[cfg(feature = "tokio")]
pub use async_acceptor::AsyncAcceptor;
#[cfg(feature = "tokio")]
pub use async_queue::AsyncQueue;
#[cfg(feature = "tokio")]
pub use async_shard::AsyncShard;
#[cfg(feature = "tokio")]
pub use service::{
    AcceptedConnection, ZestGlobalSettings, ZestListenerConfig, ZestProtocol, ZestService,
    ZestServiceBuilder, ZestTransportStream,
};

/// The version of the running `libzest` as (major, minor, patch). Any thread.
#[must_use]
pub fn library_version() -> (u32, u32, u32) {
    // SAFETY: no arguments, never fails.
    let number = unsafe { zest_sys::zest_version() };
    (number >> 16, (number >> 8) & 0xff, number & 0xff)
}

//! Origins that serve the same, and pooled connections to them, for programs with a loop of their
//! own.
//!
//! ```no_run
//! use std::io::{Read, Write};
//! use zest::upstream::{Outcome, Upstream};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let upstream = Upstream::builder().address("127.0.0.1:3000").address("127.0.0.1:3001").build()?;
//! let link = upstream.take()?.wait()?; // blocks; see Connecting for loops
//! let mut socket = link.blocking()?;
//! socket.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")?;
//! # let mut answer = [0; 4096];
//! socket.read(&mut answer)?; // all of it, here
//! drop(socket);
//! link.give_back(&Outcome::answered(200));
//! # Ok(())
//! # }
//! ```
//!
//! An [`Upstream`] is `Send` and `Sync`: any thread may take from it. With the feature `tokio`,
//! [`Upstream::connect`] waits for a connection, which then reads and writes as one of Tokio's.
//!
//! Dropping a [`Link`] closes its connection; [`Link::give_back`] keeps it for the next request.

mod builder;
mod cluster;
mod connecting;
mod link;
mod values;

#[cfg(feature = "tokio")]
mod async_link;

#[cfg(feature = "tokio")]
pub use async_link::AsyncLink;
pub use builder::{Builder, Strategy};
pub use cluster::Upstream;
pub use connecting::{Connecting, Step};
pub use link::{Blocking, Link};
pub use values::{Outcome, Peer, PeerState, Tend};

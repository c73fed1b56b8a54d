//! Two connected sockets joined: what one says the other is told, until both have said all.
//!
//! Threads of a [`Service`] carry the bytes: copied, through a pipe, or by the kernel alone
//! ([`Engine`]). A slow reader stops its sender, a side's end is passed on after its last byte, and
//! what was cut never looks whole.
//!
//! ```no_run
//! use zest::tunnel::{End, Options, Service};
//! # fn main() -> zest::Result<()> {
//! # let a = std::net::TcpStream::connect("127.0.0.1:1").unwrap();
//! # let b = std::net::TcpStream::connect("127.0.0.1:1").unwrap();
//! let service = Service::builder().threads(2).start()?;
//! let id = service.join(a, b, &Options::default())?;
//! while let Some(ended) = service.next(None)?.ready() {
//!     assert_eq!(ended.id, id);
//!     println!("{:?}: {} bytes, {} back", ended.end, ended.a_to_b, ended.b_to_a);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! With the feature `tokio` an `AsyncService` awaits it:
//!
#![cfg_attr(feature = "tokio", doc = "```no_run")]
#![cfg_attr(not(feature = "tokio"), doc = "```ignore")]
//! # use tokio::net::TcpStream;
//! # async fn upgraded(client: TcpStream, origin: TcpStream) -> zest::Result<()> {
//! use zest::tunnel::{AsyncService, Service};
//!
//! let service = AsyncService::new(Service::builder().start()?)?;
//! let ended = service.join(client, origin).await?;
//! println!("{ended:?}");
//! # Ok(())
//! # }
//! ```

mod builder;
mod ended;
mod options;
mod service;
mod side;
mod stats;

#[cfg(feature = "tokio")]
mod async_service;
#[cfg(feature = "tokio")]
mod carried;
#[cfg(feature = "tokio")]
mod pump;

pub use builder::Builder;
pub use ended::{End, Ended};
pub use options::{Engine, Options};
pub use service::Service;
pub use side::Side;
pub use stats::{Receipt, Stats};

#[cfg(feature = "tokio")]
pub use async_service::AsyncService;
#[cfg(feature = "tokio")]
pub use carried::Tunnel;

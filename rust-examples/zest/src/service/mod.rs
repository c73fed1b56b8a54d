//! A whole acceptor behind one channel: the API that the host *lemon* knows.
//!
//! ```no_run
//! use tokio::sync::watch;
//! use zest::service::{
//!     ZestGlobalSettings, ZestListenerConfig, ZestProtocol, ZestService, ZestTransportStream,
//! };
//!
//! # async fn run() -> anyhow::Result<()> {
//! let (stop, stopped) = watch::channel(());
//! let listeners = vec![ZestListenerConfig {
//!     listen_address: "127.0.0.1:8080".parse()?,
//!     listener_id: 1,
//!     protocol: ZestProtocol::Tcp,
//! }];
//! let settings = ZestGlobalSettings { tcp_listen_backlog: Some(1024), ..Default::default() };
//! let mut connections = ZestService::listen(listeners, settings, stopped).await?;
//! while let Some(connection) = connections.recv().await {
//!     match connection.stream {
//!         ZestTransportStream::Tcp(stream) => drop(stream),
//!         ZestTransportStream::Udp(socket) => drop(socket),
//!     }
//! }
//! # drop(stop);
//! # Ok(())
//! # }
//! ```
//!
//! A change on the watch channel, or the drop of its sender, shuts down gracefully: what the kernel
//! had queued still comes out of the channel, then it closes. The same happens, with nobody to take
//! them, when the receiver is dropped.
//!
//! [`ZestService::builder`] gives in addition a handle, which has the setup report, the counters
//! and a shutdown that answers with the receipt.

mod builder;
mod config;
mod connection;
mod outgoing;
mod pump;
mod running;
mod stop;

pub use builder::ZestServiceBuilder;
pub use config::{ZestGlobalSettings, ZestListenerConfig, ZestProtocol};
pub use connection::{AcceptedConnection, ZestTransportStream};
pub use running::ZestService;

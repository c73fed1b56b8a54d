//! TLS 1.2 and 1.3 on sockets of this program: by zest's own record engine, or by the kernel's
//! ([`Records`]).
//!
//! A [`ServerContext`] or [`ClientContext`] says how; a [`Connection`] is driven step by step in
//! whatever loop there is. With the feature `tokio` a `Stream` is `AsyncRead` and `AsyncWrite`:
//!
#![cfg_attr(feature = "tokio", doc = "```no_run")]
#![cfg_attr(not(feature = "tokio"), doc = "```ignore")]
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use zest::tls::{ClientConfig, ClientContext, Stream};
//!
//! # async fn ask() -> std::io::Result<()> {
//! let context = ClientContext::new(&ClientConfig::default())?;
//! let socket = tokio::net::TcpStream::connect("example.org:443").await?;
//! let mut stream = Stream::connect(&context, socket, "example.org").await?;
//! stream.write_all(b"GET / HTTP/1.0\r\nHost: example.org\r\n\r\n").await?;
//! let mut answer = Vec::new();
//! stream.read_to_end(&mut answer).await?; // fails if it was cut
//! println!("{} by {}", answer.len(), stream.facts().expect("open").cipher);
//! # Ok(())
//! # }
//! ```

mod config;
mod connection;
mod context;
mod facts;
mod raw;

#[cfg(feature = "tokio")]
mod stream;

pub use config::{Certificate, ClientConfig, Clients, Kernel, Pem, ServerConfig, Version};
pub use connection::{Connection, Step};
pub use context::{ClientContext, ServerContext};
pub use facts::{Facts, Records};

#[cfg(feature = "tokio")]
pub use stream::{Socket, Stream};

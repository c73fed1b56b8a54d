//! `zest/tls.h`: TLS on sockets of a host, in its own loop.
//!
//! * Library: `libzest-proxy`, which the feature `pipeline` links.
//! * Life: [`zest_tls_context_server`] or [`zest_tls_context_client`], once; for each connection
//!   [`zest_tls_server`] or [`zest_tls_client`], [`zest_tls_handshake`] until `ZEST_OK`,
//!   [`zest_tls_read`] and [`zest_tls_write`], [`zest_tls_shutdown`], [`zest_tls_free`].
//! * Threads: a context belongs to any thread, a connection to one at a time.

mod connection;
mod context;

pub use connection::*;
pub use context::*;

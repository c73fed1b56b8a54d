//! `zest/acceptor.h`: listen on many addresses and cores, and take the connected sockets.
//!
//! * Life: [`zest_listen`]; [`zest_next`] again and again; [`zest_shutdown`]; `zest_next` until
//!   `ZEST_CLOSED`; [`zest_service_free`].
//! * Threads: "Any thread" means at any time, from several at once. Only `zest_service_free` must
//!   be the last call on its handle; it waits for calls that are still inside.
//! * Waiting: [`zest_service_event_fd`]; when it is readable, take until `ZEST_TIMED_OUT`.

mod connection;
mod fds;
mod listener;
mod report;
mod service;
mod settings;
mod stats;

pub use connection::*;
pub use fds::*;
pub use listener::*;
pub use report::*;
pub use service::*;
pub use settings::*;
pub use stats::*;

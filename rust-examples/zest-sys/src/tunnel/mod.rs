//! `zest/tunnel.h`: two connected sockets joined.
//!
//! * Library: `libzest-proxy`, which the feature `pipeline` links.
//! * Life: [`zest_tunnel_service_start`]; [`zest_tunnel_join`] for each pair, [`zest_tunnel_next`]
//!   for each end; [`zest_tunnel_service_shutdown`]; [`zest_tunnel_service_free`].
//! * Threads: "Any thread" means at any time, from several at once. Only
//!   `zest_tunnel_service_free` must be the last call on its handle.

mod end;
mod join;

pub use end::*;
pub use join::*;

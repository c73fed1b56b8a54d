//! `zest/upstream.h`: origins that serve the same, and pooled connections to them.
//!
//! * Library: `libzest-proxy`, which the feature `pipeline` links.
//! * Life: [`zest_upstream_new`]; for each request [`zest_upstream_take`], [`zest_link_go_on`]
//!   while it says to wait, and [`zest_link_give_back`]; now and then [`zest_upstream_tend`];
//!   [`zest_upstream_free`].
//! * Threads: a `zest_upstream` may be used by any, several at once; only `zest_upstream_free` must
//!   be the last call on it. A `zest_link`: one thread at a time.

mod config;
mod link;
mod peer;

pub use config::*;
pub use link::*;
pub use peer::*;

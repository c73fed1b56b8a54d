//! `zest/proxy.h`: a whole HTTP reverse proxy inside a process.
//!
//! * Library: `libzest-proxy`, which the feature `pipeline` links.
//! * Life: [`zest_proxy_start`]; [`zest_proxy_serve`], [`zest_proxy_reload`] as you like;
//!   [`zest_proxy_drain`]; [`zest_proxy_free`].
//! * Threads: "Any thread" means at any time, from several at once. Only `zest_proxy_free` must be
//!   the last call on its handle.

mod life;
mod observe;
mod record;

pub use life::*;
pub use observe::*;
pub use record::*;

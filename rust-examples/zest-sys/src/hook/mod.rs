//! `zest/hook.h`: what a program decides in a [`zest_proxy`]: requests of routes with a hook, and
//! connections of protocols that it speaks itself.
//!
//! * Requests: a \[\[route\]\] with `hook = "name"` has its requests put before the host.
//! * Queue: [`zest_hook_fd`], [`zest_hook_next`]; decide by the number, from any thread.
//! * Numbers: each is used once; deciding twice, late or by a wrong one is a status.

mod calls;
mod types;

pub use calls::*;
pub use types::*;

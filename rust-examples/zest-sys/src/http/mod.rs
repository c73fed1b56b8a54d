//! `zest/http.h`: HTTP/1 heads and chunked bodies, in and out, over memory of the caller's.
//!
//! * Library: `libzest-proxy`, which the feature `pipeline` links.
//! * Memory: nothing is allocated, copied or kept; state between calls is in a struct of yours,
//!   which begins as zeros.
//! * Threads: any, without setup; one object by one thread at a time.

mod parse;
mod state;
mod types;
mod write;

pub use parse::*;
pub use state::*;
pub use types::*;
pub use write::*;

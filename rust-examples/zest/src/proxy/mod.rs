//! A whole HTTP reverse proxy inside this process: the engine of zproxy, without its logs, its
//! admin page and its signals.
//!
//! ```no_run
//! use zest::proxy::Proxy;
//!
//! # fn main() -> Result<(), zest::proxy::Failed> {
//! let proxy = Proxy::builder()
//!     .text("[[listener]]\nid = 1\n[upstream.app]\naddrs = [\"127.0.0.1:3000\"]\n")
//!     .start()?;
//! # let socket = std::net::TcpStream::connect("127.0.0.1:1").unwrap();
//! // A connection that this program accepted goes through it:
//! proxy.serve(socket, 1)?;
//! println!("{:?}", proxy.stats()?);
//! println!("{:?}", proxy.drain(None)?);
//! # Ok(())
//! # }
//! ```
//!
//! A [`Proxy`] is `Send` and `Sync`: any thread may call it. Dropping it cuts what is left and
//! joins its threads (the last [`Request`] does, if one is still held); [`Proxy::drain`] first lets
//! requests come to their end.
//!
//! Requests of routes with `hook = "name"` are this program's to decide: by [`Proxy::next_asked`]
//! or `Proxy::requests` from its own threads, or within a call, by [`Builder::hook`]. What passes
//! can get other fields, and so can its answer:
//!
//! ```no_run
//! use zest::proxy::{Answer, Passing, Proxy, Verdict};
//!
//! # fn user_of(_: &[u8]) -> Option<String> { None }
//! # fn main() -> Result<(), zest::proxy::Failed> {
//! let proxy = Proxy::builder()
//!     .file("proxy.toml")
//!     .hook(|asked| match asked.head().get("authorization").and_then(user_of) {
//!         Some(user) => Verdict::PassWith(
//!             Passing::new().remove("Authorization").set("X-User", user).to("app"),
//!         ),
//!         None => Verdict::Answer(Answer::new(401).field("WWW-Authenticate", "Basic")),
//!     })
//!     .start()?;
//! # drop(proxy);
//! # Ok(())
//! # }
//! ```

mod answer;
mod builder;
mod failed;
mod hook;
mod passing;
mod record;
mod request;
#[cfg(feature = "tokio")]
mod requests;
mod running;
mod values;

pub use answer::Answer;
pub use builder::Builder;
pub use failed::Failed;
pub use hook::{Claim, Verdict};
pub use passing::Passing;
pub use record::Record;
pub use request::{Asked, Coming, Given, Request};
#[cfg(feature = "tokio")]
pub use requests::Requests;
pub use running::Proxy;
pub use values::{Listener, Receipt, Stats};

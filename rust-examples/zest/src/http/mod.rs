//! HTTP/1 heads and chunked bodies, in and out, over memory of yours: nothing is allocated or
//! copied, no call blocks, and it works in any thread without setup.
//!
//! ```
//! use zest::http::{Body, Field, Parser, Writer};
//!
//! # fn main() -> Result<(), zest::http::Refusal> {
//! let bytes = b"GET /a HTTP/1.1\r\nHost: example.com\r\nConnection: x-own\r\nX-Own: 1\r\n\r\n";
//! let mut fields = [Field::EMPTY; 64];
//! let mut parser = Parser::new();
//! // None: more bytes must come; call again with all of them.
//! let Some(mut request) = parser.request(bytes, &mut fields)? else { return Ok(()) };
//! assert_eq!((request.method(), request.path()), ("GET", "/a"));
//! assert_eq!(request.get("host"), Some(&b"example.com"[..]));
//! assert_eq!(request.body(), Body::None);
//!
//! // What an origin is asked: all fields but those that end at this hop.
//! request.mark_hop_by_hop();
//! let mut out = [0; 256];
//! let mut writer = Writer::new(&mut out);
//! writer.request_line(request.method(), request.path()).fields(&request).end();
//! assert_eq!(writer.finish().unwrap(), b"GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n");
//! # Ok(())
//! # }
//! ```
//!
//! What RFC 9110 and RFC 9112 let be read in two ways is refused: see [`Refusal`].

mod chunked;
mod fields;
mod head;
mod limits;
mod messages;
mod parser;
mod refusal;
mod values;
mod writer;

pub use chunked::{Chunk, Decoder};
pub use fields::{Field, Fields, name_id};
pub use head::Head;
pub use limits::Limits;
pub use messages::{Request, Response, Trailers};
pub use parser::Parser;
pub use refusal::Refusal;
pub use values::{Body, Method, TargetForm};
pub use writer::{Unwritten, Writer};

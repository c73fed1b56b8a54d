//! Chunked bodies.

use super::{Limits, Refusal};
use std::slice;
use zest_sys as sys;

/// How far one chunked body has been decoded.
#[derive(Debug, Clone)]
pub struct Decoder {
    raw: sys::zest_http_decoder,
    limits: Option<sys::zest_http_limits>,
    flags: u32,
}

/// What one call of [`Decoder::decode`] has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunk<'a> {
    /// A piece of the body; go on with what follows the consumed bytes.
    Data(&'a [u8]),
    /// Everything was consumed, and the body goes on.
    More,
    /// Trailers follow what was consumed: [`Parser::trailers`](super::Parser::trailers).
    Trailers,
    /// The message ends with what was consumed.
    End,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// With the default limits; trailers are checked and dropped.
    #[must_use]
    pub const fn new() -> Self {
        let raw = sys::zest_http_decoder { words: [0; 16] };
        Self { raw, limits: None, flags: 0 }
    }

    /// With limits of your own.
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        Self { limits: Some(limits.to_raw()), ..Self::new() }
    }

    /// Stop in front of trailers.
    #[must_use]
    pub fn keep_trailers(self) -> Self {
        Self { flags: sys::ZEST_HTTP_KEEP_TRAILERS, ..self }
    }

    /// Decode what has come: how many bytes are done with, and what they were.
    ///
    /// # Errors
    /// The body is malformed, or beyond a limit; it stays so.
    pub fn decode<'a>(&mut self, bytes: &'a [u8]) -> Result<(usize, Chunk<'a>), Refusal> {
        let mut chunk = sys::ZEST_HTTP_CHUNK_INIT;
        let (start, size) = (bytes.as_ptr().cast(), bytes.len());
        let (raw, limits) = (&raw mut self.raw, Limits::pointer(&self.limits));
        // SAFETY: bytes are borrowed for as long as what comes out.
        let status = unsafe {
            sys::zest_http_decode_chunked(raw, start, size, limits, self.flags, &raw mut chunk)
        };
        match (status, chunk.state) {
            (sys::ZEST_NEED_MORE, _) => Ok((chunk.consumed, Chunk::More)),
            (sys::ZEST_OK, sys::ZEST_HTTP_CHUNK_DATA) => {
                // SAFETY: data lies within bytes.
                let data = unsafe { slice::from_raw_parts(chunk.data.cast(), chunk.data_size) };
                Ok((chunk.consumed, Chunk::Data(data)))
            }
            (sys::ZEST_OK, sys::ZEST_HTTP_CHUNK_TRAILERS) => Ok((chunk.consumed, Chunk::Trailers)),
            (sys::ZEST_OK, _) => Ok((chunk.consumed, Chunk::End)),
            (sys::ZEST_REFUSED, _) => Err(Refusal::from_raw(&chunk.refusal)),
            _ => Err(Refusal::MISUSED),
        }
    }
}

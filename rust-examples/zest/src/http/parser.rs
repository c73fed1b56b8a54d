//! Heads out of bytes that come in pieces.

use super::{Field, Limits, Method, Refusal, Request, Response, Trailers};
use std::fmt;
use zest_sys as sys;

/// How far a head has been looked at, and what was found of it. After a whole one, or a refused
/// one, it is as new.
///
/// Each call is given all that has come since the head began, from its first byte. `None`: more
/// must come. A head is borrowed from its parser: it stays where the library has written it.
pub struct Parser {
    raw: sys::zest_http_parser,
    limits: Option<sys::zest_http_limits>,
    found: Found,
}

/// The one that the last call was for has been written. All are numbers and pointers, so that any
/// bytes are one.
#[derive(Clone, Copy)]
#[repr(C)]
union Found {
    request: sys::zest_http_request,
    response: sys::zest_http_response,
    trailers: sys::zest_http_trailers,
}

// SAFETY: its pointers are looked at through what borrows from it alone.
unsafe impl Send for Parser {}
// SAFETY: as above; nothing is changed through a shared reference.
unsafe impl Sync for Parser {}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

impl Clone for Parser {
    fn clone(&self) -> Self {
        Self { raw: self.raw, limits: self.limits, ..Self::new() }
    }
}

impl fmt::Debug for Parser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parser").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Parser {
    /// With the default limits.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self {
            raw: sys::zest_http_parser { words: [0; 16] },
            limits: None,
            found: Found { request: sys::ZEST_HTTP_REQUEST_INIT },
        }
    }

    /// With limits of your own.
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        Self { limits: Some(limits.to_raw()), ..Self::new() }
    }

    /// Parse a request's head.
    ///
    /// # Errors
    /// The bytes are no request, or beyond a limit.
    #[inline]
    pub fn request<'a>(
        &'a mut self,
        bytes: &'a [u8],
        fields: &'a mut [Field],
    ) -> Result<Option<Request<'a>>, Refusal> {
        // SAFETY: see Found.
        let out = unsafe { &mut self.found.request };
        out.struct_size = sys::ZEST_HTTP_REQUEST_INIT.struct_size;
        put(&mut out.head, fields);
        let (start, size) = (bytes.as_ptr().cast(), bytes.len());
        let (raw, limits) = (&raw mut self.raw, Limits::pointer(&self.limits));
        // SAFETY: bytes and fields are borrowed for as long as what comes out.
        let status = unsafe { sys::zest_http_parse_request(raw, start, size, limits, out) };
        if status == sys::ZEST_OK {
            return Ok(Some(Request::new(out)));
        }
        failed(&mut self.raw, status, &out.refusal)
    }

    /// Parse a response's head; whether a body follows depends on the method of its request.
    ///
    /// # Errors
    /// The bytes are no response, or beyond a limit.
    #[inline]
    pub fn response<'a>(
        &'a mut self,
        bytes: &'a [u8],
        request_method: Method,
        fields: &'a mut [Field],
    ) -> Result<Option<Response<'a>>, Refusal> {
        // SAFETY: see Found.
        let out = unsafe { &mut self.found.response };
        out.struct_size = sys::ZEST_HTTP_RESPONSE_INIT.struct_size;
        put(&mut out.head, fields);
        let (start, size, method) = (bytes.as_ptr().cast(), bytes.len(), request_method.to_raw());
        let (raw, limits) = (&raw mut self.raw, Limits::pointer(&self.limits));
        // SAFETY: bytes and fields are borrowed for as long as what comes out.
        let status =
            unsafe { sys::zest_http_parse_response(raw, start, size, limits, method, out) };
        if status == sys::ZEST_OK {
            return Ok(Some(Response::new(out)));
        }
        failed(&mut self.raw, status, &out.refusal)
    }

    /// Parse the trailer section of a chunked body, behind
    /// [`Chunk::Trailers`](super::Chunk::Trailers).
    ///
    /// # Errors
    /// They are malformed, or hold a field that may not be a trailer.
    #[inline]
    pub fn trailers<'a>(
        &'a mut self,
        bytes: &'a [u8],
        fields: &'a mut [Field],
    ) -> Result<Option<Trailers<'a>>, Refusal> {
        // SAFETY: see Found.
        let out = unsafe { &mut self.found.trailers };
        out.struct_size = sys::ZEST_HTTP_TRAILERS_INIT.struct_size;
        put(&mut out.head, fields);
        let (start, size) = (bytes.as_ptr().cast(), bytes.len());
        let (raw, limits) = (&raw mut self.raw, Limits::pointer(&self.limits));
        // SAFETY: bytes and fields are borrowed for as long as what comes out.
        let status = unsafe { sys::zest_http_parse_trailers(raw, start, size, limits, out) };
        if status == sys::ZEST_OK {
            return Ok(Some(Trailers::new(out)));
        }
        failed(&mut self.raw, status, &out.refusal)
    }
}

#[cold]
fn failed<T>(
    parser: &mut sys::zest_http_parser,
    status: sys::zest_status,
    refusal: &sys::zest_http_refusal,
) -> Result<Option<T>, Refusal> {
    match status {
        sys::ZEST_NEED_MORE => Ok(None),
        sys::ZEST_REFUSED => Err(Refusal::from_raw(refusal)),
        _ => {
            parser.words.fill(0);
            Err(Refusal::MISUSED)
        }
    }
}

fn put(head: &mut sys::zest_http_head, fields: &mut [Field]) {
    head.field_capacity = u32::try_from(fields.len()).unwrap_or(u32::MAX);
    head.fields = fields.as_mut_ptr().cast();
}

//! Heads into memory of yours.

use super::Head;
use std::fmt;
use std::marker::PhantomData;
use zest_sys as sys;

/// Why a [`Writer`] has nothing to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unwritten {
    /// There was no room.
    Full,
    /// A name that is no token, a value with controls, a target with spaces, or their like.
    Invalid,
}

impl fmt::Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "no room for the head",
            Self::Invalid => "not fit for a head",
        })
    }
}

impl std::error::Error for Unwritten {}

/// Writes a head piece by piece. The first failure stays, and [`finish`](Self::finish) tells it.
#[derive(Debug)]
pub struct Writer<'a> {
    raw: sys::zest_http_writer,
    of: PhantomData<&'a mut [u8]>,
}

// SAFETY: its pointer is a mutable borrow of bytes.
unsafe impl Send for Writer<'_> {}
// SAFETY: as above; nothing is written through a shared reference.
unsafe impl Sync for Writer<'_> {}

impl<'a> Writer<'a> {
    /// From the start of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a mut [u8]) -> Self {
        let raw = sys::zest_http_writer {
            bytes: bytes.as_mut_ptr().cast(),
            capacity: bytes.len(),
            size: 0,
            status: sys::ZEST_OK,
            reserved: 0,
        };
        Self { raw, of: PhantomData }
    }

    /// `GET /path HTTP/1.1`
    pub fn request_line(&mut self, method: &str, target: &str) -> &mut Self {
        let (method, method_size) = (method.as_ptr().cast(), method.len());
        let (target, target_size) = (target.as_ptr().cast(), target.len());
        let raw = &raw mut self.raw;
        // SAFETY: pointers to so many bytes each; the writer's are borrowed mutably.
        unsafe {
            sys::zest_http_write_request_line(raw, method, method_size, target, target_size, 1)
        };
        self
    }

    /// `HTTP/1.1 200 OK`, with the usual reason.
    pub fn status_line(&mut self, status: u16) -> &mut Self {
        let (raw, none) = (&raw mut self.raw, std::ptr::null());
        // SAFETY: NULL is a reason; the writer's bytes are borrowed mutably.
        unsafe { sys::zest_http_write_status_line(raw, u32::from(status), none, 0, 1) };
        self
    }

    /// `Name: value`
    pub fn field(&mut self, name: &str, value: impl AsRef<[u8]>) -> &mut Self {
        let (name, name_size) = (name.as_ptr().cast(), name.len());
        let value = value.as_ref();
        let (start, size) = (value.as_ptr().cast(), value.len());
        // SAFETY: pointers to so many bytes each; the writer's are borrowed mutably.
        unsafe { sys::zest_http_write_field(&raw mut self.raw, name, name_size, start, size) };
        self
    }

    /// `Name: 42`
    pub fn number(&mut self, name: &str, value: u64) -> &mut Self {
        let (name, name_size) = (name.as_ptr().cast(), name.len());
        // SAFETY: a pointer to so many bytes; the writer's are borrowed mutably.
        unsafe { sys::zest_http_write_number(&raw mut self.raw, name, name_size, value) };
        self
    }

    /// All fields of a head but those marked: see
    /// [`Head::mark_hop_by_hop`](super::Head::mark_hop_by_hop).
    pub fn fields(&mut self, head: &Head<'_>) -> &mut Self {
        // SAFETY: the head was parsed; the writer's bytes are borrowed mutably.
        unsafe { sys::zest_http_write_fields(&raw mut self.raw, head.raw()) };
        self
    }

    /// The empty line that ends a head, a trailer section, or a chunk.
    pub fn end(&mut self) -> &mut Self {
        // SAFETY: the writer's bytes are borrowed mutably.
        unsafe { sys::zest_http_write_end(&raw mut self.raw) };
        self
    }

    /// The line before a chunk's data.
    pub fn chunk_line(&mut self, size: u64) -> &mut Self {
        // SAFETY: the writer's bytes are borrowed mutably.
        unsafe { sys::zest_http_write_chunk_line(&raw mut self.raw, size) };
        self
    }

    /// What was written.
    ///
    /// # Errors
    /// The first piece that was not, and then nothing of the head may be sent.
    pub fn finish(self) -> Result<&'a [u8], Unwritten> {
        match self.raw.status {
            sys::ZEST_OK => {
                let (start, size) = (self.raw.bytes.cast(), self.raw.size);
                // SAFETY: so many bytes of the borrow have been written.
                Ok(unsafe { std::slice::from_raw_parts(start, size) })
            }
            sys::ZEST_NEED_MORE => Err(Unwritten::Full),
            _ => Err(Unwritten::Invalid),
        }
    }
}

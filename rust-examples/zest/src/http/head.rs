//! Parsed heads.

use super::fields::piece;
use super::{Field, Fields};
use std::marker::PhantomData;
use std::{ptr, slice};
use zest_sys as sys;

/// The fields of a head or of a trailer section: what [`Request`], [`Response`] and [`Trailers`]
/// have in common.
#[derive(Debug)]
#[repr(transparent)]
pub struct Head<'a> {
    raw: sys::zest_http_head,
    of: PhantomData<(&'a [u8], &'a mut [Field])>,
}

// SAFETY: its pointers are borrows of bytes and fields, which may be sent and shared.
unsafe impl Send for Head<'_> {}
// SAFETY: as above; no method changes anything through a shared reference.
unsafe impl Sync for Head<'_> {}

impl<'a> Head<'a> {
    #[inline]
    pub(crate) fn raw(&self) -> &sys::zest_http_head {
        &self.raw
    }

    /// How many bytes the head has; the body, or the next head, follows them.
    #[must_use]
    #[inline]
    pub fn size(&self) -> usize {
        self.raw.size as usize
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &'a [u8] {
        // SAFETY: the head's bytes are borrowed for 'a, and the parser has seen so many of them.
        unsafe { slice::from_raw_parts(self.raw.bytes.cast(), self.size()) }
    }

    #[inline]
    pub(crate) fn raw_fields(&self) -> &[Field] {
        let count = self.raw.field_count as usize;
        // SAFETY: the parser has written so many fields of an array that is borrowed for 'a; Field
        // is transparent.
        unsafe { slice::from_raw_parts(self.raw.fields.cast(), count) }
    }

    /// The version: 0 of HTTP/1.0, 1 of HTTP/1.1.
    #[must_use]
    #[inline]
    pub fn minor_version(&self) -> u8 {
        self.raw.minor
    }

    /// All fields, in their order.
    #[must_use]
    #[inline]
    pub fn fields(&self) -> Fields<'_> {
        Fields::new(self)
    }

    /// The value of the first field of that name, in any case of letters.
    #[must_use]
    #[inline]
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        let field = self.find(name, ptr::null())?;
        Some(piece(self.bytes(), field.value))
    }

    /// The values of all fields of that name.
    #[inline]
    pub fn get_all<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + 'n {
        let mut last = ptr::null();
        std::iter::from_fn(move || {
            let field = self.find(name, last)?;
            last = ptr::from_ref(field);
            Some(piece(self.bytes(), field.value))
        })
    }

    #[inline]
    fn find(
        &self,
        name: &str,
        behind: *const sys::zest_http_field,
    ) -> Option<&sys::zest_http_field> {
        let (text, size) = (name.as_ptr().cast(), name.len());
        // SAFETY: the head was parsed; behind is null or one of its fields.
        let found = unsafe { sys::zest_http_find(&raw const self.raw, text, size, behind) };
        // SAFETY: null, or one of the head's fields.
        unsafe { found.as_ref() }
    }

    /// Keep from [`Writer::fields`](super::Writer::fields) what ends at this hop: Connection and
    /// what it nominates, Keep-Alive, TE, Transfer-Encoding, Upgrade and their like.
    pub fn mark_hop_by_hop(&mut self) {
        // SAFETY: the head was parsed, and its fields are borrowed mutably.
        unsafe { sys::zest_http_mark_hop_by_hop(&raw mut self.raw) };
    }

    /// Keep from [`Writer::fields`](super::Writer::fields) all fields of that name.
    pub fn skip(&mut self, name: &str) {
        let mut last = ptr::null();
        while let Some(field) = self.find(name, last).map(ptr::from_ref) {
            // SAFETY: field is one of the head's, which are borrowed mutably.
            unsafe { (*field.cast_mut()).skip = 1 };
            last = field;
        }
    }
}

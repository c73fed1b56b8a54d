//! Fields of a parsed head.

use super::Head;
use std::slice;
use zest_sys as sys;

/// Room for one field of a head: an array of these is what a [`Parser`](super::Parser) writes to.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
pub struct Field(pub(crate) sys::zest_http_field);

impl Field {
    /// Nothing yet.
    pub const EMPTY: Self = Self(sys::zest_http_field {
        name: sys::zest_slice { offset: 0, size: 0 },
        value: sys::zest_slice { offset: 0, size: 0 },
        name_id: 0,
        skip: 0,
        reserved: [0; 2],
    });
}

/// The number that the library has for a name, in any case of letters; `None` if it knows it not.
/// For hosts that look at each field of many heads: see [`Fields::next_with_id`]. Never store it
/// beyond the process.
#[must_use]
pub fn name_id(name: &str) -> Option<u8> {
    // SAFETY: name is a pointer to so many bytes.
    let id = unsafe { sys::zest_http_name_id(name.as_ptr().cast(), name.len()) };
    u8::try_from(id).ok().filter(|id| *id != 0)
}

/// The fields of a head in their order, as (name, value).
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    left: slice::Iter<'a, Field>,
}

impl<'a> Fields<'a> {
    #[inline]
    pub(crate) fn new(head: &'a Head<'_>) -> Fields<'a> {
        Fields { bytes: head.bytes(), left: head.raw_fields().iter() }
    }

    /// The next field with the number of its name: see [`name_id`].
    #[inline]
    pub fn next_with_id(&mut self) -> Option<(Option<u8>, &'a str, &'a [u8])> {
        let field = &self.left.next()?.0;
        let id = (field.name_id != 0).then_some(field.name_id);
        Some((id, ascii(piece(self.bytes, field.name)), piece(self.bytes, field.value)))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a str, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.next_with_id().map(|(_, name, value)| (name, value))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl ExactSizeIterator for Fields<'_> {}

/// A piece of a head's bytes; nothing where it does not lie within them.
#[inline]
pub(crate) fn piece(bytes: &[u8], at: sys::zest_slice) -> &[u8] {
    let from = at.offset as usize;
    bytes.get(from..from + at.size as usize).unwrap_or_default()
}

/// What the parser has found to be of ASCII alone.
#[inline]
pub(crate) fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

//! What a program answers a request with.

use std::ffi::c_void;
use std::ptr;
use zest_sys as sys;

/// An answer of this program's own: a status, fields and a body. `Content-Length`, `Connection`
/// and, unless one is given, `Date` are written by the proxy.
#[derive(Debug, Clone)]
#[must_use]
pub struct Answer {
    status: u16,
    fields: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Answer {
    /// One with that status (200 to 599), and nothing else.
    pub fn new(status: u16) -> Self {
        Self { status, fields: Vec::new(), body: Vec::new() }
    }

    /// One more field. What could end the head, or frame the body, is refused when it is given.
    pub fn field(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// The body, which is not copied.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The body is lent until the proxy calls `release`, or freed here if it does not take it.
    pub(crate) fn give(
        self,
        call: impl FnOnce(*const sys::zest_hook_answer) -> sys::zest_status,
    ) -> sys::zest_status {
        let fields: Vec<_> = self
            .fields
            .iter()
            .map(|(name, value)| sys::zest_hook_field {
                name: name.as_ptr().cast(),
                name_size: name.len(),
                value: value.as_ptr().cast(),
                value_size: value.len(),
            })
            .collect();
        let body = Box::new(self.body);
        let mut answer = sys::ZEST_HOOK_ANSWER_INIT;
        answer.status = u32::from(self.status);
        (answer.fields, answer.field_count) = (fields.as_ptr(), fields.len());
        (answer.body, answer.body_size) = (body.as_ptr().cast(), body.len());
        answer.release = Some(release);
        answer.release_context = Box::into_raw(body).cast();
        let status = call(ptr::from_ref(&answer));
        if status != sys::ZEST_OK {
            // SAFETY: it was not taken, so nobody else has the box.
            unsafe { release(answer.release_context) };
        }
        status
    }
}

/// The C side of giving a body back.
unsafe extern "C" fn release(body: *mut c_void) {
    // SAFETY: the box that `give` has lent, once.
    drop(unsafe { Box::from_raw(body.cast::<Vec<u8>>()) });
}

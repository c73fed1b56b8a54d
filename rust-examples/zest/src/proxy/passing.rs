//! How a request passes.

use std::ptr;
use zest_sys as sys;

/// How a request passes: where to, and with which fields. What is set or removed is gone also from
/// trailers, and where it was spelled with `_` or `.` for `-`.
///
/// Not to be changed are the fields that frame a body or rule a connection, `Via`, of a request
/// also `Expect`, `Max-Forwards`, `Forwarded`, `X-Forwarded-For`, `-Host` and `-Proto`, and those
/// about clients' certificates. `Host` may be set. At most 256 changes of each head, of 64 KiB
/// together.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Passing {
    upstream: String,
    request: Vec<Change>,
    answer: Vec<Change>,
}

#[derive(Debug, Clone)]
struct Change {
    how: u32,
    name: String,
    value: Vec<u8>,
}

impl Change {
    fn raw(&self) -> sys::zest_hook_change {
        sys::zest_hook_change {
            name: self.name.as_ptr().cast(),
            name_size: self.name.len(),
            value: self.value.as_ptr().cast(),
            value_size: self.value.len(),
            how: self.how,
            reserved: 0,
        }
    }
}

impl Passing {
    /// To the route's upstream, as it is.
    pub fn new() -> Self {
        Self::default()
    }

    /// To that upstream of the configuration.
    pub fn to(mut self, upstream: impl Into<String>) -> Self {
        self.upstream = upstream.into();
        self
    }

    /// The origin gets this in place of all that the client has sent by the name; several of one
    /// name stay several.
    pub fn set(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.request.push(change(sys::ZEST_HOOK_SET, name, value));
        self
    }

    /// The origin gets this beside what the client has sent.
    pub fn add(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.request.push(change(sys::ZEST_HOOK_ADD, name, value));
        self
    }

    /// The origin gets nothing by that name.
    pub fn remove(mut self, name: impl Into<String>) -> Self {
        self.request.push(change(sys::ZEST_HOOK_REMOVE, name, ""));
        self
    }

    /// The client gets this in place of all that the origin has sent by the name. An answer of the
    /// proxy's own (502, say) is not changed.
    pub fn set_in_answer(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.answer.push(change(sys::ZEST_HOOK_SET, name, value));
        self
    }

    /// The client gets this beside what the origin has sent.
    pub fn add_to_answer(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.answer.push(change(sys::ZEST_HOOK_ADD, name, value));
        self
    }

    /// The client gets nothing by that name.
    pub fn remove_from_answer(mut self, name: impl Into<String>) -> Self {
        self.answer.push(change(sys::ZEST_HOOK_REMOVE, name, ""));
        self
    }

    /// Everything is lent for the call.
    pub(crate) fn lend(
        &self,
        call: impl FnOnce(*const sys::zest_hook_passing) -> sys::zest_status,
    ) -> sys::zest_status {
        let request: Vec<_> = self.request.iter().map(Change::raw).collect();
        let answer: Vec<_> = self.answer.iter().map(Change::raw).collect();
        let passing = sys::zest_hook_passing {
            upstream: self.upstream.as_ptr().cast(),
            upstream_size: self.upstream.len(),
            request: request.as_ptr(),
            request_count: request.len(),
            answer: answer.as_ptr(),
            answer_count: answer.len(),
            ..sys::ZEST_HOOK_PASSING_INIT
        };
        call(ptr::from_ref(&passing))
    }
}

fn change(how: u32, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Change {
    Change { how, name: name.into(), value: value.into() }
}

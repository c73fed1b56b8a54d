//! What a program decides within a call: closures, and the C side of them.

use super::request::Asked;
use super::{Answer, Passing};
use std::ffi::{CString, c_char, c_void};
use std::{fmt, ptr, slice};
use zest_sys as sys;

/// What a [`hook`](super::Builder::hook) says of a request.
#[derive(Debug)]
pub enum Verdict {
    /// Let it pass to the route's upstream; without one the client gets a 404.
    Pass,
    /// Let it pass so; what may not be becomes a 500.
    PassWith(Passing),
    /// Let whoever takes from [`Proxy::next_asked`](super::Proxy::next_asked) decide.
    Queue,
    /// This is the answer; one that may not be given becomes a 500.
    Answer(Answer),
}

/// What a protocol says of the first bytes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is another's.
    No,
    /// It is this program's: the connection comes by the queue.
    Yes,
    /// That takes more bytes to tell.
    More,
}

pub(crate) type Hook = Box<dyn Fn(&Asked<'_>) -> Verdict + Send + Sync>;
pub(crate) type Claims = Box<dyn Fn(u64, &[u8]) -> Claim + Send + Sync>;

/// What the C library points into: boxed, and kept until its threads are gone.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) hook: Option<Box<Hook>>,
    pub(crate) protocols: Vec<(CString, Box<Claims>)>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

impl Hooks {
    pub(crate) fn protocols_raw(&self) -> Vec<sys::zest_hook_protocol> {
        let raw = |(name, claims): &(CString, Box<Claims>)| sys::zest_hook_protocol {
            name: name.as_ptr(),
            claims: Some(claimed),
            context: ptr::from_ref::<Claims>(claims).cast_mut().cast(),
            ..sys::ZEST_HOOK_PROTOCOL_INIT
        };
        self.protocols.iter().map(raw).collect()
    }

    pub(crate) fn raw(&self, protocols: &[sys::zest_hook_protocol]) -> sys::zest_proxy_hooks {
        let mut hooks = sys::ZEST_PROXY_HOOKS_INIT;
        if let Some(hook) = &self.hook {
            hooks.asked = Some(asked);
            hooks.context = ptr::from_ref::<Hook>(hook).cast_mut().cast();
        }
        (hooks.protocols, hooks.protocol_count) = (protocols.as_ptr(), protocols.len());
        hooks
    }
}

/// The C side of a hook. A panic cannot cross: it aborts, as of any `extern "C"` function.
unsafe extern "C" fn asked(
    context: *mut c_void,
    proxy: *const sys::zest_proxy,
    request: *const sys::zest_hook_event,
) -> u32 {
    // SAFETY: context is the box that the proxy keeps.
    let hook = unsafe { &*context.cast::<Hook>() };
    // SAFETY: the library passes an event that lives for the call.
    let event = unsafe { &*request };
    let give = |answer: Answer| {
        answer.give(|raw| {
            // SAFETY: proxy and number are of this call, the answer is borrowed for it.
            unsafe { sys::zest_hook_answer_with(proxy, event.id, raw, ptr::null_mut()) }
        })
    };
    let status = match hook(&Asked(event)) {
        Verdict::Pass => return sys::ZEST_HOOK_PASS,
        Verdict::Queue => return sys::ZEST_HOOK_QUEUE,
        Verdict::Answer(answer) => give(answer),
        // SAFETY: as above.
        Verdict::PassWith(passing) => passing
            .lend(|raw| unsafe { sys::zest_hook_pass_with(proxy, event.id, raw, ptr::null_mut()) }),
    };
    if !matches!(status, sys::ZEST_OK | sys::ZEST_CLOSED) {
        give(Answer::new(500));
    }
    sys::ZEST_HOOK_LATER
}

/// The C side of a protocol.
unsafe extern "C" fn claimed(
    context: *mut c_void,
    listener_id: u64,
    bytes: *const c_char,
    size: usize,
) -> u32 {
    // SAFETY: context is the box that the proxy keeps.
    let claims = unsafe { &*context.cast::<Claims>() };
    // SAFETY: the library passes so many bytes, for the call.
    match claims(listener_id, unsafe { slice::from_raw_parts(bytes.cast(), size) }) {
        Claim::No => sys::ZEST_CLAIM_NO,
        Claim::Yes => sys::ZEST_CLAIM_YES,
        Claim::More => sys::ZEST_CLAIM_MORE,
    }
}

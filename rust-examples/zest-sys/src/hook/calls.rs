//! The queue, and the decisions.

use super::{zest_hook_answer, zest_hook_event, zest_hook_passing};
use crate::base::{zest_error, zest_status};
use crate::proxy::zest_proxy;
use std::ffi::c_char;

unsafe extern "C" {
    /// *fd is readable when there may be something to take: then call zest_hook_next with timeout 0
    /// until it answers ZEST_TIMED_OUT. It stays readable once the proxy has ended. The proxy's,
    /// always the same. Since 0.1.
    pub fn zest_hook_fd(proxy: *const zest_proxy, fd: *mut i32) -> zest_status;

    /// The next that lies before you.
    ///
    /// * `ZEST_OK`: *event is yours: decide, or take over its fd
    /// * `ZEST_TIMED_OUT`: nothing came; timeout_ms 0 does not wait, -1 does for ever
    /// * `ZEST_CLOSED`: the proxy has drained, or was cut: nothing will come
    ///
    /// Since 0.1.
    pub fn zest_hook_next(
        proxy: *const zest_proxy,
        event: *mut zest_hook_event,
        timeout_ms: i32,
    ) -> zest_status;

    /// Answer a request. Content-Length, Connection and, unless you give one, Date are the proxy's
    /// to write; fields are checked, and nothing in them can end the head.
    ///
    /// * `ZEST_OK`: taken; the body, with a release, is lent until that is called
    /// * `ZEST_CLOSED`: the client has gone, the time is up, or the proxy ends: let go of
    /// * `ZEST_INVALID_ARGUMENT`: an answer that may not be, and you may give another; or no such
    ///   request waits for you
    ///
    /// Unless ZEST_OK, release is not called. Since 0.1.
    pub fn zest_hook_answer_with(
        proxy: *const zest_proxy,
        id: u64,
        answer: *const zest_hook_answer,
        error: *mut zest_error,
    ) -> zest_status;

    /// Let it pass to its route's upstream. Statuses as above; ZEST_INVALID_ARGUMENT also where
    /// there is no such upstream: it is still to be decided. Since 0.1.
    pub fn zest_hook_pass(proxy: *const zest_proxy, id: u64, error: *mut zest_error)
    -> zest_status;

    /// Let it pass to the named upstream of the configuration; otherwise as zest_hook_pass.
    /// Since 0.1.
    pub fn zest_hook_route(
        proxy: *const zest_proxy,
        id: u64,
        upstream: *const c_char,
        upstream_size: usize,
        error: *mut zest_error,
    ) -> zest_status;

    /// Let it pass with changes, which are copied. Not yours are the fields that frame a body or
    /// rule a connection, Via, of a request also Expect, Max-Forwards, Forwarded, X-Forwarded-For,
    /// -Host and -Proto, and those about clients' certificates. Statuses as of zest_hook_pass;
    /// ZEST_INVALID_ARGUMENT also for a change that may not be: it is still to be decided.
    /// Since 0.1.
    pub fn zest_hook_pass_with(
        proxy: *const zest_proxy,
        id: u64,
        passing: *const zest_hook_passing,
        error: *mut zest_error,
    ) -> zest_status;
}

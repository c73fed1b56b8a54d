//! A proxy from its start to its end.

use super::zest_proxy_log;
use crate::base::{zest_error, zest_status};
use crate::hook::zest_proxy_hooks;
use std::ffi::{c_char, c_void};
use std::ptr;

/// A running proxy.
#[repr(C)]
pub struct zest_proxy {
    _private: [u8; 0],
}

/// Where the configuration is: in text, or in a file. Exactly one of both. Its language is that of
/// zproxy.toml (docs/OPERATOR.md); a \[\[listener\]\] may have an id, and then needs no bind: its
/// connections come by zest_proxy_serve. access_log, admin and log_level are zproxy's own: they are
/// checked, and without effect.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_proxy_config {
    /// Size of this struct.
    pub struct_size: u32,
    /// Not in use.
    pub reserved: u32,
    /// UTF-8 TOML.
    pub text: *const c_char,
    /// Text size.
    pub text_size: usize,
    /// Of text in messages; NULL: "config".
    pub name: *const c_char,
    /// Of a file, at most 1 MiB.
    pub path: *const c_char,
    /// NULL: none. Of a reload: ignored.
    pub log: zest_proxy_log,
    /// Log context.
    pub log_context: *mut c_void,
    /// NULL: none. Of a reload: ignored.
    pub hooks: *const zest_proxy_hooks,
}

/// What [`zest_proxy_config`] begins as.
pub const ZEST_PROXY_CONFIG_INIT: zest_proxy_config = zest_proxy_config {
    struct_size: size_of::<zest_proxy_config>() as u32,
    reserved: 0,
    text: ptr::null(),
    text_size: 0,
    name: ptr::null(),
    path: ptr::null(),
    log: None,
    log_context: ptr::null_mut(),
    hooks: ptr::null(),
};

/// Room for the lines that a call has to say: all that is wrong with a configuration, each line
/// "name:line:column: cause", or, of a success, warnings. Set bytes and size; NULL and 0 is fine.
/// Always zero-terminated where size > 0; needed says how much size would have held all of it. Will
/// never have other members.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_proxy_text {
    /// Bytes.
    pub bytes: *mut c_char,
    /// Size.
    pub size: usize,
    /// Needed.
    pub needed: usize,
}

unsafe extern "C" {
    /// Start a proxy: read the configuration, bind, start the workers, listen. *proxy is yours to
    /// free.
    ///
    /// * `ZEST_OK`: said holds warnings: certificates that expire soon, say
    /// * `ZEST_INVALID_ARGUMENT`: the configuration is wrong: said holds all of it, error the first
    ///   line
    /// * any other: a file, an address, memory; error says which. Nothing is left behind
    ///
    /// said and error may be NULL. Borrows all but log and log_context, which are used until
    /// zest_proxy_free has returned. Blocks for files and for the start of its threads. Any thread.
    /// Since 0.1.
    pub fn zest_proxy_start(
        config: *const zest_proxy_config,
        proxy: *mut *mut zest_proxy,
        said: *mut zest_proxy_text,
        error: *mut zest_error,
    ) -> zest_status;

    /// What a start with this configuration would read of it and of its files: fails as that would,
    /// and opens no socket. Any thread. Since 0.1.
    pub fn zest_proxy_check(
        config: *const zest_proxy_config,
        said: *mut zest_proxy_text,
        error: *mut zest_error,
    ) -> zest_status;

    /// Serve a connected stream socket, from zest_next or anywhere, as if the \[\[listener\]\] with
    /// that id had accepted it. Takes the fd, at success and at failure. Does not wait: it goes to
    /// the worker with the fewest connections, and its limits hold there.
    ///
    /// * `ZEST_INVALID_ARGUMENT`: no listener has that id; or the fd is no connected stream socket
    /// * `ZEST_CLOSED`: the proxy is draining
    ///
    /// Any thread. Since 0.1.
    pub fn zest_proxy_serve(
        proxy: *const zest_proxy,
        fd: i32,
        listener_id: u64,
        error: *mut zest_error,
    ) -> zest_status;

    /// Put another configuration in force: new connections are served by it, open ones end with
    /// theirs. Addresses that both have keep their sockets, origins that both have their
    /// connections; files of TLS are read again. If it is wrong or cannot be had, nothing has
    /// changed, and said and error say why, as zest_proxy_start. What only a start can change
    /// (workers, io) stays, with a warning in said. ZEST_CLOSED: the proxy is draining. Waits until
    /// all workers have it. Any thread. Since 0.1.
    pub fn zest_proxy_reload(
        proxy: *const zest_proxy,
        config: *const zest_proxy_config,
        said: *mut zest_proxy_text,
        error: *mut zest_error,
    ) -> zest_status;
}

/// What a drain did.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_proxy_receipt {
    /// Size of this struct.
    pub struct_size: u32,
    /// 1: nothing had to be forced.
    pub complete: u32,
    /// Exchanges that ended in order while draining.
    pub finished: u64,
    /// Connections that had none.
    pub closed_idle: u64,
    /// Whose both sides ended while draining.
    pub tunnels: u64,
    /// Connections cut at the deadline.
    pub forced: u64,
    /// Duration ns.
    pub duration_ns: u64,
}

/// What [`zest_proxy_receipt`] begins as.
pub const ZEST_PROXY_RECEIPT_INIT: zest_proxy_receipt = zest_proxy_receipt {
    struct_size: size_of::<zest_proxy_receipt>() as u32,
    complete: 0,
    finished: 0,
    closed_idle: 0,
    tunnels: 0,
    forced: 0,
    duration_ns: 0,
};

unsafe extern "C" {
    /// Stop accepting, close idle connections, let exchanges come to their end; cut what is left
    /// after timeout_ms (-1: the configuration's drain_timeout). Waits for all of that. ZEST_OK, or
    /// ZEST_TIMED_OUT if something was cut; the receipt (NULL: not wanted) is written for both. A
    /// second call tells the same. zest_proxy_cut from another thread ends it at once. Any thread.
    /// Since 0.1.
    pub fn zest_proxy_drain(
        proxy: *const zest_proxy,
        timeout_ms: i32,
        receipt: *mut zest_proxy_receipt,
    ) -> zest_status;

    /// Cut every connection and end the workers, without waiting. Any thread. Since 0.1.
    pub fn zest_proxy_cut(proxy: *const zest_proxy) -> zest_status;

    /// Cut what is left, join the threads, and set *proxy to NULL. After a fork, in the child: only
    /// the latter; its copies of the fds go with the next exec. ZEST_NULL_ARGUMENT if proxy is
    /// NULL; ZEST_OK if *proxy is. Since 0.1.
    pub fn zest_proxy_free(proxy: *mut *mut zest_proxy) -> zest_status;
}

//! One connection, step by step.

use super::zest_tls;
use crate::base::{zest_error, zest_status};
use std::ffi::{c_char, c_void};
use std::ptr;

/// zest_tls_read and zest_tls_write.
pub const ZEST_TLS_USER: u32 = 0;
/// The kernel: read, write, splice or send from files on the fd as you like; zest_tls_read and
/// zest_tls_write work as well. A receive of yours that fails with EIO met a record that is no
/// data: zest_tls_hear.
pub const ZEST_TLS_KERNEL: u32 = 1;

unsafe extern "C" {
    /// Go on with the handshake.
    ///
    /// * `ZEST_OK`: it is over, and *mode (may be NULL) is ZEST_TLS_USER or ZEST_TLS_KERNEL. No
    ///   byte of the peer's beyond it has been taken from the fd
    /// * `ZEST_WANT_READ`: call again when the fd is readable
    /// * `ZEST_WANT_WRITE`: call again when it is writable
    /// * `ZEST_TLS_FAILED`: either side has refused the other, as error says: a certificate, a
    ///   version, a protocol. The peer was told where that is due
    /// * `ZEST_TLS_NOT_TLS`: server: these are other bytes. Nothing was sent; unless the first byte
    ///   was 22, all of them are still there to be read from the fd
    /// * `ZEST_TLS_TRUNCATED`: the connection ended in the middle
    /// * any other: the connection is broken (os_errno), memory
    ///
    /// It has no deadline: you have. One thread at a time. Since 0.1.
    pub fn zest_tls_handshake(
        tls: *mut zest_tls,
        mode: *mut u32,
        error: *mut zest_error,
    ) -> zest_status;

    /// Read up to size bytes (not 0). *got is written with ZEST_OK alone, and is then not 0.
    ///
    /// * `ZEST_WANT_READ`: nothing is there now
    /// * `ZEST_CLOSED`: the peer has said that it sends no more (close_notify): what was read is
    ///   whole
    /// * `ZEST_TLS_TRUNCATED`: the connection ended without that: bytes may be missing
    /// * `ZEST_TLS_FAILED`: a record that cannot be opened, or the peer has failed, as error says
    /// * `ZEST_WRONG_MODE`: the handshake is not over
    /// * any other: the connection is broken (os_errno), memory
    ///
    /// While bytes that were received wait in the handle (see zest_tls_pending) the fd need not be
    /// readable: read until ZEST_WANT_READ. One thread at a time. Since 0.1.
    pub fn zest_tls_read(
        tls: *mut zest_tls,
        bytes: *mut c_void,
        size: usize,
        got: *mut usize,
        error: *mut zest_error,
    ) -> zest_status;

    /// Write. *taken is written for both of
    ///
    /// * `ZEST_OK`: all were taken and sent to the kernel
    /// * `ZEST_WANT_WRITE`: *taken were taken, maybe none; not all of them are sent yet. When the
    ///   fd is writable write what is left, or zest_tls_flush
    ///
    /// ZEST_CLOSED: zest_tls_shutdown was called. Others as zest_tls_read. One thread at a time.
    /// Since 0.1.
    pub fn zest_tls_write(
        tls: *mut zest_tls,
        bytes: *const c_void,
        size: usize,
        taken: *mut usize,
        error: *mut zest_error,
    ) -> zest_status;

    /// Send what was taken and is not sent: ZEST_OK if nothing is left, ZEST_WANT_WRITE, or as
    /// zest_tls_write. One thread at a time. Since 0.1.
    pub fn zest_tls_flush(tls: *mut zest_tls, error: *mut zest_error) -> zest_status;

    /// How many bytes zest_tls_read would give without looking at the fd. One thread at a time.
    /// Since 0.1.
    pub fn zest_tls_pending(tls: *const zest_tls, bytes: *mut usize) -> zest_status;

    /// Say that you send no more (close_notify), after all that was taken; the peer's side may
    /// still be read. ZEST_OK: it is sent; ZEST_WANT_WRITE: call again when the fd is writable.
    /// Closing the fd without it looks like a truncation to the peer. Others as zest_tls_write. One
    /// thread at a time. Since 0.1.
    pub fn zest_tls_shutdown(tls: *mut zest_tls, error: *mut zest_error) -> zest_status;

    /// With ZEST_TLS_KERNEL: a receive of yours on the fd has failed with EIO. Takes the record
    /// that it met and does what that asks.
    ///
    /// * `ZEST_OK`: receive on
    /// * `ZEST_CLOSED`: the peer sends no more
    /// * `ZEST_TLS_FAILED`: error says why; also where the peer renews its keys and the kernel
    ///   cannot
    /// * `ZEST_WRONG_MODE`: the kernel does not do the records
    ///
    /// One thread at a time. Since 0.1.
    pub fn zest_tls_hear(tls: *mut zest_tls, error: *mut zest_error) -> zest_status;
}

/// What the handshake has settled. Texts are borrowed from tls until zest_tls_free, are not
/// zero-terminated, and come from the peer: they need not be UTF-8.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_tls_facts {
    /// Size of this struct.
    pub struct_size: u32,
    /// ZEST_TLS_1_2 or ZEST_TLS_1_3.
    pub version: u32,
    /// 1: an earlier session was resumed.
    pub resumed: u32,
    /// ZEST_TLS_USER or ZEST_TLS_KERNEL.
    pub mode: u32,
    /// "TLS_AES_128_GCM_SHA256".
    pub cipher: *const c_char,
    /// The protocol; size 0: none.
    pub alpn: *const c_char,
    /// As the client asked for it; size 0: none.
    pub server_name: *const c_char,
    /// Of the peer's certificate, as RFC 2253 writes it; size 0: none was shown.
    pub peer_subject: *const c_char,
    /// SHA-256 of that certificate in hex.
    pub peer_fingerprint: *const c_char,
    /// Its size.
    pub cipher_size: u32,
    /// Its size.
    pub alpn_size: u32,
    /// Its size.
    pub server_name_size: u32,
    /// Its size.
    pub peer_subject_size: u32,
    /// Its size.
    pub peer_fingerprint_size: u32,
    /// Not in use.
    pub reserved: u32,
}

/// What [`zest_tls_facts`] begins as.
pub const ZEST_TLS_FACTS_INIT: zest_tls_facts = zest_tls_facts {
    struct_size: size_of::<zest_tls_facts>() as u32,
    version: 0,
    resumed: 0,
    mode: 0,
    cipher: ptr::null(),
    alpn: ptr::null(),
    server_name: ptr::null(),
    peer_subject: ptr::null(),
    peer_fingerprint: ptr::null(),
    cipher_size: 0,
    alpn_size: 0,
    server_name_size: 0,
    peer_subject_size: 0,
    peer_fingerprint_size: 0,
    reserved: 0,
};

unsafe extern "C" {
    /// ZEST_WRONG_MODE: the handshake is not over. out->struct_size must be set. One thread at a
    /// time. Since 0.1.
    pub fn zest_tls_facts_get(tls: *const zest_tls, out: *mut zest_tls_facts) -> zest_status;

    /// Free and set *tls to NULL; keys are erased, nothing is sent, the fd stays as it is.
    /// ZEST_NULL_ARGUMENT if tls is NULL; ZEST_OK if *tls is. Since 0.1.
    pub fn zest_tls_free(tls: *mut *mut zest_tls) -> zest_status;
}

//! How connections speak TLS, and their beginning.

use crate::base::{zest_error, zest_status};
use std::ffi::c_char;
use std::ptr;

/// How connections speak TLS.
#[repr(C)]
pub struct zest_tls_context {
    _private: [u8; 0],
}

/// One connection's TLS.
#[repr(C)]
pub struct zest_tls {
    _private: [u8; 0],
}

/// A certificate with its key, both from files or both from memory: PEM, the chain in order, its
/// own certificate first. An array of these has its first element's struct_size as stride.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_tls_certificate {
    /// Size of this struct.
    pub struct_size: u32,
    /// Not in use: 0.
    pub reserved: u32,
    /// NULL: certificate is set.
    pub certificate_file: *const c_char,
    /// NULL: key is set.
    pub key_file: *const c_char,
    /// The chain itself.
    pub certificate: *const c_char,
    /// Its size.
    pub certificate_size: usize,
    /// The key itself.
    pub key: *const c_char,
    /// Its size.
    pub key_size: usize,
    /// Of a DER response to staple; NULL: none.
    pub ocsp_file: *const c_char,
}

/// What [`zest_tls_certificate`] begins as.
pub const ZEST_TLS_CERTIFICATE_INIT: zest_tls_certificate = zest_tls_certificate {
    struct_size: size_of::<zest_tls_certificate>() as u32,
    reserved: 0,
    certificate_file: ptr::null(),
    key_file: ptr::null(),
    certificate: ptr::null(),
    certificate_size: 0,
    key: ptr::null(),
    key_size: 0,
    ocsp_file: ptr::null(),
};

/// Client: anybody will do. It is then open to whoever sits between the two.
pub const ZEST_TLS_NO_VERIFY: u32 = 1 << 0;
/// Server: sessions cannot be resumed.
pub const ZEST_TLS_NO_TICKETS: u32 = 1 << 1;
/// Server: its own expired certificate is a warning, no error.
pub const ZEST_TLS_SERVE_EXPIRED: u32 = 1 << 2;
/// All of them.
pub const ZEST_TLS_FLAGS_ALL: u32 = 7;

/// What zest thinks right.
pub const ZEST_TLS_VERSION_DEFAULT: u32 = 0;
/// TLS 1.2.
pub const ZEST_TLS_1_2: u32 = 0x0303;
/// TLS 1.3.
pub const ZEST_TLS_1_3: u32 = 0x0304;

/// It does not ask.
pub const ZEST_TLS_CLIENTS_ANY: u32 = 0;
/// It asks, and takes those that have none.
pub const ZEST_TLS_CLIENTS_MAY: u32 = 1;
/// It asks, and refuses those that have none.
pub const ZEST_TLS_CLIENTS_MUST: u32 = 2;

/// zest.
pub const ZEST_TLS_KERNEL_OFF: u32 = 0;
/// The kernel, where it can (module tls).
pub const ZEST_TLS_KERNEL_PREFER: u32 = 1;
/// The kernel; no context or connection without it.
pub const ZEST_TLS_KERNEL_REQUIRE: u32 = 2;

/// Of either side; "server" and "client" mark what the other does not look at.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_tls_config {
    /// Size of this struct.
    pub struct_size: u32,
    /// ZEST_TLS_NO_VERIFY, ...
    pub flags: u32,
    /// Server: chosen by the names in them, and by what kinds of key a client takes; the first is
    /// also for clients that ask for no name, or for none of these. Client: at most one, to show
    /// when asked.
    pub certificates: *const zest_tls_certificate,
    /// How many.
    pub certificate_count: usize,
    /// Server: in place of certificates, one in memory for these names, valid for a month, for
    /// development.
    pub self_signed: *const *const c_char,
    /// How many.
    pub self_signed_count: usize,
    /// Protocols, the best first, 1 to 15 bytes each; a server that has none in common with its
    /// client refuses.
    pub alpn: *const *const c_char,
    /// How many.
    pub alpn_count: usize,
    /// PEM: whom to trust. Client: neither of these: whom the system trusts. Server: who may have
    /// signed clients' certificates.
    pub ca_file: *const c_char,
    /// The text itself, in place of a file.
    pub ca: *const c_char,
    /// Its size.
    pub ca_size: usize,
    /// Of TLS 1.2, as OpenSSL writes it; NULL: Mozilla's "intermediate".
    pub ciphers: *const c_char,
    /// Of TLS 1.3; NULL: the same. Only AEADs can be had.
    pub ciphersuites: *const c_char,
    /// Server: one to three keys of 80 bytes, the newest first, for all who serve these names;
    /// NULL: random ones, anew every 12 hours.
    pub ticket_key_file: *const c_char,
    /// ZEST_TLS_1_2, ...; default TLS 1.2.
    pub version_min: u32,
    /// Default TLS 1.3.
    pub version_max: u32,
    /// Server: ZEST_TLS_CLIENTS_...
    pub clients: u32,
    /// ZEST_TLS_KERNEL_...
    pub kernel: u32,
    /// Server: sessions can be resumed for so long; 0: 86400.
    pub session_timeout_s: u32,
    /// Not in use: 0.
    pub reserved: u32,
}

/// What [`zest_tls_config`] begins as.
pub const ZEST_TLS_CONFIG_INIT: zest_tls_config = zest_tls_config {
    struct_size: size_of::<zest_tls_config>() as u32,
    flags: 0,
    certificates: ptr::null(),
    certificate_count: 0,
    self_signed: ptr::null(),
    self_signed_count: 0,
    alpn: ptr::null(),
    alpn_count: 0,
    ca_file: ptr::null(),
    ca: ptr::null(),
    ca_size: 0,
    ciphers: ptr::null(),
    ciphersuites: ptr::null(),
    ticket_key_file: ptr::null(),
    version_min: 0,
    version_max: 0,
    clients: 0,
    kernel: 0,
    session_timeout_s: 0,
    reserved: 0,
};

unsafe extern "C" {
    /// Make a context of a server or of a client, and read its files. *context is yours to free.
    ///
    /// * `ZEST_INVALID_ARGUMENT`: the configuration, or what a file holds; error says what and
    ///   where
    /// * any other: a file cannot be read, memory; error says which
    ///
    /// Borrows all. Blocks for files, and with ZEST_TLS_KERNEL_PREFER for a trial. Any thread.
    /// Since 0.1.
    pub fn zest_tls_context_server(
        config: *const zest_tls_config,
        context: *mut *mut zest_tls_context,
        error: *mut zest_error,
    ) -> zest_status;

    /// The same for clients.
    pub fn zest_tls_context_client(
        config: *const zest_tls_config,
        context: *mut *mut zest_tls_context,
        error: *mut zest_error,
    ) -> zest_status;

    /// What the operator should know, line by line: certificates that expire soon, who does the
    /// records and why. *needed (may be NULL) is its size with the final zero. text gets what fits,
    /// zero-terminated; ZEST_INVALID_ARGUMENT if not all did. Any thread. Since 0.1.
    pub fn zest_tls_context_text(
        context: *const zest_tls_context,
        text: *mut c_char,
        size: usize,
        needed: *mut usize,
    ) -> zest_status;

    /// Free and set *context to NULL. Its connections go on. Any thread. Since 0.1.
    pub fn zest_tls_context_free(context: *mut *mut zest_tls_context) -> zest_status;

    /// TLS for a connected stream socket, which is borrowed until zest_tls_free and must not be
    /// read or written by others until the handshake is over. *tls is yours to free.
    ///
    /// * `ZEST_WRONG_MODE`: a context of the other side
    /// * `ZEST_INVALID_ARGUMENT`: fd is none; a client that verifies has no name to look for
    ///
    /// server_name: a DNS name or an IP address, which the client asks for and the server's
    /// certificate must hold; NULL without verification: none. Any thread. Since 0.1.
    pub fn zest_tls_server(
        context: *const zest_tls_context,
        fd: i32,
        tls: *mut *mut zest_tls,
        error: *mut zest_error,
    ) -> zest_status;

    /// The same for a client.
    pub fn zest_tls_client(
        context: *const zest_tls_context,
        fd: i32,
        server_name: *const c_char,
        tls: *mut *mut zest_tls,
        error: *mut zest_error,
    ) -> zest_status;
}

//! `zest/base.h`: status, error, version, address.

use std::ffi::c_char;

/// Major part of the version these bindings were written for.
pub const ZEST_VERSION_MAJOR: u32 = 0;
/// Minor part of the version these bindings were written for.
pub const ZEST_VERSION_MINOR: u32 = 1;
/// Patch part of the version these bindings were written for.
pub const ZEST_VERSION_PATCH: u32 = 0;
/// The version as one number that grows with each release: `0x00MMmmpp`.
pub const ZEST_VERSION_NUMBER: u32 =
    (ZEST_VERSION_MAJOR << 16) | (ZEST_VERSION_MINOR << 8) | ZEST_VERSION_PATCH;

/// What a call answers. Below 100: no failure. 1xx: the caller's arguments. 2xx: the system.
/// 5xx: zest itself.
pub type zest_status = i32;

/// Success.
pub const ZEST_OK: zest_status = 0;
/// Nothing came within the time given.
pub const ZEST_TIMED_OUT: zest_status = 1;
/// Shut down and drained: nothing will come any more.
pub const ZEST_CLOSED: zest_status = 2;
/// An event: one listener's thread ended; the others go on.
pub const ZEST_LISTENER_FAILED: zest_status = 3;
/// So far so good: more bytes, or more room, and call again.
pub const ZEST_NEED_MORE: zest_status = 4;
/// Wait until the fd is readable, and call again.
pub const ZEST_WANT_READ: zest_status = 5;
/// Wait until the fd is writable, and call again.
pub const ZEST_WANT_WRITE: zest_status = 6;

/// A pointer that must not be NULL was.
pub const ZEST_NULL_ARGUMENT: zest_status = 100;
/// A value out of its range.
pub const ZEST_INVALID_ARGUMENT: zest_status = 101;
/// A struct_size or field that this library does not know.
pub const ZEST_UNSUPPORTED: zest_status = 102;
/// An address that does not parse.
pub const ZEST_BAD_ADDRESS: zest_status = 103;
/// Two listeners with one listener_id.
pub const ZEST_DUPLICATE_LISTENER: zest_status = 104;
/// A shard is used by the thread that used it first, and no other.
pub const ZEST_WRONG_THREAD: zest_status = 105;
/// The call does not fit how the service was started.
pub const ZEST_WRONG_MODE: zest_status = 106;
/// The handle was made before a fork, by the parent.
pub const ZEST_FORKED: zest_status = 107;

/// The address is in use.
pub const ZEST_ADDRESS_IN_USE: zest_status = 200;
/// No interface of this machine has the address.
pub const ZEST_ADDRESS_NOT_AVAILABLE: zest_status = 201;
/// The system refused permission.
pub const ZEST_PERMISSION_DENIED: zest_status = 202;
/// Out of file descriptors.
pub const ZEST_OUT_OF_FDS: zest_status = 203;
/// Out of memory.
pub const ZEST_OUT_OF_MEMORY: zest_status = 204;
/// Any other errno; see [`zest_error::os_errno`].
pub const ZEST_SYSTEM: zest_status = 205;
/// Another process sent what `zest_send_fds` would not.
pub const ZEST_BAD_MESSAGE: zest_status = 206;
/// A peer's bytes are no message of its protocol, or beyond a limit.
pub const ZEST_REFUSED: zest_status = 207;
/// As many are there as may be; when some have gone, try again.
pub const ZEST_LIMIT_REACHED: zest_status = 208;

/// One side refused the other: a certificate, a version, a record.
pub const ZEST_TLS_FAILED: zest_status = 400;
/// The connection ended without TLS's own end: bytes may be missing.
pub const ZEST_TLS_TRUNCATED: zest_status = 401;
/// The peer's first bytes were none of TLS.
pub const ZEST_TLS_NOT_TLS: zest_status = 402;

/// A defect in zest; please report it.
pub const ZEST_INTERNAL: zest_status = 500;

/// What happened and where. Filled by the calls that take one, for any status but [`ZEST_OK`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_error {
    /// The status that the call answered.
    pub code: zest_status,
    /// 0 if no system call was behind it.
    pub os_errno: i32,
    /// UTF-8, zero-terminated.
    pub message: [c_char; 256],
}

/// The address is not known.
pub const ZEST_FAMILY_NONE: u16 = 0;
/// IPv4.
pub const ZEST_FAMILY_IPV4: u16 = 4;
/// IPv6.
pub const ZEST_FAMILY_IPV6: u16 = 6;
/// A Unix socket's address.
pub const ZEST_FAMILY_UNIX: u16 = 1;

/// An address of either end of a connection. [`ZEST_FAMILY_NONE`]: not known, for instance because
/// the peer had gone before the connection was handed out.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct zest_address {
    /// `ZEST_FAMILY_...`
    pub family: u16,
    /// Host byte order; 0 for Unix.
    pub port: u16,
    /// IPv6 link-local: the interface's index.
    pub scope_id: u32,
    /// Network byte order; IPv4 uses the first four.
    pub ip: [u8; 16],
    /// Unix: bytes of path that count; 0: unnamed.
    pub path_size: u32,
    /// Unix; an abstract name starts with a zero byte. Not zero-terminated.
    pub path: [c_char; 108],
}

/// An address that is not known: every field zero.
pub const ZEST_ADDRESS_NONE: zest_address = zest_address {
    family: ZEST_FAMILY_NONE,
    port: 0,
    scope_id: 0,
    ip: [0; 16],
    path_size: 0,
    path: [0; 108],
};

unsafe extern "C" {
    /// The running library's version as [`ZEST_VERSION_NUMBER`]. Any thread; never fails.
    /// Since 0.1.
    pub fn zest_version() -> u32;

    /// The name of a status, such as "ZEST_ADDRESS_IN_USE"; "unknown status" for a number that has
    /// none. Static memory. Any thread. Since 0.1.
    pub fn zest_status_string(status: zest_status) -> *const c_char;

    /// Write address as text: "127.0.0.1:80", "\[::1\]:80", "unix:/run/x.sock", "unix:@name".
    /// Always zero-terminates; [`ZEST_INVALID_ARGUMENT`] if size is too small (128 always
    /// suffices). Borrows both. Any thread. Since 0.1.
    pub fn zest_address_format(
        address: *const zest_address,
        text: *mut c_char,
        size: usize,
    ) -> zest_status;
}

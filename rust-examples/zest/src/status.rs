//! What a call answered, as a type.

use crate::text;
use std::fmt;
use zest_sys as sys;

/// The status behind an [`Error`](crate::Error) or a [`ReportRow`](crate::ReportRow).
///
/// `Display` gives the name that the C API has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// No failure.
    Ok,
    /// Nothing came within the time given.
    TimedOut,
    /// Shut down and drained.
    Closed,
    /// One listener's thread ended; the others go on.
    ListenerFailed,
    /// So far so good: more bytes, or more room, and call again.
    NeedMore,
    /// Wait until the fd is readable.
    WantRead,
    /// Wait until the fd is writable.
    WantWrite,
    /// A pointer was null: a defect of this crate.
    NullArgument,
    /// A value out of its range.
    InvalidArgument,
    /// The library is too old for a setting.
    Unsupported,
    /// An address that does not parse.
    BadAddress,
    /// Two listeners with one id.
    DuplicateListener,
    /// A shard is driven by the thread that drove it first, and no other.
    WrongThread,
    /// The call does not fit how the service was started.
    WrongMode,
    /// The service was made before a fork, by the parent.
    Forked,
    /// Another socket has the address.
    AddressInUse,
    /// No interface of this machine has the address.
    AddressNotAvailable,
    /// The system refused permission.
    PermissionDenied,
    /// Out of file descriptors.
    OutOfFds,
    /// Out of memory.
    OutOfMemory,
    /// Any other failure of the system; see [`Error::raw_os_error`](crate::Error::raw_os_error).
    System,
    /// Another process sent what [`send_fds`](crate::send_fds) would not.
    BadMessage,
    /// A peer's bytes are no message of its protocol, or beyond a limit.
    Refused,
    /// As many are there as may be; when some have gone, try again.
    LimitReached,
    /// One side refused the other: a certificate, a version, a record.
    TlsFailed,
    /// The connection ended without TLS's own end: bytes may be missing.
    TlsTruncated,
    /// The peer's first bytes were none of TLS.
    NotTls,
    /// A defect in zest; please report it.
    Internal,
    /// A number that this version of the crate has no name for.
    Other(i32),
}

/// Each status that has a name, beside its number.
const NAMED: [(Status, sys::zest_status); 28] = [
    (Status::Ok, sys::ZEST_OK),
    (Status::TimedOut, sys::ZEST_TIMED_OUT),
    (Status::Closed, sys::ZEST_CLOSED),
    (Status::ListenerFailed, sys::ZEST_LISTENER_FAILED),
    (Status::NeedMore, sys::ZEST_NEED_MORE),
    (Status::WantRead, sys::ZEST_WANT_READ),
    (Status::WantWrite, sys::ZEST_WANT_WRITE),
    (Status::NullArgument, sys::ZEST_NULL_ARGUMENT),
    (Status::InvalidArgument, sys::ZEST_INVALID_ARGUMENT),
    (Status::Unsupported, sys::ZEST_UNSUPPORTED),
    (Status::BadAddress, sys::ZEST_BAD_ADDRESS),
    (Status::DuplicateListener, sys::ZEST_DUPLICATE_LISTENER),
    (Status::WrongThread, sys::ZEST_WRONG_THREAD),
    (Status::WrongMode, sys::ZEST_WRONG_MODE),
    (Status::Forked, sys::ZEST_FORKED),
    (Status::AddressInUse, sys::ZEST_ADDRESS_IN_USE),
    (Status::AddressNotAvailable, sys::ZEST_ADDRESS_NOT_AVAILABLE),
    (Status::PermissionDenied, sys::ZEST_PERMISSION_DENIED),
    (Status::OutOfFds, sys::ZEST_OUT_OF_FDS),
    (Status::OutOfMemory, sys::ZEST_OUT_OF_MEMORY),
    (Status::System, sys::ZEST_SYSTEM),
    (Status::BadMessage, sys::ZEST_BAD_MESSAGE),
    (Status::Refused, sys::ZEST_REFUSED),
    (Status::LimitReached, sys::ZEST_LIMIT_REACHED),
    (Status::TlsFailed, sys::ZEST_TLS_FAILED),
    (Status::TlsTruncated, sys::ZEST_TLS_TRUNCATED),
    (Status::NotTls, sys::ZEST_TLS_NOT_TLS),
    (Status::Internal, sys::ZEST_INTERNAL),
];

impl Status {
    /// The status with this number.
    #[must_use]
    pub fn from_raw(number: i32) -> Self {
        let found = NAMED.iter().find(|(_, named)| *named == number);
        found.map_or(Self::Other(number), |(status, _)| *status)
    }

    /// The number that the C API has for it.
    #[must_use]
    pub fn as_raw(self) -> i32 {
        if let Self::Other(number) = self {
            return number;
        }
        let found = NAMED.iter().find(|(status, _)| *status == self);
        found.map_or(sys::ZEST_INTERNAL, |(_, number)| *number)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: any number is allowed; the answer is static memory.
        let name = unsafe { sys::zest_status_string(self.as_raw()) };
        // SAFETY: the library answers a zero-terminated string that lives for ever.
        f.write_str(&unsafe { text::from_ptr(name) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_status_maps_both_ways() {
        for (status, number) in NAMED {
            assert_eq!(Status::from_raw(number), status);
            assert_eq!(status.as_raw(), number);
        }
    }

    #[test]
    fn an_unknown_number_is_kept() {
        assert_eq!(Status::from_raw(499).as_raw(), 499);
        assert_eq!(Status::from_raw(499).to_string(), "unknown status");
    }

    #[test]
    fn display_is_the_name_in_c() {
        assert_eq!(Status::AddressInUse.to_string(), "ZEST_ADDRESS_IN_USE");
    }
}

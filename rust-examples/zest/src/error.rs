//! The one error type of the crate.

use crate::{Report, Status, text};
use std::{fmt, io};
use zest_sys as sys;

/// What the fallible functions of this crate answer.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong: a status, the errno behind it if there is one, and a sentence that names place,
/// cause and cure. `Display` is that sentence.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Error {
    status: Status,
    os_errno: i32,
    message: Box<str>,
    report: Option<Box<Report>>,
}

impl Error {
    pub(crate) fn new(status: Status, message: impl Into<Box<str>>) -> Self {
        Self { status, os_errno: 0, message: message.into(), report: None }
    }

    /// A value that the C API could not even be asked with.
    pub(crate) fn invalid(message: impl Into<Box<str>>) -> Self {
        Self::new(Status::InvalidArgument, message)
    }

    /// The failure of a call that gives a status and no more.
    pub(crate) fn from_status(call: &str, number: sys::zest_status) -> Self {
        let status = Status::from_raw(number);
        Self::new(status, format!("{call}: {status}"))
    }

    /// What a call wrote into its error argument, for the status that it answered.
    pub(crate) fn from_raw(number: sys::zest_status, raw: &sys::zest_error) -> Self {
        let message = text::from_field(&raw.message).into();
        Self { status: Status::from_raw(number), os_errno: raw.os_errno, message, report: None }
    }

    /// An event: a listener's thread has ended.
    pub(crate) fn listener_failed(raw: &sys::zest_connection) -> Self {
        let cause = io::Error::from_raw_os_error(raw.os_errno);
        let message = format!("listener {}, shard {}: {cause}", raw.listener_id, raw.shard);
        let os_errno = raw.os_errno;
        Self { os_errno, ..Self::new(Status::ListenerFailed, message) }
    }

    /// A failure of the runtime's, or of the system's.
    #[cfg(any(feature = "tokio", feature = "pipeline"))]
    pub(crate) fn from_io(place: &str, cause: &io::Error) -> Self {
        let os_errno = cause.raw_os_error().unwrap_or(0);
        Self { os_errno, ..Self::new(Status::System, format!("{place}: {cause}")) }
    }

    pub(crate) fn with_report(self, report: Option<Report>) -> Self {
        Self { report: report.map(Box::new), ..self }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// The errno, if a system call was behind it.
    #[must_use]
    pub fn raw_os_error(&self) -> Option<i32> {
        (self.os_errno != 0).then_some(self.os_errno)
    }

    /// Place, cause and cure, as `Display`.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// How each listener failed, where the configuration was good enough to try.
    #[must_use]
    pub fn report(&self) -> Option<&Report> {
        self.report.as_deref()
    }

    /// The kind that `std` has for it: the errno's, else the status's.
    fn kind(&self) -> io::ErrorKind {
        if let Some(number) = self.raw_os_error() {
            return io::Error::from_raw_os_error(number).kind();
        }
        match self.status {
            Status::TimedOut => io::ErrorKind::TimedOut,
            Status::Unsupported => io::ErrorKind::Unsupported,
            Status::AddressInUse => io::ErrorKind::AddrInUse,
            Status::AddressNotAvailable => io::ErrorKind::AddrNotAvailable,
            Status::PermissionDenied => io::ErrorKind::PermissionDenied,
            Status::OutOfMemory => io::ErrorKind::OutOfMemory,
            Status::BadMessage => io::ErrorKind::InvalidData,
            Status::InvalidArgument | Status::BadAddress | Status::DuplicateListener => {
                io::ErrorKind::InvalidInput
            }
            _ => io::ErrorKind::Other,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Keeps the message; the errno becomes the `io::ErrorKind`.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn io_error_has_the_kind_of_the_errno_and_the_message() {
        let mut raw = sys::zest_error { code: 200, os_errno: libc::EADDRINUSE, message: [0; 256] };
        raw.message[0] = text::to_char(b'x');
        let error = io::Error::from(Error::from_raw(sys::ZEST_ADDRESS_IN_USE, &raw));
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert_eq!(error.to_string(), "x");
    }

    #[test]
    fn without_an_errno_the_status_gives_the_kind() {
        let error = Error::invalid("too large");
        assert_eq!(error.raw_os_error(), None);
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn a_failed_listener_is_named() {
        let raw = sys::zest_connection {
            listener_id: 7,
            shard: 2,
            os_errno: libc::EBADF,
            ..sys::ZEST_CONNECTION_INIT
        };
        let error = Error::listener_failed(&raw);
        assert_eq!(error.raw_os_error(), Some(libc::EBADF));
        assert!(error.message().starts_with("listener 7, shard 2: "), "{error}");
    }
}

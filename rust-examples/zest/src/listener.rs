//! One address to listen on.

use crate::{Error, Protocol, Result, SocketOptions};
use std::ffi::CString;
use std::fmt::Display;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use zest_sys as sys;

/// One address to listen on, or one socket that is bound already.
#[derive(Debug)]
pub struct Listener {
    pub(crate) place: Place,
    pub(crate) protocol: Protocol,
    pub(crate) id: u64,
    pub(crate) unix_mode: u32,
    pub(crate) socket_options: Option<SocketOptions>,
    flags: u32,
}

/// Where a listener's socket comes from.
#[derive(Debug)]
pub(crate) enum Place {
    Address(Vec<u8>),
    Adopted(OwnedFd),
}

impl Listener {
    /// TCP at an address such as `"127.0.0.1:80"`, `"[::1]:0"`, `":80"` (every address, IPv6 and
    /// IPv4), or a `SocketAddr`. It is parsed by `listen`.
    pub fn tcp(address: impl Display) -> Self {
        Self::new(Place::Address(address.to_string().into_bytes()), Protocol::Tcp)
    }

    /// UDP at such an address: the bound socket is given once per thread or shard.
    pub fn udp(address: impl Display) -> Self {
        Self::new(Place::Address(address.to_string().into_bytes()), Protocol::Udp)
    }

    /// A Unix stream socket at a path.
    pub fn unix(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().as_os_str().as_bytes();
        // Zest takes a leading @ for an abstract name.
        let here: &[u8] = if path.starts_with(b"@") { b"./" } else { b"" };
        Self::new(Place::Address([b"unix:", here, path].concat()), Protocol::Unix)
    }

    /// A Unix stream socket with an abstract name, given without its leading zero byte.
    pub fn unix_abstract(name: impl AsRef<[u8]>) -> Self {
        Self::new(Place::Address([b"unix:@", name.as_ref()].concat()), Protocol::Unix)
    }

    /// A socket that is bound already, from systemd or [`recv_fds`](crate::recv_fds). It is closed
    /// if `listen` fails.
    pub fn adopt(socket: OwnedFd, protocol: Protocol) -> Self {
        Self::new(Place::Adopted(socket), protocol)
    }

    /// The id that comes with each connection; unique among the listeners. Default 0.
    #[must_use]
    pub fn id(self, id: u64) -> Self {
        Self { id, ..self }
    }

    /// One socket without `SO_REUSEPORT`, whatever the settings say.
    #[must_use]
    pub fn single(self) -> Self {
        Self { flags: self.flags | sys::ZEST_LISTENER_SINGLE, ..self }
    }

    /// Share the port with sockets that others have open on it.
    #[must_use]
    pub fn join(self) -> Self {
        Self { flags: self.flags | sys::ZEST_LISTENER_JOIN, ..self }
    }

    /// Permissions of the Unix socket's file, as chmod; default by the umask.
    #[must_use]
    pub fn unix_mode(self, mode: u32) -> Self {
        Self { unix_mode: mode, ..self }
    }

    /// Options instead of those of the settings.
    #[must_use]
    pub fn socket_options(self, options: SocketOptions) -> Self {
        Self { socket_options: Some(options), ..self }
    }

    fn new(place: Place, protocol: Protocol) -> Self {
        Self { place, protocol, id: 0, flags: 0, unix_mode: 0, socket_options: None }
    }

    /// `ZEST_LISTENER_...`
    pub(crate) fn flags(&self) -> u32 {
        match self.place {
            Place::Adopted(_) => self.flags | sys::ZEST_LISTENER_ADOPT_FD,
            Place::Address(_) => self.flags,
        }
    }

    /// The address as a C string, if it has one.
    pub(crate) fn address(&self) -> Result<Option<CString>> {
        let Place::Address(text) = &self.place else { return Ok(None) };
        CString::new(text.clone()).map(Some).map_err(|_| {
            let text = String::from_utf8_lossy(text);
            Error::invalid(format!("listener {}: a zero byte in address {text:?}", self.id))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    fn text(listener: &Listener) -> String {
        let address = listener.address().expect("no zero byte").expect("an address");
        address.into_string().expect("UTF-8")
    }

    #[test]
    fn addresses_are_written_as_zest_reads_them() {
        let socket: SocketAddr = "[::1]:81".parse().expect("an address");
        assert_eq!(text(&Listener::tcp(socket)), "[::1]:81");
        assert_eq!(text(&Listener::udp(":80")), ":80");
        assert_eq!(text(&Listener::unix("/run/x.sock")), "unix:/run/x.sock");
        assert_eq!(text(&Listener::unix("@x")), "unix:./@x");
        assert_eq!(text(&Listener::unix_abstract("x")), "unix:@x");
    }

    #[test]
    fn a_zero_byte_is_an_error_that_names_the_listener() {
        let error = Listener::tcp("127.0.0.1\0:80").id(4).address().expect_err("a zero byte");
        assert!(error.message().starts_with("listener 4: "), "{error}");
    }

    #[test]
    fn flags_add_up() {
        let listener = Listener::tcp(":80").single().join();
        assert_eq!(listener.flags(), sys::ZEST_LISTENER_SINGLE | sys::ZEST_LISTENER_JOIN);
    }
}

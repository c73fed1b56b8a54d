//! An accepted socket into the socket types of std, and of Tokio.

use crate::{Accepted, Protocol};
use std::fmt;
use std::net::{TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;

/// The socket speaks another protocol than the type asked for; it is still in here.
#[derive(Debug)]
pub struct WrongProtocol(pub Accepted);

impl fmt::Display for WrongProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the socket of listener {} is {:?}", self.0.listener_id, self.0.protocol)
    }
}

impl std::error::Error for WrongProtocol {}

macro_rules! try_from_accepted {
    ($socket:ty, $protocol:ident) => {
        /// Still non-blocking.
        impl TryFrom<Accepted> for $socket {
            type Error = WrongProtocol;

            fn try_from(accepted: Accepted) -> Result<Self, WrongProtocol> {
                match accepted.protocol {
                    Protocol::$protocol => Ok(accepted.fd.into()),
                    _ => Err(WrongProtocol(accepted)),
                }
            }
        }
    };
}

try_from_accepted!(TcpStream, Tcp);
try_from_accepted!(UdpSocket, Udp);
try_from_accepted!(UnixStream, Unix);

#[cfg(feature = "tokio")]
mod into_tokio {
    use crate::{Accepted, Result, error::Error};
    use std::net::{TcpStream, UdpSocket};
    use std::os::unix::net::UnixStream;

    impl Accepted {
        /// The TCP stream, registered with the current runtime.
        ///
        /// # Errors
        ///
        /// Another protocol, or the runtime's reactor could not take it; the socket is closed.
        ///
        /// # Panics
        ///
        /// Outside of a Tokio runtime, as all of Tokio.
        pub fn into_tokio_tcp(self) -> Result<tokio::net::TcpStream> {
            let stream = TcpStream::try_from(self).map_err(wrong)?;
            tokio::net::TcpStream::from_std(stream).map_err(|e| Error::from_io("TcpStream", &e))
        }

        /// The UDP socket, registered with the current runtime. Errors and panics as
        /// [`into_tokio_tcp`](Self::into_tokio_tcp).
        ///
        /// # Errors
        ///
        /// As above.
        pub fn into_tokio_udp(self) -> Result<tokio::net::UdpSocket> {
            let socket = UdpSocket::try_from(self).map_err(wrong)?;
            tokio::net::UdpSocket::from_std(socket).map_err(|e| Error::from_io("UdpSocket", &e))
        }

        /// The Unix stream, registered with the current runtime. Errors and panics as
        /// [`into_tokio_tcp`](Self::into_tokio_tcp).
        ///
        /// # Errors
        ///
        /// As above.
        pub fn into_tokio_unix(self) -> Result<tokio::net::UnixStream> {
            let stream = UnixStream::try_from(self).map_err(wrong)?;
            tokio::net::UnixStream::from_std(stream).map_err(|e| Error::from_io("UnixStream", &e))
        }
    }

    #[allow(clippy::needless_pass_by_value, reason = "what map_err passes")]
    fn wrong(error: super::WrongProtocol) -> Error {
        Error::invalid(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accepted::tests::pair;
    use std::io::{Read, Write};

    #[test]
    fn the_right_protocol_gives_the_socket() {
        let (accepted, mut theirs) = pair(Protocol::Unix);
        let mut ours = UnixStream::try_from(accepted).expect("a Unix stream");
        ours.write_all(b"hello").expect("write");
        let mut text = [0; 5];
        theirs.read_exact(&mut text).expect("read");
        assert_eq!(&text, b"hello");
    }

    #[test]
    fn the_wrong_protocol_gives_the_connection_back() {
        let (accepted, _theirs) = pair(Protocol::Unix);
        let error = TcpStream::try_from(accepted).expect_err("not TCP");
        assert_eq!(error.to_string(), "the socket of listener 7 is Unix");
        assert!(UnixStream::try_from(error.0).is_ok());
    }
}

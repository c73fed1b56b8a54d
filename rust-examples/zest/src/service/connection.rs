//! What comes out of the channel.

use crate::{Accepted, Error, Protocol, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::{TcpStream, UdpSocket};

/// A socket, registered with the runtime that listens.
#[derive(Debug)]
pub enum ZestTransportStream {
    /// A connected stream.
    Tcp(TcpStream),
    /// The bound socket of a UDP listener, given once per thread.
    Udp(UdpSocket),
}

/// A connection, or a UDP socket, and where it came from.
#[derive(Debug)]
pub struct AcceptedConnection {
    /// The socket.
    pub stream: ZestTransportStream,
    /// Our end.
    pub local_addr: SocketAddr,
    /// The peer's end. The unspecified address (`0.0.0.0:0` or `[::]:0`, by the family of
    /// `local_addr`) if the peer had gone already, and for UDP.
    pub remote_addr: SocketAddr,
    /// The id of the listener that it came through.
    pub listener_id: u64,
}

impl AcceptedConnection {
    /// `listen_address` stands in for a local end that is not known.
    pub(super) fn new(accepted: Accepted, listen_address: Option<SocketAddr>) -> Result<Self> {
        let local_addr = accepted.local.as_inet().or(listen_address);
        let local_addr = local_addr.ok_or_else(|| Error::invalid("no local IP address"))?;
        let remote_addr = accepted.remote.as_inet().unwrap_or_else(|| unspecified(local_addr));
        let listener_id = accepted.listener_id;
        let stream = match accepted.protocol {
            Protocol::Tcp => ZestTransportStream::Tcp(accepted.into_tokio_tcp()?),
            Protocol::Udp => ZestTransportStream::Udp(accepted.into_tokio_udp()?),
            Protocol::Unix => return Err(Error::invalid("a Unix socket came from an IP address")),
        };
        Ok(Self { stream, local_addr, remote_addr, listener_id })
    }
}

/// The unspecified address, port 0, of the same family.
fn unspecified(like: SocketAddr) -> SocketAddr {
    let ip = match like {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    SocketAddr::new(ip, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Address, Moment};
    use std::net::TcpListener;

    /// One end of a connection over loopback, with addresses as given.
    fn accepted(local: Address, remote: Address) -> Accepted {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let address = listener.local_addr().expect("an address");
        let stream = std::net::TcpStream::connect(address).expect("connect");
        stream.set_nonblocking(true).expect("non-blocking");
        let accepted_at = Moment::now();
        let (protocol, listener_id, shard) = (Protocol::Tcp, 7, 0);
        Accepted { fd: stream.into(), protocol, local, remote, listener_id, shard, accepted_at }
    }

    #[tokio::test]
    async fn a_peer_that_has_gone_is_the_unspecified_address_of_the_family() {
        let listen_address = Some("[::1]:80".parse().expect("an address"));
        let v4 = Address::Inet("127.0.0.1:80".parse().expect("an address"));
        for (local, remote) in [(v4, "0.0.0.0:0"), (Address::Unknown, "[::]:0")] {
            let connection =
                AcceptedConnection::new(accepted(local, Address::Unknown), listen_address)
                    .expect("a connection");
            assert_eq!(connection.remote_addr.to_string(), remote);
        }
    }
}

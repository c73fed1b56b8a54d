//! Either end of a connection.

use crate::text;
use std::ffi::{OsStr, c_char};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use zest_sys as sys;

/// The address of either end of a connection. `Display` writes it as zest does:
/// `127.0.0.1:80`, `[::1]:80`, `unix:/run/x.sock`, `unix:@name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// Not known, for instance because the peer had gone before the connection was handed out; and
    /// the remote end of a UDP socket.
    Unknown,
    /// IPv4 or IPv6.
    Inet(SocketAddr),
    /// A Unix socket.
    Unix(UnixAddress),
}

/// The name of a Unix socket: a path, an abstract name, or none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UnixAddress(Box<[u8]>);

impl UnixAddress {
    /// Whether it has no name, as most clients.
    #[must_use]
    pub fn is_unnamed(&self) -> bool {
        self.0.is_empty()
    }

    /// The path, if it has one.
    #[must_use]
    pub fn as_pathname(&self) -> Option<&Path> {
        let named = self.0.first().is_some_and(|byte| *byte != 0);
        named.then(|| Path::new(OsStr::from_bytes(&self.0)))
    }

    /// The abstract name without its leading zero byte, if it has one.
    #[must_use]
    pub fn as_abstract_name(&self) -> Option<&[u8]> {
        self.0.strip_prefix(&[0])
    }
}

impl Address {
    /// The Internet address, if it is one.
    #[must_use]
    pub fn as_inet(&self) -> Option<SocketAddr> {
        match self {
            Self::Inet(address) => Some(*address),
            _ => None,
        }
    }

    pub(crate) fn from_raw(raw: &sys::zest_address) -> Self {
        match raw.family {
            sys::ZEST_FAMILY_IPV4 => {
                let [a, b, c, d, ..] = raw.ip;
                Self::Inet(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), raw.port))
            }
            sys::ZEST_FAMILY_IPV6 => {
                let ip = Ipv6Addr::from(raw.ip);
                Self::Inet(SocketAddrV6::new(ip, raw.port, 0, raw.scope_id).into())
            }
            sys::ZEST_FAMILY_UNIX => {
                let chars = raw.path.iter().copied().take(raw.path_size as usize);
                Self::Unix(UnixAddress(chars.map(text::to_byte).collect()))
            }
            _ => Self::Unknown,
        }
    }

    pub(crate) fn to_raw(&self) -> sys::zest_address {
        match self {
            Self::Unknown => sys::ZEST_ADDRESS_NONE,
            Self::Inet(address) => inet_to_raw(*address),
            Self::Unix(address) => unix_to_raw(address),
        }
    }
}

fn inet_to_raw(address: SocketAddr) -> sys::zest_address {
    let mut raw = sys::zest_address { port: address.port(), ..sys::ZEST_ADDRESS_NONE };
    match address {
        SocketAddr::V4(v4) => {
            raw.family = sys::ZEST_FAMILY_IPV4;
            raw.ip[..4].copy_from_slice(&v4.ip().octets());
        }
        SocketAddr::V6(v6) => {
            raw.family = sys::ZEST_FAMILY_IPV6;
            raw.ip = v6.ip().octets();
            raw.scope_id = v6.scope_id();
        }
    }
    raw
}

fn unix_to_raw(address: &UnixAddress) -> sys::zest_address {
    let mut raw = sys::zest_address { family: sys::ZEST_FAMILY_UNIX, ..sys::ZEST_ADDRESS_NONE };
    for (to, from) in raw.path.iter_mut().zip(&address.0) {
        *to = text::to_char(*from);
        raw.path_size += 1;
    }
    raw
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let raw = self.to_raw();
        let mut field: [c_char; 128] = [0; 128];
        // SAFETY: both live for the call; field has the size given.
        let status = unsafe { sys::zest_address_format(&raw const raw, field.as_mut_ptr(), 128) };
        if status != sys::ZEST_OK {
            return Err(fmt::Error);
        }
        f.pad(&text::from_field(&field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(address: &Address) -> Address {
        Address::from_raw(&address.to_raw())
    }

    #[test]
    fn every_family_survives_the_c_form() {
        let v6 = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 81, 0, 3);
        let unix = |bytes: &[u8]| Address::Unix(UnixAddress(bytes.into()));
        for address in [
            Address::Unknown,
            Address::Inet("127.0.0.1:80".parse().expect("an address")),
            Address::Inet(v6.into()),
            unix(b"/run/x.sock"),
            unix(b"\0name"),
            unix(b""),
            unix(&[b'x'; 108]),
        ] {
            assert_eq!(round_trip(&address), address);
        }
    }

    #[test]
    fn unix_names_are_told_apart() {
        let path = UnixAddress(b"/run/x"[..].into());
        assert_eq!(path.as_pathname(), Some(Path::new("/run/x")));
        assert_eq!(path.as_abstract_name(), None);
        let name = UnixAddress(b"\0name"[..].into());
        assert_eq!(name.as_pathname(), None);
        assert_eq!(name.as_abstract_name(), Some(&b"name"[..]));
        assert!(UnixAddress(Box::default()).is_unnamed());
    }

    #[test]
    fn display_is_that_of_zest() {
        let address = Address::Inet("[::1]:80".parse().expect("an address"));
        assert_eq!(address.to_string(), "[::1]:80");
    }
}

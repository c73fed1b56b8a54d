//! rustls speaks to zproxy: both versions, resumed and not, bodies both ways, keys renewed.
mod stage;
mod trusting;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use anyhow::{Result, ensure};
use rustls::{ClientConnection, HandshakeKind, ProtocolVersion, StreamOwned};

use stage::{Zproxy, origin};
use trusting::{PATIENCE, client_config};

type Tls = StreamOwned<ClientConnection, TcpStream>;

fn connect(zproxy: &Zproxy, config: &Arc<rustls::ClientConfig>) -> Result<Tls> {
    let connection = ClientConnection::new(Arc::clone(config), "localhost".try_into()?)?;
    let socket = TcpStream::connect(("127.0.0.1", zproxy.port))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(StreamOwned::new(connection, socket))
}

/// Sends a body and compares what comes back.
fn exchange(tls: &mut Tls, size: usize) -> Result<()> {
    let body: Vec<u8> = (0..size).map(|i| (i.wrapping_mul(31) % 251).to_le_bytes()[0]).collect();
    write!(tls, "PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: {size}\r\n\r\n")?;
    tls.write_all(&body)?;
    tls.flush()?;
    let (head, mut got) = stage::read_head(tls)?;
    ensure!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let begun = got.len();
    got.resize(size, 0);
    tls.read_exact(&mut got[begun..])?;
    ensure!(got == body, "another body came back");
    Ok(())
}

fn speaks(version: &'static rustls::SupportedProtocolVersion) -> Result<()> {
    let zproxy = Zproxy::start(&origin()?)?;
    let config = Arc::new(client_config(version)?);
    for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
        let mut tls = connect(&zproxy, &config)?;
        for size in [0, 1, 16_384, 16_385, 3_000_000, 10] {
            exchange(&mut tls, size)?;
        }
        ensure!(tls.conn.handshake_kind() == Some(expected), "{expected:?}");
        ensure!(tls.conn.protocol_version() == Some(version.version));
        if version.version == ProtocolVersion::TLSv1_3 {
            tls.conn.refresh_traffic_keys()?;
            exchange(&mut tls, 100_000)?;
        }
        tls.conn.send_close_notify();
        tls.flush()?;
        ensure!(tls.read(&mut [0; 8])? == 0, "an end that is not announced");
    }
    Ok(())
}

#[test]
fn tls_1_3() -> Result<()> {
    speaks(&rustls::version::TLS13)
}

#[test]
fn tls_1_2() -> Result<()> {
    speaks(&rustls::version::TLS12)
}

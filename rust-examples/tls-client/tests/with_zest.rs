//! rustls speaks to `zest::tls`: both versions, resumed and not, keys renewed, cut off.
mod echoing;
mod trusting;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use rustls::{ClientConnection, HandshakeKind, StreamOwned, SupportedProtocolVersion};
use tokio::io::AsyncReadExt;
use zest::tls::Version;

use echoing::{echo, exchange, join, serve};
use trusting::{PATIENCE, client_config};

type Tls = StreamOwned<ClientConnection, TcpStream>;
fn connect(address: SocketAddr, config: &Arc<rustls::ClientConfig>) -> Result<Tls> {
    let connection = ClientConnection::new(Arc::clone(config), "localhost".try_into()?)?;
    let socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(StreamOwned::new(connection, socket))
}

fn speaks(version: &'static SupportedProtocolVersion, expected: Version) -> Result<()> {
    let (address, serving) = serve(2, echo)?;
    let mut config = client_config(version)?;
    config.alpn_protocols = vec![b"echo".to_vec()];
    let config = Arc::new(config);
    for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
        let mut tls = connect(address, &config)?;
        // What rustls is given now goes out together with its Finished.
        tls.conn.writer().write_all(&[0, 0, 0, 2, b'o', b'k'])?;
        let mut first = [0; 2];
        tls.read_exact(&mut first)?;
        ensure!(&first == b"ok");
        for size in [1, 16_384, 16_385, 3_000_000, 10] {
            exchange(&mut tls, size)?;
        }
        ensure!(tls.conn.handshake_kind() == Some(kind), "{kind:?}");
        if expected == Version::Tls13 {
            tls.conn.refresh_traffic_keys()?;
            exchange(&mut tls, 100_000)?;
        }
        tls.conn.send_close_notify();
        tls.flush()?;
        ensure!(tls.read(&mut [0; 8])? == 0, "an end that is not announced");
    }
    let facts = join(serving)?;
    for (one, resumed) in facts.iter().zip([false, true]) {
        ensure!((one.version, one.resumed) == (expected, resumed), "{one:?}");
        ensure!(one.server_name.as_deref() == Some(b"localhost"), "{one:?}");
        ensure!(one.alpn.as_deref() == Some(b"echo"), "{one:?}");
    }
    Ok(())
}

#[test]
fn tls_1_3() -> Result<()> {
    speaks(&rustls::version::TLS13, Version::Tls13)
}

#[test]
fn tls_1_2() -> Result<()> {
    speaks(&rustls::version::TLS12, Version::Tls12)
}

#[test]
fn a_client_that_is_cut_off_has_not_ended() -> Result<()> {
    let (address, serving) = serve(1, |mut stream| async move {
        let mut got = Vec::new();
        let error = stream.read_to_end(&mut got).await.err().context("an end in order")?;
        Ok((got, error.kind()))
    })?;
    let mut tls = connect(address, &Arc::new(client_config(&rustls::version::TLS13)?))?;
    tls.write_all(b"half")?;
    tls.flush()?;
    drop(tls);
    let (got, kind) = join(serving)?.pop().context("one")?;
    ensure!(got == b"half", "{got:?}");
    ensure!(matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset), "{kind:?}");
    Ok(())
}

#[test]
fn who_speaks_no_common_protocol_is_told() -> Result<()> {
    let (address, serving) = serve(1, echo)?;
    let mut config = client_config(&rustls::version::TLS13)?;
    config.alpn_protocols = vec![b"other".to_vec()];
    let mut tls = connect(address, &Arc::new(config))?;
    let error = tls.conn.complete_io(&mut tls.sock).err().context("a handshake")?;
    ensure!(error.to_string().contains("NoApplicationProtocol"), "{error}");
    ensure!(join(serving).is_err());
    Ok(())
}

//! rustls speaks to `zest::tls`: both versions, resumed and not, keys renewed, cut off.
mod trusting;

use std::future::Future;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, anyhow, ensure};
use rustls::{ClientConnection, HandshakeKind, StreamOwned, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use zest::tls::{Facts, ServerConfig, ServerContext, Stream, Version};

use trusting::{PATIENCE, client_config};

type Tls = StreamOwned<ClientConnection, TcpStream>;
type Served = Stream<tokio::net::TcpStream>;

fn server_config() -> ServerConfig {
    let (names, alpn) = (vec!["localhost".to_owned()], vec!["echo".to_owned()]);
    ServerConfig { self_signed: names, alpn, ..ServerConfig::default() }
}

/// Serves so many connections in a thread, one after the other: what became of each.
fn serve<T, S, F>(count: usize, serve_one: S) -> Result<(SocketAddr, JoinHandle<Result<Vec<T>>>)>
where
    T: Send + 'static,
    S: Fn(Served) -> F + Send + 'static,
    F: Future<Output = Result<T>>,
{
    let context = ServerContext::new(&server_config())?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let serving = thread::spawn(move || {
        let all = async move {
            let listener = TcpListener::from_std(listener)?;
            let mut served = Vec::new();
            for _ in 0..count {
                let (socket, _) = listener.accept().await?;
                served.push(serve_one(Stream::accept(&context, socket).await?).await?);
            }
            Ok(served)
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async { tokio::time::timeout(PATIENCE, all).await? })
    });
    Ok((address, serving))
}

fn join<T>(serving: JoinHandle<Result<T>>) -> Result<T> {
    serving.join().map_err(|_| anyhow!("the server has panicked"))?
}

/// A size, and so many bytes, come back; until the client says that it is done.
async fn echo(mut stream: Served) -> Result<Facts> {
    let facts = stream.facts()?;
    loop {
        let mut size = [0; 4];
        if stream.read(&mut size[..1]).await? == 0 {
            stream.shutdown().await?;
            return Ok(facts);
        }
        stream.read_exact(&mut size[1..]).await?;
        let mut body = vec![0; usize::try_from(u32::from_be_bytes(size))?];
        stream.read_exact(&mut body).await?;
        stream.write_all(&body).await?;
    }
}

fn connect(address: SocketAddr, config: &Arc<rustls::ClientConfig>) -> Result<Tls> {
    let connection = ClientConnection::new(Arc::clone(config), "localhost".try_into()?)?;
    let socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(StreamOwned::new(connection, socket))
}

fn body_of(size: usize) -> Vec<u8> {
    (0..size).map(|i| (i.wrapping_mul(31) % 251).to_le_bytes()[0]).collect()
}

fn exchange(tls: &mut Tls, size: usize) -> Result<()> {
    let body = body_of(size);
    tls.write_all(&u32::try_from(size)?.to_be_bytes())?;
    tls.write_all(&body)?;
    tls.flush()?;
    let mut got = vec![0; size];
    tls.read_exact(&mut got)?;
    ensure!(got == body, "another body came back");
    Ok(())
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

//! A server by `zest::tls` that echoes, and what a client says to it.
use std::future::Future;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::thread::{self, JoinHandle};

use anyhow::{Result, anyhow, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use zest::tls::{Facts, ServerConfig, ServerContext, Stream};

use crate::trusting::PATIENCE;

pub type Served = Stream<tokio::net::TcpStream>;

fn server_config() -> ServerConfig {
    let (names, alpn) = (vec!["localhost".to_owned()], vec!["echo".to_owned()]);
    ServerConfig { self_signed: names, alpn, ..ServerConfig::default() }
}

/// Serves so many connections in a thread, one after the other: what became of each.
pub fn serve<T, S, F>(
    count: usize,
    serve_one: S,
) -> Result<(SocketAddr, JoinHandle<Result<Vec<T>>>)>
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

pub fn join<T>(serving: JoinHandle<Result<T>>) -> Result<T> {
    serving.join().map_err(|_| anyhow!("the server has panicked"))?
}

/// A size, and so many bytes, come back; until the client says that it is done.
pub async fn echo(mut stream: Served) -> Result<Facts> {
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

fn body_of(size: usize) -> Vec<u8> {
    (0..size).map(|i| (i.wrapping_mul(31) % 251).to_le_bytes()[0]).collect()
}

pub fn exchange(tls: &mut (impl Read + Write), size: usize) -> Result<()> {
    let body = body_of(size);
    tls.write_all(&u32::try_from(size)?.to_be_bytes())?;
    tls.write_all(&body)?;
    tls.flush()?;
    let mut got = vec![0; size];
    tls.read_exact(&mut got)?;
    ensure!(got == body, "another body came back");
    Ok(())
}

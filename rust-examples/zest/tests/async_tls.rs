//! TLS streams in a Tokio runtime, both ends ours.
#![cfg(all(feature = "pipeline", feature = "tokio"))]

use std::io::ErrorKind;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::time::timeout;
use zest::tls::{
    ClientConfig, ClientContext, Connection, Kernel, Records, ServerConfig, ServerContext, Step,
    Stream, Version,
};

const TIMEOUT: Duration = Duration::from_secs(20);

fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|place| (place.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect()
}

fn server_config() -> ServerConfig {
    let names = vec!["localhost".to_owned()];
    ServerConfig { self_signed: names, kernel: Kernel::Prefer, ..ServerConfig::default() }
}

/// Trusts anybody: the server's certificate is its own, and nowhere to be read.
fn client_config(version: Version) -> ClientConfig {
    ClientConfig {
        danger_no_verify: true,
        alpn: vec!["http/1.1".to_owned()],
        version_max: Some(version),
        ..ClientConfig::default()
    }
}

async fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let near = TcpStream::connect(listener.local_addr().expect("address"));
    let (near, accepted) = tokio::join!(near, listener.accept());
    (near.expect("connect"), accepted.expect("accept").0)
}

async fn streams(version: Version) -> (Stream<TcpStream>, Stream<TcpStream>) {
    let config = ServerConfig { alpn: vec!["http/1.1".to_owned()], ..server_config() };
    let server = ServerContext::new(&config).expect("a context");
    let client = ClientContext::new(&client_config(version)).expect("a context");
    assert!(server.text().expect("text").contains("records"));
    let (near, far) = tcp_pair().await;
    let accepted = Stream::accept(&server, far);
    let connected = Stream::connect(&client, near, "localhost");
    let shaken = async { tokio::join!(connected, accepted) };
    let (near, far) = timeout(TIMEOUT, shaken).await.expect("in time");
    (near.expect("connected"), far.expect("accepted"))
}

#[tokio::test]
async fn megabytes_pass_both_ways_at_once() {
    for version in [Version::Tls12, Version::Tls13] {
        let (near, far) = streams(version).await;
        let facts = far.facts().expect("facts");
        assert_eq!((facts.version, facts.resumed), (version, false));
        assert_eq!(facts.server_name.as_deref(), Some(&b"localhost"[..]));
        assert_eq!(facts.alpn.as_deref(), Some(&b"http/1.1"[..]));
        assert_eq!(near.facts().expect("facts").peer_fingerprint.expect("one").len(), 64);
        let bytes = pattern(5_000_000);
        let talk = |stream: Stream<TcpStream>| async {
            let (mut reads, mut writes) = tokio::io::split(stream);
            let mut heard = Vec::new();
            let says = async {
                writes.write_all(&bytes).await.expect("say");
                writes.shutdown().await.expect("end");
            };
            let ((), read) = tokio::join!(says, reads.read_to_end(&mut heard));
            read.expect("an end in order");
            assert!(heard == bytes, "{} of {} bytes", heard.len(), bytes.len());
        };
        let both = async { tokio::join!(talk(near), talk(far)) };
        timeout(TIMEOUT, both).await.expect("in time");
    }
}

#[tokio::test]
async fn a_cut_connection_is_an_early_end() {
    let (mut near, far) = streams(Version::Tls13).await;
    drop(far);
    let read = timeout(TIMEOUT, near.read(&mut [0; 8])).await.expect("in time");
    let kind = read.expect_err("cut").kind();
    assert!(matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset), "{kind:?}");
}

#[tokio::test]
async fn a_certificate_of_nobody_is_refused() {
    let server = ServerContext::new(&server_config()).expect("a context");
    let client = ClientContext::new(&ClientConfig::default()).expect("a context");
    let (near, far) = UnixStream::pair().expect("a pair");
    let connected = Stream::connect(&client, near, "localhost");
    let (connected, accepted) = tokio::join!(connected, Stream::accept(&server, far));
    let error = connected.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert!(error.to_string().contains("certificate"), "{error}");
    assert!(accepted.is_err());
    assert!(ServerContext::new(&ServerConfig::default()).is_err());
}

#[test]
fn it_can_be_driven_by_hand() {
    let server = ServerContext::new(&server_config()).expect("a context");
    let client = ClientContext::new(&client_config(Version::Tls13)).expect("a context");
    let (near, far) = std::os::unix::net::UnixStream::pair().expect("a pair");
    let mut near = Connection::client(&client, near, "localhost").expect("a connection");
    let mut far = Connection::server(&server, far).expect("a connection");
    drop((server, client)); // connections keep what they need
    let (mut shaken, mut rounds) = (false, 0);
    while !shaken {
        let (one, other) = (near.handshake(), far.handshake());
        shaken = matches!(
            (one.expect("no refusal"), other.expect("no refusal")),
            (Step::Done(Records::User), Step::Done(_))
        );
        rounds += 1;
        assert!(rounds < 100, "no end");
    }
    assert_eq!(near.write(b"hello").expect("taken"), Step::Done(5));
    near.flush().expect("sent");
    near.shutdown().expect("ended");
    let mut bytes = [0; 16];
    assert_eq!(far.pending().expect("a count"), 0);
    assert_eq!(far.read(&mut bytes[..2]).expect("read"), Step::Done(2));
    assert_eq!(far.pending().expect("a count"), 3);
    assert_eq!(far.read(&mut bytes[2..]).expect("read"), Step::Done(3));
    assert_eq!(&bytes[..5], b"hello");
    assert_eq!(far.read(&mut bytes).expect("the end"), Step::Done(0));
    assert_eq!(near.read(&mut bytes).expect("open"), Step::WantRead);
}

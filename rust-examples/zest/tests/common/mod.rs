//! What the tests share: acceptors on free ports, clients, and counts of fds and threads.
//!
//! Times here are bounds that end a test that hangs; no test passes or fails by them otherwise.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use zest::{Accepted, Acceptor, Backend, Builder, Event, Listener, Next, Report, Settings};

/// Far beyond what anything here takes.
pub const LIMIT: Duration = Duration::from_secs(60);

/// This many threads; and the backend that `ZEST_TEST_BACKEND` names, if it does.
pub fn settings(threads: u32) -> Settings {
    let backend = match std::env::var("ZEST_TEST_BACKEND").as_deref() {
        Err(_) | Ok("auto") => Backend::Auto,
        Ok("io_uring") => Backend::IoUring,
        Ok("epoll") => Backend::Epoll,
        Ok(other) => panic!("ZEST_TEST_BACKEND is {other:?}: want auto, io_uring or epoll"),
    };
    Settings { threads_per_address: Some(threads), backend, ..Settings::default() }
}

/// A TCP listener with id 1 on a free port, with this many threads.
pub fn builder(threads: u32) -> Builder {
    Acceptor::builder().listener(Listener::tcp("127.0.0.1:0").id(1)).settings(settings(threads))
}

/// Where this listener listens.
pub fn address(report: &Report, listener_id: u64) -> SocketAddr {
    let addresses = report.addresses_of(listener_id);
    addresses.first().and_then(zest::Address::as_inet).expect("a listener with an IP address")
}

/// A client that is connected, and whose reads end in time.
pub fn connect(address: SocketAddr) -> TcpStream {
    let client = TcpStream::connect(address).expect("connect");
    client.set_read_timeout(Some(LIMIT)).expect("a read timeout");
    client
}

pub fn connect_many(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    (0..count).map(|_| connect(address)).collect()
}

/// What must be a connection.
pub fn connection(next: zest::Result<Next<Event>>) -> Accepted {
    match next.expect("no error") {
        Next::Ready(Event::Connection(accepted)) => accepted,
        other => panic!("{other:?}"),
    }
}

/// The next of an acceptor, which must be a connection.
pub fn take(acceptor: &Acceptor) -> Accepted {
    connection(acceptor.next_timeout(LIMIT))
}

/// Whether the peer of this client has closed, in order, without a byte.
pub fn is_closed(client: &mut TcpStream) -> bool {
    client.read(&mut [0]).expect("read") == 0
}

/// Send a text through `from` and see it come out of `to`.
pub fn talk(from: &mut impl Write, to: &mut impl Read) {
    from.write_all(b"hello").expect("write");
    let mut heard = [0; 5];
    to.read_exact(&mut heard).expect("read");
    assert_eq!(&heard, b"hello");
}

/// How many fds this process has open.
pub fn open_fds() -> usize {
    fs::read_dir("/proc/self/fd").expect("/proc").count()
}

/// How many threads of zest this process has.
pub fn zest_threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("/proc");
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("zest-")).count()
}

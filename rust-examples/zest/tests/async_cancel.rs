//! Accepting can be cancelled at any time. Alone in its process, since it counts fds.

#![cfg(feature = "tokio")]

mod common;

use common::{LIMIT, address, builder, connect, is_closed, open_fds};
use std::future::{Future, poll_fn};
use std::io::Write;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::Poll;
use std::thread::{self, JoinHandle};
use tokio::io::AsyncReadExt;
use tokio::runtime::Runtime;
use zest::{AsyncAcceptor, Event};

const CLIENT_THREADS: u32 = 8;
const CONNECTIONS_EACH: u32 = 200;
const CANCELS: usize = 1000;

/// Connect again and again; say a number, and wait until the server closes in return.
fn client(at: SocketAddr, first: u32) -> JoinHandle<()> {
    thread::spawn(move || {
        for number in first..first + CONNECTIONS_EACH {
            let mut stream = connect(at);
            stream.write_all(&number.to_be_bytes()).expect("write");
            assert!(is_closed(&mut stream));
        }
    })
}

/// Poll a future once, and drop it.
async fn poll_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Accept with futures that are dropped when not ready at once; give the numbers heard.
async fn accept_all(acceptor: &AsyncAcceptor) -> Vec<u32> {
    let (mut numbers, mut cancels) = (Vec::new(), 0);
    let expected = (CLIENT_THREADS * CONNECTIONS_EACH) as usize;
    while numbers.len() < expected || cancels < CANCELS {
        match poll_once(acceptor.accept()).await {
            Some(event) => {
                let event = event.expect("no error").expect("not closed");
                numbers.push(hear(event).await);
            }
            None => {
                cancels += 1;
                tokio::task::yield_now().await;
            }
        }
    }
    numbers
}

async fn hear(event: Event) -> u32 {
    let accepted = event.into_connection().expect("a connection");
    let mut stream = accepted.into_tokio_tcp().expect("a stream");
    stream.read_u32().await.expect("a number")
}

fn runtime() -> Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}

#[test]
fn nothing_is_lost_and_no_fd_leaks() {
    drop(runtime()); // the first opens two fds that the process keeps, for signals
    let fds = open_fds();
    let runtime = runtime();
    let mut numbers = runtime.block_on(async {
        let acceptor = AsyncAcceptor::new(builder(2).listen().expect("listen")).expect("watch");
        let at = address(acceptor.acceptor().report(), 1);
        let clients = (0..CLIENT_THREADS).map(|index| client(at, index * CONNECTIONS_EACH));
        let clients: Vec<_> = clients.collect();
        let numbers = tokio::time::timeout(LIMIT, accept_all(&acceptor)).await.expect("in time");
        clients.into_iter().for_each(|client| client.join().expect("a client"));
        numbers
    });
    drop(runtime);
    numbers.sort_unstable();
    assert_eq!(numbers, (0..CLIENT_THREADS * CONNECTIONS_EACH).collect::<Vec<_>>());
    assert_eq!(open_fds(), fds);
}

//! Accepting in a Tokio runtime.

#![cfg(feature = "tokio")]

mod common;

use common::{LIMIT, address, builder, connect, connect_many};
use std::io::Read;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use tokio_stream::StreamExt;
use zest::{AsyncAcceptor, Batch};

fn watched(threads: u32) -> AsyncAcceptor {
    AsyncAcceptor::new(builder(threads).listen().expect("listen")).expect("watch")
}

#[tokio::test]
async fn a_connection_becomes_a_stream_of_tokio() {
    let acceptor = watched(1);
    let mut client = connect(address(acceptor.acceptor().report(), 1));
    let event = timeout(LIMIT, acceptor.accept()).await.expect("in time").expect("no error");
    let accepted = event.expect("not closed").into_connection().expect("a connection");
    let mut stream = accepted.into_tokio_tcp().expect("a stream");
    stream.write_all(b"hello").await.expect("write");
    drop(stream);
    let mut text = String::new();
    client.read_to_string(&mut text).expect("read");
    assert_eq!(text, "hello");
}

#[tokio::test]
async fn the_stream_ends_behind_the_last() {
    let mut acceptor = watched(2);
    let _clients = connect_many(address(acceptor.acceptor().report(), 1), 25);
    for _ in 0..5 {
        timeout(LIMIT, acceptor.next()).await.expect("in time").expect("one").expect("no error");
    }
    let receipt = acceptor.shutdown(None).await.expect("shut down");
    assert!(receipt.complete, "{receipt}");
    let rest = timeout(LIMIT, acceptor.collect::<Result<Vec<_>, _>>()).await.expect("in time");
    assert_eq!(rest.expect("no error").len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_accept_at_once() {
    let acceptor = Arc::new(watched(2));
    let spawn = |_| {
        let acceptor = Arc::clone(&acceptor);
        tokio::spawn(async move {
            let mut count = 0;
            while acceptor.accept().await.expect("no error").is_some() {
                count += 1;
            }
            count
        })
    };
    let tasks: Vec<_> = (0..4).map(spawn).collect();
    let at = address(acceptor.acceptor().report(), 1);
    let clients = tokio::task::spawn_blocking(move || connect_many(at, 100)).await;
    let clients = clients.expect("clients");
    assert!(acceptor.shutdown(None).await.expect("shut down").complete);
    let mut sum = 0;
    for task in tasks {
        sum += timeout(LIMIT, task).await.expect("in time").expect("a task");
    }
    assert_eq!(sum, clients.len());
}

#[tokio::test]
async fn a_batch_is_awaited() {
    let acceptor = watched(1);
    let clients = connect_many(address(acceptor.acceptor().report(), 1), 10);
    let (mut batch, mut count) = (Batch::with_capacity(4), 0);
    while count < clients.len() {
        let taken = timeout(LIMIT, acceptor.accept_batch(&mut batch)).await.expect("in time");
        count += taken.expect("no error").expect("not closed").len();
    }
    assert!(acceptor.shutdown(None).await.expect("shut down").complete);
    assert!(acceptor.accept_batch(&mut batch).await.expect("no error").is_none());
}

#[tokio::test]
async fn a_runtime_watches_an_acceptor_once() {
    let acceptor = watched(1);
    let error = AsyncAcceptor::new(Arc::clone(acceptor.acceptor())).expect_err("twice");
    assert_eq!(error.raw_os_error(), Some(libc::EEXIST));
}

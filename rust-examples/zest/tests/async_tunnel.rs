//! Tunnels awaited in a Tokio runtime.
#![cfg(all(feature = "pipeline", feature = "tokio"))]

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use zest::Status;
use zest::tunnel::{AsyncService, End, Options, Service};

const TIMEOUT: Duration = Duration::from_secs(20);

/// (the test's end, the tunnel's)
async fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let near = TcpStream::connect(listener.local_addr().expect("address"));
    let (near, accepted) = tokio::join!(near, listener.accept());
    (near.expect("connect"), accepted.expect("accept").0)
}

fn service() -> AsyncService {
    let service = Service::builder().threads(1).buffers(64, 4096).start().expect("a service");
    AsyncService::new(service).expect("watched")
}

#[tokio::test]
async fn tunnels_are_awaited_each_for_itself() {
    let service = service();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..40_usize {
        let ((mut a, near_a), (mut b, near_b)) = (tcp_pair().await, tcp_pair().await);
        let tunnel = service.join(near_a, near_b);
        tasks.spawn(async move {
            let bytes = vec![b'x'; 1000 * number];
            let (mut heard, said) = (Vec::new(), bytes.clone());
            let says = async {
                a.write_all(&said).await.expect("say");
                a.shutdown().await.expect("end");
            };
            let (_, read) = tokio::join!(says, b.read_to_end(&mut heard));
            assert_eq!(read.expect("hear"), bytes.len());
            b.shutdown().await.expect("end");
            let ended = tunnel.await.expect("ended");
            assert_eq!((ended.end, ended.a_to_b), (End::Done, 1000 * number as u64));
        });
    }
    while let Some(done) = timeout(TIMEOUT, tasks.join_next()).await.expect("in time") {
        done.expect("no panic");
    }
    assert_eq!(service.stats().expect("stats").ends[End::Done.index()], 40);
}

#[tokio::test]
async fn dropping_ends_and_detaching_does_not() {
    let service = service();
    let ((mut a, near_a), (_b, near_b)) = (tcp_pair().await, tcp_pair().await);
    let dropped = service.join(near_a, near_b);
    assert!(dropped.id().is_some());
    drop(dropped);
    let read = timeout(TIMEOUT, a.read(&mut [0; 8])).await.expect("in time");
    assert_eq!(read.expect_err("cut").kind(), std::io::ErrorKind::ConnectionReset);

    let ((mut a, near_a), (mut b, near_b)) = (tcp_pair().await, tcp_pair().await);
    service.join(near_a, near_b).detach();
    a.write_all(b"hello").await.expect("say");
    let mut heard = [0; 5];
    timeout(TIMEOUT, b.read_exact(&mut heard)).await.expect("in time").expect("hear");
    assert_eq!(&heard, b"hello");
}

#[tokio::test]
async fn cancelling_tells_and_what_was_refused_tells_why() {
    let service = service();
    let ((_a, near_a), (_b, near_b)) = (tcp_pair().await, tcp_pair().await);
    let tunnel = service.join(near_a, near_b);
    tunnel.cancel();
    assert_eq!(tunnel.await.expect("ended").end, End::Cancelled);

    let ((_a, near_a), (_b, near_b)) = (tcp_pair().await, tcp_pair().await);
    let options = Options { read_from_a: vec![0; 65_537], ..Options::default() };
    let refused = service.join_with(near_a, near_b, &options).await.expect_err("too many bytes");
    assert_eq!(refused.status(), Status::InvalidArgument);

    let ((_a, near_a), (_b, near_b)) = (tcp_pair().await, tcp_pair().await);
    let options = Options { end_timeout: Some(Duration::from_millis(20)), ..Options::default() };
    let drained = service.join_with(near_a, near_b, &options);
    let receipt = service.shutdown(Some(TIMEOUT)).await.expect("shut down");
    assert!(receipt.complete, "{receipt:?}");
    assert_eq!(drained.await.expect("ended").end, End::EndTimeout);
    let ((_a, near_a), (_b, near_b)) = (tcp_pair().await, tcp_pair().await);
    let refused = service.join(near_a, near_b).await.expect_err("closed");
    assert_eq!(refused.status(), Status::Closed);
}

#[tokio::test]
async fn a_cut_ends_what_is_open_and_what_waits_for_it() {
    let service = service();
    let ((_a, near_a), (_b, near_b)) = (tcp_pair().await, tcp_pair().await);
    let tunnel = service.join(near_a, near_b);
    let (receipt, ended) = tokio::join!(service.shutdown(Some(Duration::MAX)), async {
        service.cut().expect("cut");
        tunnel.await
    });
    receipt.expect("shut down");
    assert_eq!(ended.expect("told").end, End::Cancelled);
}

#[tokio::test]
async fn what_is_awaited_hears_of_the_services_end() {
    let service = service();
    let ((_a, near_a), (_b, near_b)) = (tcp_pair().await, tcp_pair().await);
    let tunnel = service.join(near_a, near_b);
    drop(service);
    let ended = timeout(TIMEOUT, tunnel).await.expect("in time").expect("told");
    assert_eq!(ended.end, End::Cancelled);
}

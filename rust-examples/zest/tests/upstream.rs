//! Requests over pooled connections, through the safe face.
#![cfg(feature = "pipeline")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;
use zest::Status;
use zest::upstream::{Link, Outcome, PeerState, Strategy, Upstream};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

fn answer_all(mut socket: TcpStream) {
    let mut bytes = [0; 4096];
    while socket.read(&mut bytes).is_ok_and(|size| size > 0) {
        if socket.write_all(ANSWER).is_err() {
            break;
        }
    }
}

/// An origin that answers each request on each connection; its address.
fn origin() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = listener.local_addr().expect("address").to_string();
    thread::spawn(move || {
        for socket in listener.incoming() {
            thread::spawn(|| answer_all(socket.expect("accept")));
        }
    });
    address
}

/// An address that nobody listens on.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    listener.local_addr().expect("address").to_string()
}

fn ask(link: &Link) {
    let mut socket = link.blocking().expect("a blocking socket");
    socket.write_all(REQUEST).expect("ask");
    let mut answer = vec![0; ANSWER.len()];
    socket.read_exact(&mut answer).expect("an answer");
    assert_eq!(answer, ANSWER);
}

#[test]
fn a_connection_that_was_given_back_is_used_again() {
    let upstream = Upstream::builder().address(origin()).build().expect("an upstream");
    for turn in 1..=3 {
        let link = upstream.take().expect("begun").wait().expect("connected");
        assert_eq!((link.requests(), link.is_reused()), (turn, turn > 1));
        assert_eq!(link.first_byte_timeout(), Duration::from_secs(60));
        ask(&link);
        link.give_back(&Outcome::answered(200).first_byte_after(Duration::from_micros(8)));
    }
    let fresh = upstream.take_fresh().expect("begun").wait().expect("connected");
    assert!(!fresh.is_reused());
    fresh.discard(&Outcome::failed());
    let peer = &upstream.peers().expect("peers")[0];
    assert_eq!((peer.state, peer.idle, peer.active), (PeerState::Up, 1, 0));
    assert_eq!((peer.requests, peer.failures, peer.answers[2]), (4, 1, 3));
    assert_eq!(peer.first_byte, Duration::from_micros(8));
    assert!(upstream.tend().expect("tended").deadline.is_some());
}

#[test]
fn who_refuses_is_passed_over_and_told_where_all_do() {
    let there = origin();
    let upstream =
        Upstream::builder().address(nobody()).address(&there).build().expect("an upstream");
    for _ in 0..2 {
        let link = upstream.take_fresh().expect("begun").wait().expect("connected");
        assert_eq!(link.address().to_string(), there);
    }
    let upstream = Upstream::from_toml(&format!("addrs = [\"{}\"]", nobody())).expect("good");
    let failed = upstream.take().and_then(zest::upstream::Step::wait).unwrap_err();
    assert_eq!(failed.status(), Status::System);
    assert!(failed.message().contains("Connection refused"), "{failed}");
    assert_eq!(upstream.peers().expect("peers")[0].state, PeerState::Down);
}

#[test]
fn a_retry_goes_elsewhere_and_what_was_taken_out_still_counts() {
    let upstream = Upstream::builder()
        .address(origin())
        .address(origin())
        .strategy(Strategy::LeastConnections)
        .build()
        .expect("an upstream");
    let link = upstream.take().expect("begun").wait().expect("connected");
    let first = link.peer();
    let mut link = link.retry().expect("begun").wait().expect("connected");
    assert_ne!(link.peer(), first);
    ask(&link);
    let socket = TcpStream::from(link.release().expect("an fd"));
    assert!(link.release().is_err());
    let active = || upstream.peers().expect("peers").iter().map(|peer| peer.active).sum::<u32>();
    assert_eq!(active(), 1);
    drop(link);
    assert_eq!(active(), 0);
    socket.set_nonblocking(false).expect("blocking");
    (&socket).write_all(REQUEST).expect("ask");
    (&socket).read_exact(&mut vec![0; ANSWER.len()]).expect("an answer");
}

#[test]
fn what_is_wrong_is_told() {
    let failed = Upstream::builder().address("nonsense").build().unwrap_err();
    assert_eq!(failed.status(), Status::BadAddress);
    assert_eq!(Upstream::builder().build().unwrap_err().status(), Status::InvalidArgument);
    assert!(Upstream::builder().address("a\0b").build().is_err());
    let failed = Upstream::from_toml("addrs = [\"127.0.0.1:1\"]\npool_sice = 1").unwrap_err();
    assert!(failed.message().starts_with("upstream:2:1: unknown key"), "{failed}");
}

#[cfg(feature = "tokio")]
mod in_a_runtime {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use zest::upstream::AsyncLink;

    async fn ask(link: &mut AsyncLink) {
        link.write_all(REQUEST).await.expect("ask");
        let mut answer = vec![0; ANSWER.len()];
        link.read_exact(&mut answer).await.expect("an answer");
        assert_eq!(answer, ANSWER);
    }

    #[tokio::test]
    async fn requests_share_connections() {
        let upstream = Upstream::builder().address(origin()).build().expect("an upstream");
        for turn in 1..=3 {
            let mut link = upstream.connect().await.expect("connected");
            assert_eq!(link.link().requests(), turn);
            ask(&mut link).await;
            link.give_back(&Outcome::answered(200));
        }
        let mut link = upstream.connect_fresh().await.expect("connected");
        ask(&mut link).await;
        link.shutdown().await.expect("half closed");
        assert_eq!(link.read(&mut [0; 8]).await.expect("the end"), 0);
        assert!(link.retry().await.is_err(), "its only origin has been tried");
        let pooled = upstream.connect().await.expect("connected");
        assert!(pooled.link().is_reused());
        let mut link = pooled.retry().await.expect("connected");
        assert!(!link.link().is_reused());
        ask(&mut link).await;
        link.discard(&Outcome::answered(200));
        assert!(!upstream.connect().await.expect("connected").link().is_reused());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_at_once_pass_over_who_refuses() {
        let upstream = Upstream::builder().address(nobody()).address(origin()).build();
        let upstream = std::sync::Arc::new(upstream.expect("an upstream"));
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let upstream = std::sync::Arc::clone(&upstream);
                tokio::spawn(async move {
                    for _ in 0..8 {
                        let mut link = upstream.connect().await.expect("connected");
                        ask(&mut link).await;
                        link.give_back(&Outcome::answered(200));
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("well");
        }
        let peers = upstream.peers().expect("peers");
        assert_eq!((peers[1].requests, peers[0].active, peers[1].active), (128, 0, 0));
    }
}

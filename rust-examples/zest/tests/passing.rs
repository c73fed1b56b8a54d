//! Connections to another process: here the other end of a socket pair.

mod common;

use common::{LIMIT, address, builder, connect_many, is_closed, take, talk};
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use zest::{Accepted, Next, Status, recv_fds, send_fds};

fn receive(socket: &UnixStream) -> Vec<Accepted> {
    recv_fds(socket, Some(LIMIT)).expect("no error").ready().expect("connections")
}

#[test]
fn connections_arrive_with_all_that_is_known_of_them() {
    let acceptor = builder(1).listen().expect("listen");
    let mut clients = connect_many(address(acceptor.report(), 1), 3);
    let mut ours: Vec<Accepted> = (0..3).map(|_| take(&acceptor)).collect();
    let known = |all: &[Accepted]| -> Vec<_> {
        let one = |a: &Accepted| (a.listener_id, a.shard, a.remote.clone(), a.accepted_at);
        all.iter().map(one).collect()
    };
    let before = known(&ours);
    let (sender, receiver) = UnixStream::pair().expect("a socket pair");
    assert!(matches!(send_fds(&sender, &mut ours, Some(LIMIT)), Ok(Next::Ready(()))));
    assert!(ours.is_empty());
    let theirs = receive(&receiver);
    assert_eq!(known(&theirs), before);
    for accepted in theirs {
        let peer = accepted.remote.as_inet();
        let client = clients.iter_mut().find(|one| one.local_addr().ok() == peer);
        let mut stream = TcpStream::try_from(accepted).expect("a TCP stream");
        talk(&mut stream, client.expect("its client"));
    }
    assert!(clients.iter_mut().all(is_closed));
}

#[test]
fn the_end_of_the_peer_is_no_error() {
    let (ours, theirs) = UnixStream::pair().expect("a socket pair");
    drop(theirs);
    assert!(matches!(recv_fds(&ours, Some(LIMIT)), Ok(Next::Closed)));
    let acceptor = builder(1).listen().expect("listen");
    let _client = connect_many(address(acceptor.report(), 1), 1);
    let mut unsent = vec![take(&acceptor)];
    assert!(matches!(send_fds(&ours, &mut unsent, Some(LIMIT)), Ok(Next::Closed)));
    assert_eq!(unsent.len(), 1);
}

#[test]
fn nothing_comes_in_no_time() {
    let (ours, _theirs) = UnixStream::pair().expect("a socket pair");
    let limit = Some(std::time::Duration::ZERO);
    assert!(matches!(recv_fds(&ours, limit), Ok(Next::TimedOut)));
}

#[test]
fn a_strangers_message_is_refused() {
    let (ours, mut theirs) = UnixStream::pair().expect("a socket pair");
    theirs.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("write");
    let error = recv_fds(&ours, Some(LIMIT)).expect_err("refused");
    assert_eq!(error.status(), Status::BadMessage);
}

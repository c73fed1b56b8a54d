//! The graceful end: nothing is lost, and the receipt adds up.

mod common;

use common::{address, builder, connect_many, is_closed, take};
use zest::{Health, Listener, Protocol};

#[test]
fn the_receipt_adds_up() {
    let acceptor = builder(2).listen().expect("listen");
    let mut clients = connect_many(address(acceptor.report(), 1), 30);
    let taken: Vec<_> = (0..10).map(|_| take(&acceptor)).collect();
    let receipt = acceptor.shutdown(None).expect("shut down");
    assert!(receipt.complete, "{receipt}");
    assert_eq!((receipt.accepted, receipt.handed_over, receipt.in_queue), (30, 10, 20));
    assert_eq!((receipt.refused, receipt.left_in_kernel), (0, 0));
    assert_eq!(acceptor.shutdown(None).expect("a second time"), receipt);
    assert_eq!(acceptor.incoming().count(), 20);
    drop(taken);
    assert!(clients.iter_mut().all(is_closed));
}

#[test]
fn what_nobody_takes_is_closed_by_the_drop() {
    let acceptor = builder(1).listen().expect("listen");
    let mut clients = connect_many(address(acceptor.report(), 1), 3);
    acceptor.shutdown(None).expect("shut down");
    drop(acceptor);
    assert!(clients.iter_mut().all(is_closed));
}

#[test]
fn a_queue_outlives_its_acceptor_and_ends() {
    let acceptor = builder(1).listen().expect("listen");
    let queue = acceptor.queue(0).expect("a queue");
    let _clients = connect_many(address(acceptor.report(), 1), 3);
    acceptor.shutdown(None).expect("shut down");
    drop(acceptor);
    assert_eq!(queue.incoming().count(), 3);
    assert!(queue.next().expect("no error").is_none());
}

#[test]
fn counters_count() {
    let acceptor = builder(2).listen().expect("listen");
    let _clients = connect_many(address(acceptor.report(), 1), 12);
    let taken: Vec<_> = (0..12).map(|_| take(&acceptor)).collect();
    let stats = acceptor.stats().expect("counters");
    assert_eq!((stats.shards, stats.total.health), (2, Health::Ok));
    assert_eq!((stats.total.accepted, stats.total.handed_over), (12, 12));
    for shard in 0..2 {
        let of_shard = taken.iter().filter(|one| one.shard == shard).count();
        let counted = acceptor.shard_stats(shard).expect("counters").accepted;
        assert_eq!(counted, of_shard as u64);
    }
    assert!(acceptor.shard_stats(2).is_err());
    assert!(acceptor.queue(2).is_err());
}

#[test]
fn an_adopted_socket_is_listened_on() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    let at = socket.local_addr().expect("an address");
    let listener = Listener::adopt(socket.into(), Protocol::Tcp).id(5);
    let acceptor = zest::Acceptor::builder().listener(listener).listen().expect("listen");
    assert_eq!(address(acceptor.report(), 5), at);
    let _client = common::connect(at);
    assert_eq!(take(&acceptor).listener_id, 5);
}

//! A runtime per core: over shards of one's own, and over the queues of zest's threads.

#![cfg(feature = "tokio")]

mod common;

use common::{LIMIT, address, builder, connect_many};
use std::net::SocketAddr;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;
use zest::{Accepted, AsyncQueue, AsyncShard, Event, Next, Queue, Settings, Shard};

const CLIENTS: usize = 64;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

fn accepted(event: Event) -> Accepted {
    event.into_connection().expect("a connection")
}

/// Drive a shard to its end; tell the peer of each connection, which stays open until then.
fn drive(shard: Shard, peers: &Sender<(u32, SocketAddr)>) {
    block_on(async {
        let shard = AsyncShard::new(shard.bind()).expect("watch");
        let mut open = Vec::new();
        while let Some(event) = shard.accept().await.expect("no error") {
            let one = accepted(event);
            assert_eq!(one.shard, shard.driver().index());
            peers.send((one.shard, one.remote.as_inet().expect("a peer"))).expect("a test");
            open.push(one);
            shard.driver().set_load(u32::try_from(open.len()).expect("few")).expect("no error");
        }
    });
}

#[test]
fn two_shards_accept_in_two_threads() {
    let (acceptor, shards) = builder(0).listen_sharded(2).expect("listen");
    assert_eq!((shards.len(), acceptor.shard_count().expect("a count")), (2, 2));
    let (peers, heard) = channel();
    let drivers: Vec<_> = shards
        .into_iter()
        .map(|shard| {
            let peers = peers.clone();
            thread::spawn(move || drive(shard, &peers))
        })
        .collect();
    let clients = connect_many(address(acceptor.report(), 1), CLIENTS);
    let hear = |_| heard.recv_timeout(LIMIT).expect("in time").1;
    let mut got: Vec<SocketAddr> = clients.iter().map(hear).collect();
    let receipt = acceptor.shutdown(Some(LIMIT)).expect("shut down");
    drivers.into_iter().for_each(|driver| driver.join().expect("a driver"));
    assert!(receipt.complete, "{receipt}");
    assert_eq!((receipt.accepted, receipt.handed_over), (64, 64));
    let mut expected: Vec<_> = clients.iter().filter_map(|one| one.local_addr().ok()).collect();
    got.sort();
    expected.sort();
    assert_eq!(got, expected);
}

#[test]
fn shards_drain_what_the_kernel_has_queued() {
    let (acceptor, shards) = builder(0).listen_sharded(2).expect("listen");
    let clients = connect_many(address(acceptor.report(), 1), CLIENTS);
    let (peers, heard) = channel();
    let receipt = thread::scope(|scope| {
        let ending = scope.spawn(|| acceptor.shutdown(Some(LIMIT)).expect("shut down"));
        for shard in shards {
            let peers = peers.clone();
            scope.spawn(move || drive(shard, &peers));
        }
        ending.join().expect("the shutdown")
    });
    drop(peers);
    assert!(receipt.complete, "{receipt}");
    assert_eq!(heard.iter().count(), clients.len());
}

/// Shut down before anybody has driven the shard, so that the shutdown drives it itself; and begin
/// to drive it only then. With this little room it has to be taken from meanwhile.
fn drain_beside_the_shutdown(drive: impl FnOnce(Shard) -> usize) {
    let settings = Settings { queue_capacity: Some(1), ..common::settings(1) };
    let (acceptor, mut shards) = builder(0).settings(settings).listen_sharded(1).expect("listen");
    let clients = connect_many(address(acceptor.report(), 1), CLIENTS);
    let (receipt, taken) = thread::scope(|scope| {
        let ending = scope.spawn(|| acceptor.shutdown(Some(LIMIT)).expect("shut down"));
        while acceptor.stats().expect("counters").total.accepted == 0 {
            thread::yield_now();
        }
        let taken = drive(shards.remove(0));
        (ending.join().expect("the shutdown"), taken)
    });
    assert_eq!(taken, clients.len(), "{receipt}");
    assert!(receipt.complete, "{receipt}");
}

#[test]
fn a_shard_that_the_shutdown_drives_is_taken_from_meanwhile() {
    drain_beside_the_shutdown(|shard| shard.bind().incoming().map_while(Result::ok).fuse().count());
}

#[test]
fn a_shard_that_the_shutdown_drives_is_awaited_meanwhile() {
    drain_beside_the_shutdown(|shard| {
        let (peers, heard) = channel();
        drive(shard, &peers);
        drop(peers);
        heard.iter().count()
    });
}

#[test]
fn a_driver_blocks_as_well() {
    let (acceptor, mut shards) = builder(0).listen_sharded(1).expect("listen");
    let driver = shards.remove(0).bind();
    assert!(matches!(driver.next_timeout(Duration::ZERO), Ok(Next::TimedOut)));
    let _clients = connect_many(address(acceptor.report(), 1), 2);
    common::connection(driver.next_timeout(LIMIT));
    // The caller's own shard is drained by the shutdown itself.
    let receipt = acceptor.shutdown(Some(LIMIT)).expect("shut down");
    assert_eq!((receipt.complete, receipt.accepted), (true, 2));
    assert_eq!(driver.incoming().count(), 1);
}

#[test]
fn dropping_the_acceptor_ends_its_drivers() {
    let (acceptor, mut shards) = builder(0).listen_sharded(1).expect("listen");
    let driver = shards.remove(0).bind();
    drop(acceptor);
    assert!(driver.next().expect("no error").is_none());
}

async fn count(queue: Queue) -> usize {
    let queue = AsyncQueue::new(queue).expect("watch");
    let mut count = 0;
    while let Some(event) = queue.accept().await.expect("no error") {
        assert_eq!(accepted(event).shard, queue.shard());
        count += 1;
    }
    count
}

#[test]
fn two_runtimes_take_from_two_queues() {
    let acceptor = builder(2).listen().expect("listen");
    let start = |shard| {
        let queue = acceptor.queue(shard).expect("a queue");
        thread::spawn(move || block_on(count(queue)))
    };
    let takers: Vec<_> = (0..2).map(start).collect();
    let _clients = connect_many(address(acceptor.report(), 1), CLIENTS);
    assert!(acceptor.shutdown(Some(LIMIT)).expect("shut down").complete);
    let counts = takers.into_iter().map(|taker| taker.join().expect("a taker"));
    assert_eq!(counts.sum::<usize>(), CLIENTS);
}

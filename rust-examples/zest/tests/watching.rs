//! The event fd in an event loop of one's own.

mod common;

use common::{LIMIT, address, builder, connect_many, take};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;
use zest::Next;

/// Whether the fd polls readable within a time.
fn is_readable(fd: BorrowedFd<'_>, limit: Duration) -> bool {
    let mut poll = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let limit = i32::try_from(limit.as_millis()).expect("a short time");
    // SAFETY: one pollfd, which lives for the call.
    let count = unsafe { libc::poll(&raw mut poll, 1, limit) };
    assert!(count >= 0, "{}", std::io::Error::last_os_error());
    count == 1
}

#[test]
fn it_is_readable_while_there_is_something_and_armed_by_nothing() {
    let acceptor = builder(2).listen().expect("listen");
    let fd = acceptor.event_fd().expect("an event fd");
    assert!(matches!(acceptor.next_timeout(Duration::ZERO), Ok(Next::TimedOut)));
    assert!(!is_readable(fd, Duration::ZERO));
    for _ in 0..50 {
        let clients = connect_many(address(acceptor.report(), 1), 3);
        let mut taken = 0;
        while taken < clients.len() {
            assert!(is_readable(fd, LIMIT));
            while let Next::Ready(_) = acceptor.next_timeout(Duration::ZERO).expect("no error") {
                taken += 1;
            }
        }
        assert!(!is_readable(fd, Duration::ZERO));
    }
}

#[test]
fn it_stays_readable_until_all_is_taken() {
    let acceptor = builder(1).listen().expect("listen");
    let fd = acceptor.event_fd().expect("an event fd");
    let _clients = connect_many(address(acceptor.report(), 1), 2);
    assert!(is_readable(fd, LIMIT));
    take(&acceptor);
    assert!(is_readable(fd, LIMIT));
    take(&acceptor);
}

#[test]
fn the_end_is_readable() {
    let acceptor = builder(1).listen().expect("listen");
    assert!(matches!(acceptor.next_timeout(Duration::ZERO), Ok(Next::TimedOut)));
    acceptor.shutdown(None).expect("shut down");
    assert!(is_readable(acceptor.event_fd().expect("an event fd"), LIMIT));
    assert!(matches!(acceptor.next_timeout(Duration::ZERO), Ok(Next::Closed)));
}

#[test]
fn that_of_a_shard_is_readable_before_its_first_take_and_after() {
    let (acceptor, mut shards) = builder(0).listen_sharded(1).expect("listen");
    let driver = shards.remove(0).bind();
    for _ in 0..50 {
        let _client = connect_many(address(acceptor.report(), 1), 1);
        let mut taken = 0;
        while taken == 0 {
            assert!(is_readable(driver.event_fd().expect("an event fd"), LIMIT));
            while let Next::Ready(_) = driver.next_timeout(Duration::ZERO).expect("no error") {
                taken += 1;
            }
        }
        assert_eq!(taken, 1);
    }
}

#[test]
fn that_of_a_shard_stays_readable_at_its_end() {
    let (acceptor, mut shards) = builder(0).listen_sharded(1).expect("listen");
    let driver = shards.remove(0).bind();
    let fd = driver.event_fd().expect("an event fd");
    assert!(matches!(driver.next_timeout(Duration::ZERO), Ok(Next::TimedOut)));
    assert!(acceptor.shutdown(Some(LIMIT)).expect("shut down").complete);
    for _ in 0..3 {
        assert!(is_readable(fd, LIMIT));
        assert!(matches!(driver.next_timeout(Duration::ZERO), Ok(Next::Closed)));
    }
}

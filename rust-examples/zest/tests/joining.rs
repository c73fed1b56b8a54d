//! Dropping an acceptor leaves nothing behind. Alone in its process, since it counts threads and
//! fds.

mod common;

use common::{address, builder, connect_many, open_fds, take, zest_threads};

#[test]
fn drop_joins_the_threads_and_closes_the_fds() {
    let (fds, threads) = (open_fds(), zest_threads());
    assert_eq!(threads, 0);
    for round in 0..20 {
        let acceptor = builder(2).listen().expect("listen");
        assert_eq!(zest_threads(), 2, "round {round}");
        let clients = connect_many(address(acceptor.report(), 1), 4);
        let taken = take(&acceptor);
        drop((acceptor, taken, clients));
        assert_eq!((open_fds(), zest_threads()), (fds, 0), "round {round}");
    }
}

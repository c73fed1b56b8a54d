//! Taking without a runtime: one at a time, many at once, as an iterator.

mod common;

use common::{LIMIT, address, builder, connect, connect_many, settings, take, talk};
use std::net::{TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;
use zest::{Acceptor, Address, Batch, Event, Listener, Next, Protocol};

#[test]
fn a_connection_comes_with_all_that_is_known_of_it() {
    let acceptor = builder(1).listen().expect("listen");
    let at = address(acceptor.report(), 1);
    let mut client = connect(at);
    let accepted = take(&acceptor);
    assert_eq!((accepted.listener_id, accepted.shard), (1, 0));
    assert_eq!(accepted.protocol, Protocol::Tcp);
    assert_eq!(accepted.local, Address::Inet(at));
    assert_eq!(accepted.remote.as_inet(), client.local_addr().ok());
    assert!(accepted.accepted_at <= zest::Moment::now());
    let mut ours = TcpStream::try_from(accepted).expect("a TCP stream");
    talk(&mut ours, &mut client);
}

#[test]
fn a_socket_is_non_blocking_and_close_on_exec() {
    let acceptor = builder(1).listen().expect("listen");
    let _client = connect(address(acceptor.report(), 1));
    let accepted = take(&acceptor);
    let flags = |command| {
        // SAFETY: these commands take no argument, and the fd is open.
        unsafe { libc::fcntl(accepted.as_raw_fd(), command) }
    };
    assert_ne!(flags(libc::F_GETFL) & libc::O_NONBLOCK, 0);
    assert_ne!(flags(libc::F_GETFD) & libc::FD_CLOEXEC, 0);
}

#[test]
fn nothing_comes_in_no_time() {
    let acceptor = builder(1).listen().expect("listen");
    assert!(matches!(acceptor.next_timeout(Duration::ZERO), Ok(Next::TimedOut)));
    assert!(matches!(acceptor.next_timeout(Duration::from_millis(1)), Ok(Next::TimedOut)));
}

#[test]
fn listeners_are_told_apart() {
    let listeners = [8, 9].map(|id| Listener::tcp("127.0.0.1:0").id(id));
    let acceptor =
        Acceptor::builder().listeners(listeners).settings(settings(2)).listen().expect("listen");
    for id in [9, 8] {
        let _client = connect(address(acceptor.report(), id));
        assert_eq!(take(&acceptor).listener_id, id);
    }
}

#[test]
fn a_batch_takes_what_is_there() {
    let acceptor = builder(2).listen().expect("listen");
    let clients = connect_many(address(acceptor.report(), 1), 20);
    let mut batch = Batch::with_capacity(7);
    let mut peers = Vec::new();
    while peers.len() < clients.len() {
        let next = acceptor.next_batch(&mut batch, Some(LIMIT)).expect("no error");
        let taken = next.ready().expect("connections");
        assert!((1..=7).contains(&taken.len()));
        let accepted = taken.filter_map(|event| event.expect("no error").into_connection());
        peers.extend(accepted.filter_map(|accepted| accepted.remote.as_inet()));
    }
    let mut expected: Vec<_> = clients.iter().filter_map(|one| one.local_addr().ok()).collect();
    peers.sort();
    expected.sort();
    assert_eq!(peers, expected);
}

#[test]
fn the_iterator_ends_behind_the_last() {
    let acceptor = builder(1).listen().expect("listen");
    let _clients = connect_many(address(acceptor.report(), 1), 5);
    let receipt = acceptor.shutdown(None).expect("shut down");
    assert!(receipt.complete, "{receipt}");
    let events: Result<Vec<Event>, _> = acceptor.incoming().collect();
    assert_eq!(events.expect("no error").len(), 5);
    assert!(acceptor.next().expect("no error").is_none());
    assert!(matches!(acceptor.next_timeout(LIMIT), Ok(Next::Closed)));
}

#[test]
fn a_udp_listener_gives_its_socket_once_per_thread() {
    let builder = Acceptor::builder().listener(Listener::udp("127.0.0.1:0").id(3));
    let acceptor = builder.settings(settings(2)).listen().expect("listen");
    let at = address(acceptor.report(), 3);
    for _ in 0..2 {
        let accepted = take(&acceptor);
        assert_eq!((accepted.protocol, &accepted.remote), (Protocol::Udp, &Address::Unknown));
        let socket = UdpSocket::try_from(accepted).expect("a UDP socket");
        assert_eq!(socket.local_addr().expect("an address"), at);
    }
    assert!(matches!(acceptor.next_timeout(Duration::ZERO), Ok(Next::TimedOut)));
}

#[test]
fn unix_sockets_have_names() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("taking-{}.sock", std::process::id()));
    let builder = Acceptor::builder().listener(Listener::unix(&path)).settings(settings(1));
    let acceptor = builder.listen().expect("listen");
    let mut client = UnixStream::connect(&path).expect("connect");
    let accepted = take(&acceptor);
    let Address::Unix(local) = &accepted.local else { panic!("{:?}", accepted.local) };
    assert_eq!(local.as_pathname(), Some(path.as_path()));
    let Address::Unix(remote) = &accepted.remote else { panic!("{:?}", accepted.remote) };
    assert!(remote.is_unnamed());
    talk(&mut UnixStream::try_from(accepted).expect("a Unix stream"), &mut client);
}

#[test]
fn an_abstract_name_comes_back() {
    use std::os::linux::net::SocketAddrExt;
    let name = format!("zest-taking-{}", std::process::id());
    let builder = Acceptor::builder().listener(Listener::unix_abstract(&name));
    let acceptor = builder.settings(settings(1)).listen().expect("listen");
    let at = std::os::unix::net::SocketAddr::from_abstract_name(&name).expect("a name");
    let _client = UnixStream::connect_addr(&at).expect("connect");
    let Address::Unix(local) = take(&acceptor).local else { panic!("a Unix address") };
    assert_eq!(local.as_abstract_name(), Some(name.as_bytes()));
}

#[test]
fn any_thread_takes() {
    let acceptor = builder(2).listen().expect("listen");
    let clients = connect_many(address(acceptor.report(), 1), 40);
    let taken: usize = std::thread::scope(|scope| {
        let all = || acceptor.incoming().collect::<Result<Vec<_>, _>>().expect("no error").len();
        let takers: Vec<_> = (0..4).map(|_| scope.spawn(all)).collect();
        assert!(acceptor.shutdown(None).expect("shut down").complete);
        takers.into_iter().map(|taker| taker.join().expect("a taker")).sum()
    });
    assert_eq!(taken, clients.len());
}

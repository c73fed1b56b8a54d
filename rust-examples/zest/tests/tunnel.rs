//! Tunnels through the safe face.
#![cfg(feature = "pipeline")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;
use zest::tunnel::{End, Engine, Options, Service};
use zest::{Next, Status};

const TIMEOUT: Duration = Duration::from_secs(20);

/// (the test's end, the tunnel's)
fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let near = TcpStream::connect(listener.local_addr().expect("address")).expect("connect");
    near.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    (near, listener.accept().expect("accept").0)
}

fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|place| (place.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect()
}

/// Says all of it at one end and hears it at the other, to the end.
fn passes(mut from: &TcpStream, mut to: &TcpStream, bytes: &[u8]) {
    thread::scope(|scope| {
        scope.spawn(|| {
            from.write_all(bytes).expect("say");
            from.shutdown(Shutdown::Write).expect("end");
        });
        let mut heard = Vec::new();
        to.read_to_end(&mut heard).expect("hear");
        assert!(heard == bytes, "{} of {} bytes", heard.len(), bytes.len());
    });
}

fn ended(service: &Service) -> zest::tunnel::Ended {
    service.next(Some(TIMEOUT)).expect("an end").ready().expect("in time")
}

#[test]
fn bytes_pass_both_ways_by_each_engine() {
    let service = Service::builder().threads(1).load_sockmap().start().expect("a service");
    let bytes = pattern(3_000_000);
    for engine in [Engine::Auto, Engine::Copy, Engine::Splice, Engine::Sockmap] {
        let ((a, near_a), (b, near_b)) = (tcp_pair(), tcp_pair());
        let options = Options { engine, ..Options::default() };
        let id = service.join(near_a, near_b, &options).expect("joined");
        passes(&a, &b, &bytes);
        passes(&b, &a, &bytes);
        let ended = ended(&service);
        assert_eq!((ended.id, ended.end), (id, End::Done));
        assert_eq!((ended.a_to_b, ended.b_to_a), (3_000_000, 3_000_000));
        assert!(ended.cause().is_none());
    }
    let stats = service.stats().expect("stats");
    assert_eq!((stats.joined, stats.ends[End::Done.index()], stats.open), (4, 4, 0));
    assert!(stats.sockmap || !stats.note.is_empty());
}

#[test]
fn what_was_read_before_goes_first() {
    let service = Service::builder().threads(1).start().expect("a service");
    let ((mut a, near_a), (mut b, near_b)) =
        (UnixStream::pair().expect("a pair"), UnixStream::pair().expect("a pair"));
    let options = Options {
        read_from_a: b"head ".to_vec(),
        read_from_b: b"answer".to_vec(),
        ..Options::default()
    };
    service.join(near_a, near_b, &options).expect("joined");
    a.write_all(b"body").expect("say");
    a.shutdown(Shutdown::Write).expect("end");
    let (mut heard, mut answer) = (String::new(), [0; 6]);
    b.read_to_string(&mut heard).expect("hear");
    a.read_exact(&mut answer).expect("hear");
    assert_eq!((heard.as_str(), &answer), ("head body", b"answer"));
}

#[test]
fn it_can_be_cancelled_drained_and_shut_down() {
    let service = Service::builder().threads(2).tunnels(3).start().expect("a service");
    let ((_a, near_a), (_b, near_b)) = (tcp_pair(), tcp_pair());
    let id = service.join(near_a, near_b, &Options::default()).expect("joined");
    assert!(service.cancel(id).expect("cancelled"));
    assert_eq!(ended(&service).end, End::Cancelled);
    assert!(!service.cancel(id).expect("asked") && !service.drain(id).expect("asked"));

    let ((_a, near_a), (_b, near_b)) = (tcp_pair(), tcp_pair());
    let options = Options { end_timeout: Some(Duration::from_millis(20)), ..Options::default() };
    let id = service.join(near_a, near_b, &options).expect("joined");
    assert!(service.drain(id).expect("drained"));
    assert_eq!(ended(&service).end, End::EndTimeout);

    let ((_a, near_a), (_b, near_b)) = (tcp_pair(), tcp_pair());
    service.join(near_a, near_b, &options).expect("joined");
    let receipt = service.shutdown(None).expect("shut down");
    assert!(receipt.complete && receipt.finished == 1, "{receipt:?}");
    assert_eq!(ended(&service).end, End::EndTimeout);
    assert!(matches!(service.next(None), Ok(Next::Closed)));
    let ((_a, near_a), (_b, near_b)) = (tcp_pair(), tcp_pair());
    let error = service.join(near_a, near_b, &options).expect_err("closed");
    assert_eq!(error.status(), Status::Closed);
}

#[test]
fn what_cannot_be_joined_is_closed() {
    let service = Service::builder().threads(1).tunnels(1).start().expect("a service");
    let ((mut a, near_a), (_b, near_b)) = (tcp_pair(), tcp_pair());
    let first = service.join(near_a, near_b, &Options::default()).expect("joined");
    let ((mut c, near_c), (_d, near_d)) = (tcp_pair(), tcp_pair());
    let error = service.join(near_c, near_d, &Options::default()).expect_err("full");
    assert_eq!(error.status(), Status::LimitReached);
    assert_eq!(c.read(&mut [0; 8]).expect("closed"), 0);
    drop(service); // cuts the other, in the middle of whatever it was
    let cut = a.read(&mut [0; 8]).expect_err("cut");
    assert_eq!(cut.kind(), std::io::ErrorKind::ConnectionReset, "tunnel {first}");
    assert!(Service::builder().buffers(3, 4096).start().is_err());
}

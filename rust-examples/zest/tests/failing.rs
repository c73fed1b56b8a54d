//! Errors: they name the place, and std knows their kind.

mod common;

use common::{address, builder, settings};
use std::io;
use std::net::TcpListener;
use zest::{Acceptor, Listener, Status};

fn refused(listeners: impl IntoIterator<Item = Listener>) -> zest::Error {
    Acceptor::builder().listeners(listeners).listen().expect_err("refused")
}

#[test]
fn a_port_in_use_is_named() {
    let stranger = TcpListener::bind("127.0.0.1:0").expect("bind");
    let at = stranger.local_addr().expect("an address").to_string();
    let error = refused([Listener::tcp(&at).id(1)]);
    assert_eq!(error.status(), Status::AddressInUse);
    assert_eq!(error.raw_os_error(), Some(libc::EADDRINUSE));
    assert!(error.message().contains(&at), "{error}");
    let report = error.report().expect("a report");
    let row = report.rows().first().expect("a row");
    assert!(!row.is_ok() && !row.note.is_empty(), "{row:?}");
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::AddrInUse);
}

#[test]
fn a_port_of_another_acceptor_is_in_use_unless_joined() {
    let first = builder(2).listen().expect("listen"); // two threads, so with SO_REUSEPORT
    let at = address(first.report(), 1);
    let error = refused([Listener::tcp(at).id(1)]);
    assert_eq!(error.status(), Status::AddressInUse);
    let second = Acceptor::builder().listener(Listener::tcp(at).join()).settings(settings(2));
    assert_eq!(address(second.listen().expect("joined").report(), 0), at);
}

#[test]
fn what_comes_up_is_enough() {
    let stranger = TcpListener::bind("127.0.0.1:0").expect("bind");
    let at = stranger.local_addr().expect("an address");
    let builder = builder(1).listener(Listener::tcp(at).id(2));
    let acceptor = builder.listen().expect("one listens");
    let ok: Vec<bool> = acceptor.report().rows().iter().map(zest::ReportRow::is_ok).collect();
    assert_eq!(ok, [true, false]);
    let table = acceptor.report().to_string();
    assert!(table.contains(&at.to_string()), "{table}");
}

#[test]
fn mistakes_have_their_status() {
    let status = |listeners: Vec<Listener>| refused(listeners).status();
    assert_eq!(status(vec![Listener::tcp("nowhere")]), Status::BadAddress);
    assert_eq!(status(vec![Listener::tcp("127.0.0.1\0:1")]), Status::InvalidArgument);
    assert_eq!(status(vec![Listener::tcp("192.0.2.1:0")]), Status::AddressNotAvailable);
    let twice = [1, 1].map(|id| Listener::tcp("127.0.0.1:0").id(id));
    assert_eq!(status(twice.into()), Status::DuplicateListener);
}

//! A proxy inside this process, through the safe face.
#![cfg(feature = "pipeline")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use zest::Status;
use zest::proxy::Proxy;

const TIMEOUT: Duration = Duration::from_secs(10);

/// An origin that answers each request on one connection; its port.
fn origin() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let port = listener.local_addr().expect("address").port();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("accept");
        let mut bytes = [0; 4096];
        while socket.read(&mut bytes).is_ok_and(|size| size > 0) {
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
            socket.write_all(answer).expect("answer");
        }
    });
    port
}

fn config(origin: u16) -> String {
    format!(
        "workers = 1\npin_cpus = false\nio.buf_count = 16\nio.buf_size = 4096\n\
         [[listener]]\nid = 1\nbind = \"127.0.0.1:0\"\n[[listener]]\nid = 2\n\
         [upstream.app]\naddrs = [\"127.0.0.1:{origin}\"]\n"
    )
}

fn ask(socket: &mut TcpStream) -> String {
    socket.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    socket.write_all(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n").expect("ask");
    let mut answer = String::new();
    let mut bytes = [0; 512];
    while !answer.ends_with("hello") {
        let size = socket.read(&mut bytes).expect("an answer");
        assert!(size > 0, "cut: {answer}");
        answer += std::str::from_utf8(&bytes[..size]).expect("text");
    }
    answer
}

#[test]
fn it_serves_by_its_listener_and_what_is_handed_over() {
    let told = Arc::new(AtomicUsize::new(0));
    let log = Arc::clone(&told);
    let proxy = Proxy::builder()
        .text(config(origin()))
        .log(move |record| {
            assert_eq!((record.method(), record.target()), (&b"GET"[..], &b"/x"[..]));
            assert_eq!((record.status(), record.upstream()), (200, &b"app"[..]));
            assert!(record.client().as_inet().is_some() && record.timeout().is_none());
            log.fetch_add(1, Ordering::Relaxed);
        })
        .start()
        .expect("a proxy");
    let listeners = proxy.listeners().expect("listeners");
    assert_eq!((listeners.len(), listeners[1].sockets), (2, 0));
    let address = listeners[0].address.as_inet().expect("an address");
    assert!(ask(&mut TcpStream::connect(address).expect("connect")).starts_with("HTTP/1.1 200"));

    let own = TcpListener::bind("127.0.0.1:0").expect("bind");
    let mut client = TcpStream::connect(own.local_addr().expect("address")).expect("connect");
    proxy.serve(own.accept().expect("accept").0, 2).expect("served");
    ask(&mut client);
    drop(client);
    let receipt = proxy.drain(None).expect("drained");
    assert!(receipt.complete, "{receipt:?}");
    assert_eq!(proxy.stats().expect("stats").answers[2], 2);
    drop(proxy);
    assert_eq!(told.load(Ordering::Relaxed), 2);
}

#[test]
fn what_is_wrong_with_a_configuration_is_told() {
    let failed = Proxy::builder().name("mine").text("workres = 1\n").start().unwrap_err();
    assert_eq!(failed.status(), Status::InvalidArgument);
    assert!(failed.problems().starts_with("mine:1:1: "), "{failed}");
    let failed = Proxy::builder().file("/nonexistent/x.toml").check().unwrap_err();
    assert!(failed.to_string().contains("/nonexistent/x.toml"), "{failed}");
    assert!(Proxy::builder().start().is_err());
    assert_eq!(Proxy::builder().text(config(9)).check().expect("good"), [""; 0]);
}

#[test]
fn a_reload_that_is_wrong_changes_nothing() {
    let proxy = Proxy::builder().text(config(9)).start().expect("a proxy");
    assert!(proxy.reload(&Proxy::builder().text("nonsense")).is_err());
    let again = config(origin()).replace("workers = 1", "workers = 2");
    let warnings = proxy.reload(&Proxy::builder().text(again)).expect("reloaded");
    assert!(warnings[0].contains("only a restart"), "{warnings:?}");
    let address = proxy.listeners().expect("listeners")[0].address.as_inet().expect("an address");
    ask(&mut TcpStream::connect(address).expect("connect"));
}

#[test]
fn a_socket_for_no_listener_or_a_drained_proxy_is_closed() {
    let proxy = Arc::new(Proxy::builder().text(config(9)).start().expect("a proxy"));
    let own = TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = own.local_addr().expect("address");
    for expected in [Status::InvalidArgument, Status::Closed] {
        let mut client = TcpStream::connect(address).expect("connect");
        let accepted = own.accept().expect("accept").0;
        assert_eq!(proxy.serve(accepted, 3).unwrap_err().status(), expected);
        assert_eq!(client.read(&mut [0; 8]).expect("closed"), 0);
        let other = Arc::clone(&proxy);
        thread::spawn(move || other.drain(Some(TIMEOUT))).join().unwrap().expect("drained");
    }
    proxy.cut().expect("cut");
}

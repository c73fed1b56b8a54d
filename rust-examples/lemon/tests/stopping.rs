//! SIGTERM: what is in flight is finished, what is idle is closed, and the receipt adds up.

mod host;

use host::{Client, Lemon, WAYS};
use std::net::SocketAddr;

const HALF: &str = "GET / HTTP/1.1\r\nHost: lemon\r\n";
const REQUEST: &str = "GET / HTTP/1.1\r\nHost: lemon\r\n\r\n";

fn start(way: &[&str], drain_timeout: &str) -> (Lemon, SocketAddr) {
    let more = ["--listen", "127.0.0.1:0", "--drain-timeout", drain_timeout];
    let mut lemon = Lemon::start(way, &more);
    let address = lemon.address();
    (lemon, address)
}

#[test]
fn in_flight_is_finished_and_idle_is_closed() {
    for way in WAYS {
        let (mut lemon, address) = start(way, "60");
        let mut idle = Client::connect(address);
        assert!(idle.get("/").0.starts_with("http/1.1 200"));
        let mut in_flight = Client::connect(address);
        assert!(in_flight.get("/").0.starts_with("http/1.1 200"));
        in_flight.send(HALF);
        lemon.terminate();
        lemon.line_with("no more connections");
        assert!(idle.is_closed());
        in_flight.send("\r\n");
        let (head, _) = in_flight.answer();
        assert!(head.starts_with("http/1.1 200") && head.contains("connection: close"), "{head}");
        assert!(in_flight.is_closed());
        let (status, said) = lemon.end();
        assert_eq!(status.code(), Some(0), "{way:?}:\n{said}");
        assert!(
            said.contains("receipt: 2 accepted = 2 handed over + 0 in queue + 0 refused"),
            "{said}"
        );
        assert!(said.contains("3 requests answered; connections: 2 finished, 0 broken"), "{said}");
    }
}

#[test]
fn what_the_kernel_had_queued_is_answered() {
    for way in WAYS {
        let (lemon, address) = start(way, "60");
        let connect = |_| {
            let mut client = Client::connect(address);
            client.send(REQUEST);
            client
        };
        let mut clients: Vec<Client> = (0..50).map(connect).collect();
        lemon.terminate();
        for client in &mut clients {
            assert!(client.answer().0.starts_with("http/1.1 200"), "{way:?}");
        }
        let (status, said) = lemon.end();
        assert_eq!(status.code(), Some(0), "{way:?}:\n{said}");
        assert!(said.contains("receipt: 50 accepted"), "{said}");
        assert!(said.contains("50 requests answered; connections: 50 finished"), "{said}");
    }
}

#[test]
fn the_deadline_cuts() {
    for way in WAYS {
        let (mut lemon, address) = start(way, "1");
        let mut stalled = Client::connect(address);
        assert!(stalled.get("/").0.starts_with("http/1.1 200"));
        stalled.send(HALF);
        lemon.terminate();
        lemon.line_with("the deadline is over");
        assert!(stalled.is_cut());
        let (status, said) = lemon.end();
        assert_eq!(status.code(), Some(1), "{way:?}:\n{said}");
        assert!(said.contains("1 cut"), "{said}");
    }
}

#[test]
fn a_second_signal_cuts_at_once() {
    for way in WAYS {
        let (mut lemon, address) = start(way, "3600");
        let mut stalled = Client::connect(address);
        assert!(stalled.get("/").0.starts_with("http/1.1 200"));
        stalled.send(HALF);
        lemon.terminate();
        lemon.line_with("no more connections");
        lemon.terminate();
        lemon.line_with("again: cutting");
        assert!(stalled.is_cut());
        let (status, said) = lemon.end();
        assert_eq!(status.code(), Some(1), "{way:?}:\n{said}");
    }
}

#[test]
fn without_connections_it_ends_at_once() {
    for way in WAYS {
        let (lemon, address) = start(way, "3600");
        lemon.terminate();
        let (status, said) = lemon.end();
        assert_eq!(status.code(), Some(0), "{way:?}:\n{said}");
        assert!(std::net::TcpStream::connect(address).is_err());
    }
}

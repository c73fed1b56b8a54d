//! lemon before an origin: what a connection asks for first says who serves it.

mod host;
mod origin;

use host::{Client, Lemon, WAYS};
use origin::Server;
use std::net::SocketAddr;
use std::process::Command;

fn start(way: &[&str], origin: &str) -> (Lemon, SocketAddr) {
    let more = ["--listen", "127.0.0.1:0=7", "--origin", origin, "--drain-timeout", "60"];
    let mut lemon = Lemon::start(way, &more);
    let address = lemon.address();
    (lemon, address)
}

#[test]
fn the_first_path_says_who_serves() {
    for way in WAYS {
        let server = Server::start();
        let (lemon, address) = start(way, &server.address.to_string());
        let mut own = Client::connect(address);
        let expected = format!("lemon\nlistener 7\npeer {}\n", own.local());
        assert!(own.get("/own/a").1.starts_with(&expected), "{way:?}");
        assert_eq!(server.count(), 0);
        let mut proxied = Client::connect(address);
        for target in ["/proxied/a?b", "/proxied/c"] {
            let (head, body) = proxied.get(target);
            assert!(head.starts_with("http/1.1 200") && body == target, "{way:?}: {head}{body}");
        }
        assert_eq!(server.count(), 2);
        assert!(own.get("/").1.starts_with("lemon\n"));
        lemon.terminate();
        assert!(own.is_closed() && proxied.is_closed());
        let (status, said) = lemon.end();
        assert_eq!(status.code(), Some(0), "{way:?}:\n{said}");
        assert!(said.contains("2 requests answered; connections: 1 finished, 0 broken"), "{said}");
        assert!(said.contains("proxied: 1 connections, 2 requests answered"), "{said}");
        assert!(said.contains("receipt: 2 accepted = 2 handed over"), "{said}");
    }
}

#[test]
fn what_follows_on_a_connection_stays_with_whom_it_belongs_to() {
    let server = Server::start();
    let (_lemon, address) = start(WAYS[0], &server.address.to_string());
    let mut own = Client::connect(address);
    own.get("/own/a");
    let (head, _) = own.get("/proxied/a");
    assert!(head.starts_with("http/1.1 421") && head.contains("connection: close"), "{head}");
    assert!(own.is_closed());
    let mut proxied = Client::connect(address);
    proxied.get("/proxied/a");
    assert!(proxied.get("/own/a").0.starts_with("http/1.1 404"));
    assert_eq!(server.count(), 1);
}

#[test]
fn a_head_may_come_in_pieces_and_with_its_body() {
    for way in WAYS {
        let server = Server::start();
        let (_lemon, address) = start(way, &server.address.to_string());
        let mut slow = Client::connect(address);
        for byte in "GET /proxied/slow HTTP/1.1\r\nHost: a\r\n\r\n".chars() {
            slow.send(&byte.to_string());
        }
        assert_eq!(slow.answer().1, "/proxied/slow");
        let long = "y".repeat(20_000);
        slow.send(&format!("GET /proxied/x HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"));
        assert_eq!(slow.answer().1, "/proxied/x");
        // Two at once: the second is of what was left in the socket.
        let mut eager = Client::connect(address);
        let one = "GET /proxied/1 HTTP/1.1\r\nHost: a\r\n\r\n";
        eager.send(&format!("{one}{}", one.replace('1', "2").replace("HTTP/2.2", "HTTP/1.1")));
        assert_eq!(
            (eager.answer().1, eager.answer().1),
            ("/proxied/1".into(), "/proxied/2".into())
        );
    }
}

#[test]
fn what_is_no_request_is_refused_by_the_proxy() {
    let server = Server::start();
    let (lemon, address) = start(WAYS[0], &server.address.to_string());
    let mut broken = Client::connect(address);
    broken.send("GET /own/ HTTP/1.1\r\nHost : a\r\n\r\n");
    assert!(broken.answer().0.starts_with("http/1.1 400"));
    let mut silent = Client::connect(address);
    silent.end();
    assert!(silent.is_closed());
    lemon.terminate();
    let (status, said) = lemon.end();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(said.contains("connections: 1 finished, 0 broken"), "{said}");
    assert_eq!(server.count(), 0);
}

#[test]
fn an_origin_that_is_not_there_is_told() {
    let gone = Server::unreachable();
    let (_lemon, address) = start(WAYS[1], &gone.to_string());
    assert!(Client::connect(address).get("/proxied/").0.starts_with("http/1.1 502"));
    assert!(Client::connect(address).get("/own/").0.starts_with("http/1.1 200"));
}

#[test]
fn the_deadline_cuts_what_the_proxy_serves() {
    for way in WAYS {
        let server = Server::start();
        let origin = server.address.to_string();
        let more = ["--listen", "127.0.0.1:0", "--origin", &origin, "--drain-timeout", "1"];
        let mut lemon = Lemon::start(way, &more);
        let mut stalled = Client::connect(lemon.address());
        stalled.get("/proxied/a");
        stalled.send("GET /proxied/b HTTP/1.1\r\nHost: a\r\n");
        lemon.terminate();
        lemon.line_with("the deadline is over");
        assert!(stalled.is_cut());
        let (status, said) = lemon.end();
        assert_eq!(status.code(), Some(1), "{way:?}:\n{said}");
        assert!(said.contains("proxied: 1 connections, 1 requests answered"), "{said}");
        assert!(said.contains("0 were idle, 1 cut"), "{said}");
    }
}

#[test]
fn curl_is_answered_by_each() {
    let server = Server::start();
    let (_lemon, address) = start(WAYS[0], &server.address.to_string());
    for (path, expected) in [("own/x", "lemon\nlistener 7\n"), ("proxied/x", "/proxied/x")] {
        let url = format!("http://{address}/{path}");
        let done = Command::new("curl").args(["-sS", "--max-time", "60", &url]).output();
        let done = done.expect("run curl");
        assert!(done.status.success(), "{path}");
        assert!(String::from_utf8_lossy(&done.stdout).starts_with(expected), "{path}");
    }
}

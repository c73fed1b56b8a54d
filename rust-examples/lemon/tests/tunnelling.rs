//! A WebSocket is joined with lemon's origin.

mod host;
mod origin;

use host::{Client, Lemon, WAYS};
use origin::Server;
use std::process::Command;

const UPGRADE: &str = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const SWITCHED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\n\r\n";

fn start(way: &[&str], origin: &str, drain_timeout: &str) -> Lemon {
    let more = ["--listen", "127.0.0.1:0", "--origin", origin, "--drain-timeout", drain_timeout];
    Lemon::start(way, &more)
}

#[test]
fn what_is_said_comes_back_and_ends_with_both_sides() {
    for way in WAYS {
        let server = Server::start();
        let mut lemon = start(way, &server.address.to_string(), "60");
        let mut client = Client::connect(lemon.address());
        // What follows the head at once is the origin's, too.
        client.send(&format!("{UPGRADE}early"));
        client.expect(SWITCHED);
        client.expect("early");
        let long = "0123456789".repeat(30_000);
        client.send(&long);
        client.expect(&long);
        lemon.terminate();
        lemon.line_with("no more connections");
        client.send("late");
        client.expect("late");
        client.end();
        assert!(client.is_closed());
        let (status, said) = lemon.end();
        assert_eq!(status.code(), Some(0), "{way:?}:\n{said}");
        let bytes = format!("{} bytes to the origin", UPGRADE.len() + 9 + long.len());
        assert!(said.contains(&format!("tunnels: 1 joined, {bytes}")), "{said}");
        assert!(said.contains("1 ended by both sides, 0 cut, 0 ended otherwise"), "{said}");
    }
}

#[test]
fn the_deadline_cuts_a_tunnel() {
    for way in WAYS {
        let server = Server::start();
        let mut lemon = start(way, &server.address.to_string(), "1");
        let mut client = Client::connect(lemon.address());
        client.send(UPGRADE);
        client.expect(SWITCHED);
        lemon.terminate();
        lemon.line_with("the deadline is over");
        assert!(client.is_cut());
        let (status, said) = lemon.end();
        assert_eq!(status.code(), Some(1), "{way:?}:\n{said}");
        assert!(said.contains("0 ended by both sides, 1 cut"), "{said}");
    }
}

#[test]
fn an_origin_that_is_not_there_is_told() {
    let mut lemon = start(WAYS[0], &Server::unreachable().to_string(), "60");
    let mut client = Client::connect(lemon.address());
    client.send(UPGRADE);
    let (head, _) = client.answer();
    assert!(head.starts_with("http/1.1 502") && head.contains("connection: close"), "{head}");
    assert!(client.is_closed());
}

#[test]
fn all_three_at_once_are_counted_apart() {
    const EACH: usize = 20;
    for way in WAYS {
        let server = Server::start();
        let mut lemon = start(way, &server.address.to_string(), "60");
        let address = lemon.address();
        let mut clients: Vec<Client> = (0..3 * EACH).map(|_| Client::connect(address)).collect();
        for (i, client) in clients.iter_mut().enumerate() {
            match i % 3 {
                0 => assert!(client.get("/own/").1.starts_with("lemon\n")),
                1 => assert_eq!(client.get("/proxied/a").1, "/proxied/a"),
                _ => {
                    client.send(UPGRADE);
                    client.expect(SWITCHED);
                }
            }
        }
        lemon.terminate();
        lemon.line_with("no more connections");
        for (i, client) in clients.iter_mut().enumerate() {
            if i % 3 == 2 {
                client.end();
            }
            assert!(client.is_closed(), "{way:?}: {i}");
        }
        let (status, said) = lemon.end();
        assert_eq!(status.code(), Some(0), "{way:?}:\n{said}");
        assert!(said.contains("receipt: 60 accepted = 60 handed over + 0 in queue"), "{said}");
        assert!(
            said.contains("20 requests answered; connections: 20 finished, 0 broken"),
            "{said}"
        );
        assert!(said.contains("proxied: 20 connections, 20 requests answered"), "{said}");
        assert!(said.contains("tunnels: 20 joined"), "{said}");
        assert!(said.contains("20 ended by both sides, 0 cut, 0 ended otherwise"), "{said}");
    }
}

/// By Debian's python3-websockets, at both ends.
#[test]
fn a_library_of_web_sockets_talks_through_it() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/web_sockets_talk.py");
    let done = Command::new("python3").args([script, env!("CARGO_BIN_EXE_lemon")]).status();
    let done = done.expect("run python3");
    assert!(done.success() || done.code() == Some(77), "{done}");
}

//! What a program changes in requests that it lets pass, and in their answers.
#![cfg(feature = "pipeline")]

#[path = "common/asking.rs"]
mod asking;

use asking::{TIMEOUT, answer, connect, next};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use zest::Status;
use zest::proxy::{Builder, Coming, Passing, Proxy, Verdict};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: s\r\nX-Inner: i\r\n\r\nok";

/// Whoever it passes to, and a proxy before it.
fn hooked(origin: &TcpListener) -> Builder {
    Proxy::builder().text(format!(
        "workers = 1\npin_cpus = false\nio.buf_count = 16\nio.buf_size = 4096\n\
         [[listener]]\nid = 1\nbind = \"127.0.0.1:0\"\n\
         [[route]]\nhook = \"gate\"\nupstream = \"none\"\n\
         [upstream.none]\naddrs = [\"127.0.0.1:1\"]\n\
         [upstream.app]\naddrs = [\"{}\"]\n",
        origin.local_addr().expect("an address")
    ))
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("bind")
}

fn passing() -> Passing {
    Passing::new()
        .to("app")
        .set("X-User", "one")
        .add("X-Role", "a")
        .add("x-role", "b")
        .remove("Cookie")
        .set_in_answer("Server", "zest")
        .add_to_answer("Set-Cookie", "s=1")
        .remove_from_answer("X-Inner")
}

fn begin(proxy: &Proxy) -> TcpStream {
    let mut socket = connect(proxy);
    let request = "GET / HTTP/1.1\r\nHost: h\r\nX-User: root\r\nx_user: root\r\nCookie: c\r\n\
                   Connection: close\r\n\r\n";
    socket.write_all(request.as_bytes()).expect("ask");
    socket
}

/// The head that the origin gets; it answers.
fn serve(origin: &TcpListener) -> String {
    let (mut socket, _) = origin.accept().expect("a connection");
    socket.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        socket.read_exact(&mut byte).expect("a head");
        head.push(byte[0]);
    }
    socket.write_all(ANSWER).expect("answer");
    String::from_utf8(head).expect("text")
}

fn check(client: TcpStream, origin: &TcpListener) {
    let head = serve(origin);
    assert!(head.contains("X-User: one\r\n") && !head.contains("root"), "{head}");
    assert!(head.contains("X-Role: a\r\n") && head.contains("x-role: b\r\n"), "{head}");
    assert!(!head.contains("Cookie"), "{head}");
    let text = answer(client);
    assert!(text.contains("Server: zest\r\n") && !text.contains("Server: s\r\n"), "{text}");
    assert!(text.contains("Set-Cookie: s=1\r\n") && !text.contains("X-Inner"), "{text}");
}

#[test]
fn both_sides_get_what_the_program_says() {
    let origin = listener();
    let proxy = hooked(&origin).start().expect("a proxy");
    let client = begin(&proxy);
    next(&proxy).pass_with(&passing()).expect("passed");
    check(client, &origin);
}

#[test]
fn within_a_call_too() {
    let origin = listener();
    let proxy = hooked(&origin).hook(|_| Verdict::PassWith(passing())).start().expect("a proxy");
    check(begin(&proxy), &origin);
}

#[test]
fn what_may_not_be_is_a_500() {
    let origin = listener();
    let proxy = hooked(&origin).start().expect("a proxy");
    for bad in [
        Passing::new().set("X", "a\r\nY: b"),
        Passing::new().set("Content-Length", "1"),
        Passing::new().add("X-Client-Cert-Verified", "yes"),
        Passing::new().remove_from_answer("Connection"),
        Passing::new().to("nobody"),
    ] {
        let client = begin(&proxy);
        let refused = next(&proxy).pass_with(&bad).expect_err("refused");
        assert_eq!(refused.status(), Status::InvalidArgument);
        assert!(answer(client).starts_with("HTTP/1.1 500 "));
    }
    drop(proxy);
    let bad = hooked(&origin).hook(|_| Verdict::PassWith(Passing::new().set("a b", "")));
    let proxy = bad.start().expect("a proxy");
    assert!(answer(begin(&proxy)).starts_with("HTTP/1.1 500 "));
}

#[cfg(feature = "tokio")]
#[tokio::test]
async fn on_tokio_it_passes_and_drains() {
    let origin = listener();
    let proxy = hooked(&origin).start().expect("a proxy");
    let requests = proxy.requests().expect("a stream");
    let client = begin(&proxy);
    let Ok(Some(Coming::Request(request))) = requests.next().await else { panic!("no request") };
    request.pass_with(&passing()).expect("passed");
    let checked = tokio::task::spawn_blocking(move || check(client, &origin));
    checked.await.expect("as it should be");
    let receipt = proxy.drain_async(Some(TIMEOUT)).await.expect("drained");
    assert!(receipt.complete, "{receipt:?}");
    assert!(requests.next().await.expect("the queue").is_none());
}

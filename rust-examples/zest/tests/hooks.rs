//! What a program decides in a proxy inside it: by the queue, within a call, and on Tokio.
#![cfg(feature = "pipeline")]

#[path = "common/asking.rs"]
mod asking;

use asking::{TIMEOUT, answer, connect, next};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use zest::proxy::{Answer, Builder, Claim, Coming, Proxy, Verdict};
use zest::{Next, Status};

fn hooked() -> Builder {
    Proxy::builder().text(
        "workers = 1\npin_cpus = false\nio.buf_count = 16\nio.buf_size = 4096\n\
         [[listener]]\nid = 1\nbind = \"127.0.0.1:0\"\n[[route]]\nhook = \"gate\"\n",
    )
}

fn begin(proxy: &Proxy, target: &str) -> TcpStream {
    let mut socket = connect(proxy);
    write!(socket, "GET {target} HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nConnection: close\r\n\r\n")
        .expect("ask");
    socket
}

#[test]
fn a_request_is_seen_and_answered() {
    let proxy = hooked().start().expect("a proxy");
    let client = begin(&proxy, "/a?b");
    let request = next(&proxy);
    let asked = request.asked();
    assert_eq!((asked.method(), asked.target()), (&b"GET"[..], &b"/a?b"[..]));
    assert_eq!((asked.host(), asked.hook()), (&b"h"[..], &b"gate"[..]));
    assert_eq!((asked.upstream(), asked.listener_id()), (&b""[..], 1));
    assert_eq!(asked.head().get("x-one"), Some(&b"1"[..]));
    assert!(!asked.has_body() && !asked.is_encrypted() && asked.client().as_inet().is_some());
    request.answer(Answer::new(201).field("X-Two", "2").body("mine")).expect("answered");
    let text = answer(client);
    assert!(text.starts_with("HTTP/1.1 201 "), "{text}");
    assert!(text.contains("X-Two: 2\r\n") && text.ends_with("\r\n\r\nmine"), "{text}");
    assert!(matches!(proxy.next_asked(Some(Duration::ZERO)), Ok(Next::TimedOut)));
    assert_eq!(proxy.stats().expect("stats").hooked, 1);
}

#[test]
fn what_may_not_be_or_is_dropped_is_a_500() {
    let proxy = hooked().start().expect("a proxy");
    let client = begin(&proxy, "/");
    let refused = next(&proxy).answer(Answer::new(200).field("X", "a\r\nY: b"));
    assert_eq!(refused.unwrap_err().status(), Status::InvalidArgument);
    assert!(answer(client).starts_with("HTTP/1.1 500 "));
    let client = begin(&proxy, "/");
    assert_eq!(next(&proxy).pass().unwrap_err().status(), Status::InvalidArgument);
    assert!(answer(client).starts_with("HTTP/1.1 500 "));
    let client = begin(&proxy, "/");
    drop(next(&proxy));
    assert!(answer(client).starts_with("HTTP/1.1 500 "));
}

#[test]
fn a_request_outlives_its_proxy() {
    let proxy = hooked().start().expect("a proxy");
    let _client = begin(&proxy, "/late");
    let request = next(&proxy);
    drop(proxy);
    assert_eq!(request.asked().target(), b"/late");
    // As the worker is behind, it may still be taken.
    if let Err(late) = request.answer(Answer::new(200).body(vec![b'x'; 100_000])) {
        assert_eq!(late.status(), Status::Closed);
    }
}

#[test]
fn a_closure_decides_at_once() {
    let proxy = hooked()
        .hook(|asked| match asked.target() {
            b"/queue" => Verdict::Queue,
            b"/pass" => Verdict::Pass,
            _ => Verdict::Answer(Answer::new(200).body(asked.target())),
        })
        .start()
        .expect("a proxy");
    assert!(answer(begin(&proxy, "/now")).ends_with("\r\n\r\n/now"));
    assert!(answer(begin(&proxy, "/pass")).starts_with("HTTP/1.1 404 "));
    let client = begin(&proxy, "/queue");
    next(&proxy).answer(Answer::new(202)).expect("answered");
    assert!(answer(client).starts_with("HTTP/1.1 202 "));
}

#[test]
fn connections_of_a_protocol_are_given() {
    let proxy = hooked()
        .protocol("bang", |listener_id, first| match (listener_id, first) {
            (1, [b'!', b'!', ..]) => Claim::Yes,
            (1, [b'!']) => Claim::More,
            _ => Claim::No,
        })
        .start()
        .expect("a proxy");
    let mut client = connect(&proxy);
    client.write_all(b"!!hello").expect("speak");
    let Ok(Next::Ready(Coming::Connection(given))) = proxy.next_asked(Some(TIMEOUT)) else {
        panic!("no connection");
    };
    assert_eq!((given.protocol.as_str(), given.listener_id), ("bang", 1));
    let mut socket = TcpStream::from(given.socket);
    socket.set_nonblocking(false).expect("blocking");
    let mut bytes = [0; 7];
    socket.read_exact(&mut bytes).expect("what it sent");
    assert_eq!(&bytes, b"!!hello");
}

#[cfg(feature = "tokio")]
#[tokio::test]
async fn requests_come_as_a_stream_until_the_proxy_ends() {
    use tokio_stream::StreamExt;
    let proxy = hooked().start().expect("a proxy");
    let mut requests = proxy.requests().expect("a stream");
    let clients: Vec<_> = (0..20).map(|_| begin(&proxy, "/")).collect();
    for i in 0..20 {
        let coming = if i % 2 == 0 {
            requests.next().await.expect("one more").expect("the queue")
        } else {
            zest::proxy::Requests::next(&requests).await.expect("the queue").expect("one more")
        };
        let Coming::Request(request) = coming else { panic!("no request") };
        request.answer(Answer::new(200).body("async")).expect("answered");
    }
    for client in clients {
        assert!(answer(client).ends_with("async"));
    }
    drop(proxy);
    assert!(StreamExt::next(&mut requests).await.is_none());
}

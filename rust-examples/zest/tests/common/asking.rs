//! A client of a proxy with a hook, and who takes what the hook is asked.
use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;
use zest::Next;
use zest::proxy::{Coming, Proxy, Request};

pub const TIMEOUT: Duration = Duration::from_secs(10);

pub fn connect(proxy: &Proxy) -> TcpStream {
    let address = proxy.listeners().expect("listeners")[0].address.as_inet().expect("an address");
    let socket = TcpStream::connect(address).expect("connect");
    socket.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    socket
}

/// The whole answer, to its connection's end.
pub fn answer(mut socket: TcpStream) -> String {
    let mut text = String::new();
    socket.read_to_string(&mut text).expect("an answer");
    text
}

pub fn next(proxy: &Proxy) -> Request {
    match proxy.next_asked(Some(TIMEOUT)).expect("the queue") {
        Next::Ready(Coming::Request(request)) => request,
        other => panic!("no request: {other:?}"),
    }
}

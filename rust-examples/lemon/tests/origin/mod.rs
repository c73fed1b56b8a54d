//! An HTTP server for lemon to stand before: it answers each request with its target, and echoes
//! what is said after an Upgrade.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;

pub struct Server {
    pub address: SocketAddr,
    pub requests: Arc<AtomicU64>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::<AtomicU64>::default();
        let count = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, count) = (stream.expect("accept"), Arc::clone(&count));
                thread::spawn(move || serve(stream, &count));
            }
        });
        Self { address, requests }
    }

    /// An address where nobody is: port 1 of a loopback address of nobody's.
    pub fn unreachable() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 254], 1))
    }

    pub fn count(&self) -> u64 {
        self.requests.load(SeqCst)
    }
}

fn serve(stream: TcpStream, count: &AtomicU64) {
    let mut lines = BufReader::new(stream);
    while let Some(head) = head_of(&mut lines) {
        count.fetch_add(1, SeqCst);
        if head.to_ascii_lowercase().contains("upgrade: websocket") {
            return echo(lines);
        }
        let target = head.split(' ').nth(1).expect("a target");
        let size = target.len();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n{target}");
        if lines.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// None: whoever asked has gone.
fn head_of(lines: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if lines.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head)
}

fn echo(mut lines: BufReader<TcpStream>) {
    const SWITCH: &str =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    let mut out = lines.get_ref().try_clone().expect("a second handle");
    let echoed =
        out.write_all(SWITCH.as_bytes()).and_then(|()| std::io::copy(&mut lines, &mut out));
    // A client that has gone is its own affair.
    if echoed.is_ok() {
        let _it_may_have_gone = out.shutdown(std::net::Shutdown::Write);
    }
}

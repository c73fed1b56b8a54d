//! lemon as a process, and an HTTP client.
//!
//! Times here are bounds that end a test that hangs; no test passes or fails by them otherwise.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

/// Far beyond what anything here takes.
pub const LIMIT: Duration = Duration::from_secs(60);

/// The ways to serve; each is tested alike.
pub const WAYS: [&[&str]; 4] = [
    &["--threads", "2"],
    &["--shards", "--threads", "2"],
    &["--single"],
    &["--backend", "epoll", "--threads", "2"],
];

/// A running lemon; killed if a test ends before it does.
pub struct Lemon {
    child: Child,
    lines: BufReader<ChildStdout>,
    /// What it printed so far.
    pub said: String,
}

pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lemon"));
    command.args(args);
    command
}

/// Run to the end.
pub fn output(args: &[&str]) -> Output {
    command(args).output().expect("run lemon")
}

impl Lemon {
    pub fn start(way: &[&str], more: &[&str]) -> Self {
        let mut command = command(way);
        let mut child = command.args(more).stdout(Stdio::piped()).spawn().expect("start lemon");
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, lines, said: String::new() }
    }

    /// Read its output up to the line that contains a text, and give that line.
    pub fn line_with(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            let size = self.lines.read_line(&mut line).expect("read");
            assert_ne!(size, 0, "no {text:?} in:\n{}", self.said);
            self.said += &line;
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Where the next listener that it tells of serves.
    pub fn address(&mut self) -> SocketAddr {
        let line = self.line_with("serving on http://");
        let (_, rest) = line.split_once("http://").expect("a URL");
        rest.split(' ').next().expect("an address").parse().expect("an address")
    }

    pub fn terminate(&self) {
        let pid = libc::pid_t::try_from(self.child.id()).expect("a pid");
        // SAFETY: it is our child, which has not been waited for.
        let done = unsafe { libc::kill(pid, libc::SIGTERM) };
        assert_eq!(done, 0);
    }

    /// Wait for its end, with all that it printed.
    pub fn end(mut self) -> (ExitStatus, String) {
        self.lines.read_to_string(&mut self.said).expect("read");
        let status = self.child.wait().expect("wait");
        (status, std::mem::take(&mut self.said))
    }
}

impl Drop for Lemon {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.child.kill().expect("kill");
            self.child.wait().expect("wait");
        }
    }
}

/// One client connection.
pub struct Client(BufReader<TcpStream>);

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("connect");
        stream.set_read_timeout(Some(LIMIT)).expect("a read timeout");
        Self(BufReader::new(stream))
    }

    pub fn local(&self) -> SocketAddr {
        self.0.get_ref().local_addr().expect("an address")
    }

    pub fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).expect("write");
    }

    /// Read so many bytes, which must be these.
    pub fn expect(&mut self, text: &str) {
        let mut bytes = vec![0; text.len()];
        self.0.read_exact(&mut bytes).expect("read");
        assert!(bytes == text.as_bytes(), "{}", String::from_utf8_lossy(&bytes));
    }

    /// Say that no more is to come.
    pub fn end(&mut self) {
        self.0.get_ref().shutdown(std::net::Shutdown::Write).expect("shutdown");
    }

    /// Read one answer: its head in lower case, and its body.
    pub fn answer(&mut self) -> (String, String) {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.0.read_line(&mut head).expect("read"), 0, "closed behind {head:?}");
        }
        let head = head.to_ascii_lowercase();
        let size = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let mut body = vec![0; size.expect("a length").parse().expect("a length")];
        self.0.read_exact(&mut body).expect("read");
        (head, String::from_utf8(body).expect("UTF-8"))
    }

    pub fn get(&mut self, path: &str) -> (String, String) {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: lemon\r\n\r\n"));
        self.answer()
    }

    /// Whether the server has closed, be it with a reset because it left something unread.
    pub fn is_cut(&mut self) -> bool {
        match self.0.read(&mut [0]) {
            Ok(size) => size == 0,
            Err(error) => error.kind() == ErrorKind::ConnectionReset,
        }
    }

    /// Whether the server has closed in order, without a byte more.
    pub fn is_closed(&mut self) -> bool {
        self.0.read(&mut [0]).expect("read") == 0
    }
}

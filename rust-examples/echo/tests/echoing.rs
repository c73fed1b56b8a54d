//! echo as a process: it sends back what it gets, and stops when asked.
//!
//! Times here are bounds that end a test that hangs; no test passes or fails by them otherwise.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

/// A running echo; killed if a test ends before it does.
struct Echo {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Echo {
    fn start(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_echo"));
        let mut child = command.args(args).stdout(Stdio::piped()).spawn().expect("start echo");
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, lines }
    }

    fn address(&mut self) -> SocketAddr {
        let mut line = String::new();
        while !line.starts_with("echo: serving on ") {
            line.clear();
            assert_ne!(self.lines.read_line(&mut line).expect("read"), 0, "it has ended");
        }
        line.trim_start_matches("echo: serving on ").trim_end().parse().expect("an address")
    }

    fn terminate(&self) {
        let pid = libc::pid_t::try_from(self.child.id()).expect("a pid");
        // SAFETY: it is our child, which has not been waited for.
        assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
    }

    fn end(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.lines.read_to_string(&mut said).expect("read");
        (self.child.wait().expect("wait").code(), said)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.child.kill().expect("kill");
            self.child.wait().expect("wait");
        }
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("connect");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a read timeout");
    stream
}

/// Send much while reading, so that both directions are full at times.
fn talk(address: SocketAddr, seed: u8) {
    let mut stream = connect(address);
    let text: Vec<u8> = (seed..251).cycle().take(500_000).collect();
    let mut writer = stream.try_clone().expect("a second handle");
    let sent = text.clone();
    let writing = thread::spawn(move || {
        writer.write_all(&sent).expect("write");
        writer.shutdown(Shutdown::Write).expect("shut down");
    });
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).expect("read");
    writing.join().expect("the writer");
    assert!(heard == text, "{} bytes of {}", heard.len(), text.len());
}

#[test]
fn what_is_sent_comes_back() {
    let mut echo = Echo::start(&["--listen", "127.0.0.1:0", "--workers", "4"]);
    let address = echo.address();
    let talks: Vec<_> = (0..8).map(|seed| thread::spawn(move || talk(address, seed))).collect();
    talks.into_iter().for_each(|talk| talk.join().expect("a talk"));
    echo.terminate();
    let (code, said) = echo.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("receipt: 8 accepted = 8 handed over"), "{said}");
}

#[test]
fn a_stop_ends_a_silent_conversation() {
    let mut echo = Echo::start(&["--listen", "127.0.0.1:0", "--workers", "1"]);
    let mut client = connect(echo.address());
    client.write_all(b"x").expect("write");
    client.read_exact(&mut [0]).expect("read");
    echo.terminate();
    assert_eq!(client.read(&mut [0]).expect("read"), 0);
    assert_eq!(echo.end().0, Some(0));
}

#[test]
fn a_port_in_use_is_named() {
    let stranger = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = stranger.local_addr().expect("an address").to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_echo"));
    let done = command.args(["--listen", &address]).output().expect("run echo");
    assert_eq!(done.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&done.stderr).contains(&address));
}

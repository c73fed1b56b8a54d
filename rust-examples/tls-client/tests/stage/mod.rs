//! A zproxy with a certificate in memory, and an origin behind it that echoes.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

/// A head, and what has come behind it.
pub fn read_head(from: &mut impl Read) -> Result<(String, Vec<u8>)> {
    let mut got = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(end) = got.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = got.split_off(end + 4);
            return Ok((String::from_utf8(got)?, rest));
        }
        match from.read(&mut piece)? {
            0 => bail!("no head"),
            n => got.extend_from_slice(&piece[..n]),
        }
    }
}

/// Answers each request with its body; its address.
pub fn origin() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || echo(connection));
        }
    });
    Ok(address)
}

fn echo(mut connection: TcpStream) -> Result<()> {
    loop {
        let (head, mut body) = read_head(&mut connection)?;
        let field = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        let begun = body.len();
        body.resize(field.context("a length")?.parse()?, 0);
        connection.read_exact(&mut body[begun..])?;
        write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len())?;
        connection.write_all(&body)?;
    }
}

/// The one that was built last, or $ZPROXY.
pub struct Zproxy {
    process: Child,
    pub port: u16,
}

impl Zproxy {
    pub fn start(origin: &str) -> Result<Self> {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../build/release/bin/zproxy");
        let binary = std::env::var_os("ZPROXY").map_or(built, Into::into);
        let mut process = Command::new(binary)
            .args(["--listen", "127.0.0.1:0", "--self-signed", "--workers", "1", "--to", origin])
            .stderr(Stdio::piped())
            .spawn()?;
        let said = BufReader::new(process.stderr.take().context("stderr")?);
        let mut lines = said.lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let (_, rest) = line.split_once("listening on https://127.0.0.1:")?;
            rest.split(':').next()?.parse().ok()
        });
        thread::spawn(move || lines.for_each(drop));
        Ok(Self { process, port: port.context("zproxy does not listen")? })
    }
}

impl Drop for Zproxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

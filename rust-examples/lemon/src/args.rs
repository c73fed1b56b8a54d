//! The command line.

use anyhow::{Context, bail};
use lexopt::{Arg, Parser, ValueExt};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::time::Duration;
use zest::{Backend, ZestListenerConfig, ZestProtocol};

pub const HELP: &str = "\
lemon: HTTP/1.1 over what zest accepts

Usage: lemon [options]

  --listen ADDRESS[=ID]  listen there, with this listener id; may be given many times
                         (default 127.0.0.1:8080; ids count from 1)
  --threads N            accepting threads per address, or shards (default: one per CPU)
  --shards               no accepting threads: a current_thread runtime per shard does it all
  --single               one socket and thread per address, without SO_REUSEPORT
  --backend B            auto, io_uring or epoll (default auto)
  --origin ADDRESS       stand before this HTTP server, for the half of the paths: see below
  --drain-timeout S      seconds that a stop waits for connections (default 10)
  -h, --help             this text
  -V, --version          versions of lemon and libzest

With --origin the first request of a connection says who serves it:
  a WebSocket            nobody: client and origin are joined, by zest_tunnel_join
  /proxied/*             a proxy in this process, which zest_proxy_serve hands the connection to
  /, /own/*, any other   lemon, as without --origin; /proxied/* that comes later is answered 421

SIGTERM or Ctrl-C stops accepting, finishes what is in flight, and prints the receipt; a second
one cuts at once.

Exit code: 0 all was finished; 1 connections were cut at the deadline; 2 usage; 3 cannot listen;
4 failed while running.
";

/// What the command line asks for.
#[derive(Debug)]
pub enum Wish {
    Serve(Args),
    Help,
    Version,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Args {
    pub listeners: Vec<ZestListenerConfig>,
    pub threads: Option<u32>,
    pub shards: bool,
    pub single: bool,
    pub backend: Backend,
    pub origin: Option<SocketAddr>,
    pub drain_timeout: Duration,
}

/// Parse what follows the program's name.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> anyhow::Result<Wish> {
    let mut parser = Parser::from_args(arguments);
    let mut args = Args::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Short('h') | Arg::Long("help") => return Ok(Wish::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Wish::Version),
            Arg::Long(name) => {
                let name = name.to_owned();
                option(&mut args, &name, &mut parser)?;
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if args.listeners.is_empty() {
        args.listeners.push(listener("127.0.0.1:8080", 1)?);
    }
    Ok(Wish::Serve(args))
}

fn option(args: &mut Args, name: &str, parser: &mut Parser) -> anyhow::Result<()> {
    match name {
        "listen" => {
            let next_id = args.listeners.len() as u64 + 1;
            args.listeners.push(listener(&parser.value()?.string()?, next_id)?);
        }
        "threads" => args.threads = Some(parser.value()?.parse()?),
        "shards" => args.shards = true,
        "single" => args.single = true,
        "backend" => args.backend = backend(&parser.value()?.string()?)?,
        "origin" => args.origin = Some(address(&parser.value()?.string()?)?),
        "drain-timeout" => {
            args.drain_timeout = Duration::from_secs(parser.value()?.parse()?);
        }
        other => bail!("unknown option --{other}"),
    }
    Ok(())
}

/// `ADDRESS` or `ADDRESS=ID`.
fn listener(text: &str, default_id: u64) -> anyhow::Result<ZestListenerConfig> {
    let (at, id) = match text.split_once('=') {
        Some((at, id)) => (at, id.parse().with_context(|| format!("listener id {id:?}"))?),
        None => (text, default_id),
    };
    let listen_address = address(at)?;
    Ok(ZestListenerConfig { listen_address, listener_id: id, protocol: ZestProtocol::Tcp })
}

fn address(text: &str) -> anyhow::Result<SocketAddr> {
    text.parse().with_context(|| format!("address {text:?}: want 127.0.0.1:8080 or [::1]:8080"))
}

fn backend(name: &str) -> anyhow::Result<Backend> {
    match name {
        "auto" => Ok(Backend::Auto),
        "io_uring" => Ok(Backend::IoUring),
        "epoll" => Ok(Backend::Epoll),
        other => bail!("backend {other:?}: want auto, io_uring or epoll"),
    }
}

impl Default for Args {
    fn default() -> Self {
        Self {
            listeners: Vec::new(),
            threads: None,
            shards: false,
            single: false,
            backend: Backend::Auto,
            origin: None,
            drain_timeout: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> anyhow::Result<Args> {
        match parse(line.split_whitespace().map(OsString::from))? {
            Wish::Serve(args) => Ok(args),
            other => bail!("{other:?}"),
        }
    }

    fn listeners(args: &Args) -> Vec<(String, u64)> {
        let pairs = args.listeners.iter().map(|l| (l.listen_address.to_string(), l.listener_id));
        pairs.collect()
    }

    #[test]
    fn the_default_is_one_listener() {
        let args = parsed("").expect("valid");
        assert_eq!(listeners(&args), [("127.0.0.1:8080".to_owned(), 1)]);
    }

    #[test]
    fn listeners_have_ids_given_or_counted() {
        let args = parsed("--listen 127.0.0.1:80=7 --listen [::1]:81").expect("valid");
        let expected = [("127.0.0.1:80".to_owned(), 7), ("[::1]:81".to_owned(), 2)];
        assert_eq!(listeners(&args), expected);
    }

    #[test]
    fn options_are_read() {
        let args = parsed(
            "--threads 3 --shards --single --backend epoll --drain-timeout=2 --origin [::1]:3",
        );
        let args = args.expect("valid");
        assert_eq!((args.threads, args.shards, args.single), (Some(3), true, true));
        assert_eq!((args.backend, args.drain_timeout), (Backend::Epoll, Duration::from_secs(2)));
        assert_eq!(args.origin, "[::1]:3".parse().ok());
    }

    #[test]
    fn mistakes_are_named() {
        for (line, word) in [
            ("--listen nowhere", "nowhere"),
            ("--listen 127.0.0.1:1=x", "\"x\""),
            ("--backend kqueue", "kqueue"),
            ("--origin here", "here"),
            ("--threads many", "many"),
            ("--frobnicate", "frobnicate"),
        ] {
            let error = format!("{:#}", parsed(line).expect_err(line));
            assert!(error.contains(word), "{line}: {error}");
        }
    }
}

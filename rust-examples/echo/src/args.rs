//! The command line.

use anyhow::Context;
use lexopt::{Arg, Parser, ValueExt};
use std::ffi::OsString;
use std::net::SocketAddr;

pub const HELP: &str = "\
echo: send back what comes, over what zest accepts

Usage: echo [options]

  --listen ADDRESS  listen there; may be given many times (default 127.0.0.1:7007)
  --workers N       threads that talk, so the most connections at a time (default 64)
  -h, --help        this text

SIGTERM or Ctrl-C stops accepting, lets conversations end, and prints the receipt.
Exit code: 0 stopped as asked; 1 failed; 2 usage.
";

/// What the command line asks for.
#[derive(Debug)]
pub enum Wish {
    Serve(Args),
    Help,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Args {
    pub addresses: Vec<SocketAddr>,
    pub workers: u16,
}

/// Parse what follows the program's name.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> anyhow::Result<Wish> {
    let mut parser = Parser::from_args(arguments);
    let mut args = Args { addresses: Vec::new(), workers: 64 };
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Short('h') | Arg::Long("help") => return Ok(Wish::Help),
            Arg::Long("listen") => args.addresses.push(address(&parser.value()?.string()?)?),
            Arg::Long("workers") => args.workers = parser.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    if args.addresses.is_empty() {
        args.addresses.push(address("127.0.0.1:7007")?);
    }
    Ok(Wish::Serve(args))
}

fn address(text: &str) -> anyhow::Result<SocketAddr> {
    text.parse().with_context(|| format!("address {text:?}: want 127.0.0.1:7007 or [::1]:7007"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> anyhow::Result<Args> {
        match parse(line.split_whitespace().map(OsString::from))? {
            Wish::Serve(args) => Ok(args),
            Wish::Help => anyhow::bail!("help"),
        }
    }

    #[test]
    fn options_are_read() {
        let args = parsed("--listen [::1]:5 --workers 3").expect("valid");
        assert_eq!((args.addresses[0].to_string(), args.workers), ("[::1]:5".to_owned(), 3));
        assert_eq!(parsed("").expect("valid").addresses.len(), 1);
    }

    #[test]
    fn mistakes_are_named() {
        for (line, word) in [("--listen here", "here"), ("--workers -1", "-1"), ("--no", "no")] {
            let error = format!("{:#}", parsed(line).expect_err(line));
            assert!(error.contains(word), "{line}: {error}");
        }
    }
}

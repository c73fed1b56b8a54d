//! lemon: a Tokio host of zest. It serves HTTP/1.1 over the sockets that zest accepts, in one of
//! two ways: zest's accepting threads feed a runtime of many threads ([`threads`]), or each shard
//! has a thread with a runtime of its own, which also does the accepting ([`shards`]). With an
//! origin to stand before, it serves some connections itself and hands over others
//! ([`connection`]).

mod answer;
mod args;
mod banner;
mod connection;
mod connections;
mod drain;
mod front;
mod line;
mod logger;
mod look;
mod route;
mod shards;
mod signals;
mod tally;
mod threads;
mod tunnels;

use anyhow::Context;
use args::{Args, Wish};
use connections::Connections;
use front::Front;
use std::process::ExitCode;
use zest::Settings;

/// Why lemon ends, as its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Finished = 0,
    Cut = 1,
    Usage = 2,
    CannotListen = 3,
    Failed = 4,
}

fn main() -> ExitCode {
    let end = match args::parse(std::env::args_os().skip(1)) {
        Ok(Wish::Serve(args)) => serve(&args),
        Ok(Wish::Help) => {
            banner::say(args::HELP.trim_end());
            End::Finished
        }
        Ok(Wish::Version) => {
            banner::say(&banner::versions());
            End::Finished
        }
        Err(error) => {
            eprintln!("lemon: {error:#}; see lemon --help");
            End::Usage
        }
    };
    ExitCode::from(end as u8)
}

fn serve(args: &Args) -> End {
    logger::install();
    let served = if args.shards { shards::serve(args) } else { threads::serve(args) };
    served.unwrap_or_else(|error| {
        eprintln!("lemon: {error:#}");
        // Before it listens, zest's refusals carry the report of what was tried.
        let refused = error.downcast_ref::<zest::Error>().is_some();
        if refused { End::CannotListen } else { End::Failed }
    })
}

/// Nobody yet; and what stands before the origin.
fn connections(args: &Args) -> anyhow::Result<Connections> {
    let start = |origin| Front::start(origin, args.threads).context("start the proxy");
    Ok(Connections::new(args.origin.map(start).transpose()?))
}

/// What zest is asked for, in both ways.
fn settings(args: &Args) -> Settings {
    Settings {
        single_listener: args.single,
        threads_per_address: args.threads,
        backend: args.backend,
        ..Settings::default()
    }
}

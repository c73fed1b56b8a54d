//! echo: a blocking host of zest, without a runtime. A fixed number of worker threads take
//! connections from one acceptor and send back what they receive.

mod args;
mod conversation;
mod workers;

use args::{Args, Wish};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use zest::{Acceptor, Listener};

fn main() -> ExitCode {
    match args::parse(std::env::args_os().skip(1)) {
        Ok(Wish::Serve(args)) => match serve(&args) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("echo: {error:#}");
                ExitCode::FAILURE
            }
        },
        Ok(Wish::Help) => {
            say(args::HELP.trim_end());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("echo: {error:#}; see echo --help");
            ExitCode::from(2)
        }
    }
}

fn serve(args: &Args) -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let ids = 1..;
    let listeners = args.addresses.iter().zip(ids).map(|(at, id)| Listener::tcp(at).id(id));
    let acceptor = Acceptor::builder().listeners(listeners).listen()?;
    say(&acceptor.report().to_string());
    for row in acceptor.report().rows().iter().filter(|row| row.is_ok()) {
        say(&format!("echo: serving on {}", row.address));
    }

    let stopping = AtomicBool::new(false);
    thread::scope(|scope| {
        let worker = || scope.spawn(|| workers::work(&acceptor, &stopping));
        let workers: Vec<_> = (0..args.workers).map(|_| worker()).collect();
        signals.forever().next();
        stopping.store(true, Relaxed);
        let receipt = acceptor.shutdown(None)?;
        say(&format!("echo: receipt: {receipt}"));
        workers.into_iter().try_for_each(workers::join)
    })
}

/// One line, or more. A reader that has gone is no reason to end.
fn say(text: &str) {
    let _reader_may_have_gone = writeln!(std::io::stdout().lock(), "{text}");
}

//! The threads that talk.

use crate::conversation;
use anyhow::anyhow;
use std::net::TcpStream;
use std::sync::atomic::AtomicBool;
use std::thread::ScopedJoinHandle;
use zest::{Acceptor, Event};

/// Take connections until the acceptor is shut down, and talk over one at a time. A conversation
/// that its peer breaks off ends that conversation alone.
pub fn work(acceptor: &Acceptor, stopping: &AtomicBool) -> anyhow::Result<()> {
    for event in acceptor.incoming() {
        match event? {
            Event::Connection(accepted) => {
                let peer = accepted.remote.clone();
                let talk = conversation::echo(TcpStream::try_from(accepted)?, stopping);
                if let Err(error) = talk {
                    eprintln!("echo: {peer}: {error}");
                }
            }
            Event::ListenerFailed { error, .. } => eprintln!("echo: {error}"),
            other => eprintln!("echo: unknown event {other:?}"),
        }
    }
    Ok(())
}

/// Wait for a worker's end.
pub fn join(worker: ScopedJoinHandle<'_, anyhow::Result<()>>) -> anyhow::Result<()> {
    worker.join().map_err(|_| anyhow!("a worker panicked"))?
}

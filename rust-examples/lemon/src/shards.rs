//! Serving with a runtime per shard, which does the accepting as well.

use crate::args::Args;
use crate::connections::Connections;
use crate::drain::drain;
use crate::signals::Signals;
use crate::{End, banner, connections, settings};
use anyhow::{Context, anyhow};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use tokio::runtime::{self, Runtime};
use tokio_util::sync::{CancellationToken, DropGuard};
use zest::{Acceptor, AsyncShard, Listener, Receipt, Shard, ShardedAcceptor};

type Driver = JoinHandle<anyhow::Result<()>>;

pub fn serve(args: &Args) -> anyhow::Result<End> {
    one_thread()?.block_on(run(args))
}

async fn run(args: &Args) -> anyhow::Result<End> {
    let mut signals = Signals::new()?;
    let connections = connections(args)?;
    let listeners =
        args.listeners.iter().map(|l| Listener::tcp(l.listen_address).id(l.listener_id));
    let builder = Acceptor::builder().listeners(listeners).settings(settings(args));
    let (acceptor, shards) = builder.listen_sharded(args.threads.unwrap_or(0))?;
    banner::serving(acceptor.report());

    let driver_ended = CancellationToken::new();
    let start = |shard| start(shard, connections.clone(), driver_ended.clone().drop_guard());
    let drivers = shards.into_iter().map(start).collect::<anyhow::Result<Vec<Driver>>>()?;
    let name = tokio::select! {
        name = signals.next() => name,
        () = driver_ended.cancelled() => "a shard has ended",
    };
    banner::say(&format!("lemon: {name}: no more connections"));
    connections.stop();
    let ended = end(Arc::new(acceptor), drivers, args.drain_timeout);
    drain(ended, &connections, args.drain_timeout, &mut signals).await
}

/// A thread that drives one shard; it drops `ended` behind its end.
fn start(shard: Shard, connections: Connections, ended: DropGuard) -> anyhow::Result<Driver> {
    let thread = Builder::new().name(format!("lemon-shard-{}", shard.index()));
    let driver = thread.spawn(move || {
        let _ended = ended;
        one_thread()?.block_on(drive(shard, &connections))
    });
    driver.context("start a thread")
}

async fn drive(shard: Shard, connections: &Connections) -> anyhow::Result<()> {
    let shard = AsyncShard::new(shard.bind())?;
    while let Some(event) = shard.accept().await? {
        connections.take(event);
    }
    connections.ended().await;
    Ok(())
}

/// Shut zest down, which the drivers do, and wait for them: they serve what it still gives, and
/// wait for the end of all connections.
async fn end(
    acceptor: Arc<ShardedAcceptor>,
    drivers: Vec<Driver>,
    timeout: Duration,
) -> anyhow::Result<Receipt> {
    let ended = tokio::task::spawn_blocking(move || {
        let receipt = acceptor.shutdown(Some(timeout));
        for driver in drivers {
            driver.join().map_err(|_| anyhow!("a shard's thread panicked"))??;
        }
        anyhow::Ok(receipt?)
    });
    ended.await.context("wait for the shards")?
}

fn one_thread() -> anyhow::Result<Runtime> {
    runtime::Builder::new_current_thread().enable_all().build().context("start a runtime")
}

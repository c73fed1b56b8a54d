//! Serving with zest's accepting threads and a runtime of many threads.

use crate::args::Args;
use crate::connections::Connections;
use crate::drain::drain;
use crate::signals::Signals;
use crate::{End, banner, connections, settings};
use anyhow::{Context, bail};
use tokio::sync::mpsc;
use zest::{Accepted, Receipt, ZestService};

pub fn serve(args: &Args) -> anyhow::Result<End> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("start the runtime")?.block_on(run(args))
}

async fn run(args: &Args) -> anyhow::Result<End> {
    let mut signals = Signals::new()?;
    let connections = connections(args)?;
    let service = ZestService::builder()
        .listeners(args.listeners.clone())
        .engine(settings(args))
        .drain_timeout(args.drain_timeout);
    let (service, mut accepted) = service.listen_accepted().await?;
    banner::serving(service.report());

    let name = loop {
        tokio::select! {
            name = signals.next() => break name,
            accepted = accepted.recv() => match accepted {
                Some(accepted) => connections.spawn(accepted),
                None => bail!("zest has ended: {:?}", service.shutdown().await),
            },
        }
    };
    banner::say(&format!("lemon: {name}: no more connections"));
    connections.stop();
    let ended = end(&service, &mut accepted, &connections);
    drain(ended, &connections, args.drain_timeout, &mut signals).await
}

/// Shut zest down, serve what it still gives, and wait for the end of all connections.
async fn end(
    service: &ZestService,
    accepted: &mut mpsc::Receiver<Accepted>,
    connections: &Connections,
) -> anyhow::Result<Receipt> {
    let rest = async {
        while let Some(accepted) = accepted.recv().await {
            connections.spawn(accepted);
        }
    };
    let (receipt, ()) = tokio::join!(service.shutdown(), rest);
    connections.ended().await;
    receipt
}

//! `mixed ECHO_ADDRESS WEB_ADDRESS ORIGIN`: a Tokio host of zest.
//!
//! What zest accepts at the first address (listener 1) is echoed here, by a task each; what it
//! accepts at the second (listener 2) is handed to a proxy inside this process, which asks the
//! origin. SIGTERM or SIGINT: nothing new is accepted, what was accepted is served, and the counts
//! are printed. The same host stands in other languages in `examples/`.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::task::TaskTracker;
use zest::proxy::Proxy;
use zest::{Accepted, Acceptor, AsyncAcceptor, Event, Listener, Receipt, Settings};

const ECHO: u64 = 1;
const WEB: u64 = 2;
const PATIENCE: Duration = Duration::from_secs(5);

struct Host {
    acceptor: AsyncAcceptor,
    proxy: Arc<Proxy>,
    talking: TaskTracker,
}

impl Host {
    fn start(echo: &str, web: &str, origin: &str) -> Result<Self> {
        let config = format!(
            "workers = 1\n[[listener]]\nid = {WEB}\n[upstream.origin]\naddrs = [{origin:?}]\n\
             [[route]]\nupstream = \"origin\"\n"
        );
        let proxy = Arc::new(Proxy::builder().text(&config).start()?);
        // One thread per address: port 0 is one port then.
        let settings = Settings { threads_per_address: Some(1), ..Settings::default() };
        let acceptor = Acceptor::builder()
            .listener(Listener::tcp(echo).id(ECHO))
            .listener(Listener::tcp(web).id(WEB))
            .settings(settings)
            .listen()?;
        Ok(Self { acceptor: AsyncAcceptor::new(acceptor)?, proxy, talking: TaskTracker::new() })
    }

    fn listening(&self) -> BTreeMap<u64, String> {
        let rows = self.acceptor.acceptor().report().rows();
        rows.iter().map(|row| (row.listener_id, row.address.to_string())).collect()
    }

    /// Until all that was accepted has been taken; how many came to each listener.
    async fn take(&self) -> Result<BTreeMap<u64, u64>> {
        let mut served = BTreeMap::from([(ECHO, 0), (WEB, 0)]);
        while let Some(event) = self.acceptor.accept().await? {
            match event {
                Event::Connection(accepted) => {
                    *served.entry(accepted.listener_id).or_default() += 1;
                    self.serve(accepted)?;
                }
                Event::ListenerFailed { error, .. } => eprintln!("mixed: {error}"),
                _ => {}
            }
        }
        Ok(served)
    }

    fn serve(&self, accepted: Accepted) -> Result<()> {
        if accepted.listener_id == WEB {
            return Ok(self.proxy.serve(accepted, WEB)?);
        }
        let stream = accepted.into_tokio_tcp()?;
        self.talking.spawn(echo(stream));
        Ok(())
    }

    /// What has begun comes to its end; whether it did in time, and how many answers were good.
    async fn finish(&self) -> Result<(bool, u64)> {
        self.talking.close();
        let _late_ones_are_cut = tokio::time::timeout(PATIENCE, self.talking.wait()).await;
        let proxy = Arc::clone(&self.proxy);
        let drained = tokio::task::spawn_blocking(move || proxy.drain(Some(PATIENCE))).await??;
        Ok((drained.complete, self.proxy.stats()?.answers[2]))
    }
}

async fn echo(mut stream: TcpStream) {
    let (mut from, mut to) = stream.split();
    let _peer_may_have_gone = tokio::io::copy(&mut from, &mut to).await;
}

/// Accepts until a signal comes, and then what the kernel has queued.
async fn until_signal(host: &Host) -> Result<Receipt> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(host.acceptor.shutdown(Some(PATIENCE)).await?)
}

fn told<V: std::fmt::Debug>(counts: &BTreeMap<u64, V>) -> String {
    let pairs: Vec<_> = counts.iter().map(|(id, value)| format!("\"{id}\": {value:?}")).collect();
    format!("{{{}}}", pairs.join(", "))
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [echo, web, origin] = arguments.as_slice() else {
        bail!("mixed ECHO_ADDRESS WEB_ADDRESS ORIGIN");
    };
    let host = Host::start(echo, web, origin).context("start")?;
    println!("{{\"listening\": {}}}", told(&host.listening()));
    let (served, receipt) = tokio::try_join!(host.take(), until_signal(&host))?;
    let (drained, proxied) = host.finish().await?;
    println!(
        "{{\"served\": {}, \"accepted\": {}, \"complete\": {}, \"proxied\": {proxied}, \
         \"drained\": {}}}",
        told(&served),
        receipt.accepted,
        u8::from(receipt.complete),
        u8::from(drained),
    );
    Ok(())
}

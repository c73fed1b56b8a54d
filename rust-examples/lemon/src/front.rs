//! What stands before the origin: a proxy and tunnels of zest's, in this process.

use crate::tunnels::{self, Tunnels};
use std::fmt;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use zest::proxy::{Proxy, Receipt};

/// The listener of the proxy's configuration by whose rules it serves what lemon hands over.
const HANDED_OVER: u64 = 1;

/// lemon's own deadline comes first, and says so.
const BEHIND_LEMON: Duration = Duration::from_secs(1);

/// Clones share it; any thread.
#[derive(Debug, Clone)]
pub struct Front {
    proxy: Arc<Proxy>,
    tunnels: Tunnels,
}

/// What it has done, at its end.
#[derive(Debug)]
pub struct Summary {
    connections: u64,
    answers: u64,
    proxy: Receipt,
    tunnels: tunnels::Summary,
}

impl Front {
    /// In a runtime that stays until all has ended.
    pub fn start(origin: SocketAddr, threads: Option<u32>) -> anyhow::Result<Self> {
        let workers = threads.map(|count| format!("workers = {count}\n")).unwrap_or_default();
        let config = format!(
            "{workers}[[listener]]\nid = {HANDED_OVER}\n\
             [upstream.origin]\naddrs = [\"{origin}\"]\n\
             [[route]]\npath = \"/proxied/\"\nupstream = \"origin\"\n"
        );
        let proxy = Proxy::builder().name("lemon's proxy").text(config).start()?;
        Ok(Self { proxy: Arc::new(proxy), tunnels: Tunnels::start(origin, threads)? })
    }

    /// The proxy serves this connection from its first byte on, until its end.
    pub fn hand_over(&self, stream: TcpStream) -> zest::Result<()> {
        self.proxy.serve(stream, HANDED_OVER)
    }

    pub fn tunnels(&self) -> &Tunnels {
        &self.tunnels
    }

    /// Let what was begun come to its end.
    pub async fn drain(&self, deadline: Duration) -> anyhow::Result<Summary> {
        let (proxy, limit) = (Arc::clone(&self.proxy), deadline + BEHIND_LEMON);
        let drained = tokio::task::spawn_blocking(move || proxy.drain(Some(limit)));
        let (drained, tunnels) = tokio::join!(drained, self.tunnels.drain(limit));
        let stats = self.proxy.stats()?;
        Ok(Summary {
            connections: stats.connections_accepted,
            answers: stats.answers[1..].iter().sum(),
            proxy: drained??,
            tunnels: tunnels?,
        })
    }

    /// End all of it now.
    pub fn cut(&self) -> zest::Result<()> {
        self.tunnels.cut();
        self.proxy.cut()
    }
}

impl Summary {
    pub fn is_clean(&self) -> bool {
        self.proxy.complete && self.tunnels.is_clean()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connections, answers, proxy, tunnels } = self;
        writeln!(
            f,
            "proxied: {connections} connections, {answers} requests answered; at the end \
             {} finished, {} were idle, {} cut",
            proxy.finished, proxy.closed_idle, proxy.forced
        )?;
        write!(f, "lemon: {tunnels}")
    }
}

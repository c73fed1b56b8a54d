//! Clients that are joined with the origin.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use zest::tunnel::{AsyncService, End, Service, Stats};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Clones share it; any thread, also of another runtime.
#[derive(Debug, Clone)]
pub struct Tunnels {
    origin: SocketAddr,
    service: Arc<AsyncService>,
    /// Of the runtime that outlives all others.
    runtime: Handle,
    cut: CancellationToken,
}

/// What was carried, at the end.
#[derive(Debug)]
pub struct Summary(Stats);

impl Tunnels {
    /// In a runtime that stays until all has ended.
    pub fn start(origin: SocketAddr, threads: Option<u32>) -> zest::Result<Self> {
        let service = Service::builder().threads(threads.unwrap_or(0)).start()?;
        Ok(Self {
            origin,
            service: Arc::new(AsyncService::new(service)?),
            runtime: Handle::current(),
            cut: CancellationToken::new(),
        })
    }

    /// A connection to the origin, for one client.
    pub async fn connect(&self) -> std::io::Result<TcpStream> {
        timeout(CONNECT_TIMEOUT, TcpStream::connect(self.origin)).await?
    }

    /// What one says the other is told, from what lies unread in their sockets on.
    pub fn join(&self, client: std::net::TcpStream, origin: TcpStream) {
        let tunnel = self.service.join(client, origin);
        let cut = self.cut.clone();
        self.runtime.spawn(async move {
            tokio::select! {
                ended = tunnel => if let Err(error) = ended {
                    eprintln!("lemon: a tunnel did not begin: {error}");
                },
                () = cut.cancelled() => {} // a tunnel that is dropped ends
            }
        });
    }

    /// No more of them; those that are there may come to their end.
    pub async fn drain(&self, limit: Duration) -> zest::Result<Summary> {
        self.service.shutdown(Some(limit)).await?;
        self.service.stats().map(Summary)
    }

    pub fn cut(&self) {
        self.cut.cancel();
    }
}

impl Summary {
    fn count(&self, end: End) -> u64 {
        self.0.ends[end.index()]
    }

    pub fn is_clean(&self) -> bool {
        self.count(End::Cancelled) + self.count(End::EndTimeout) == 0
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stats { joined, a_to_b, b_to_a, .. } = self.0;
        let (done, cut) = (self.count(End::Done), self.count(End::Cancelled));
        write!(
            f,
            "tunnels: {joined} joined, {a_to_b} bytes to the origin, {b_to_a} back; \
             {done} ended by both sides, {cut} cut, {} ended otherwise",
            joined.saturating_sub(done + cut)
        )
    }
}

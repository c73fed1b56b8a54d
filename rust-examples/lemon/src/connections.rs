//! All connections of lemon.

use crate::connection::{self, End};
use crate::front::{Front, Summary};
use crate::tally::Tally;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zest::{Accepted, Event};

/// Spawns a task per connection and waits for their end. Clones share all; any thread.
#[derive(Debug, Clone, Default)]
pub struct Connections {
    tasks: TaskTracker,
    stopping: CancellationToken,
    cut: CancellationToken,
    tally: Arc<Tally>,
    front: Option<Front>,
}

impl Connections {
    pub fn new(front: Option<Front>) -> Self {
        Self { front, ..Self::default() }
    }

    /// Serve a connection in the current runtime.
    pub fn spawn(&self, accepted: Accepted) {
        let Self { stopping, cut, tally, front, .. } = self.clone();
        self.tasks.spawn(async move {
            let end = tokio::select! {
                biased;
                end = connection::serve(accepted, front.as_ref(), &stopping, &tally) => end,
                () = cut.cancelled() => {
                    tally.cut.fetch_add(1, Relaxed);
                    return;
                }
            };
            let counter = match end {
                Ok(End::Finished) => &tally.finished,
                Ok(End::HandedOver) => return, // the proxy counts it
                Err(_) => &tally.broken,
            };
            counter.fetch_add(1, Relaxed);
        });
    }

    /// Serve what came, or tell of a listener that ended.
    pub fn take(&self, event: Event) {
        match event {
            Event::Connection(accepted) => self.spawn(accepted),
            Event::ListenerFailed { error, .. } => eprintln!("lemon: {error}"),
            other => eprintln!("lemon: unknown event {other:?}"),
        }
    }

    /// Let each connection end behind what it has in flight.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// End all connections now.
    pub fn cut(&self) {
        self.cut.cancel();
        if let Some(Err(error)) = self.front.as_ref().map(Front::cut) {
            eprintln!("lemon: {error}");
        }
    }

    /// Wait until every connection that is lemon's own has ended; no more are to come.
    pub async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Wait for those before the origin, once lemon's own have ended: until then one may join them.
    pub async fn front_ended(&self, deadline: Duration) -> anyhow::Result<Option<Summary>> {
        match &self.front {
            Some(front) => front.drain(deadline).await.map(Some),
            None => Ok(None),
        }
    }

    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}

//! The wish to stop, from the host's channel or from the handle.

use std::future::pending;
use tokio::sync::watch;

/// Both channels that can tell a pump to stop.
pub(super) struct Stop {
    /// The host's: a change or the drop of its sender means stop.
    pub(super) host: Option<watch::Receiver<()>>,
    /// The handle's: true means stop; its drop does not.
    pub(super) handle: watch::Receiver<bool>,
}

impl Stop {
    /// Ready once either is told; cancel-safe.
    pub(super) async fn wanted(&mut self) {
        let Self { host, handle } = self;
        tokio::select! {
            () = host_wants(host.as_mut()) => {}
            () = handle_wants(handle) => {}
        }
    }
}

async fn host_wants(host: Option<&mut watch::Receiver<()>>) {
    match host {
        // A change is Ok, the sender's drop an Err: both mean stop.
        Some(host) => drop(host.changed().await),
        None => pending().await,
    }
}

async fn handle_wants(handle: &mut watch::Receiver<bool>) {
    if handle.wait_for(|wanted| *wanted).await.is_err() {
        pending::<()>().await; // the handle is gone, and the host lives on without one
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    async fn is_wanted(stop: &mut Stop) -> bool {
        timeout(Duration::ZERO, stop.wanted()).await.is_ok()
    }

    #[tokio::test]
    async fn the_hosts_change_and_drop_mean_stop() {
        for change in [true, false] {
            let (host_sender, host) = watch::channel(());
            let (_handle_sender, handle) = watch::channel(false);
            let mut stop = Stop { host: Some(host), handle };
            assert!(!is_wanted(&mut stop).await);
            if change {
                host_sender.send(()).expect("a receiver");
            }
            drop(host_sender);
            assert!(is_wanted(&mut stop).await);
        }
    }

    #[tokio::test]
    async fn the_handles_wish_means_stop_and_its_drop_does_not() {
        let (sender, handle) = watch::channel(false);
        let mut stop = Stop { host: None, handle };
        drop(sender);
        assert!(!is_wanted(&mut stop).await);
        let (sender, handle) = watch::channel(false);
        let mut stop = Stop { host: None, handle };
        sender.send_replace(true);
        assert!(is_wanted(&mut stop).await);
    }
}

//! The graceful end, the same for both ways of serving.

use crate::End;
use crate::banner::say;
use crate::connections::Connections;
use crate::signals::Signals;
use std::time::Duration;
use tokio::time::sleep;
use zest::Receipt;

/// Wait for `ended`, which gives zest's receipt once the listeners have closed and all connections
/// that are lemon's own have ended; then for those before the origin. At the deadline, or at
/// another signal, what is left is cut.
pub async fn drain(
    ended: impl Future<Output = anyhow::Result<Receipt>>,
    connections: &Connections,
    deadline: Duration,
    signals: &mut Signals,
) -> anyhow::Result<End> {
    let ended = async { anyhow::Ok((ended.await?, connections.front_ended(deadline).await?)) };
    let mut ended = std::pin::pin!(ended);
    let (receipt, front): (Receipt, _) = tokio::select! {
        biased;
        done = ended.as_mut() => done?,
        () = sleep(deadline) => {
            say("lemon: the deadline is over: cutting what is left");
            connections.cut();
            ended.await?
        }
        name = signals.next() => {
            say(&format!("lemon: {name} again: cutting what is left"));
            connections.cut();
            ended.await?
        }
    };
    say(&format!("lemon: receipt: {receipt}"));
    say(&format!("lemon: {}", connections.tally()));
    if let Some(front) = &front {
        say(&format!("lemon: {front}"));
    }
    let clean = receipt.complete
        && !connections.tally().was_cut()
        && front.is_none_or(|front| front.is_clean());
    Ok(if clean { End::Finished } else { End::Cut })
}

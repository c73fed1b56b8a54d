//! One tunnel that a task awaits.

use super::Ended;
use super::pump::Shared;
use crate::{Error, Result, Status};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::oneshot;

pub(crate) type Joined = (u64, oneshot::Receiver<Ended>);

/// Two sockets that are joined. A future: how it ended. Dropping it before that ends it.
#[derive(Debug)]
#[must_use = "dropping a tunnel cuts it"]
pub struct Tunnel {
    shared: Arc<Shared>,
    state: State,
}

#[derive(Debug)]
enum State {
    Refused(Option<Error>),
    Open(Joined),
    Over,
}

impl Tunnel {
    pub(crate) fn new(shared: &Arc<Shared>, joined: Result<Joined>) -> Self {
        let state = match joined {
            Ok(joined) => State::Open(joined),
            Err(error) => State::Refused(Some(error)),
        };
        Self { shared: Arc::clone(shared), state }
    }

    /// Its id; none if it did not begin, or was awaited to its end.
    #[must_use]
    pub fn id(&self) -> Option<u64> {
        if let State::Open((id, _)) = &self.state { Some(*id) } else { None }
    }

    /// End it now; awaiting it tells what had passed.
    pub fn cancel(&self) {
        if let Some(id) = self.id() {
            // One that is over needs no end, and a forked child has none.
            drop(self.shared.service.cancel(id));
        }
    }

    /// Let it come to its end, but for no longer than its `end_timeout` from now.
    pub fn drain(&self) {
        if let Some(id) = self.id() {
            drop(self.shared.service.drain(id)); // as above
        }
    }

    /// Let it go on by itself.
    pub fn detach(mut self) {
        self.state = State::Over;
    }
}

impl Future for Tunnel {
    type Output = Result<Ended>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let over = || Error::new(Status::Closed, "nobody tells of this tunnel any more");
        let outcome = match &mut self.state {
            State::Refused(error) => Err(error.take().unwrap_or_else(over)),
            State::Over => Err(over()),
            State::Open((_, told)) => match Pin::new(told).poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(told) => told.map_err(|_| over()),
            },
        };
        self.state = State::Over;
        Poll::Ready(outcome)
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.cancel();
    }
}

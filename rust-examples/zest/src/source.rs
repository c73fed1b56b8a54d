//! What can be taken from: all queues of a service, or one shard.

use crate::handle::{Handle, check};
use crate::{Batch, Event, Next, Result, timeout};
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;
use zest_sys as sys;

/// The taking calls, over a shared handle.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    handle: Arc<Handle>,
    shard: Option<u32>,
}

impl Source {
    /// All queues of a service with threads.
    pub(crate) fn all(handle: Arc<Handle>) -> Self {
        Self { handle, shard: None }
    }

    /// One shard, or one thread's queue.
    pub(crate) fn shard(handle: Arc<Handle>, shard: u32) -> Self {
        Self { handle, shard: Some(shard) }
    }

    pub(crate) fn handle(&self) -> &Arc<Handle> {
        &self.handle
    }

    pub(crate) fn index(&self) -> u32 {
        self.shard.unwrap_or(0)
    }

    pub(crate) fn next(&self, limit: Option<Duration>) -> Result<Next<Event>> {
        let mut raw = sys::ZEST_CONNECTION_INIT;
        let (service, limit) = (self.handle.as_ptr(), timeout::to_ms(limit));
        let status = match self.shard {
            // SAFETY: the service lives as long as self, raw for the call.
            None => unsafe { sys::zest_next(service, &raw mut raw, limit) },
            // SAFETY: the same.
            Some(shard) => unsafe { sys::zest_shard_next(service, shard, &raw mut raw, limit) },
        };
        match Next::<()>::from_status(self.call(), status)? {
            // SAFETY: the call succeeded, so the fd it wrote is ours.
            Next::Ready(()) => unsafe { Event::from_raw(&raw) }.map(Next::Ready),
            Next::TimedOut => Ok(Next::TimedOut),
            Next::Closed => Ok(Next::Closed),
        }
    }

    /// What it took is in `batch`, to be drained.
    pub(crate) fn next_batch(
        &self,
        batch: &mut Batch,
        limit: Option<Duration>,
    ) -> Result<Next<()>> {
        let room = batch.empty();
        let (service, limit) = (self.handle.as_ptr(), timeout::to_ms(limit));
        let (out, capacity, mut count) = (room.as_mut_ptr(), room.len(), 0);
        let status = match self.shard {
            // SAFETY: the service lives as long as self, room and count for the call.
            None => unsafe { sys::zest_next_batch(service, out, capacity, &raw mut count, limit) },
            // SAFETY: the same.
            Some(shard) => unsafe {
                sys::zest_shard_next_batch(service, shard, out, capacity, &raw mut count, limit)
            },
        };
        let end = Next::<()>::from_status(self.call(), status)?;
        if let Next::Ready(()) = end {
            // SAFETY: the call succeeded and wrote the first count, whose fds are ours.
            unsafe { batch.fill(count) };
        }
        Ok(end)
    }

    /// Valid as long as the handle, which lives as long as self.
    pub(crate) fn event_fd(&self) -> Result<BorrowedFd<'_>> {
        let service = self.handle.as_ptr();
        let mut fd = -1;
        let status = match self.shard {
            // SAFETY: the service lives as long as self, fd for the call.
            None => unsafe { sys::zest_service_event_fd(service, &raw mut fd) },
            // SAFETY: the same.
            Some(shard) => unsafe { sys::zest_shard_event_fd(service, shard, &raw mut fd) },
        };
        check("event fd", status)?;
        // SAFETY: zest keeps it open until zest_service_free, which waits for self to go.
        Ok(unsafe { BorrowedFd::borrow_raw(fd) })
    }

    fn call(&self) -> &'static str {
        if self.shard.is_some() { "zest_shard_next" } else { "zest_next" }
    }
}

//! Room for many connections, to take them with one call.

use crate::{Event, Result};
use std::ops::Range;
use zest_sys as sys;

/// Room for connections, made once and used again for each
/// [`next_batch`](crate::Acceptor::next_batch).
///
/// It owns what was taken into it: what is not drained from it is closed.
#[derive(Debug)]
pub struct Batch {
    room: Vec<sys::zest_connection>,
    taken: Range<usize>,
}

impl Batch {
    /// Room for `capacity` connections, at least one.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { room: vec![sys::ZEST_CONNECTION_INIT; capacity.max(1)], taken: 0..0 }
    }

    /// How many it has room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.room.len()
    }

    /// Close what is left in it and give its room to be written.
    pub(crate) fn empty(&mut self) -> &mut [sys::zest_connection] {
        self.close_rest();
        self.room[0].struct_size = sys::ZEST_CONNECTION_INIT.struct_size;
        &mut self.room
    }

    /// The first `count` were written.
    ///
    /// # Safety
    ///
    /// Each of them holds an fd that nobody else owns, or -1.
    pub(crate) unsafe fn fill(&mut self, count: usize) {
        self.taken = 0..count.min(self.room.len());
    }

    /// What was written last.
    pub(crate) fn drain(&mut self) -> Drain<'_> {
        Drain { batch: self }
    }

    fn pop(&mut self) -> Option<Result<Event>> {
        let index = self.taken.next()?;
        // SAFETY: fill's promise; the range gives each index once.
        Some(unsafe { Event::from_raw(&self.room[index]) })
    }

    fn close_rest(&mut self) {
        while let Some(event) = self.pop() {
            drop(event);
        }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.close_rest();
    }
}

/// What one call took: an iterator over [`Event`]s. What it has not given when it is dropped is
/// closed. A failed listener comes alone.
#[derive(Debug)]
pub struct Drain<'a> {
    batch: &'a mut Batch,
}

impl Iterator for Drain<'_> {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Result<Event>> {
        self.batch.pop()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.batch.taken.size_hint()
    }
}

impl ExactSizeIterator for Drain<'_> {}

impl Drop for Drain<'_> {
    fn drop(&mut self) {
        self.batch.close_rest();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Protocol;
    use crate::accepted::tests::raw_pair;
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    fn fill(batch: &mut Batch, count: usize) -> Vec<UnixStream> {
        let room = batch.empty();
        let mut others = Vec::new();
        for to in room.iter_mut().take(count) {
            let (raw, other) = raw_pair(Protocol::Unix);
            *to = raw;
            others.push(other);
        }
        others
    }

    fn is_closed(other: &mut UnixStream) -> bool {
        other.read(&mut [0]).expect("read") == 0
    }

    #[test]
    fn what_a_drain_does_not_give_is_closed() {
        let mut batch = Batch::with_capacity(3);
        let mut others = fill(&mut batch, 3);
        // SAFETY: fill gave the fds away.
        unsafe { batch.fill(3) };
        let mut drain = batch.drain();
        assert_eq!(drain.len(), 3);
        let first = drain.next().expect("one").expect("a connection");
        drop(drain);
        assert!(others[1..].iter_mut().all(is_closed));
        drop(first);
        assert!(is_closed(&mut others[0]));
    }

    #[test]
    fn a_forgotten_drain_leaves_its_rest_to_the_batch() {
        let mut batch = Batch::with_capacity(2);
        let mut others = fill(&mut batch, 2);
        // SAFETY: fill gave the fds away.
        unsafe { batch.fill(2) };
        std::mem::forget(batch.drain());
        drop(batch);
        assert!(others.iter_mut().all(is_closed));
    }

    #[test]
    fn there_is_always_room_for_one() {
        assert_eq!(Batch::with_capacity(0).capacity(), 1);
    }
}

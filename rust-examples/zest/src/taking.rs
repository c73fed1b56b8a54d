//! The calls that take, for every type that can be taken from.

/// The blocking calls over `self.source()`.
macro_rules! taking {
    ($type:ty) => {
        impl $type {
            /// Wait without limit for what comes next; `None` once shut down and drained.
            ///
            /// # Errors
            ///
            /// A fork in between, or a defect of zest.
            pub fn next(&self) -> $crate::Result<Option<$crate::Event>> {
                Ok(self.source().next(None)?.ready())
            }

            /// Wait for what comes next, at most `timeout`; zero does not wait.
            ///
            /// # Errors
            ///
            /// As [`next`](Self::next).
            pub fn next_timeout(
                &self,
                timeout: std::time::Duration,
            ) -> $crate::Result<$crate::Next<$crate::Event>> {
                self.source().next(Some(timeout))
            }

            /// Take as many as are there and `batch` has room for; wait at most `timeout` (`None`:
            /// without limit) for the first. What was left in `batch` is closed.
            ///
            /// # Errors
            ///
            /// As [`next`](Self::next).
            pub fn next_batch<'a>(
                &self,
                batch: &'a mut $crate::Batch,
                timeout: Option<std::time::Duration>,
            ) -> $crate::Result<$crate::Next<$crate::Drain<'a>>> {
                Ok(self.source().next_batch(batch, timeout)?.map(|()| batch.drain()))
            }

            /// All that comes until shut down and drained; waits without limit for each.
            #[must_use]
            pub fn incoming(&self) -> $crate::Incoming<'_> {
                $crate::Incoming::new(self.source())
            }

            /// The fd that polls readable (`POLLIN`, level-triggered) while a taking call would not
            /// wait: for an event loop of your own. When it is readable, take until
            /// [`TimedOut`](crate::Next::TimedOut): only that arms it again. Never read or write
            /// it.
            ///
            /// # Errors
            ///
            /// As [`next`](Self::next).
            pub fn event_fd(&self) -> $crate::Result<std::os::fd::BorrowedFd<'_>> {
                self.source().event_fd()
            }
        }
    };
}

pub(crate) use taking;

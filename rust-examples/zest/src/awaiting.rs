//! The calls that await, for every type that can be awaited.

/// `accept`, `accept_batch` and `Stream` over `self.watched`.
macro_rules! awaiting {
    ($type:ty) => {
        impl $type {
            /// What comes next; `None` once shut down and drained.
            ///
            /// Cancel-safe: dropping the future before it is ready loses nothing.
            ///
            /// # Errors
            ///
            /// A fork in between, a defect of zest, or the end of the runtime.
            pub async fn accept(&self) -> $crate::Result<Option<$crate::Event>> {
                self.watched.accept().await
            }

            /// As many as are there and `batch` has room for, at least one; `None` once shut down
            /// and drained. What was left in `batch` is closed. Cancel-safe, as
            /// [`accept`](Self::accept).
            ///
            /// # Errors
            ///
            /// As [`accept`](Self::accept).
            pub async fn accept_batch<'a>(
                &self,
                batch: &'a mut $crate::Batch,
            ) -> $crate::Result<Option<$crate::Drain<'a>>> {
                self.watched.accept_batch(batch).await
            }
        }

        /// Ends once shut down and drained.
        impl futures_core::Stream for $type {
            type Item = $crate::Result<$crate::Event>;

            fn poll_next(
                self: std::pin::Pin<&mut Self>,
                context: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Self::Item>> {
                self.watched.poll_accept(context)
            }
        }
    };
}

pub(crate) use awaiting;

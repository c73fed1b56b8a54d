//! The calls that watch and end a service, for both kinds of acceptors.

/// Report, counters and shutdown over `self.handle()` and `self.report`.
macro_rules! control {
    ($type:ty) => {
        impl $type {
            /// How each listening socket came up.
            #[must_use]
            pub fn report(&self) -> &$crate::Report {
                &self.report
            }

            /// Counters of the service.
            ///
            /// # Errors
            ///
            /// A fork in between, or a defect of zest.
            pub fn stats(&self) -> $crate::Result<$crate::Stats> {
                self.handle().stats()
            }

            /// Counters of one shard, 0 to [`shard_count`](Self::shard_count) - 1.
            ///
            /// # Errors
            ///
            /// No such shard; else as [`stats`](Self::stats).
            pub fn shard_stats(&self, shard: u32) -> $crate::Result<$crate::ShardStats> {
                self.handle().shard_stats(shard)
            }

            /// How many shards there are: one per thread that accepts.
            ///
            /// # Errors
            ///
            /// As [`stats`](Self::stats).
            pub fn shard_count(&self) -> $crate::Result<u32> {
                self.handle().shard_count()
            }

            /// Tell what this shard has open, for
            /// [`Steering::LessLoaded`](crate::Steering::LessLoaded): the count of the host's
            /// connections, say, whenever it changes. Without that steering it does nothing.
            ///
            /// # Errors
            ///
            /// As [`shard_stats`](Self::shard_stats).
            pub fn set_load(&self, shard: u32, load: u32) -> $crate::Result<()> {
                self.handle().set_load(shard, load)
            }

            /// Stop accepting without losing what has begun: new handshakes are held off, what the
            /// kernel has queued is accepted, then the listeners close. Blocks for that, at most
            /// `timeout` (`None`: 10 s), then closes all the same; the receipt tells. What is
            /// accepted can still be taken; the takers end after the last. While a full queue, or
            /// a shard, holds things up, other threads must be taking.
            ///
            /// From async code, run it in `spawn_blocking`. A second call waits likewise and gives
            /// the same receipt.
            ///
            /// # Errors
            ///
            /// A fork in between, or a defect of zest.
            pub fn shutdown(
                &self,
                timeout: Option<std::time::Duration>,
            ) -> $crate::Result<$crate::Receipt> {
                self.handle().shutdown(timeout)
            }
        }

        /// Shuts down at once, and joins the threads unless others still share the service.
        impl Drop for $type {
            fn drop(&mut self) {
                self.handle().stop();
            }
        }
    };
}

pub(crate) use control;

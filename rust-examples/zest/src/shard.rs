//! A shard, which one thread of the host drives.

use crate::Result;
use crate::handle::Handle;
use crate::source::Source;
use crate::taking::taking;
use std::marker::PhantomData;
use std::sync::Arc;

/// A socket of every address, not yet driven: move it to the thread that is to drive it, and
/// [`bind`](Self::bind) it there.
#[derive(Debug)]
#[must_use = "a shard that nobody drives leaves its connections waiting"]
pub struct Shard {
    source: Source,
}

/// A shard in the thread that drives it: the taking calls do the accepting, in this thread.
///
/// The C API answers `ZEST_WRONG_THREAD` to any other thread; here the compiler does, since a
/// driver is not `Send`:
///
/// ```compile_fail,E0277
/// # use zest::{Acceptor, Listener};
/// let builder = Acceptor::builder().listener(Listener::tcp("127.0.0.1:0"));
/// let (_acceptor, mut shards) = builder.listen_sharded(1).unwrap();
/// let driver = shards.remove(0).bind();
/// std::thread::spawn(move || driver.next()); // `*mut ()` cannot be sent between threads safely
/// ```
#[derive(Debug)]
pub struct ShardDriver {
    source: Source,
    one_thread: PhantomData<*mut ()>,
}

impl Shard {
    /// Which shard it is.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.source.index()
    }

    /// Bind it to the calling thread.
    #[must_use]
    pub fn bind(self) -> ShardDriver {
        ShardDriver { source: self.source, one_thread: PhantomData }
    }

    pub(crate) fn new(handle: Arc<Handle>, index: u32) -> Self {
        Self { source: Source::shard(handle, index) }
    }
}

taking!(ShardDriver);

impl ShardDriver {
    /// Which shard it is.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.source.index()
    }

    /// Tell what this shard has open, for [`Steering::LessLoaded`](crate::Steering::LessLoaded).
    ///
    /// # Errors
    ///
    /// A fork in between, or a defect of zest.
    pub fn set_load(&self, load: u32) -> Result<()> {
        self.source.handle().set_load(self.index(), load)
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }
}

//! What a proxy is started from.

use super::hook::{Claim, Hooks, Verdict};
use super::record::{Tell, tell};
use super::request::Asked;
use super::{Failed, Proxy, Record};
use crate::text;
use crate::{Error, Status};
use std::ffi::{CString, c_char, c_void};
use std::path::PathBuf;
use std::{fmt, ptr};
use zest_sys as sys;

const PROBLEMS_SIZE: usize = 16384;

/// The configuration of a [`Proxy`]: TOML as of `zproxy.toml`, in text or in a file; and who is
/// told of each exchange.
#[derive(Default)]
#[must_use]
pub struct Builder {
    source: Source,
    name: String,
    log: Option<Box<Tell>>,
    hooks: Hooks,
    protocol_names: Vec<String>,
}

#[derive(Debug, Default)]
enum Source {
    #[default]
    None,
    Text(String),
    File(PathBuf),
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Builder {
    /// The configuration itself.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.source = Source::Text(text.into());
        self
    }

    /// What the text is called where it is wrong.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The file that holds it.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.source = Source::File(path.into());
        self
    }

    /// Called by the proxy's threads, several at once, at the end of each exchange. It holds up the
    /// other connections of its thread until it returns, and aborts the process if it panics.
    pub fn log(mut self, log: impl Fn(&Record<'_>) + Send + Sync + 'static) -> Self {
        self.log = Some(Box::new(Box::new(log)));
        self
    }

    /// Asked by the proxy's threads, several at once, about each request of a route with a hook,
    /// before it is queued. It holds up the other connections of its thread until it returns, and
    /// aborts the process if it panics.
    pub fn hook(mut self, hook: impl Fn(&Asked<'_>) -> Verdict + Send + Sync + 'static) -> Self {
        self.hooks.hook = Some(Box::new(Box::new(hook)));
        self
    }

    /// A protocol of this program's own: asked, as a hook is, with a listener's id and the first
    /// bytes of a connection, before HTTP is. What it claims comes by the queue.
    pub fn protocol(
        mut self,
        name: impl Into<String>,
        claims: impl Fn(u64, &[u8]) -> Claim + Send + Sync + 'static,
    ) -> Self {
        self.protocol_names.push(name.into());
        self.hooks.protocols.push((CString::default(), Box::new(Box::new(claims))));
        self
    }

    /// Bind, start the threads, listen.
    ///
    /// # Errors
    /// The configuration is wrong, or an address or a file cannot be had.
    pub fn start(mut self) -> Result<Proxy, Failed> {
        let log = self.log.take();
        let context = log
            .as_deref()
            .map_or(ptr::null_mut(), |log| ptr::from_ref(log).cast_mut().cast::<c_void>());
        for (protocol, name) in self.hooks.protocols.iter_mut().zip(&self.protocol_names) {
            protocol.0 = c_string(name)?;
        }
        let hooks = std::mem::take(&mut self.hooks);
        let protocols = hooks.protocols_raw();
        let raw_hooks = hooks.raw(&protocols);
        let mut handle = ptr::null_mut();
        let warnings = self.call(log.is_some().then_some(context), |config, said, error| {
            // SAFETY: config is a struct of the caller's, which is copied.
            let mut config = unsafe { *config };
            config.hooks = &raw const raw_hooks;
            // SAFETY: all are borrowed for the call, but log, hooks and their contexts, which live
            // in boxes that the proxy keeps until its threads are gone.
            unsafe { sys::zest_proxy_start(&raw const config, &raw mut handle, said, error) }
        })?;
        Ok(Proxy::new(handle, log, hooks, warnings))
    }

    /// What a start would find wrong with the configuration and its files; else its warnings.
    ///
    /// # Errors
    /// The configuration is wrong, or a file cannot be had.
    pub fn check(self) -> Result<Vec<String>, Failed> {
        self.call(None, |config, said, error| {
            // SAFETY: all are borrowed for the call.
            unsafe { sys::zest_proxy_check(config, said, error) }
        })
    }

    /// Makes a call with this configuration; the lines that it says are warnings, or problems.
    pub(crate) fn call(
        &self,
        context: Option<*mut c_void>,
        call: impl FnOnce(
            *const sys::zest_proxy_config,
            *mut sys::zest_proxy_text,
            *mut sys::zest_error,
        ) -> sys::zest_status,
    ) -> Result<Vec<String>, Failed> {
        let (name, path) = (c_string(&self.name)?, self.path()?);
        let mut config = sys::ZEST_PROXY_CONFIG_INIT;
        if let Source::Text(text) = &self.source {
            (config.text, config.text_size) = (text.as_ptr().cast(), text.len());
        }
        config.name = if self.name.is_empty() { ptr::null() } else { name.as_ptr() };
        config.path = path.as_ref().map_or(ptr::null(), |path| path.as_ptr());
        if let Some(context) = context {
            config.log = Some(tell);
            config.log_context = context;
        }
        let mut bytes: Vec<c_char> = vec![0; PROBLEMS_SIZE];
        let mut said =
            sys::zest_proxy_text { bytes: bytes.as_mut_ptr(), size: bytes.len(), needed: 0 };
        let mut error = sys::zest_error { code: 0, os_errno: 0, message: [0; 256] };
        let status = call(&raw const config, &raw mut said, &raw mut error);
        let lines = text::from_field(&bytes);
        if status == sys::ZEST_OK {
            return Ok(lines.lines().map(str::to_owned).collect());
        }
        Err(Failed::new(Error::from_raw(status, &error), lines))
    }

    fn path(&self) -> Result<Option<CString>, Failed> {
        use std::os::unix::ffi::OsStrExt;
        let Source::File(path) = &self.source else { return Ok(None) };
        c_string(path.as_os_str().as_bytes()).map(Some)
    }
}

fn c_string(bytes: impl AsRef<[u8]>) -> Result<CString, Failed> {
    CString::new(bytes.as_ref())
        .map_err(|_| Error::new(Status::InvalidArgument, "a zero byte in a name").into())
}

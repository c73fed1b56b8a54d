//! Contexts: made once, used by all connections.

use super::raw::RawConfig;
use super::{ClientConfig, ServerConfig};
use crate::{Error, Result, text};
use std::ffi::c_char;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use zest_sys as sys;

#[derive(Debug)]
pub(crate) struct Handle(NonNull<sys::zest_tls_context>);

// SAFETY: the header allows every call from any thread, and drop is last.
unsafe impl Send for Handle {}
// SAFETY: the same; a context does not change.
unsafe impl Sync for Handle {}

type Make = unsafe extern "C" fn(
    *const sys::zest_tls_config,
    *mut *mut sys::zest_tls_context,
    *mut sys::zest_error,
) -> sys::zest_status;

impl Handle {
    fn new(raw: &RawConfig, make: Make) -> Result<Self> {
        let mut context = ptr::null_mut();
        let mut error = sys::zest_error { code: 0, os_errno: 0, message: [0; 256] };
        // SAFETY: raw owns all that its config points to; the rest lives for the call.
        let status = unsafe { make(&raw const raw.config, &raw mut context, &raw mut error) };
        match NonNull::new(context) {
            Some(context) if status == sys::ZEST_OK => Ok(Self(context)),
            _ => Err(Error::from_raw(status, &error)),
        }
    }

    pub(crate) fn as_ptr(&self) -> *const sys::zest_tls_context {
        self.0.as_ptr()
    }

    fn text(&self) -> Result<String> {
        let mut size = 256;
        loop {
            let (mut bytes, mut needed): (Vec<c_char>, _) = (vec![0; size], 0);
            // SAFETY: the context lives as long as self, bytes and needed for the call.
            let status = unsafe {
                sys::zest_tls_context_text(self.as_ptr(), bytes.as_mut_ptr(), size, &raw mut needed)
            };
            match status {
                sys::ZEST_OK => return Ok(text::from_field(&bytes)),
                sys::ZEST_INVALID_ARGUMENT if needed > size => size = needed,
                _ => return Err(Error::from_status("zest_tls_context_text", status)),
            }
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut context = self.0.as_ptr();
        // SAFETY: nobody else has the handle any more.
        unsafe { sys::zest_tls_context_free(&raw mut context) };
    }
}

/// How connections are served; cheap to clone.
#[derive(Debug, Clone)]
pub struct ServerContext(pub(crate) Arc<Handle>);

impl ServerContext {
    /// Reads the files of a configuration.
    ///
    /// # Errors
    /// What is wrong with it, or with them.
    pub fn new(config: &ServerConfig) -> Result<Self> {
        let handle = Handle::new(&RawConfig::server(config)?, sys::zest_tls_context_server)?;
        Ok(Self(Arc::new(handle)))
    }

    /// Lines for the operator: certificates that expire soon, who does the records and why.
    ///
    /// # Errors
    /// The process has forked since it was made.
    pub fn text(&self) -> Result<String> {
        self.0.text()
    }
}

/// How servers are spoken to; cheap to clone.
#[derive(Debug, Clone)]
pub struct ClientContext(pub(crate) Arc<Handle>);

impl ClientContext {
    /// Reads the files of a configuration.
    ///
    /// # Errors
    /// What is wrong with it, or with them.
    pub fn new(config: &ClientConfig) -> Result<Self> {
        let handle = Handle::new(&RawConfig::client(config)?, sys::zest_tls_context_client)?;
        Ok(Self(Arc::new(handle)))
    }

    /// As [`ServerContext::text`].
    ///
    /// # Errors
    /// The process has forked since it was made.
    pub fn text(&self) -> Result<String> {
        self.0.text()
    }
}

//! One connection, step by step.

use super::context::Handle;
use super::{ClientContext, Facts, Records, ServerContext};
use crate::{Error, Result};
use std::ffi::CString;
use std::os::fd::AsRawFd;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use zest_sys as sys;

/// What came of a call that does not wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<T> {
    /// It is done.
    Done(T),
    /// Call again when the socket is readable.
    WantRead,
    /// Call again when the socket is writable.
    WantWrite,
}

/// TLS on a socket. No call waits, whether the socket is non-blocking or not.
#[derive(Debug)]
pub struct Connection<S> {
    tls: NonNull<sys::zest_tls>,
    _context: Arc<Handle>,
    socket: S, // behind tls: it is closed last
}

// SAFETY: the header allows a connection on any thread, one at a time; what takes &self changes
// nothing.
unsafe impl<S: Send> Send for Connection<S> {}
// SAFETY: the same.
unsafe impl<S: Sync> Sync for Connection<S> {}

type ErrorOf<'a> = &'a mut sys::zest_error;

impl<S: AsRawFd> Connection<S> {
    /// The serving side; the handshake is still to come.
    ///
    /// # Errors
    /// Memory is short, or the process has forked.
    pub fn server(context: &ServerContext, socket: S) -> Result<Self> {
        let fd = socket.as_raw_fd();
        Self::new(&context.0, socket, |context, tls, error| {
            // SAFETY: the context lives, the rest is borrowed for the call; the fd outlives tls.
            unsafe { sys::zest_tls_server(context, fd, tls, error) }
        })
    }

    /// The client's side, which asks for this name and looks for it in the server's certificate: a
    /// DNS name or an IP address.
    ///
    /// # Errors
    /// No such name can be, memory is short, or the process has forked.
    pub fn client(context: &ClientContext, socket: S, server_name: &str) -> Result<Self> {
        let fd = socket.as_raw_fd();
        let name =
            CString::new(server_name).map_err(|_| Error::invalid("a zero byte in a name"))?;
        Self::new(&context.0, socket, |context, tls, error| {
            // SAFETY: as above.
            unsafe { sys::zest_tls_client(context, fd, name.as_ptr(), tls, error) }
        })
    }

    fn new(
        context: &Arc<Handle>,
        socket: S,
        make: impl FnOnce(
            *const sys::zest_tls_context,
            *mut *mut sys::zest_tls,
            *mut sys::zest_error,
        ) -> sys::zest_status,
    ) -> Result<Self> {
        let mut tls = ptr::null_mut();
        let mut error = no_error();
        let status = make(context.as_ptr(), &raw mut tls, &raw mut error);
        match NonNull::new(tls) {
            Some(tls) if status == sys::ZEST_OK => {
                Ok(Self { tls, _context: Arc::clone(context), socket })
            }
            _ => Err(Error::from_raw(status, &error)),
        }
    }
}

impl<S> Connection<S> {
    /// Go on with the handshake.
    ///
    /// # Errors
    /// Either side has refused the other, or the connection is broken.
    pub fn handshake(&mut self) -> Result<Step<Records>> {
        let mut mode = sys::ZEST_TLS_USER;
        let step = call(|error| {
            // SAFETY: tls lives as long as self, mode and error for the call.
            unsafe { sys::zest_tls_handshake(self.tls.as_ptr(), &raw mut mode, error) }
        })?;
        let records = if mode == sys::ZEST_TLS_KERNEL { Records::Kernel } else { Records::User };
        Ok(step.map(|()| records))
    }

    /// Read; no bytes are the end that the peer has said. Read until `WantRead` before waiting for
    /// the socket.
    ///
    /// # Errors
    /// [`Status::TlsTruncated`](crate::Status::TlsTruncated) where the connection ended without
    /// that; a record that cannot be opened; a broken connection.
    pub fn read(&mut self, bytes: &mut [u8]) -> Result<Step<usize>> {
        let (at, size, mut got) = (bytes.as_mut_ptr().cast(), bytes.len(), 0);
        if size == 0 {
            return Ok(Step::Done(0));
        }
        let mut closed = false;
        let step = call(|error| {
            // SAFETY: tls lives as long as self, the rest for the call.
            let status =
                unsafe { sys::zest_tls_read(self.tls.as_ptr(), at, size, &raw mut got, error) };
            closed = status == sys::ZEST_CLOSED;
            if closed { sys::ZEST_OK } else { status }
        })?;
        Ok(step.map(|()| if closed { 0 } else { got }))
    }

    /// Write, and tell how much was taken, which is maybe not sent yet: see [`flush`](Self::flush).
    ///
    /// # Errors
    /// The connection is broken, or was shut down.
    pub fn write(&mut self, bytes: &[u8]) -> Result<Step<usize>> {
        let (at, size, mut taken) = (bytes.as_ptr().cast(), bytes.len(), 0);
        let step = call(|error| {
            // SAFETY: as above.
            unsafe { sys::zest_tls_write(self.tls.as_ptr(), at, size, &raw mut taken, error) }
        })?;
        Ok(if taken > 0 { Step::Done(taken) } else { step.map(|()| 0) })
    }

    /// How many bytes [`read`](Self::read) would give without looking at the socket.
    ///
    /// # Errors
    /// The process has forked since.
    pub fn pending(&self) -> Result<usize> {
        let mut bytes = 0;
        // SAFETY: tls lives as long as self, bytes for the call.
        let status = unsafe { sys::zest_tls_pending(self.tls.as_ptr(), &raw mut bytes) };
        match status {
            sys::ZEST_OK => Ok(bytes),
            _ => Err(Error::from_status("zest_tls_pending", status)),
        }
    }

    /// Send what was taken.
    ///
    /// # Errors
    /// The connection is broken.
    pub fn flush(&mut self) -> Result<Step<()>> {
        // SAFETY: tls lives as long as self, error for the call.
        call(|error| unsafe { sys::zest_tls_flush(self.tls.as_ptr(), error) })
    }

    /// Say that no more comes; the peer may still be read.
    ///
    /// # Errors
    /// The connection is broken.
    pub fn shutdown(&mut self) -> Result<Step<()>> {
        // SAFETY: as above.
        call(|error| unsafe { sys::zest_tls_shutdown(self.tls.as_ptr(), error) })
    }

    /// After [`Records::Kernel`]: a receive on the socket has failed with `EIO`. False: the peer
    /// sends no more.
    ///
    /// # Errors
    /// The peer has failed, or asks for what the kernel cannot.
    pub fn hear(&mut self) -> Result<bool> {
        let mut open = true;
        call(|error| {
            // SAFETY: as above.
            let status = unsafe { sys::zest_tls_hear(self.tls.as_ptr(), error) };
            open = status != sys::ZEST_CLOSED;
            if open { status } else { sys::ZEST_OK }
        })?;
        Ok(open)
    }

    /// What the handshake has settled.
    ///
    /// # Errors
    /// It is not over.
    pub fn facts(&self) -> Result<Facts> {
        let mut raw = sys::ZEST_TLS_FACTS_INIT;
        // SAFETY: tls lives as long as self, raw for the call.
        let status = unsafe { sys::zest_tls_facts_get(self.tls.as_ptr(), &raw mut raw) };
        if status != sys::ZEST_OK {
            return Err(Error::from_status("zest_tls_facts_get", status));
        }
        // SAFETY: tls has just written them.
        Ok(unsafe { Facts::from_raw(&raw) })
    }

    /// The socket. Its bytes are plain where the kernel does the records.
    pub fn socket(&self) -> &S {
        &self.socket
    }
}

impl<S> Drop for Connection<S> {
    fn drop(&mut self) {
        let mut tls = self.tls.as_ptr();
        // SAFETY: nobody else has the handle.
        unsafe { sys::zest_tls_free(&raw mut tls) };
    }
}

impl<T> Step<T> {
    fn map<U>(self, turn: impl FnOnce(T) -> U) -> Step<U> {
        match self {
            Self::Done(value) => Step::Done(turn(value)),
            Self::WantRead => Step::WantRead,
            Self::WantWrite => Step::WantWrite,
        }
    }
}

fn no_error() -> sys::zest_error {
    sys::zest_error { code: 0, os_errno: 0, message: [0; 256] }
}

fn call(make: impl FnOnce(ErrorOf<'_>) -> sys::zest_status) -> Result<Step<()>> {
    let mut error = no_error();
    match make(&mut error) {
        sys::ZEST_OK => Ok(Step::Done(())),
        sys::ZEST_WANT_READ => Ok(Step::WantRead),
        sys::ZEST_WANT_WRITE => Ok(Step::WantWrite),
        status => Err(Error::from_raw(status, &error)),
    }
}

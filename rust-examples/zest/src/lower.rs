//! A configuration in the C form.

use crate::listener::Place;
use crate::{Listener, Result, Settings};
use std::ffi::CString;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr;
use zest_sys as sys;

/// What the C structs point to, and the fds that `zest_listen` takes.
pub(crate) struct Lowered {
    listeners: Vec<LoweredListener>,
    settings: sys::zest_settings,
    socket_options: sys::zest_socket_options,
}

struct LoweredListener {
    config: sys::zest_listener_config,
    address: Option<CString>,
    socket_options: Option<sys::zest_socket_options>,
    adopted: Option<OwnedFd>,
}

impl Lowered {
    /// `extra_flags` are those of the settings that the kind of the service brings.
    pub(crate) fn new(
        listeners: Vec<Listener>,
        settings: &Settings,
        extra_flags: u32,
    ) -> Result<Self> {
        let mut raw = settings.to_raw();
        raw.flags |= extra_flags;
        let listeners = listeners.into_iter().map(LoweredListener::new).collect::<Result<_>>()?;
        Ok(Self { listeners, settings: raw, socket_options: settings.socket_options.to_raw() })
    }

    /// The array to pass; it points into self.
    pub(crate) fn configs(&self) -> Vec<sys::zest_listener_config> {
        self.listeners.iter().map(LoweredListener::config).collect()
    }

    /// The settings to pass; they point into self.
    pub(crate) fn settings(&self) -> sys::zest_settings {
        sys::zest_settings { socket_options: &raw const self.socket_options, ..self.settings }
    }

    /// Stop owning the adopted fds: to be called right before the call that takes them.
    pub(crate) fn give_away_fds(&mut self) {
        for listener in &mut self.listeners {
            std::mem::forget(listener.adopted.take());
        }
    }
}

impl LoweredListener {
    fn new(listener: Listener) -> Result<Self> {
        let mut config = sys::zest_listener_config {
            flags: listener.flags(),
            listener_id: listener.id,
            protocol: listener.protocol.as_raw(),
            unix_mode: listener.unix_mode,
            fd: -1,
            ..sys::ZEST_LISTENER_CONFIG_INIT
        };
        let address = listener.address()?;
        let socket_options = listener.socket_options.as_ref().map(crate::SocketOptions::to_raw);
        let adopted = match listener.place {
            Place::Adopted(socket) => Some(socket),
            Place::Address(_) => None,
        };
        if let Some(socket) = &adopted {
            config.fd = socket.as_raw_fd();
        }
        Ok(Self { config, address, socket_options, adopted })
    }

    fn config(&self) -> sys::zest_listener_config {
        sys::zest_listener_config {
            address: self.address.as_ref().map_or(ptr::null(), |address| address.as_ptr()),
            socket_options: self.socket_options.as_ref().map_or(ptr::null(), ptr::from_ref),
            ..self.config
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Protocol, SocketOptions};
    use std::ffi::CStr;
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    #[test]
    fn the_c_form_points_to_what_was_given() {
        let options = SocketOptions { receive_buffer: Some(4096), ..SocketOptions::default() };
        let listeners =
            vec![Listener::tcp("127.0.0.1:0").id(9).socket_options(options), Listener::udp(":1")];
        let settings = Settings { backlog: Some(5), ..Settings::default() };
        let lowered = Lowered::new(listeners, &settings, sys::ZEST_SHARDS).expect("valid");
        let configs = lowered.configs();
        assert_eq!((configs[0].listener_id, configs[1].protocol), (9, sys::ZEST_UDP));
        // SAFETY: lowered owns the string.
        let address = unsafe { CStr::from_ptr(configs[0].address) };
        assert_eq!(address.to_bytes(), b"127.0.0.1:0");
        // SAFETY: lowered owns the options.
        assert_eq!(unsafe { *configs[0].socket_options }.receive_buffer, 4096);
        assert!(configs[1].socket_options.is_null());
        let settings = lowered.settings();
        assert_eq!((settings.flags, settings.backlog), (sys::ZEST_SHARDS, 5));
    }

    #[test]
    fn adopted_fds_close_unless_given_away() {
        let (ours, mut theirs) = UnixStream::pair().expect("a socket pair");
        let listener = Listener::adopt(ours.into(), Protocol::Unix);
        let lowered = Lowered::new(vec![listener], &Settings::default(), 0).expect("valid");
        assert!(lowered.configs()[0].fd >= 0);
        drop(lowered);
        assert_eq!(theirs.read(&mut [0]).expect("read"), 0);
    }
}

//! The forms in which connections leave the channel.

use super::AcceptedConnection;
use crate::{Accepted, Result};
use std::net::SocketAddr;

/// What a pump makes of each connection.
pub(super) trait Outgoing: Send + Sized + 'static {
    /// `listen_address` is that of the listener it came through, if there is one of its id.
    fn new(accepted: Accepted, listen_address: Option<SocketAddr>) -> Result<Self>;
}

impl Outgoing for AcceptedConnection {
    fn new(accepted: Accepted, listen_address: Option<SocketAddr>) -> Result<Self> {
        Self::new(accepted, listen_address)
    }
}

impl Outgoing for Accepted {
    fn new(accepted: Accepted, _listen_address: Option<SocketAddr>) -> Result<Self> {
        Ok(accepted)
    }
}

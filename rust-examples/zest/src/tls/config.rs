//! How either side speaks TLS.

use std::path::PathBuf;
use std::time::Duration;
use zest_sys as sys;

/// PEM, in a file or in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pem {
    /// A file's path.
    File(PathBuf),
    /// The text itself.
    Text(String),
}

/// A certificate with its key.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The chain in order, its own certificate first.
    pub certificate: Pem,
    /// Its key.
    pub key: Pem,
    /// A DER response to staple.
    pub ocsp_file: Option<PathBuf>,
}

impl Certificate {
    /// From two files.
    pub fn from_files(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self {
            certificate: Pem::File(certificate.into()),
            key: Pem::File(key.into()),
            ocsp_file: None,
        }
    }
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Version {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

impl Version {
    pub(crate) fn to_raw(self) -> u32 {
        match self {
            Self::Tls12 => sys::ZEST_TLS_1_2,
            Self::Tls13 => sys::ZEST_TLS_1_3,
        }
    }
}

/// Who seals and opens records after the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Kernel {
    /// zest.
    #[default]
    Off,
    /// The kernel, where it can.
    Prefer,
    /// The kernel; no context or connection without it.
    Require,
}

/// Whether a server asks clients for a certificate of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Clients {
    /// It does not.
    #[default]
    Any,
    /// It does, and takes those that have none.
    MayHave,
    /// It does, and refuses those that have none.
    MustHave,
}

/// How a server speaks TLS. It needs certificates, or names for a self-signed one.
#[derive(Debug, Clone, Default)]
pub struct ServerConfig {
    /// Chosen by the names in them; the first is also for clients that ask for none of these.
    pub certificates: Vec<Certificate>,
    /// In place of certificates, one in memory for these names, for development.
    pub self_signed: Vec<String>,
    /// Protocols, the best first.
    pub alpn: Vec<String>,
    /// By default TLS 1.2.
    pub version_min: Option<Version>,
    /// By default TLS 1.3.
    pub version_max: Option<Version>,
    /// Whether clients are asked for a certificate.
    pub clients: Clients,
    /// Who may have signed those.
    pub client_ca: Option<Pem>,
    /// Who does the records.
    pub kernel: Kernel,
    /// Sessions cannot be resumed.
    pub no_tickets: bool,
    /// Keys of tickets, for all who serve these names: one to three of 80 bytes in a file.
    pub ticket_key_file: Option<PathBuf>,
    /// Sessions can be resumed for so long; by default a day.
    pub session_timeout: Option<Duration>,
}

/// How a client speaks TLS. It verifies the server's certificate.
#[derive(Debug, Clone, Default)]
pub struct ClientConfig {
    /// Whom to trust; by default whom the system trusts.
    pub ca: Option<Pem>,
    /// Anybody will do: the connection is then open to whoever sits between the two.
    pub danger_no_verify: bool,
    /// To show when asked.
    pub certificate: Option<Certificate>,
    /// Protocols, the best first.
    pub alpn: Vec<String>,
    /// By default TLS 1.2.
    pub version_min: Option<Version>,
    /// By default TLS 1.3.
    pub version_max: Option<Version>,
    /// Who does the records.
    pub kernel: Kernel,
}

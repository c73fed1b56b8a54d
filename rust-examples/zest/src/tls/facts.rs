//! What a handshake has settled.

use super::Version;
use std::ffi::c_char;
use zest_sys as sys;

/// Who seals and opens records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Records {
    /// zest, in this process.
    User,
    /// The kernel: the socket's bytes are plain.
    Kernel,
}

/// What a handshake has settled.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// The version.
    pub version: Version,
    /// An earlier session was resumed.
    pub resumed: bool,
    /// Who does the records.
    pub records: Records,
    /// `TLS_AES_128_GCM_SHA256`, say.
    pub cipher: String,
    /// The protocol that both speak.
    pub alpn: Option<Vec<u8>>,
    /// The name that the client asked for.
    pub server_name: Option<Vec<u8>>,
    /// Of the peer's certificate, as RFC 2253 writes it.
    pub peer_subject: Option<Vec<u8>>,
    /// SHA-256 of that certificate in hex.
    pub peer_fingerprint: Option<String>,
}

impl Facts {
    /// # Safety
    /// The connection that wrote them lives, and has not been used since.
    pub(crate) unsafe fn from_raw(raw: &sys::zest_tls_facts) -> Self {
        // SAFETY: by the promise all five are so many bytes.
        let text = |at: *const c_char, size: u32| unsafe { bytes(at, size) };
        let words = |at, size| text(at, size).map(|it| String::from_utf8_lossy(&it).into_owned());
        Self {
            version: if raw.version == sys::ZEST_TLS_1_2 { Version::Tls12 } else { Version::Tls13 },
            resumed: raw.resumed != 0,
            records: match raw.mode {
                sys::ZEST_TLS_KERNEL => Records::Kernel,
                _ => Records::User,
            },
            cipher: words(raw.cipher, raw.cipher_size).unwrap_or_default(),
            alpn: text(raw.alpn, raw.alpn_size),
            server_name: text(raw.server_name, raw.server_name_size),
            peer_subject: text(raw.peer_subject, raw.peer_subject_size),
            peer_fingerprint: words(raw.peer_fingerprint, raw.peer_fingerprint_size),
        }
    }
}

/// # Safety
/// There are so many bytes, or none.
unsafe fn bytes(at: *const c_char, size: u32) -> Option<Vec<u8>> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { crate::text::borrowed(at, size) };
    (!bytes.is_empty()).then(|| bytes.to_vec())
}

//! A configuration in the C form, and what it points to.

use super::{Certificate, ClientConfig, Clients, Kernel, Pem, ServerConfig, Version};
use crate::{Error, Result};
use std::ffi::{CString, c_char};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use zest_sys as sys;

/// Owns all that the config points to, as long as nothing is moved out of it.
pub(crate) struct RawConfig {
    pub(crate) config: sys::zest_tls_config,
    _certificates: Vec<sys::zest_tls_certificate>,
    _lists: Vec<Vec<*const c_char>>,
    _strings: Vec<CString>,
    _texts: Vec<String>,
}

#[derive(Default)]
struct Parts {
    certificates: Vec<sys::zest_tls_certificate>,
    lists: Vec<Vec<*const c_char>>,
    strings: Vec<CString>,
    texts: Vec<String>,
}

/// A file or a text; the other is null.
struct Source {
    file: *const c_char,
    text: *const c_char,
    size: usize,
}

impl Parts {
    /// The heap memory of a CString stays where it is when the CString moves.
    fn string(&mut self, bytes: &[u8]) -> Result<*const c_char> {
        let string = CString::new(bytes).map_err(|_| Error::invalid("a zero byte in a text"))?;
        let pointer = string.as_ptr();
        self.strings.push(string);
        Ok(pointer)
    }

    fn path(&mut self, path: Option<&Path>) -> Result<*const c_char> {
        path.map_or(Ok(ptr::null()), |path| self.string(path.as_os_str().as_bytes()))
    }

    fn list(&mut self, items: &[String]) -> Result<(*const *const c_char, usize)> {
        let pointers =
            items.iter().map(|item| self.string(item.as_bytes())).collect::<Result<Vec<_>>>()?;
        let list = (pointers.as_ptr(), pointers.len());
        self.lists.push(pointers);
        Ok(list)
    }

    fn pem(&mut self, pem: &Pem) -> Result<Source> {
        match pem {
            Pem::File(path) => {
                Ok(Source { file: self.path(Some(path))?, text: ptr::null(), size: 0 })
            }
            Pem::Text(text) => {
                let text = text.clone();
                let source =
                    Source { file: ptr::null(), text: text.as_ptr().cast(), size: text.len() };
                self.texts.push(text);
                Ok(source)
            }
        }
    }

    fn certificate(&mut self, from: &Certificate) -> Result<()> {
        let (certificate, key) = (self.pem(&from.certificate)?, self.pem(&from.key)?);
        let raw = sys::zest_tls_certificate {
            certificate_file: certificate.file,
            certificate: certificate.text,
            certificate_size: certificate.size,
            key_file: key.file,
            key: key.text,
            key_size: key.size,
            ocsp_file: self.path(from.ocsp_file.as_deref())?,
            ..sys::ZEST_TLS_CERTIFICATE_INIT
        };
        self.certificates.push(raw);
        Ok(())
    }

    fn trust(&mut self, ca: Option<&Pem>, config: &mut sys::zest_tls_config) -> Result<()> {
        if let Some(ca) = ca {
            let source = self.pem(ca)?;
            (config.ca_file, config.ca, config.ca_size) = (source.file, source.text, source.size);
        }
        Ok(())
    }

    fn finish(self, mut config: sys::zest_tls_config) -> RawConfig {
        if !self.certificates.is_empty() {
            config.certificates = self.certificates.as_ptr();
            config.certificate_count = self.certificates.len();
        }
        RawConfig {
            config,
            _certificates: self.certificates,
            _lists: self.lists,
            _strings: self.strings,
            _texts: self.texts,
        }
    }
}

fn version(version: Option<Version>) -> u32 {
    version.map_or(sys::ZEST_TLS_VERSION_DEFAULT, Version::to_raw)
}

fn kernel(kernel: Kernel) -> u32 {
    match kernel {
        Kernel::Off => sys::ZEST_TLS_KERNEL_OFF,
        Kernel::Prefer => sys::ZEST_TLS_KERNEL_PREFER,
        Kernel::Require => sys::ZEST_TLS_KERNEL_REQUIRE,
    }
}

impl RawConfig {
    pub(crate) fn server(from: &ServerConfig) -> Result<Self> {
        let (mut parts, mut config) = (Parts::default(), sys::ZEST_TLS_CONFIG_INIT);
        for certificate in &from.certificates {
            parts.certificate(certificate)?;
        }
        (config.self_signed, config.self_signed_count) = parts.list(&from.self_signed)?;
        (config.alpn, config.alpn_count) = parts.list(&from.alpn)?;
        parts.trust(from.client_ca.as_ref(), &mut config)?;
        config.ticket_key_file = parts.path(from.ticket_key_file.as_deref())?;
        config.version_min = version(from.version_min);
        config.version_max = version(from.version_max);
        config.kernel = kernel(from.kernel);
        config.clients = match from.clients {
            Clients::Any => sys::ZEST_TLS_CLIENTS_ANY,
            Clients::MayHave => sys::ZEST_TLS_CLIENTS_MAY,
            Clients::MustHave => sys::ZEST_TLS_CLIENTS_MUST,
        };
        config.flags = if from.no_tickets { sys::ZEST_TLS_NO_TICKETS } else { 0 };
        let seconds = from.session_timeout.map_or(0, |timeout| timeout.as_secs().max(1));
        config.session_timeout_s = u32::try_from(seconds).unwrap_or(u32::MAX);
        Ok(parts.finish(config))
    }

    pub(crate) fn client(from: &ClientConfig) -> Result<Self> {
        let (mut parts, mut config) = (Parts::default(), sys::ZEST_TLS_CONFIG_INIT);
        if let Some(certificate) = &from.certificate {
            parts.certificate(certificate)?;
        }
        (config.alpn, config.alpn_count) = parts.list(&from.alpn)?;
        parts.trust(from.ca.as_ref(), &mut config)?;
        config.version_min = version(from.version_min);
        config.version_max = version(from.version_max);
        config.kernel = kernel(from.kernel);
        config.flags = if from.danger_no_verify { sys::ZEST_TLS_NO_VERIFY } else { 0 };
        Ok(parts.finish(config))
    }
}

//! What a head says, as values.

use zest_sys as sys;

/// Where a message's body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// After so many bytes.
    Length(u64),
    /// Where a [`Decoder`](super::Decoder) says so.
    Chunked,
    /// With the connection; of responses only.
    UntilClose,
}

impl Body {
    #[inline]
    pub(crate) fn from_raw(raw: &sys::zest_http_body) -> Self {
        match u32::from(raw.kind) {
            sys::ZEST_HTTP_BODY_LENGTH => Self::Length(raw.length),
            sys::ZEST_HTTP_BODY_CHUNKED => Self::Chunked,
            sys::ZEST_HTTP_BODY_UNTIL_CLOSE => Self::UntilClose,
            _ => Self::None,
        }
    }
}

macro_rules! numbered {
    (
        $(#[$doc:meta])* $name:ident: $last:ident,
        $($(#[$of:meta])* $variant:ident = $number:ident),+ $(,)?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$of])* $variant),+
        }

        impl $name {
            #[inline]
            pub(crate) fn from_raw(raw: u8) -> Self {
                match u32::from(raw) {
                    $(sys::$number => Self::$variant,)+
                    _ => Self::$last,
                }
            }

            #[allow(dead_code, reason = "of methods alone")]
            pub(crate) fn to_raw(self) -> u32 {
                match self {
                    $(Self::$variant => sys::$number),+
                }
            }
        }
    };
}

numbered! {
    /// A request's method.
    Method: Other,
    /// GET
    Get = ZEST_HTTP_GET,
    /// HEAD
    Head = ZEST_HTTP_HEAD,
    /// POST
    Post = ZEST_HTTP_POST,
    /// PUT
    Put = ZEST_HTTP_PUT,
    /// DELETE
    Delete = ZEST_HTTP_DELETE,
    /// CONNECT
    Connect = ZEST_HTTP_CONNECT,
    /// OPTIONS
    Options = ZEST_HTTP_OPTIONS,
    /// TRACE
    Trace = ZEST_HTTP_TRACE,
    /// PATCH
    Patch = ZEST_HTTP_PATCH,
    /// Any other token.
    Other = ZEST_HTTP_OTHER,
}

numbered! {
    /// The form of a request's target (RFC 9112, 3.2).
    TargetForm: Origin,
    /// `/path?query`
    Origin = ZEST_HTTP_ORIGIN_FORM,
    /// `http://host/path`
    Absolute = ZEST_HTTP_ABSOLUTE_FORM,
    /// `host:port`, of CONNECT.
    Authority = ZEST_HTTP_AUTHORITY_FORM,
    /// `*`, of OPTIONS.
    Asterisk = ZEST_HTTP_ASTERISK_FORM,
}

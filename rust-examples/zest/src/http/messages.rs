//! Parsed heads: of requests, of responses, of trailers.

use super::fields::{ascii, piece};
use super::{Body, Head, Method, TargetForm};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use zest_sys as sys;

macro_rules! is_head {
    ($(#[$doc:meta])* $name:ident, $raw:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<'a> {
            raw: &'a mut sys::$raw,
            of: PhantomData<Head<'a>>,
        }

        // SAFETY: as Head; its other pointer is to static memory.
        unsafe impl Send for $name<'_> {}
        // SAFETY: as Head.
        unsafe impl Sync for $name<'_> {}

        impl<'a> $name<'a> {
            /// What a call has written, of borrows that live for `'a`.
            #[inline]
            pub(crate) fn new(raw: &'a mut sys::$raw) -> Self {
                Self { raw, of: PhantomData }
            }
        }

        impl<'a> Deref for $name<'a> {
            type Target = Head<'a>;

            #[inline]
            fn deref(&self) -> &Head<'a> {
                // SAFETY: Head is transparent, and this type keeps its borrows for 'a.
                unsafe { &*(&raw const self.raw.head).cast() }
            }
        }

        impl<'a> DerefMut for $name<'a> {
            #[inline]
            fn deref_mut(&mut self) -> &mut Head<'a> {
                // SAFETY: as above, and self is borrowed mutably.
                unsafe { &mut *(&raw mut self.raw.head).cast() }
            }
        }
    };
}
is_head!(
    /// A request's head.
    Request,
    zest_http_request
);
is_head!(
    /// A response's head.
    Response,
    zest_http_response
);
is_head!(
    /// A trailer section.
    Trailers,
    zest_http_trailers
);

macro_rules! has_body {
    ($name:ident) => {
        impl $name<'_> {
            /// Where the body ends.
            #[must_use]
            #[inline]
            pub fn body(&self) -> Body {
                Body::from_raw(&self.raw.body)
            }

            /// May the connection carry another exchange?
            #[must_use]
            #[inline]
            pub fn keep_alive(&self) -> bool {
                self.raw.body.keep_alive != 0
            }
        }
    };
}
has_body!(Request);
has_body!(Response);

impl<'a> Request<'a> {
    #[inline]
    fn piece(&self, at: sys::zest_slice) -> &'a str {
        ascii(piece(self.bytes(), at))
    }

    /// The method's name.
    #[must_use]
    #[inline]
    pub fn method(&self) -> &'a str {
        self.piece(self.raw.method)
    }

    /// The method.
    #[must_use]
    #[inline]
    pub fn method_id(&self) -> Method {
        Method::from_raw(self.raw.method_id)
    }

    /// The target as it came.
    #[must_use]
    #[inline]
    pub fn target(&self) -> &'a str {
        self.piece(self.raw.target)
    }

    /// The form of the target.
    #[must_use]
    #[inline]
    pub fn form(&self) -> TargetForm {
        TargetForm::from_raw(self.raw.form)
    }

    /// Path and query; empty where the target has none.
    #[must_use]
    #[inline]
    pub fn path(&self) -> &'a str {
        self.piece(self.raw.path)
    }

    /// The authority in force: the target's, else the Host field's value.
    #[must_use]
    #[inline]
    pub fn host(&self) -> &'a str {
        self.piece(self.raw.host)
    }

    /// Does the sender wait for `100 Continue` before it sends the body?
    #[must_use]
    #[inline]
    pub fn expect_continue(&self) -> bool {
        self.raw.body.expect_continue != 0
    }
}

impl<'a> Response<'a> {
    /// 100 to 599.
    #[must_use]
    #[inline]
    pub fn status(&self) -> u16 {
        self.raw.status
    }

    /// The reason phrase: any bytes but controls.
    #[must_use]
    #[inline]
    pub fn reason(&self) -> &'a [u8] {
        piece(self.bytes(), self.raw.reason)
    }
}

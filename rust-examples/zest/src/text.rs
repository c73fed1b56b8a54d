//! C strings into Rust's.

use std::ffi::{CStr, c_char};

/// The text of a fixed-size field, up to its zero byte; what is not UTF-8 becomes U+FFFD.
pub(crate) fn from_field(field: &[c_char]) -> String {
    let bytes: Vec<u8> = field.iter().copied().take_while(|char| *char != 0).map(to_byte).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// C's char as a byte, whether it is signed here or not.
pub(crate) fn to_byte(char: c_char) -> u8 {
    u8::from_ne_bytes(char.to_ne_bytes())
}

/// A byte as C's char, whether it is signed here or not.
pub(crate) fn to_char(byte: u8) -> c_char {
    c_char::from_ne_bytes(byte.to_ne_bytes())
}

/// The text behind a pointer.
///
/// # Safety
///
/// `text` points to a zero-terminated string that lives for the call.
pub(crate) unsafe fn from_ptr(text: *const c_char) -> String {
    // SAFETY: the caller's promise is CStr's.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// The text behind a pointer to static memory; nothing for null, or what is not UTF-8.
///
/// # Safety
///
/// `text` is null, or points to a zero-terminated string that lives for ever.
#[cfg(feature = "pipeline")]
pub(crate) unsafe fn from_static(text: *const c_char) -> &'static str {
    if text.is_null() {
        return "";
    }
    // SAFETY: the caller's promise is CStr's.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap_or_default()
}

/// The bytes behind a pointer; none for null.
///
/// # Safety
///
/// `start` is null, or points to so many bytes that stay as they are for `'a`.
#[cfg(feature = "pipeline")]
pub(crate) unsafe fn borrowed<'a>(start: *const c_char, size: u32) -> &'a [u8] {
    if start.is_null() {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(start.cast(), size as usize) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_ends_at_its_zero_byte_or_its_end() {
        let field = [b'o', b'k', 0, b'x'].map(to_char);
        assert_eq!(from_field(&field), "ok");
        assert_eq!(from_field(&field[..1]), "o");
        assert_eq!(from_field(&[]), "");
    }
}

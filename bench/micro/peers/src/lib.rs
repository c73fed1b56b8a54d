//! A request's head by httparse, by picohttpparser, and by zest: the number of its fields, or -1.

use picohttpparser_sys::{phr_header, phr_parse_request};
use std::{mem::MaybeUninit, ptr, slice};
use zest::http::{Body, Field, Parser};

const FIELDS: usize = 100;

// What a connection of a host has at hand.
static mut PARSER: Parser = Parser::new();

/// `times` heads, in a loop of Rust's.
///
/// # Safety
/// `bytes` points to `size` bytes, `fields` to 100, and no other thread is in here.
#[no_mangle]
pub unsafe extern "C" fn peer_zest(
    bytes: *const u8, size: usize, fields: *mut Field, times: usize,
) -> i32 {
    let bytes = unsafe { slice::from_raw_parts(bytes, size) };
    let fields = unsafe { slice::from_raw_parts_mut(fields, FIELDS) };
    let parser = unsafe { &mut *(&raw mut PARSER) };
    let mut found = -1;
    for _ in 0..times {
        found = match parser.request(bytes, fields) {
            Ok(Some(request)) if request.body() == Body::None => request.fields().len() as i32,
            _ => return -1,
        };
    }
    found
}

/// # Safety
/// `bytes` points to `size` bytes.
#[no_mangle]
pub unsafe extern "C" fn peer_httparse(bytes: *const u8, size: usize) -> i32 {
    let bytes = unsafe { slice::from_raw_parts(bytes, size) };
    let mut fields = [const { MaybeUninit::<httparse::Header>::uninit() }; FIELDS];
    let mut request = httparse::Request::new(&mut []);
    match request.parse_with_uninit_headers(bytes, &mut fields) {
        Ok(status) if status.is_complete() => request.headers.len() as i32,
        _ => -1,
    }
}

/// # Safety
/// `bytes` points to `size` bytes.
#[no_mangle]
pub unsafe extern "C" fn peer_picohttpparser(bytes: *const u8, size: usize) -> i32 {
    let mut fields = MaybeUninit::<[phr_header; FIELDS]>::uninit();
    let (mut method, mut path) = (ptr::null(), ptr::null());
    let (mut method_size, mut path_size, mut minor, mut count) = (0, 0, 0, FIELDS);
    let parsed = unsafe {
        phr_parse_request(
            bytes.cast(), size, &mut method, &mut method_size, &mut path, &mut path_size,
            &mut minor, fields.as_mut_ptr().cast(), &mut count, 0,
        )
    };
    if parsed == size as _ { count as i32 } else { -1 }
}

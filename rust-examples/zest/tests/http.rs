//! Heads through the safe face: parsed in any pieces, looked at, refused, written.
#![cfg(feature = "pipeline")]

use std::thread;
use zest::http::{
    Body, Chunk, Decoder, Field, Limits, Method, Parser, TargetForm, Unwritten, Writer,
};

const HEAD: &[u8] = b"POST /a?b HTTP/1.1\r\nHost: a.example:80\r\nVia: one\r\nX-Own: \xff\r\n\
    via: two\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

#[test]
fn a_head_is_parsed_in_any_pieces() {
    let mut fields = [Field::EMPTY; 8];
    let mut parser = Parser::new();
    let end = HEAD.len() - 15;
    for size in 0..end {
        let bytes = HEAD[..size].to_vec();
        assert!(parser.request(&bytes, &mut fields).expect("so far so good").is_none());
    }
    let request = parser.request(HEAD, &mut fields).expect("a head").expect("all of it");
    assert_eq!(request.size(), end);
    assert_eq!((request.method(), request.method_id()), ("POST", Method::Post));
    assert_eq!(
        (request.target(), request.path(), request.host()),
        ("/a?b", "/a?b", "a.example:80")
    );
    assert_eq!((request.form(), request.minor_version()), (TargetForm::Origin, 1));
    assert_eq!(request.body(), Body::Chunked);
    assert!(request.keep_alive() && request.expect_continue());
    assert_eq!(request.get("x-own"), Some(&b"\xff"[..]));
    assert_eq!(request.get("x-none"), None);
    assert_eq!(request.get_all("VIA").collect::<Vec<_>>(), [b"one", b"two"]);
    let names: Vec<&str> = request.fields().map(|(name, _)| name).collect();
    assert_eq!(names, ["Host", "Via", "X-Own", "via", "Transfer-Encoding", "Expect"]);
    let mut fields = request.fields();
    assert_eq!(fields.next_with_id().map(|(id, ..)| id), Some(zest::http::name_id("HOST")));
}

#[test]
fn one_parser_is_for_heads_of_any_kind_in_turn() {
    let mut fields = [Field::EMPTY; 8];
    let mut parser = Parser::new();
    for _ in 0..2 {
        let request = parser.request(HEAD, &mut fields).unwrap().unwrap();
        assert_eq!((request.host(), request.get_all("via").count()), ("a.example:80", 2));
        let text = b"HTTP/1.1 204 Gone by\r\nServer: a\r\n\r\n";
        let response = parser.response(text, Method::Get, &mut fields).unwrap().unwrap();
        assert_eq!((response.status(), response.get("server")), (204, Some(&b"a"[..])));
        assert_eq!(response.get("via"), None);
        let trailers = parser.trailers(b"X: 1\r\n\r\n", &mut fields).unwrap().unwrap();
        assert_eq!((trailers.fields().len(), trailers.size()), (1, 8));
        assert!(parser.request(b"GET /", &mut fields).unwrap().is_none());
        let mut other = parser.clone();
        assert!(other.request(b"GET / HTTP/1.0\r\n\r\n", &mut fields).unwrap().is_some());
        assert!(parser.request(b"GET / HTTP/1.0\r\n\r\n", &mut fields).unwrap().is_some());
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let mut fields = [Field::EMPTY; 8];
    let mut parser = Parser::new();
    let refusal = parser.request(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", &mut fields).unwrap_err();
    assert_eq!((refusal.status, refusal.offset), (400, 20));
    assert_eq!(refusal.to_string(), "white space before the colon at byte 20 (400)");
    let mut parser = Parser::with_limits(Limits { fields: 1, ..Limits::default() });
    let two = b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n";
    assert_eq!(parser.request(two, &mut fields).unwrap_err().status, 431);
}

#[test]
fn other_bytes_than_before_are_an_error_and_no_harm() {
    let mut fields = [Field::EMPTY; 8];
    let mut parser = Parser::new();
    assert!(parser.request(&HEAD[..40], &mut fields).expect("the beginning").is_none());
    assert_eq!(parser.request(&HEAD[..10], &mut fields).unwrap_err().status, 500);
    assert!(parser.request(HEAD, &mut fields).expect("afresh").is_some());
}

#[test]
fn a_response_depends_on_its_request() {
    let mut fields = [Field::EMPTY; 8];
    let mut parser = Parser::new();
    let text = b"HTTP/1.0 404 Not \xe9\r\nContent-Length: 7\r\n\r\n";
    let response = parser.response(text, Method::Get, &mut fields).unwrap().unwrap();
    assert_eq!((response.status(), response.reason()), (404, &b"Not \xe9"[..]));
    assert_eq!((response.body(), response.keep_alive()), (Body::Length(7), false));
    let response = parser.response(text, Method::Head, &mut fields).unwrap().unwrap();
    assert_eq!(response.body(), Body::None);
}

#[test]
fn a_chunked_body_and_its_trailers() {
    let body = b"5;x=y\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\nnext";
    let mut decoder = Decoder::new().keep_trailers();
    let (done, chunk) = decoder.decode(body).unwrap();
    assert_eq!((done, chunk), (12, Chunk::Data(b"hello")));
    let (more, chunk) = decoder.decode(&body[done..]).unwrap();
    assert_eq!(chunk, Chunk::Trailers);
    let mut fields = [Field::EMPTY; 4];
    let rest = &body[done + more..];
    let mut parser = Parser::new();
    let trailers = parser.trailers(rest, &mut fields).unwrap().unwrap();
    assert_eq!((trailers.get("x-sum"), trailers.size()), (Some(&b"1"[..]), 12));
    assert_eq!(Decoder::new().decode(b"3\r\n").unwrap(), (3, Chunk::More));
    assert_eq!(Decoder::new().decode(b"0\r\n\r\n").unwrap(), (5, Chunk::End));
    assert_eq!(Decoder::new().decode(b"x").unwrap_err().status, 400);
}

#[test]
fn a_head_is_passed_on_from_another_thread() {
    let mut fields = [Field::EMPTY; 8];
    let mut parser = Parser::new();
    let mut request = parser.request(HEAD, &mut fields).unwrap().unwrap();
    request.mark_hop_by_hop();
    request.skip("Via");
    let mut out = [0; 256];
    let mut writer = Writer::new(&mut out);
    thread::scope(|scope| {
        scope.spawn(|| {
            writer.request_line(request.method(), request.path()).fields(&request);
            writer.number("Content-Length", 5).field("X-Last", "z").end();
        });
    });
    assert_eq!(
        writer.finish().unwrap(),
        b"POST /a?b HTTP/1.1\r\nHost: a.example:80\r\nX-Own: \xff\r\nExpect: 100-continue\r\n\
          Content-Length: 5\r\nX-Last: z\r\n\r\n"
    );
}

#[test]
fn the_first_failure_of_a_writer_is_told() {
    let mut out = [0; 32];
    let mut writer = Writer::new(&mut out);
    writer.status_line(200).field("a b", "c").end();
    assert_eq!(writer.finish().unwrap_err(), Unwritten::Invalid);
    let mut writer = Writer::new(&mut out);
    writer.status_line(200).field("Name", [b'x'; 32]).end();
    assert_eq!(writer.finish().unwrap_err(), Unwritten::Full);
    let mut writer = Writer::new(&mut out);
    writer.chunk_line(0x1f).end();
    assert_eq!(writer.finish().unwrap(), b"1f\r\n\r\n");
}

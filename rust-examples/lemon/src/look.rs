//! The head of a connection's first request, looked at and left in the socket: whoever gets the
//! connection finds it as it came.

use crate::route::Route;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use zest::http::{Field, Parser};

const FIRST_LOOK: usize = 4096;
/// Of a whole head: what zest takes by default, and the proxy too.
const HEAD_MAX: usize = 32 * 1024;
const FIELDS_MAX: usize = 100;

/// A stream whose bytes can be waited for without being taken.
pub fn watched(stream: TcpStream) -> io::Result<AsyncFd<TcpStream>> {
    // SAFETY: the stream owns its fd, which is always the same, until it is taken out again.
    Ok(unsafe { AsyncFd::register_with_interest(stream, Interest::READABLE) }?)
}

/// How far it has been looked at; holds nothing before bytes have come.
#[derive(Default)]
pub struct Look {
    parser: Parser,
    bytes: Vec<u8>,
    seen: usize,
}

impl Look {
    /// Whether the client has said anything.
    pub fn has_begun(&self) -> bool {
        self.seen > 0
    }

    /// Who is to have the connection, once that can be said; `None`: the client has ended before.
    /// Cancel-safe.
    pub async fn route(&mut self, stream: &AsyncFd<TcpStream>) -> io::Result<Option<Route>> {
        loop {
            let mut ready = stream.readable().await?;
            let ended = ready.ready().is_read_closed();
            // That nothing new has come is a WouldBlock: what was seen already stays readable.
            match ready.try_io(|stream| self.look(stream.get_ref())) {
                Ok(route) => return route.map(Some),
                Err(_) if ended => return Ok(None),
                Err(_) => {}
            }
        }
    }

    fn look(&mut self, stream: &TcpStream) -> io::Result<Route> {
        let size = self.peek(stream)?;
        if size == self.seen {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.seen = size;
        let mut fields = [Field::EMPTY; FIELDS_MAX];
        match self.parser.request(&self.bytes[..size], &mut fields) {
            Ok(Some(request)) => Ok(Route::of(&request)),
            Ok(None) => Err(ErrorKind::WouldBlock.into()),
            // The proxy refuses it likewise, and sees to it that the client can read why.
            Err(_) => Ok(Route::Proxied),
        }
    }

    fn peek(&mut self, stream: &TcpStream) -> io::Result<usize> {
        if self.bytes.is_empty() {
            self.bytes.resize(FIRST_LOOK, 0);
        }
        loop {
            let size = stream.peek(&mut self.bytes)?;
            if size < self.bytes.len() || size >= HEAD_MAX {
                return Ok(size);
            }
            self.bytes.resize(size * 2, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    fn pair() -> (TcpStream, AsyncFd<TcpStream>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let client = TcpStream::connect(listener.local_addr().expect("address")).expect("connect");
        let (accepted, _) = listener.accept().expect("accept");
        accepted.set_nonblocking(true).expect("non-blocking");
        (client, watched(accepted).expect("registered"))
    }

    async fn route(
        client: TcpStream,
        mut said: Vec<Vec<u8>>,
        ours: &AsyncFd<TcpStream>,
    ) -> Option<Route> {
        let mut client = client;
        let mut look = Look::default();
        let last = said.pop().expect("a piece");
        for piece in said {
            client.write_all(&piece).expect("write");
            // Until it has been seen: it is not enough to say.
            let before = look.seen;
            tokio::select! {
                biased;
                found = look.route(ours) => panic!("{found:?} of a part"),
                () = std::future::ready(()) => {}
            }
            assert!(look.seen >= before);
        }
        client.write_all(&last).expect("write");
        client.shutdown(std::net::Shutdown::Write).expect("shutdown");
        look.route(ours).await.expect("no error")
    }

    #[tokio::test]
    async fn a_head_in_pieces_stays_in_the_socket() {
        let head = b"GET /proxied/x HTTP/1.1\r\nHost: a\r\n\r\n";
        let (client, ours) = pair();
        let pieces = head.iter().map(|byte| vec![*byte]).collect();
        assert_eq!(route(client, pieces, &ours).await, Some(Route::Proxied));
        let mut all = Vec::new();
        let mut stream = ours.into_inner();
        stream.set_nonblocking(false).expect("blocking");
        stream.read_to_end(&mut all).expect("read");
        assert_eq!(all, head);
    }

    #[tokio::test]
    async fn a_client_that_ends_early_is_none() {
        let (client, ours) = pair();
        assert_eq!(route(client, vec![b"GET / HT".to_vec()], &ours).await, None);
        let (client, ours) = pair();
        assert_eq!(route(client, vec![Vec::new()], &ours).await, None);
    }

    #[tokio::test]
    async fn what_is_no_head_is_for_the_proxy_to_refuse() {
        for said in [b"GET  / HTTP/1.1\r\n\r\n".to_vec(), vec![b'a'; HEAD_MAX]] {
            let (client, ours) = pair();
            assert_eq!(route(client, vec![said], &ours).await, Some(Route::Proxied));
        }
    }

    #[tokio::test]
    async fn a_long_head_is_looked_at_whole() {
        let long = format!("GET /own/ HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(30_000));
        let (client, ours) = pair();
        assert_eq!(route(client, vec![long.into_bytes()], &ours).await, Some(Route::Own));
    }
}

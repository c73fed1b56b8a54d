//! One connection, from its first request to its graceful end, or until another has it.

use crate::answer::Answers;
use crate::front::Front;
use crate::line::Line;
use crate::look::{self, Look};
use crate::route::Route;
use crate::tally::Tally;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::pin::pin;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::io::unix::AsyncFd;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use zest::Accepted;

/// How long a client may take for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long an idle connection is kept once lemon is stopping: a request that was on its way is
/// still answered.
const IDLE_GRACE: Duration = Duration::from_millis(500);

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Finished,
    /// It goes on, elsewhere.
    HandedOver,
}

/// Serve requests until the client closes, or lemon is stopping and none is in flight; what its
/// first request has to do with the origin is handed over.
pub async fn serve(
    accepted: Accepted,
    front: Option<&Front>,
    stopping: &CancellationToken,
    tally: &Tally,
) -> anyhow::Result<End> {
    let answers = Answers::of(&accepted, front.is_some());
    let Some(front) = front else {
        return answer_all(accepted.into_tokio_tcp()?, &answers, stopping, tally).await;
    };
    let stream = look::watched(accepted.try_into()?)?;
    match timeout(HEAD_TIMEOUT, first_route(&stream, stopping)).await?? {
        None => Ok(End::Finished),
        Some(Route::Own) => {
            let stream = TcpStream::from_std(stream.into_inner())?;
            answer_all(stream, &answers, stopping, tally).await
        }
        Some(Route::Proxied) => {
            front.hand_over(stream.into_inner())?;
            Ok(End::HandedOver)
        }
        Some(Route::Tunnel) => match front.tunnels().connect().await {
            Ok(origin) => {
                front.tunnels().join(stream.into_inner(), origin);
                Ok(End::HandedOver)
            }
            Err(_) => {
                let stream = TcpStream::from_std(stream.into_inner())?;
                answer_all(stream, &answers.without_origin(), stopping, tally).await
            }
        },
    }
}

/// Who is to have the connection; `None`: it ends without a request.
async fn first_route(
    stream: &AsyncFd<std::net::TcpStream>,
    stopping: &CancellationToken,
) -> io::Result<Option<Route>> {
    let mut look = Look::default();
    tokio::select! {
        biased;
        route = look.route(stream) => return ended_between_requests(route?, &look),
        () = async { stopping.cancelled().await; sleep(IDLE_GRACE).await } => {}
    }
    if !look.has_begun() {
        return Ok(None);
    }
    ended_between_requests(look.route(stream).await?, &look)
}

fn ended_between_requests(route: Option<Route>, look: &Look) -> io::Result<Option<Route>> {
    if route.is_none() && look.has_begun() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(route)
}

async fn answer_all(
    stream: TcpStream,
    answers: &Answers,
    stopping: &CancellationToken,
    tally: &Tally,
) -> anyhow::Result<End> {
    let (line, turn) = Line::new(stream);
    let service = service_fn(async |request| {
        tally.answered.fetch_add(1, Relaxed);
        Ok::<_, Infallible>(answers.answer(&request, stopping.is_cancelled()))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let mut connection = pin!(http.serve_connection(TokioIo::new(line), service));

    // Biased: what has come is read before the end of a wait is looked at.
    tokio::select! {
        biased;
        ended = connection.as_mut() => return Ok(ended.map(|()| End::Finished)?),
        () = stopping.cancelled() => {}
    }
    tokio::select! {
        biased;
        ended = connection.as_mut() => return Ok(ended.map(|()| End::Finished)?),
        () = sleep(IDLE_GRACE) => {}
    }
    // Whatever is being said ends the connection with its answer.
    if !turn.is_ours() {
        connection.as_mut().graceful_shutdown();
    }
    Ok(connection.await.map(|()| End::Finished)?)
}

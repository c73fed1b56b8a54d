//! tokio_accept: a current_thread runtime with one accept task, per `--threads` with SO_REUSEPORT.
//! `--variant spawn`: a task per connection; else the work is done where it was accepted.
//! Options, signals and output lines as in ../common.h.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::{env, thread};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::signal::unix::{signal, SignalKind};

static ACCEPTED: AtomicU64 = AtomicU64::new(0);

#[derive(Clone)]
struct Options {
    port: u16,
    threads: u32,
    byte: bool,
    spawn: bool,
}

fn options() -> Options {
    let mut options = Options {
        port: 9000,
        threads: 1,
        byte: false,
        spawn: false,
    };
    let mut words = env::args().skip(1);
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        match name.as_str() {
            "--port" => options.port = value.parse().expect("--port"),
            "--threads" => options.threads = value.parse().expect("--threads"),
            "--work" => options.byte = value == "byte",
            "--variant" => options.spawn = value == "spawn",
            _ => panic!("unknown option {name}"),
        }
    }
    options
}

fn listen(options: &Options) -> std::io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(options.threads > 1)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, options.port)).into())?;
    socket.listen(1 << 20)?;
    Ok(socket.into())
}

async fn serve(mut stream: TcpStream, byte: bool) {
    if byte {
        let _ = stream.write_all(b"x").await;
    }
    ACCEPTED.fetch_add(1, Relaxed);
}

async fn accept_loop(listener: std::net::TcpListener, options: Options) {
    let listener = TcpListener::from_std(listener).expect("listener");
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        if options.spawn {
            tokio::spawn(serve(stream, options.byte));
        } else {
            serve(stream, options.byte).await;
        }
    }
}

/// The runtime's own thread; `block_on` with a spawned task, as `#[tokio::main]` leaves it.
fn runtime_run(listener: std::net::TcpListener, options: Options) {
    let runtime = Builder::new_current_thread()
        .enable_io()
        .build()
        .expect("runtime");
    runtime.block_on(accept_loop(listener, options))
}

fn snapshot_print() {
    println!(
        "{{\"accepted\": {}, \"allocations\": -1}}",
        ACCEPTED.load(Relaxed)
    );
}

async fn signals() {
    let mut snapshot = signal(SignalKind::user_defined1()).expect("SIGUSR1");
    let mut end = signal(SignalKind::terminate()).expect("SIGTERM");
    println!("{{\"ready\": true}}");
    loop {
        tokio::select! {
            _ = snapshot.recv() => snapshot_print(),
            _ = end.recv() => break,
        }
    }
}

fn main() {
    let options = options();
    for _ in 0..options.threads {
        let listener = listen(&options).expect("listen");
        let options = options.clone();
        thread::spawn(move || runtime_run(listener, options));
    }
    Builder::new_current_thread()
        .enable_io()
        .build()
        .expect("runtime")
        .block_on(signals());
    snapshot_print();
}

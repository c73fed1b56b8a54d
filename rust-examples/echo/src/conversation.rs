//! One connection.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How often a silent conversation looks whether echo is stopping.
const LOOK: Duration = Duration::from_millis(200);

/// How long a peer may be silent, or leave what it is sent unread.
const PATIENCE: Duration = Duration::from_secs(60);

/// Send back what comes, until the peer closes its side or falls silent for too long; or, once
/// stopping, at the first silence.
pub fn echo(mut stream: TcpStream, stopping: &AtomicBool) -> Result<()> {
    stream.set_nonblocking(false)?; // as zest gives it, it is non-blocking
    stream.set_read_timeout(Some(LOOK))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut bytes = [0; 16 * 1024];
    let mut heard = Instant::now();
    loop {
        match stream.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(size) => {
                stream.write_all(&bytes[..size])?;
                heard = Instant::now();
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if stopping.load(Relaxed) || heard.elapsed() > PATIENCE {
                    return Ok(());
                }
            }
            Err(error) => return Err(error),
        }
    }
}

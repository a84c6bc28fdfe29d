//! Connections that can be broken from inside: an I/O wrapper the server runs on.
//!
//! A handler can let its own connection die before or in the middle of an answer, and all of them end when the twin is
//! dropped. Knows bytes, not requests.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// No cut is ordered.
const WHOLE: usize = usize::MAX;

/// What a handler may order for its own connection.
#[derive(Debug, Clone)]
pub(super) struct Breaker(Arc<Orders>);

#[derive(Debug)]
struct Orders {
    reset: AtomicBool,
    /// Bytes of the body that still go out after the head.
    cut_after: AtomicUsize,
}

impl Breaker {
    fn new() -> Self {
        Self(Arc::new(Orders { reset: AtomicBool::new(false), cut_after: AtomicUsize::new(WHOLE) }))
    }

    /// The next byte written ends the connection instead.
    pub(super) fn reset(&self) {
        self.0.reset.store(true, Ordering::Release);
    }

    /// The next answer ends after its head and this many bytes.
    pub(super) fn cut_after(&self, bytes: usize) {
        self.0.cut_after.store(bytes, Ordering::Release);
    }
}

impl Connected<IncomingStream<'_, Doors>> for Breaker {
    fn connect_info(stream: IncomingStream<'_, Doors>) -> Self {
        stream.io().breaker.clone()
    }
}

/// The listener: hands out breakable connections until `stop` says so.
pub(super) struct Doors {
    pub(super) listener: TcpListener,
    pub(super) stop: watch::Receiver<bool>,
}

impl Listener for Doors {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, from) = Listener::accept(&mut self.listener).await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY on a twin connection");
        }
        let mut stop = self.stop.clone();
        let stopped = Box::pin(async move {
            // An error means that the sender is gone, which is the same news.
            let _gone = stop.wait_for(|stop| *stop).await;
        });
        (Wire { stream, stopped, breaker: Breaker::new() }, from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// One connection.
pub(super) struct Wire {
    stream: TcpStream,
    stopped: Pin<Box<dyn Future<Output = ()> + Send>>,
    breaker: Breaker,
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.stopped.as_mut().poll(context).is_ready() {
            // The future must not be polled again once it is done.
            self.stopped = Box::pin(std::future::ready(()));
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let orders = self.breaker.0.clone();
        if orders.reset.load(Ordering::Acquire) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let cut = orders.cut_after.load(Ordering::Acquire);
        if cut == WHOLE {
            return Pin::new(&mut self.stream).poll_write(context, bytes);
        }
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
        let upto = bytes.len().min(head + cut);
        if upto == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, &bytes[..upto]);
        if let Poll::Ready(Ok(count)) = &written {
            orders.cut_after.store(cut.saturating_sub(count.saturating_sub(head)), Ordering::Release);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

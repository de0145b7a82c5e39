//! One connection, from its handshake to its end.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

use super::Shared;
use super::body;
use super::connections::{At, Slot};
use crate::refused::{Refused, complete};

/// Serves a connection until one of both ends it, it is too old, or it has to make room for another.
pub(super) async fn serve(stream: TcpStream, slot: Arc<Slot>, shared: Arc<Shared>, stop: watch::Receiver<bool>) {
    let closed = Arc::clone(&slot);
    tokio::select! {
        () = closed.closed() => {}
        () = opened(stream, slot, shared, stop) => {}
    }
}

async fn opened(stream: TcpStream, slot: Arc<Slot>, shared: Arc<Shared>, stop: watch::Receiver<bool>) {
    // What fails here is the other side's: it is gone, or is none.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(shared.limits.stall));
    let stream = Box::pin(stream);
    match &shared.tls {
        None => spoken(stream, slot, shared, stop).await,
        Some(tls) => {
            let shaken = timeout(shared.limits.handshake, TlsAcceptor::from(Arc::clone(&tls.0)).accept(stream)).await;
            if let Ok(Ok(stream)) = shaken {
                spoken(stream, slot, shared, stop).await;
            }
        }
    }
}

async fn spoken<S>(stream: S, slot: Arc<Slot>, shared: Arc<Shared>, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let limits = shared.limits;
    let answer = service_fn(|request| answered(request, Arc::clone(&slot), Arc::clone(&shared)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(limits.head_bytes)
        .max_headers(limits.headers)
        .serve_connection(TokioIo::new(stream), answer);
    let mut connection = pin!(connection);
    let old = Instant::now() + limits.age;
    let mut is_ending = false;
    loop {
        tokio::select! {
            // A request that cannot be read was answered, and one whose sender went away needs no answer.
            _ = connection.as_mut() => return,
            _ = stop.wait_for(|is_over| *is_over), if !is_ending => {}
            () = sleep_until(old), if !is_ending => {}
        }
        is_ending = true;
        connection.as_mut().graceful_shutdown();
    }
}

async fn answered(
    request: Request<Incoming>,
    slot: Arc<Slot>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    slot.is_at(At::Client);
    let response = async {
        if let Err(refused) = shared.hosts.check(&parts) {
            return complete(refused.response(), "");
        }
        let admitted = match shared.service.admit(&parts).await {
            Ok(admitted) => admitted,
            Err(response) => return response,
        };
        match body::read(body, admitted.max_body_bytes(), shared.limits.body).await {
            Ok(body) => {
                slot.is_at(At::Answer);
                shared.service.answer(admitted, Request::from_parts(parts, body)).await
            }
            Err(refused) => shared.service.refuse(&admitted, &refused),
        }
    };
    let response: Response<Bytes> = response.await;
    slot.is_at(At::Client);
    Ok(response.map(Full::new))
}

/// What a connection gets for which there is no room: an answer that costs nothing.
pub(super) fn refusal() -> Vec<u8> {
    let response = complete(Refused::Busy.response(), "");
    let status = response.status();
    let mut text = format!("HTTP/1.1 {} {}\r\n", status.as_u16(), status.canonical_reason().unwrap_or_default());
    for (name, value) in response.headers() {
        text += &format!("{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
    text += &format!("content-length: {}\r\nconnection: close\r\n\r\n", response.body().len());
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(response.body());
    bytes
}

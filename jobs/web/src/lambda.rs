//! The same answers behind an HTTP API of API Gateway, which has checked host, size of the head and, where it is told to, the token
//! before. The token is verified here again, since scopes differ by route.

use std::sync::Arc;

use bytes::Bytes;
use carelake_pipeline::pipeline::Failure;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use lambda_http::{Body, service_fn};

use super::refused::Refused;
use super::service::Service;

/// Answers every request that Lambda hands over, until it ends the process.
///
/// # Errors
/// `Internal` where the runtime of Lambda fails.
pub fn serve(service: Service) -> Result<(), Failure> {
    let internal = |cause: String| Failure::new(carelake_core::ErrorKind::INTERNAL, cause);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| internal(format!("no runtime for the function: {error}")))?;
    let service = Arc::new(service);
    let handler = service_fn(move |request| {
        let service = Arc::clone(&service);
        async move { Ok::<_, std::convert::Infallible>(respond(&service, request).await) }
    });
    runtime.block_on(lambda_http::run(handler)).map_err(|error| internal(format!("the Lambda runtime: {error}")))
}

/// Answers one request.
pub async fn respond(service: &Arc<Service>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = match body {
        Body::Empty => Bytes::new(),
        Body::Text(text) => Bytes::from(text),
        Body::Binary(bytes) => Bytes::from(bytes),
        _ => return carried(Refused::Body.response()),
    };
    let admitted = match service.admit(&parts).await {
        Ok(admitted) => admitted,
        Err(response) => return carried(response),
    };
    carried(if body.len() > admitted.max_body_bytes() {
        service.refuse(&admitted, &Refused::TooLarge)
    } else {
        service.answer(admitted, Request::from_parts(parts, body)).await
    })
}

/// What is text goes as text, and everything else in base64, which it gets by its type only.
fn carried(mut response: Response<Bytes>) -> Response<Body> {
    if std::str::from_utf8(response.body()).is_err() {
        response.headers_mut().entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/octet-stream"));
    }
    response.map(|body| match String::from_utf8(body.into()) {
        Ok(text) => Body::Text(text),
        Err(error) => Body::Binary(error.into_bytes()),
    })
}

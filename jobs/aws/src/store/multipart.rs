//! Writing large objects in parts, which nobody sees before the last is there.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use tokio::task::JoinSet;

use super::S3Store;
use super::write::Stamp;
use crate::failure::Failure;

/// Objects above this size are written in parts of at least this size. S3 wants 5 MiB or more; 8 MiB in parallel fill the
/// connection of a Lambda.
pub(super) const PART_BYTES: usize = 8 << 20;
/// How many parts an object may have (Amazon S3 user guide, "Amazon S3 multipart upload limits").
const MOST_PARTS: usize = 10_000;
/// How many parts are under way at a time, and so in memory once more.
pub(super) const PARALLEL: usize = 4;

/// An upload that was begun.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    client: aws_sdk_s3::Client,
    bucket: String,
    key: String,
    id: String,
}

/// Writes an object that must not be there yet. What was sent is thrown away when it does not become the object.
pub(super) async fn upload(store: &S3Store, key: &str, bytes: &[u8], stamp: &Stamp) -> Result<(), Failure> {
    let upload = begin(store, key, stamp).await?;
    let sent = match send_parts(&upload, bytes).await {
        Ok(parts) => complete(&upload, parts).await,
        Err(failure) => Err(failure),
    };
    if sent.is_err() {
        // One that cannot be aborted stays for `sweep`; the failure that led here is what the caller must know.
        let _ = upload.abort().await;
    }
    sent
}

pub(super) async fn begin(store: &S3Store, key: &str, stamp: &Stamp) -> Result<Parts, Failure> {
    let (bucket, key) = (store.place.bucket.clone(), store.place.full(key));
    let call = store
        .client()
        .create_multipart_upload()
        .bucket(&bucket)
        .key(&key)
        .set_metadata(Some(stamp.metadata.clone()))
        .set_server_side_encryption(stamp.encryption.clone())
        .set_ssekms_key_id(stamp.kms_key.clone())
        .set_tagging(stamp.tagging.clone())
        .checksum_algorithm(ChecksumAlgorithm::Crc32);
    let output = call.send().await.map_err(|error| Failure::of(&error))?;
    let id = output.upload_id.ok_or(Failure::Broken("the answer does not name the upload"))?;
    Ok(Parts { client: store.client().clone(), bucket, key, id })
}

async fn send_parts(upload: &Parts, bytes: &[u8]) -> Result<Vec<CompletedPart>, Failure> {
    let part_bytes = bytes.len().div_ceil(MOST_PARTS).max(PART_BYTES);
    let mut waiting = (1..).zip(bytes.chunks(part_bytes));
    // Dropping it, when a part fails, gives up the others.
    let mut under_way = JoinSet::new();
    let mut parts = Vec::new();
    loop {
        while under_way.len() < PARALLEL
            && let Some((number, part)) = waiting.next()
        {
            under_way.spawn(upload.send(number, Bytes::copy_from_slice(part)));
        }
        match under_way.join_next().await {
            None => break,
            Some(Ok(part)) => parts.push(part?),
            Some(Err(_)) => return Err(Failure::Broken("sending a part was given up")),
        }
    }
    parts.sort_by_key(|part| part.part_number);
    Ok(parts)
}

pub(super) async fn complete(upload: &Parts, parts: Vec<CompletedPart>) -> Result<(), Failure> {
    let call = upload
        .client
        .complete_multipart_upload()
        .bucket(&upload.bucket)
        .key(&upload.key)
        .upload_id(&upload.id)
        .if_none_match("*")
        .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build());
    call.send().await.map(drop).map_err(|error| Failure::of(&error))
}

impl Parts {
    /// Sends one part.
    pub(super) fn send(
        &self,
        number: i32,
        bytes: Bytes,
    ) -> impl Future<Output = Result<CompletedPart, Failure>> + Send + 'static {
        let call = self
            .client
            .upload_part()
            .bucket(&self.bucket)
            .key(&self.key)
            .upload_id(&self.id)
            .part_number(number)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .body(ByteStream::from(bytes));
        async move {
            let output = call.send().await.map_err(|error| Failure::of(&error))?;
            let part = CompletedPart::builder().part_number(number).set_e_tag(output.e_tag);
            Ok(part.set_checksum_crc32(output.checksum_crc32).build())
        }
    }

    pub(super) async fn abort(&self) -> Result<(), Failure> {
        let call = self.client.abort_multipart_upload().bucket(&self.bucket).key(&self.key).upload_id(&self.id);
        call.send().await.map(drop).map_err(|error| Failure::of(&error))
    }
}

//! Reading what is kept with an object beside its bytes.

use carelake_core::store::Label;

use super::{S3Store, fetch};
use crate::failure::Failure;

/// Reads the label of an object, without the tags that every object of the store bears.
pub(super) async fn read(store: &S3Store, key: &str) -> Result<Label, Failure> {
    let about = fetch::about(store.client(), &store.place, key).await?;
    let call = store.client().get_object_tagging().bucket(&store.place.bucket).key(store.place.full(key));
    let output = call.send().await.map_err(|error| Failure::of(&error))?;
    let tags = output.tag_set.into_iter().map(|tag| (tag.key, tag.value));
    let tags = tags.filter(|tag| !store.options.tags.contains(tag)).collect();
    Ok(Label { tags, metadata: about.metadata.into_iter().collect() })
}

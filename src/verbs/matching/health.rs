//! How what a matcher keeps is, for `carelake doctor`.

use carelake_matching::run::{Health, Kept, desk, health};

use super::{Trouble, with_matcher};
use crate::failure::Failure;
use crate::options::Global;

/// Looks how what a matcher keeps is; nothing where nothing is kept yet.
pub(crate) fn look(global: &Global, matcher: &str) -> Result<Option<Health>, Failure> {
    with_matcher(global, Some(matcher), |context, world, engine| {
        let is_begun = match &world.kept {
            Kept::Files(folder) => carelake_matching::run::file(folder, matcher).is_file(),
            Kept::Server(_) => true,
        };
        if !is_begun {
            return Ok(None);
        }
        Ok::<_, Trouble>(Some(health(world, engine, &desk(context, world, engine))?))
    })
}

//! A whole run by hand, in one call: to look at what would be, and to train.

use super::chunk::judge;
use super::error::MatchError;
use super::handed;
use super::linker::Engine;
use super::loading::load;
use super::memory::forget;
use super::plan::{plan, unpin};
use super::settle::{Settled, Settling, settle};
use super::world::World;

/// Carries a run out without publishing or asking anything; the reference is brought to what is served.
///
/// # Errors
/// [`MatchError`].
pub fn dry_run(world: &World<'_>, engine: &'static Engine) -> Result<Settled, MatchError> {
    let mut reference = world.reference(&engine.matcher.name)?;
    load(world, engine, &mut reference)?;
    let plan = plan(world, engine, &reference)?;
    (0..plan.ranges).try_for_each(|range| judge(world, engine, &reference, (&plan, range)).map(drop))?;
    // What is told is what there would be, also where it would be refused.
    let settling = Settling { accept_shift: true, is_dry: true };
    let settled = settle(world, engine, &mut reference, &plan, settling);
    forget();
    unpin(world, &plan)?;
    handed::remove(world.store, &world.handed(&plan.matcher))?;
    settled
}

//! Where decisions about a matcher are made, of what a run works with.

use carelake_core::ledger::Audit;
use carelake_pipeline::Context;

use super::linker::Engine;
use super::world::World;
use crate::reviews::Desk;

/// Returns where decisions about a matcher are made.
#[must_use]
pub fn desk<'d>(context: &Context<'d>, world: &World<'d>, engine: &'d Engine) -> Desk<'d> {
    Desk {
        matcher: &engine.matcher.name,
        audit: Audit::new(world.ledger, world.scope),
        rows: world.ledger,
        linker: engine,
        now: (context.services.now)(),
    }
}

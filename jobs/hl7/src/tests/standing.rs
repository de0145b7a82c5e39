//! How the room stands.

use jiff::SignedDuration;

use super::lake::{Lake, admission};
use crate::catalog::Catalog;
use crate::config::Hl7;
use crate::standing::{standing, watched};

#[test]
fn who_is_silent_for_longer_than_was_said_is_told_from_a_quiet_night() {
    let silence = [("FAC", 2), ("GONE", 1)].map(|(name, hours)| (name.to_owned(), SignedDuration::from_hours(hours)));
    let lake = Lake::with(Hl7 { silence: silence.into(), ..Hl7::default() });
    lake.send(&admission("1", "7"));
    lake.send(&admission("2", "7"));
    lake.send(b"MSH|^~\\&|SND|OTHER|R|F|2024||ADT^A01|3|P|2.5\r1ID|1\r");
    let now = lake.act(standing).unwrap();
    let of = |now: &crate::standing::Standing| {
        now.senders.iter().map(|it| (it.sender.facility.clone(), it.is_silent())).collect::<Vec<_>>()
    };
    let facilities =
        |silent: bool| vec![("FAC".to_owned(), silent), ("OTHER".to_owned(), false), ("GONE".to_owned(), true)];
    assert_eq!(of(&now), facilities(false));
    assert_eq!((now.errors, now.conflicts), ([("segment_name".to_owned(), 1)].into(), 0));
    let watched = || lake.act(|world| watched(&Catalog::of(world), world.config, world.time())).unwrap();
    let silent = || watched().into_iter().map(|it| (it.facility, it.is_silent)).collect::<Vec<_>>();
    assert_eq!(silent(), [("FAC".to_owned(), false), ("GONE".to_owned(), true)]);
    lake.pass(SignedDuration::from_hours(3));
    assert_eq!(silent()[0], ("FAC".to_owned(), true));
    assert_eq!(of(&lake.act(standing).unwrap()), facilities(true));
    // Somebody who is heard of again is not silent any more.
    lake.send(&admission("4", "7"));
    assert_eq!(of(&lake.act(standing).unwrap()), facilities(false));
    assert_eq!(silent()[0], ("FAC".to_owned(), false));
}

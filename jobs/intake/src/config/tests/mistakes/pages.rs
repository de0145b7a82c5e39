//! Mistakes in what a page says of its feed.

use super::told;

#[test]
fn they_are_told_with_their_place_and_the_nearest_name() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "partner: bay",
            "partner: Bay",
            &["6:16: FEED.partner: `Bay` must be 1 to 48 lower-case letters, digits, `_` and `-`"],
        ),
        (
            "partner: bay",
            "partener: bay",
            &[
                "5:5: FEED.partner: missing; give who sends it",
                "6:7: FEED.partener: unknown key; accepted: partner, path, format, pgp, delivery, declared_in, owner, allow_empty, ready, networks, fetch, tables, settle_secs, empty_grace_mins, max_reject_ratio, max_drop_ratio, min_rows, max_invalid_rise, max_loss, time_zone, null_tokens, expected, notify (nearest: partner)",
            ],
        ),
        (
            "bay_people:",
            "Bay-people:",
            &["5:5: intake.feeds.Bay-people: `Bay-people` must be 1 to 48 lower-case letters, digits and `_`"],
        ),
        (
            "bay_people:",
            "a23456789_123456789_123456789_123456789_123456789:",
            &[
                "5:5: intake.feeds.a23456789_123456789_123456789_123456789_123456789: `a23456789_123456789_123456789_123456789_123456789` must be 1 to 48 lower-case letters, digits and `_`",
            ],
        ),
        (
            "delivery: full",
            "delivery: fully",
            &["9:17: FEED.delivery: must be one of full, append, upsert, not `fully` (nearest: full)"],
        ),
        (
            "delivery: full",
            "delivery: full\n      settle_secs: 90000",
            &["10:20: FEED.settle_secs: must be seconds from 0 to 86400, not `90000`"],
        ),
        (
            "delivery: full",
            "delivery: full\n      empty_grace_mins: -1",
            &["10:25: FEED.empty_grace_mins: must be minutes from 0 to 1440, not `-1`"],
        ),
        (
            "delivery: full",
            "delivery: full\n      max_reject_ratio: 1.5",
            &["10:25: FEED.max_reject_ratio: must be a number from 0 to 1, not `1.5`"],
        ),
        (
            "delivery: full",
            "delivery: full\n      max_los: 0.5",
            &[
                "10:7: FEED.max_los: unknown key; accepted: partner, path, format, pgp, delivery, declared_in, owner, allow_empty, ready, networks, fetch, tables, settle_secs, empty_grace_mins, max_reject_ratio, max_drop_ratio, min_rows, max_invalid_rise, max_loss, time_zone, null_tokens, expected, notify (nearest: max_loss)",
            ],
        ),
        (
            "delivery: full",
            "delivery: full\n      expected: { every: month, by_day: 31 }",
            &["10:41: FEED.expected.by_day: must be a day from 1 to 28, not `31`"],
        ),
        (
            "delivery: full",
            "delivery: full\n      expected: { every: fortnight }",
            &["10:26: FEED.expected.every: must be one of day, week, month, quarter, not `fortnight`"],
        ),
        (
            "delivery: full",
            "delivery: full\n      notify: [nobody]",
            &["10:16: FEED.notify[0]: must be an e-mail address, not `nobody`"],
        ),
        (
            "delivery: full",
            "delivery: full\n      networks: [192.0.2.1/24, 192.0.2.0, '10.0.0.0/33']",
            &[
                "10:18: FEED.networks[0]: must be the first address of the network, not `192.0.2.1/24`",
                "10:32: FEED.networks[1]: must be an address and how many of its bits count, such as 192.0.2.0/24, not `192.0.2.0`",
                "10:43: FEED.networks[2]: must be an address and how many of its bits count, such as 192.0.2.0/24, not `10.0.0.0/33`",
            ],
        ),
        (
            "delivery: full",
            "delivery: full\n      ready: { marker: done }",
            &["10:24: FEED.ready.marker: must be an ending such as .done, not `done`"],
        ),
        (
            "delivery: full",
            "delivery: full\n      ready: {}",
            &[
                "10:7: FEED.ready: needs `marker` (an empty file) or `control` (one that tells rows, bytes or SHA-256), not both",
            ],
        ),
        (
            "delivery: full",
            "delivery: full\n      declared_in: { from: made_on, date: iso }",
            &["10:7: FEED.declared_in: is not needed, as the path has {delivery}; keep one of the two"],
        ),
        (
            "time_zone: America/New_York",
            "time_zone: America/New_Yorck",
            &[
                "10:18: FEED.time_zone: `America/New_Yorck` is no time zone of the IANA list (nearest: America/New_York)",
            ],
        ),
        (
            "      time_zone: America/New_York\n",
            "",
            &["5:5: FEED.time_zone: missing; give the zone of local times, such as America/New_York"],
        ),
        (
            "PAT_{delivery:%Y%m%d}_{site}.csv",
            "../PAT.csv",
            &["7:13: FEED.path: must be a name inside the partner's folder, without `..`, `\\` or a `/` at an end"],
        ),
        (
            "PAT_{delivery:%Y%m%d}_{site}.csv",
            "PAT_{delivery:%Y%m}.csv",
            &["7:13: FEED.path: `%Y%m` names no date; it needs a year, a month and a day"],
        ),
    ];
    for (from, to, expected) in cases {
        assert_eq!(told(from, to), *expected, "{to}");
    }
}

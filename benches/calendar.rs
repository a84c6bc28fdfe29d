//! How long it takes to expand a year of windows for 500 tenants: it must stay under 100 ms.

use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use patchdeck::calendar::freeze::{FreezeDraft, WhenDraft};
use patchdeck::calendar::rule::recurrence::Parts;
use patchdeck::calendar::{Calendar, Draft, Freeze, RuleDraft, Window};
use patchdeck::domain::Period;

const TENANTS: usize = 500;
const ZONES: [&str; 6] =
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata", "Pacific/Auckland"];
/// Generous: a busy builder is slower than a desk. The mark itself is 100 ms.
const BOUND_MS: u128 = 400;

fn calendars() -> Vec<Calendar> {
    let zones = TimeZoneDatabase::bundled();
    let window = |name, zone, rule, lasts| {
        let draft = Draft { name, zone, rule, lasts, cutoff: Some("30min"), allows: &[], owner: None };
        Window::read(&draft, &zones).unwrap_or_else(|refused| panic!("{refused:?}"))
    };
    let freeze = |zone| {
        let when = WhenDraft::Yearly { from: "12-20 00:00", to: "01-06 00:00" };
        let draft = FreezeDraft { name: "year end", reason: "", tenant: None, zone, when };
        Freeze::read(&draft, &zones).unwrap_or_else(|refused| panic!("{refused:?}"))
    };
    let weekly = Parts { start: "2026-01-06T22:00", rrule: "FREQ=WEEKLY;BYDAY=TU,TH", ..Parts::default() };
    (0..TENANTS)
        .map(|tenant| ZONES[tenant % ZONES.len()])
        .map(|zone| Calendar {
            windows: vec![
                window("weekly", zone, RuleDraft::Rrule(weekly), "until 02:00"),
                window("monthly", zone, RuleDraft::Nth("Patch Tuesday + 3 at 22:00"), "8h"),
            ],
            freezes: vec![freeze(zone)],
            least: SignedDuration::from_mins(30),
        })
        .collect()
}

fn expand(calendars: &[Calendar]) -> usize {
    let from: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let year = Period::new(from, from + SignedDuration::from_hours(24 * 365));
    let year = year.unwrap_or_else(|| panic!("a year"));
    calendars.iter().map(|calendar| calendar.expand(None, &TimeZone::UTC, year).openings.len()).sum()
}

fn a_year_of_500_tenants(criterion: &mut Criterion) {
    let calendars = calendars();
    let began = Instant::now();
    let openings = expand(&calendars);
    let took = began.elapsed().as_millis();
    assert!(openings > TENANTS * 100, "only {openings} openings");
    assert!(took < BOUND_MS, "a year of {TENANTS} tenants took {took} ms");
    criterion.bench_function("a year of 500 tenants", |bench| bench.iter(|| expand(&calendars)));
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = a_year_of_500_tenants
}
criterion_main!(benches);

//! The usual night with a calendar, on the board and on the Windows screen: one tenant inside its window, one frozen, one that
//! opens later, one under an override, and nights on which the clock changes.

use patchdeck::app::message::Message;
use patchdeck::app::rows;
use patchdeck::app::state::{Place, State};
use patchdeck::app::update::update;
use patchdeck::calendar::{Calendars, Rules};
use patchdeck::config;
use patchdeck::domain::{BackendName, BackendWindow, BackendWord, HostId, Override, Period, Says, TenantId, Text};

use super::night;
use super::world::{civil, read, rollout_id};

const CALENDAR: &str = r#"
[[backend]]
name = "acme-hb"
kind = "hawkbit"
url = "https://patch.example.test"
[backend.tenants]
acme = "ACME"
globex = "GLOBEX"
umbrella = "UMBRELLA"
initech = "INITECH"
hooli = "HOOLI"

[[window]]
name = "Tuesday night"
tenant = "acme"
zone = "Europe/Berlin"
start = "2026-12-08T22:00"
length = "3h"
cutoff = "30min"

[[window]]
name = "Wednesday"
tenant = "umbrella"
zone = "Europe/Berlin"
start = "2026-12-09T02:00"
length = "3h"

[[window]]
name = "closing"
tenant = "globex"
zone = "America/New_York"
start = "2026-12-08T14:46"
length = "3h"
cutoff = "10min"
"#;

/// What the Windows screen shows besides: a freeze, a tenant whose next opening crosses a clock change, a group.
const MORE: &str = r#"
[[window]]
name = "Casablanca nights"
tenant = "initech"
zone = "Africa/Casablanca"
start = "2026-12-05T22:00"
rrule = "FREQ=WEEKLY;BYDAY=SA"
length = "until 06:00"
cutoff = "1h"
owner = "field team"

[[window]]
name = "Berlin Saturdays"
tenant = "hooli"
zone = "Europe/Berlin"
start = "2026-12-05T22:00"
rrule = "FREQ=WEEKLY;BYDAY=SA"
length = "8h"
cutoff = "1h"

[[group]]
name = "eu"
tenant = "acme"
waves = ["*-eu"]

[[window]]
name = "Frankfurt"
tenant = "acme"
group = "eu"
zone = "Europe/Berlin"
start = "2026-12-08T20:00"
length = "4h"

[[freeze]]
name = "year end"
reason = "books are closed"
tenant = "umbrella"
from = "2026-12-08T12:00"
to = "2027-01-04T06:00"
"#;

fn rules(calendar: &str) -> Rules {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::write(&path, calendar).expect("written");
    config::load(Some(&path), &["hawkbit"], &|_| None).unwrap_or_else(|problems| panic!("{problems}")).config.calendar
}

pub fn board() -> State {
    let mut state = night::at(Place::Board);
    state.calendars = Calendars::new(rules(CALENDAR), state.local_zone.clone());
    state
}

/// The Windows screen, a while into the window of acme.
pub fn screen() -> State {
    let mut state = night::at(Place::Windows);
    state.calendars = Calendars::new(rules(&format!("{CALENDAR}{MORE}")), state.local_zone.clone());
    let until = civil() + jiff::SignedDuration::from_mins(52);
    state.overrides.push(Override {
        tenant: TenantId::new("globex"),
        rollout: rollout_id("globex-hb", "5"),
        reason: Text::new("CVE in the field"),
        change: Some(Text::new("CHG-4711")),
        who: Text::new("lead"),
        second: None,
        period: Period::new(civil() - jiff::SignedDuration::from_mins(8), until).expect("a period"),
    });
    looked_at(state)
}

/// The same screen in the evening before the clock goes forward in Berlin.
pub fn clock_change() -> State {
    let mut state = screen();
    let step = "2027-03-27T20:30:00Z".parse::<jiff::Timestamp>().expect("a time").duration_since(civil());
    state.now.civil += step;
    state.overrides.clear();
    looked_at(state)
}

/// The board with a rollout whose backend has frozen hosts of its next wave while ours is open.
pub fn frozen_there() -> State {
    let mut state = board();
    let backend = BackendName::new("acme-hb");
    let word = BackendWindow {
        tenant: TenantId::new("acme"),
        rollout: Some(rollout_id("acme-hb", "3")),
        wave: Some(Text::new("late")),
        hosts: (0..7).map(|at| HostId::new(backend.clone(), format!("db-{at}"))).collect(),
        says: Says::Frozen,
        native: Text::new("minion_blackout in its pillar"),
    };
    let word = BackendWord { windows: vec![word], ..BackendWord::default() };
    state.store.merge_windows(&backend, word, std::time::Duration::ZERO, &read(20));
    looked_at(state)
}

/// Backends that say otherwise: one holds back what is ours to begin, one has frozen a wave, one opens in our freeze.
pub fn conflicts() -> State {
    let mut state = screen();
    let later = |minutes| civil().checked_add(jiff::SignedDuration::from_mins(minutes)).ok();
    let says = [
        ("acme-hb", "acme", 4, Says::Window { from: later(360), to: later(480) }, "0 0 5 ? * * for 02:00:00 at +00:00"),
        ("acme-hb", "acme", 1, Says::Over, "0 0 20 8 12 ? for 01:00:00 at +00:00"),
        ("umbrella-hb", "umbrella", 12, Says::Window { from: later(-30), to: later(90) }, "0 30 21 ? * * for 02:00:00 at +00:00"),
    ];
    for (backend, tenant, hosts, says, native) in says {
        let backend = BackendName::new(backend);
        let word = BackendWindow {
            tenant: TenantId::new(tenant),
            rollout: None,
            wave: None,
            hosts: (0..hosts).map(|at| HostId::new(backend.clone(), format!("print-{at:04}"))).collect(),
            says,
            native: Text::new(native),
        };
        let known = state.store.theirs.get(&backend).map(|known| known.value.clone()).unwrap_or_default();
        let windows = known.windows.into_iter().chain([word]).collect();
        let word = BackendWord { windows, unread: 0, blind: None };
        state.store.merge_windows(&backend, word, std::time::Duration::ZERO, &read(100));
    }
    let blind = BackendWord {
        blind: Some(Text::new("windows of single jobs are not known: the login lacks READ_TARGET")),
        ..BackendWord::default()
    };
    state.store.merge_windows(&BackendName::new("globex-hb"), blind, std::time::Duration::ZERO, &read(100));
    looked_at(state)
}

fn looked_at(mut state: State) -> State {
    rows::refresh(&mut state);
    let now = state.now;
    state.notices.clear();
    state.alarmed = now.civil;
    update(&mut state, Message::Tick, now);
    state
}

/// So many tenants, each with a window twice a week, and the first of them long past what is kept.
pub fn many(tenants: usize) -> State {
    use std::fmt::Write as _;
    let mut text =
        "[[backend]]\nname = \"acme-hb\"\nkind = \"hawkbit\"\nurl = \"https://patch.example.test\"\n[backend.tenants]\n"
            .to_owned();
    for tenant in 0..tenants {
        let _ = writeln!(text, "t{tenant:03} = \"T{tenant}\"");
    }
    for tenant in 0..tenants {
        let zone = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Auckland"][tenant % 4];
        let _ = writeln!(
            text,
            "\n[[window]]\nname = \"nights\"\ntenant = \"t{tenant:03}\"\nzone = \"{zone}\"\nstart = \"2026-01-06T22:00\"\nrrule = \"FREQ=WEEKLY;BYDAY=TU,TH\"\nuntil = \"02:00\"\ncutoff = \"30min\""
        );
    }
    let mut state = night::at(Place::Windows);
    state.calendars = Calendars::new(rules(&text), state.local_zone.clone());
    while state.calendars.keep(state.now.civil, 100) > 0 {}
    looked_at(state)
}

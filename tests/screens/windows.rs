//! The board of the usual night with a calendar: one tenant inside its window, one frozen, one that opens later.

use patchdeck::app::state::{Place, State};
use patchdeck::calendar::{Calendars, Rules};
use patchdeck::config;

use super::night;

const CALENDAR: &str = r#"
[[backend]]
name = "acme-hb"
kind = "hawkbit"
url = "https://patch.example.test"
[backend.tenants]
acme = "ACME"
globex = "GLOBEX"
umbrella = "UMBRELLA"

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

fn rules() -> Rules {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::write(&path, CALENDAR).expect("written");
    config::load(Some(&path), &["hawkbit"], &|_| None).unwrap_or_else(|problems| panic!("{problems}")).config.calendar
}

pub fn board() -> State {
    let mut state = night::at(Place::Board);
    state.calendars = Calendars::new(rules(), state.local_zone.clone());
    state
}

//! What every screen and every dialog looks like, at the sizes people have, and that no size breaks any of them.
//!
//! The states are built by hand: a night with three tenants on which something of everything happens. Text and style are
//! held apart: text snapshots show layout, one snapshot of style runs shows emphasis.

#[path = "screens/dialogs.rs"]
mod dialogs;
#[path = "screens/night.rs"]
mod night;
#[path = "screens/rings.rs"]
mod rings;
#[path = "screens/windows.rs"]
mod windows;
#[path = "screens/world.rs"]
mod world;

use patchdeck::app::message::{Carried, Message};
use patchdeck::app::state::{Dialog, Drawn, Field, Input, Notice, Place, RowId, Screen, State, Weight, cause_key};
use patchdeck::app::update::update;
use patchdeck::domain::{BackendName, Care, CareStage, IntentId, PausedBy, RolloutId, RolloutState, Text, WaveId};
use patchdeck::memory::Record;
use patchdeck::store::queue::Pile;
use patchdeck::theme::{Depth, Glyphs, Theme, load};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use std::fmt::Write as _;
use std::time::Duration;

use rstest::rstest;
use unicode_width::UnicodeWidthStr;

fn theme(name: &str, depth: Depth, glyphs: &Glyphs) -> Theme {
    load(name, &[], depth, *glyphs).expect("a built-in theme").theme
}

fn dark() -> Theme {
    theme("dark", Depth::TrueColour, &Glyphs::UNICODE)
}

fn draw(state: &State, theme: &Theme, width: u16, height: u16) -> (Buffer, Drawn) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test terminal");
    let mut drawn = Drawn::default();
    terminal.draw(|frame| drawn = patchdeck::ui::draw(frame, state, theme)).expect("nothing to fail");
    (terminal.backend().buffer().clone(), drawn)
}

/// The characters of a screen, without trailing spaces.
fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += (symbol.width() as u16).max(1);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Runs of one style: line, columns, the style, and the text in it.
fn runs(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let style = buffer[(x, y)].style();
            let from = x;
            let mut said = String::new();
            while x < buffer.area.width && buffer[(x, y)].style() == style {
                said.push_str(buffer[(x, y)].symbol());
                x += 1;
            }
            if !said.trim().is_empty() {
                let look = format!("{:?} on {:?} {:?}", style.fg, style.bg, style.add_modifier);
                let look = look.replace("Some(", "").replace(')', "").replace("NONE", "");
                _ = writeln!(out, "{y:>2} {from:>3}-{:<3} {look:<40} {}", x - 1, said.trim_end());
            }
        }
    }
    out
}

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 50)];

#[test]
fn every_screen_at_every_size() {
    for (name, place) in night::places() {
        for (width, height) in SIZES {
            let state = night::at(place.clone());
            let (buffer, _) = draw(&state, &dark(), width, height);
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), text(&buffer));
        }
    }
}

#[rstest]
#[case::in_time("returned <n>", 0, None, false, "10m open normal, due within 4h00: 3h51 left")]
#[case::over_tonight("returned <n>", 5, None, true, "6h open normal, due within 4h00: over its deadline by 1h09")]
#[case::over_from_nights_before(
    "Could not get lock <path>",
    0,
    None,
    true,
    "62d open normal, due within 4h00: over its deadline by 62d in 3 nights since 8 Oct failed 3 months running"
)]
#[case::verified_in_between(
    "Could not get lock <path>",
    0,
    Some(20),
    false,
    "2h open normal, due within 4h00: 2h50 left failed 3 months running"
)]
fn a_cause_says_how_it_stands_to_its_deadline_over_all_nights_since_it_was_verified(
    #[case] words: &str,
    #[case] hours: u64,
    #[case] verified_days_ago: Option<i64>,
    #[case] over: bool,
    #[case] age: &str,
) {
    let mut state = night::at(Place::Failures);
    let list = state.lists.get_mut(&Place::Failures).expect("made");
    let is_it = |row: &&RowId| matches!(row, RowId::Pile(Pile::Cause(of)) if of.text.as_str().contains(words));
    let row = list.order.iter().find(is_it).cloned().expect("the cause");
    assert!(list.select(&row));
    let RowId::Pile(Pile::Cause(signature)) = row else { panic!("{row:?}") };
    if let Some(days) = verified_days_ago {
        let verified = Some(world::minutes_ago(days * 24 * 60));
        let care = Care { stage: CareStage::LookedAt, at: world::civil(), verified, ..Care::default() };
        state.memory.remember(Record::Care { of: cause_key(&signature), care });
    }
    state.now = world::later(state.now, Duration::from_secs(hours * 3600));
    let shown = text(&draw(&state, &dark(), 120, 36).0);
    let row = shown.lines().find(|line| line.starts_with('▌')).expect("a selected row");
    assert_eq!(row.contains(" due "), over, "{row}");
    let told = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(&format!("Age {age}")), "{age} in {shown}");
}

#[test]
fn the_board_with_a_calendar_at_every_size() {
    for (width, height) in SIZES {
        let (buffer, _) = draw(&windows::board(), &dark(), width, height);
        insta::assert_snapshot!(format!("board-windows-{width}x{height}"), text(&buffer));
        let (buffer, _) = draw(&windows::frozen_there(), &dark(), width, height);
        insta::assert_snapshot!(format!("board-frozen-there-{width}x{height}"), text(&buffer));
    }
}

#[test]
fn the_wide_board_at_every_size() {
    for (width, height) in SIZES {
        let (buffer, _) = draw(&pressed(windows::board(), "W"), &dark(), width, height);
        insta::assert_snapshot!(format!("board-wide-{width}x{height}"), text(&buffer));
    }
}

#[test]
fn the_figures_of_a_wave_of_many_thousands_do_not_touch_its_bar() {
    let mut state = night::at(Place::Board);
    let Some(RowId::Rollout(id)) = state.selected().cloned() else { panic!("no rollout is selected") };
    let waves = state.store.rollouts.get_mut(&id).and_then(|entry| entry.waves.as_mut()).expect("waves");
    let counts = &mut waves.value[1].counts;
    (counts.total, counts.done) = (113_980, 112_882);
    let shown = text(&draw(&state, &dark(), 120, 36).0);
    assert!(shown.contains(" 112882/113980   "), "{shown}");
    assert!(shown.contains("         12/12   "), "the others stay below each other\n{shown}");
}

/// The picture is of a night that was played; what stands around its figures is what is drawn today.
#[test]
fn the_picture_in_the_readme_is_of_todays_screen() {
    let readme =
        include_str!("../README.md").split("<!-- screen -->").nth(1).and_then(|rest| rest.split("<!-- /screen -->").next());
    let lines: Vec<&str> =
        readme.expect("a picture").lines().filter(|line| !line.is_empty() && !line.starts_with("```")).collect();
    let titles: Vec<&str> = Screen::ALL.iter().map(|screen| screen.title()).collect();
    assert!(lines[0].starts_with(&format!(" {} ", titles.join(" "))), "{}", lines[0]);
    let drawn = text(&draw(&windows::board(), &dark(), 112, 36).0);
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: Vec<String> = lines.iter().map(|line| words(line)).collect();
    let names = drawn.lines().find(|line| line.contains("TENANT")).expect("names of columns");
    let hints = drawn.lines().last().expect("hints");
    for line in [names, hints] {
        assert!(shown.contains(&words(line)), "{line:?} is not in the picture");
    }
    for label in [" reported done, ", "PAUSED by its own limit: wave ", " go on. Resume starts wave ", "CALL "] {
        assert!(drawn.contains(label) && lines.iter().any(|line| line.contains(label)), "{label:?}");
    }
    assert!(lines.iter().all(|line| line.width() <= 112) && lines.len() <= 36, "{}", lines.len());
}

/// Selects a row of the Windows screen by the keys that lead to it.
fn pressed(mut state: State, keys: &str) -> State {
    for key in keys.split(' ').filter(|key| !key.is_empty()) {
        let now = state.now;
        update(&mut state, Message::Key(key.parse().expect("a key")), now);
    }
    state
}

/// Open, a group of it, an override on what is closed, frozen, and what opens later.
#[test]
fn the_windows_screen_at_every_size() {
    let shown = vec![
        ("open", windows::screen(), ""),
        ("override", windows::screen(), "j j"),
        ("frozen", windows::screen(), "end"),
        ("jumped", windows::screen(), "end k . . - - -"),
        ("clock", windows::clock_change(), "j j j"),
        ("conflict", windows::conflicts(), ""),
        ("conflict-frozen", windows::conflicts(), "end"),
    ];
    for (name, state, keys) in shown {
        let state = pressed(state, keys);
        for (width, height) in SIZES {
            let (buffer, _) = draw(&state, &dark(), width, height);
            insta::assert_snapshot!(format!("windows-{name}-{width}x{height}"), text(&buffer));
        }
    }
    let ascii = theme("mono", Depth::Mono, &Glyphs::ASCII);
    let shown = text(&draw(&windows::screen(), &ascii, 120, 36).0);
    assert!(shown.is_ascii(), "{shown}");
    insta::assert_snapshot!("ascii-windows", shown);
}

#[test]
fn of_five_hundred_tenants_a_page_is_drawn_and_openings_are_found_beyond_what_is_kept() {
    let mut state = pressed(windows::many(500), "end k k k");
    let (buffer, drawn) = draw(&state, &dark(), 120, 36);
    assert!(text(&buffer).contains("t497"), "{}", text(&buffer));
    assert!(drawn.page < 40, "{}", drawn.page);
    for _ in 0..40 {
        state = pressed(state, ".");
    }
    // Twice a week: the fortieth lies 20 weeks ahead.
    let shown = text(&draw(&state, &dark(), 120, 36).0);
    assert!(shown.contains("jumped to") && shown.contains("23 Apr 04:00"), "{shown}");
    let row = shown.lines().find(|line| line.contains("▌ t497")).expect("selected");
    assert!(row.contains('░'), "{row}");
}

#[test]
fn rings_that_a_person_drives_at_every_size() {
    for (name, place) in rings::places() {
        for (width, height) in SIZES {
            let (buffer, _) = draw(&rings::at(place.clone()), &dark(), width, height);
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), text(&buffer));
        }
    }
}

/// Time alone moves it, by the minute: between two minutes nothing is drawn.
#[test]
fn a_soak_is_counted_down_by_the_minute() {
    let (_, place) = rings::places()[0].clone();
    let said = |seconds: i64| {
        let mut state = rings::at(place.clone());
        state.now.civil += jiff::SignedDuration::from_secs(seconds);
        text(&draw(&state, &dark(), 120, 36).0)
    };
    assert!(said(0).contains("soaks 17m"), "{}", said(0));
    assert!(said(0).contains("soaking 17m, to 23:31; then it waits for a person"), "{}", said(0));
    assert!(said(60).contains("soaks 16m"));
    assert!(said(16 * 60 + 30).contains("soaks 1m"));
    assert!(!said(17 * 60).contains("soak"), "{}", said(17 * 60));
}

/// Nobody is at work: the board does not say "running".
#[test]
fn the_board_counts_a_soak_down_in_place_of_its_state() {
    let board = |seconds: i64| {
        let mut state = rings::at(Place::Board);
        state.now.civil += jiff::SignedDuration::from_secs(seconds);
        let shown = text(&draw(&state, &dark(), 120, 36).0);
        shown.lines().find(|line| line.contains("Web servers")).expect("its row").to_owned()
    };
    assert!(board(0).contains("soaking 17m") && !board(0).contains("running"), "{}", board(0));
    assert!(board(600).contains("soaking 7m"), "{}", board(600));
    assert!(board(18 * 60).contains("running"), "what comes then is the backend's to say: {}", board(18 * 60));
}

/// What a yes would do, and why it stands still, of a rollout whose rings a person drives.
#[test]
fn a_gate_in_the_middle_is_told_as_a_gate_and_not_as_the_approval_of_everything() {
    let told = |is: RolloutState, says: &str| {
        let mut state = rings::in_state(Place::Board, is, says);
        for _ in 0..9 {
            let shown = text(&draw(&state, &dark(), 120, 50).0);
            if shown.contains("acme · Web servers") {
                return shown;
            }
            state = pressed(state, "tab");
        }
        panic!("tab never comes to it")
    };
    let waits = told(RolloutState::WaitsForYou, "pilot: 0 of 2 keys turned");
    let words = "approve turns one key of the gate before wave 2 \"early\"; another person then begins it";
    assert!(waits.contains(words) && !waits.contains("covers ALL"), "{waits}");
    let wave = WaveId::new(RolloutId::new(BackendName::new("acme-hb"), "2026-12-a1"), "1");
    let short = told(RolloutState::Paused(PausedBy::Short { wave }), "pilot: gate not met: 40 % done, needs 95 %");
    assert!(short.contains("PAUSED, short"), "{short}");
    assert!(short.contains("PAUSED with nobody at work: pilot: gate not met: 40 % done, needs 95 %"), "{short}");
    assert!(short.contains("Resume starts wave 2, 16 hosts, in spite of it."), "{short}");
}

#[test]
fn a_masked_number_that_may_be_the_cause_stands_in_its_row_and_beside_it_with_its_hosts() {
    let mut state = night::at(Place::Failures);
    let returned = |row: &RowId| matches!(row, RowId::Pile(Pile::Cause(of)) if of.text.as_str().contains("returned <n>"));
    let list = state.lists.get_mut(&Place::Failures).expect("made");
    let row = list.order.iter().find(|row| returned(row)).cloned().expect("a cause with a masked number");
    assert!(list.select(&row));
    for (width, height) in [(120, 36), (200, 50)] {
        let shown = text(&draw(&state, &dark(), width, height).0);
        assert!(shown.contains("post-install check returned 3, 127"), "{shown}");
        assert!(shown.contains("Variants   returned 3 on 2 hosts, 127 on 1"), "{shown}");
    }
    let RowId::Pile(pile) = row else { panic!("{row:?}") };
    let hosts = text(&draw(&night::at(Place::Pile(pile)), &dark(), 120, 36).0);
    assert!(hosts.contains("returned 3 on 2 hosts, 127 on 1   read 3 of 3"), "{hosts}");
}

#[test]
fn every_dialog_at_every_size() {
    for (name, place, dialog) in dialogs::all() {
        for (width, height) in SIZES {
            let mut state = night::at(place.clone());
            state.dialogs.push(dialog.clone());
            let (buffer, drawn) = draw(&state, &dark(), width, height);
            assert!(drawn.dialog.is_some(), "{name} tells no size");
            insta::assert_snapshot!(format!("dialog-{name}-{width}x{height}"), text(&buffer));
        }
    }
}

#[test]
fn before_the_first_answer_every_screen_says_what_will_appear() {
    for (name, place) in night::places() {
        let state = night::before(place);
        insta::assert_snapshot!(format!("empty-{name}"), text(&draw(&state, &dark(), 80, 24).0));
    }
}

#[test]
fn emphasis_of_the_board() {
    let state = night::at(Place::Board);
    insta::assert_snapshot!("style-board", runs(&draw(&state, &dark(), 120, 36).0));
}

#[test]
fn an_ascii_terminal_gets_nothing_but_ascii() {
    let ascii = theme("mono", Depth::Mono, &Glyphs::ASCII);
    for (name, place) in night::places() {
        let (buffer, _) = draw(&night::at(place), &ascii, 120, 36);
        let shown = text(&buffer);
        assert!(shown.is_ascii(), "{name}: {shown}");
        if name == "board" {
            insta::assert_snapshot!("ascii-board", shown);
        }
    }
    for (name, place, dialog) in dialogs::all() {
        let mut state = night::at(place);
        state.dialogs.push(dialog);
        assert!(text(&draw(&state, &ascii, 120, 36).0).is_ascii(), "{name}");
    }
}

#[rstest]
#[case::least(60, 15)]
#[case::tall(60, 60)]
fn the_least_size_shows_one_list(#[case] width: u16, #[case] height: u16) {
    let state = night::at(Place::Board);
    insta::assert_snapshot!(format!("board-{width}x{height}"), text(&draw(&state, &dark(), width, height).0));
}

#[rstest]
#[case(59, 15)]
#[case(60, 14)]
#[case(30, 4)]
#[case(12, 3)]
fn a_smaller_screen_says_what_it_needs(#[case] width: u16, #[case] height: u16) {
    let shown = text(&draw(&night::at(Place::Board), &dark(), width, height).0);
    let words: String = shown.split_whitespace().collect();
    assert!(words.contains("60x15needed,"), "{shown}");
}

#[test]
fn a_paused_rollout_says_in_words_by_what_and_what_resume_begins() {
    let shown = text(&draw(&night::at(Place::Board), &dark(), 120, 36).0);
    assert!(shown.contains("PAUSED by its own limit: wave 3 \"broad-eu\", 14 of 120 failed, 11.6 %, limit 10 %"), "{shown}");
    assert!(shown.contains("45 hosts of wave 3 go on. Resume starts wave 4, 240 hosts, at once."), "{shown}");
}

/// Piles that are no cause have no stage of their own: they are as far as the cause that people are least far with.
#[test]
fn a_pile_of_several_causes_is_new_as_long_as_one_of_them_is() {
    let stage_of = |tenant: &str, keys: &str| {
        let shown = text(&draw(&pressed(night::at(Place::Failures), keys), &dark(), 120, 36).0);
        let line = shown.lines().find(|line| line.contains(tenant)).unwrap_or_else(|| panic!("{shown}")).to_owned();
        ["new", "looked at", "cause found"].into_iter().find(|stage| line.contains(&format!("  {stage}"))).expect("a stage")
    };
    assert_eq!([stage_of(" acme ", "g"), stage_of(" globex ", "g")], ["new", "new"]);
    assert_eq!([stage_of(" web-0300 ", "g g g"), stage_of(" web-0305 ", "g g g")], ["cause found", "new"]);
}

#[test]
fn a_rollout_that_is_undone_says_by_how_many_and_what_came_of_it() {
    use patchdeck::domain::{Related, Relation};
    let mut state = night::at(Place::Board);
    let of = world::rollout_id("acme-hb", "3");
    let undo = |native: &str, is: RolloutState, counts| {
        let mut undo = world::rollout("acme-hb", native, "acme", "December baseline, undo", is, Some(counts));
        undo.related = vec![Related { relation: Relation::RollbackOf, rollout: of.clone() }];
        undo
    };
    let undone = vec![
        undo("21", RolloutState::Finished, world::counts(50, 44, 6, 0)),
        undo("22", RolloutState::Running, world::counts(51, 20, 1, 30)),
        undo("23", RolloutState::Declined, world::counts(50, 0, 0, 0)),
    ];
    state.store.merge_rollouts(&BackendName::new("acme-hb"), undone, false, false, &world::read(2));
    for (place, label) in [(Place::Board, "undone by "), (Place::Rollout(of.clone()), "Undone     by ")] {
        state.trail.go(place);
        let shown = text(&draw(&state, &dark(), 120, 60).0);
        let told = format!("{label}2 rollouts: 64 of 101 hosts reported back   30 at work   7 failed");
        assert!(shown.contains(&told), "{shown}");
    }
}

#[test]
fn a_failed_host_of_a_wave_shows_the_line_that_tells_why_and_what_it_means() {
    let shown = text(&draw(&night::at(night::big_wave()), &dark(), 200, 50).0);
    let line = shown.lines().find(|line| line.starts_with("▌ web-0000")).expect("its row");
    assert!(line.contains("E: Could not get lock") && !line.contains("Reading package lists"), "{line}");
    assert!(shown.contains("package lock   retry after a pause   rule apt.apt_lock"), "{shown}");
}

#[test]
fn more_groups_than_there_are_figures_say_how_they_are_reached() {
    let mut state = night::at(Place::Failures);
    state.dialogs.push(dialogs::of_many_causes(11));
    let shown = text(&draw(&state, &dark(), 120, 50).0);
    assert!(shown.contains("press 9 if it holds") && !shown.contains("press 10"), "{shown}");
    assert_eq!(shown.matches("; no figure is left for it: begin").count(), 2, "{shown}");
}

#[test]
fn words_that_could_steer_a_terminal_are_shown_as_marks() {
    let shown = text(&draw(&night::at(Place::Board), &dark(), 200, 50).0);
    assert!(shown.contains("␛[31m"), "{shown}");
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
}

#[rstest]
#[case::nothing_armed(None, "LOOK ONLY")]
#[case::armed(Some("globex"), " ARMED globex 8m ")]
fn the_header_says_whether_anything_is_armed(#[case] tenant: Option<&str>, #[case] said: &str) {
    let mut state = night::at(Place::Board);
    if let Some(tenant) = tenant {
        night::arm(&mut state, tenant);
    }
    for (width, height) in SIZES {
        let shown = text(&draw(&state, &dark(), width, height).0);
        assert!(shown.lines().next().is_some_and(|line| line.contains(said)), "{shown}");
    }
}

#[test]
fn a_journal_that_breaks_leaves_nothing_armed() {
    let mut state = night::at(Place::Board);
    night::arm(&mut state, "globex");
    let news = Carried::JournalBroken { words: "disk full".into(), sent: true };
    let now = state.now;
    update(&mut state, Message::Carried { intent: IntentId::new("k-1"), news }, now);
    let shown = text(&draw(&state, &dark(), 120, 36).0);
    assert!(shown.contains("LOOK ONLY") && !shown.contains("ARMED"), "{shown}");
}

#[test]
fn what_is_armed_stands_on_its_own_ground() {
    for name in ["dark", "light", "colour-blind", "high-contrast", "sixteen", "mono"] {
        let theme = theme(name, Depth::TrueColour, &Glyphs::UNICODE);
        let armed = theme.role(patchdeck::theme::Role::Armed);
        let mut state = night::at(Place::Board);
        night::arm(&mut state, "globex");
        let (buffer, _) = draw(&state, &theme, 120, 36);
        let line: Vec<&str> = (0..120).map(|x| buffer[(x, 0)].symbol()).collect();
        let at = line.windows(5).position(|cells| cells.concat() == "ARMED").expect("the header says so") as u16;
        let look = buffer[(at, 0)].style();
        assert!(armed.bg.is_none() || look.bg == armed.bg, "{name}: {look:?}");
        assert!(look.add_modifier.contains(armed.add_modifier), "{name}: {look:?}");
    }
}

#[test]
fn words_of_no_colour_take_the_colour_of_the_ground_and_coloured_ones_keep_theirs() {
    use patchdeck::theme::Role;
    for name in ["dark", "light", "colour-blind"] {
        let theme = theme(name, Depth::TrueColour, &Glyphs::UNICODE);
        let (buffer, _) = draw(&night::at(Place::Board), &theme, 120, 36);
        let alert = theme.role(Role::Alert).fg;
        let mut kept = 0;
        for ground in [Role::Band, Role::Row].map(|role| theme.role(role)) {
            let cells: Vec<_> = buffer.content.iter().filter(|cell| Some(cell.bg) == ground.bg).collect();
            assert!(cells.iter().any(|cell| Some(cell.fg) == ground.fg && cell.symbol() != " "), "{name}");
            assert!(cells.iter().all(|cell| cell.fg != ratatui::style::Color::Reset), "{name}");
            kept += cells.iter().filter(|cell| Some(cell.fg) == alert).count();
        }
        assert!(kept > 0, "{name}: what calls does not call any more");
    }
}

#[test]
fn in_tenants_zones_a_time_that_is_not_the_headers_names_its_zone() {
    let mut state = night::at(Place::Board);
    state.zone = patchdeck::app::state::ZoneShown::Tenant;
    let told = |state: &State| text(&draw(state, &dark(), 200, 50).0).matches(" JST").count();
    assert_eq!(told(&state), 0);
    for tenant in state.store.tenants.values_mut() {
        tenant.zone = Some(jiff::tz::TimeZone::get("Asia/Tokyo").expect("a zone"));
    }
    assert!(told(&state) > 0);
}

#[test]
fn a_narrow_header_still_names_the_tenant_and_the_rollout_of_a_wave() {
    // At sixty cells there is room for the tenant alone.
    for (width, said) in [(60, " acme"), (80, " acme · "), (100, " acme · ")] {
        let shown = text(&draw(&night::at(night::big_wave()), &dark(), width, 24).0);
        let header = shown.lines().next().unwrap_or_default();
        assert!(header.starts_with(said) || header.contains(&format!("→{said}")), "{width}: {header}");
    }
}

#[rstest]
#[case::plain(1.0, "23:14 CET")]
#[case::fast(10.0, "23:14 CET x10")]
#[case::stopped(0.0, "23:14 CET stopped")]
fn the_clock_tells_its_zone_and_its_rate(#[case] rate: f64, #[case] said: &str) {
    let mut state = night::at(Place::Board);
    state.rate = rate;
    for (width, height) in SIZES {
        let shown = text(&draw(&state, &dark(), width, height).0);
        assert!(shown.lines().next().is_some_and(|line| line.ends_with(said)), "{shown}");
    }
}

#[test]
fn a_notice_is_shown_until_it_has_been_read() {
    let mut state = night::at(Place::Board);
    state.notices.push_back(Notice { text: Text::new("copied"), weight: Weight::Info, at: state.now.mono, about: None });
    assert!(text(&draw(&state, &dark(), 120, 36).0).contains("copied"));
    state.now = world::later(state.now, Weight::Info.lasts());
    assert!(!text(&draw(&state, &dark(), 120, 36).0).contains("copied"));
}

#[test]
fn no_notice_hides_what_needs_a_person() {
    let said = "resume of December baseline was refused: wave 3 is not ready yet";
    let long = format!("{said}, and nothing was sent; press it again when the backend says that it is");
    for (width, height) in [(60, 15), (80, 24), (120, 36)] {
        let mut state = night::at(Place::Board);
        let line = |state: &State| text(&draw(state, &dark(), width, height).0).lines().nth(1).unwrap_or_default().to_owned();
        let before = line(&state);
        state.notices.push_back(Notice { text: Text::new(said), weight: Weight::Warn, at: state.now.mono, about: None });
        assert!(line(&state).starts_with(&before), "{before} became {}", line(&state));
        let shown = text(&draw(&state, &dark(), width, height).0);
        assert!(width < 80 || shown.contains(said), "{shown}");
        state.notices.push_back(Notice { text: Text::new(&long), weight: Weight::Warn, at: state.now.mono, about: None });
        let shown = text(&draw(&state, &dark(), width, height).0);
        assert!(shown.split_whitespace().collect::<Vec<_>>().join(" ").contains(&long), "{shown}");
    }
}

#[test]
fn what_is_over_and_well_steps_back() {
    let theme = dark();
    let dim = theme.role(patchdeck::theme::Role::Dim).fg;
    let state = night::at(Place::Board);
    let (buffer, _) = draw(&state, &theme, 120, 36);
    let colours = |name: &str| {
        let line = |y: u16| (0..120).map(|x| buffer[(x, y)].symbol().to_owned()).collect::<String>();
        let y = (3..18).find(|y| line(*y).contains(name)).expect("it is on the board");
        (2..118).filter(|x| buffer[(*x, y)].symbol() != " ").map(|x| buffer[(x, y)].style().fg).collect::<Vec<_>>()
    };
    assert!(colours("October rest").iter().all(|colour| *colour == dim));
    assert!(colours("November rest").iter().any(|colour| *colour != dim), "hosts still work there");
}

#[test]
fn a_list_that_does_not_fit_says_which_part_is_shown() {
    let shown = text(&draw(&night::at(Place::Board), &dark(), 80, 20).0);
    let of = night::at(Place::Board).store.rollouts.len();
    let (_, drawn) = draw(&night::at(Place::Board), &dark(), 80, 20);
    assert!(drawn.hits.len() < of, "the night has more rollouts than rows");
    assert!(shown.contains(&format!("rows 1-{} of {of}", drawn.hits.len())), "{shown}");
}

#[test]
fn a_failure_does_not_repeat_its_state() {
    let mut state = night::at(Place::Backends);
    let place = state.place().clone();
    state.lists.entry(place).or_default().last();
    let shown = text(&draw(&state, &dark(), 120, 36).0);
    assert!(shown.contains("Failure    connection refused"), "{shown}");
}

#[test]
fn a_filter_says_how_many_of_how_many() {
    let mut state = night::at(night::big_wave());
    state.field = Some(Field::Filter(Input::new("web-01".to_owned())));
    night::filter(&mut state, "web-01");
    insta::assert_snapshot!("filter-wave-120x36", text(&draw(&state, &dark(), 120, 36).0));
}

#[test]
fn a_verb_is_bright_only_where_its_tenant_is_armed() {
    let theme = dark();
    let key = theme.role(patchdeck::theme::Role::Key).fg;
    let look = |state: &State| {
        let (buffer, _) = draw(state, &theme, 120, 36);
        let line: String = (0..120).map(|x| buffer[(x, 35)].symbol().to_owned()).collect();
        let at = line.find("c resume").expect("resume is offered on a paused rollout") as u16;
        buffer[(at, 35)].style().fg
    };
    let mut state = night::at(Place::Board);
    assert_ne!(look(&state), key);
    night::arm(&mut state, "globex");
    assert_ne!(look(&state), key, "another tenant is armed");
    night::arm(&mut state, "acme");
    assert_eq!(look(&state), key);
}

#[test]
fn a_selected_row_can_be_told_without_colour() {
    let mono = theme("mono", Depth::Mono, &Glyphs::UNICODE);
    let (buffer, drawn) = draw(&night::at(Place::Board), &mono, 120, 36);
    let rows: Vec<u16> = drawn.hits.iter().map(|(y, _)| *y).collect();
    assert_ne!(buffer[(10, rows[0])].style(), buffer[(10, rows[1])].style());
}

#[test]
fn the_line_of_time_of_the_selected_row_is_not_reversed() {
    use ratatui::style::Modifier;
    let mono = theme("mono", Depth::Mono, &Glyphs::UNICODE);
    let (buffer, drawn) = draw(&windows::screen(), &mono, 120, 36);
    let y = drawn.hits[0].0;
    let reversed = |x: u16| buffer[(x, y)].modifier.contains(Modifier::REVERSED);
    assert!(reversed(2), "the name shows what is selected");
    let open: Vec<u16> = (0..120).filter(|x| buffer[(*x, y)].symbol() == Glyphs::UNICODE.open).collect();
    assert!(!open.is_empty());
    assert!(!open.into_iter().any(reversed), "what is open would look shut");
}

#[test]
fn a_key_that_does_nothing_to_the_selected_row_is_dim() {
    use patchdeck::theme::Role;
    let theme = dark();
    let key = |keys: &str, hint: &str| {
        let (buffer, _) = draw(&pressed(night::at(Place::Failures), keys), &theme, 120, 36);
        let line: String = (0..120).map(|x| buffer[(x, 35)].symbol().to_owned()).collect();
        let at = line.find(hint).unwrap_or_else(|| panic!("{hint} is not in {line}"));
        buffer[(line[..at].chars().count() as u16, 35)].style().fg
    };
    let (bright, dim) = (theme.role(Role::Key).fg, theme.role(Role::Dim).fg);
    assert_eq!([key("", "t ticket"), key("", "n note")], [bright, bright], "a cause");
    assert_eq!([key("g", "t ticket"), key("g", "n note")], [bright, dim], "a tenant's failures");
    assert_eq!([key("end", "t ticket"), key("end", "n note")], [dim, dim], "no failure");
}

#[test]
fn words_of_a_window_leave_room_for_what_waits_and_what_failed() {
    let (buffer, _) = draw(&windows::clock_change(), &dark(), 120, 36);
    let shown = text(&buffer);
    assert!(shown.contains("2 wait for you   28 failed, 4 causes, 3 new   acme: window closed, +2"), "{shown}");
}

#[test]
fn under_a_dialog_no_scrap_of_a_notice_is_shown() {
    let mut state = windows::clock_change();
    let said = "select a cause or a failed host to note something about it";
    state.notices.push_back(Notice { text: Text::new(said), weight: Weight::Warn, at: state.now.mono, about: None });
    let quit = dialogs::all().into_iter().find(|(name, ..)| *name == "quit").expect("it is there");
    state.dialogs.push(quit.2);
    for width in 60..200 {
        let shown = text(&draw(&state, &dark(), width, 36).0);
        let line = shown.lines().nth(1).expect("a second line");
        let scrap = line.rsplit("   ").next().filter(|last| said.starts_with(last.trim_end_matches('…')));
        assert!(scrap.is_none_or(|scrap| scrap.len() > 15), "{line}");
    }
}

#[test]
fn drawing_tells_where_rows_and_screens_stand() {
    let (buffer, drawn) = draw(&night::at(Place::Board), &dark(), 120, 36);
    let (y, _) = drawn.hits[0];
    let line: String = (0..120).map(|x| buffer[(x, y)].symbol().to_owned()).collect();
    assert!(line.contains("acme"), "{line}");
    assert!(drawn.page >= drawn.hits.len());
}

#[test]
fn only_visible_rows_are_hit() {
    let (_, drawn) = draw(&night::at(night::big_wave()), &dark(), 120, 36);
    assert_eq!(drawn.hits.len(), drawn.page);
}

fn anywhere() -> impl Strategy<Value = (Option<Dialog>, Place)> {
    let dialogs: Vec<_> = dialogs::all().into_iter().map(|(_, place, dialog)| (Some(dialog), place)).collect();
    let places: Vec<_> = night::places().into_iter().map(|(_, place)| (None, place)).collect();
    proptest::sample::select([places, dialogs].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_size_breaks_any_screen_or_dialog(width in 0_u16..=220, height in 0_u16..=60, (dialog, place) in anywhere(), empty: bool, armed: bool) {
        let mut state = if empty { night::before(place) } else { night::at(place) };
        if armed {
            night::arm(&mut state, "globex");
        }
        state.dialogs.extend(dialog);
        draw(&state, &dark(), width, height);
    }
}

#[test]
fn a_key_that_will_count_is_bright_from_the_first_frame_on() {
    let theme = dark();
    let key = theme.role(patchdeck::theme::Role::Key).fg;
    let (_, place, dialog) = dialogs::all().into_iter().find(|(name, ..)| *name == "plan-ready").expect("it is among them");
    let Dialog::Plan(mut plan) = dialog else { panic!("a plan") };
    plan.drawn = false;
    let mut state = night::at(place);
    state.dialogs.push(Dialog::Plan(plan));
    let (buffer, _) = draw(&state, &theme, 120, 36);
    let lines: Vec<String> = text(&buffer).lines().map(str::to_owned).collect();
    let y = lines.iter().position(|line| line.contains("y send") || line.contains("y arm")).expect("the keys are shown");
    let x = (0..120).find(|x| buffer[(*x, y as u16)].symbol() == "y").expect("on that line");
    assert_eq!(buffer[(x, y as u16)].style().fg, key);
}

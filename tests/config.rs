//! The config: one file a mistake and the words it must get, all problems at once, and no secret ever repeated.
//!
//! The files lie in `tests/config/`. Nothing here opens a connection.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use patchdeck::backend::settings::SecretSource;
use patchdeck::config::{self, Loaded, Problems, ZoneChoice};
use patchdeck::domain::TenantId;
use patchdeck::keymap::Keymap;
use rstest::rstest;

const KINDS: &[&str] = &["hawkbit", "salt"];

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config").join(name).with_extension("toml")
}

fn no_env(_: &str) -> Option<String> {
    None
}

fn some_env(name: &str) -> Option<String> {
    match name {
        "HOME" => Some("/home/ops".to_owned()),
        "ACME_HB" => Some("set".to_owned()),
        _ => None,
    }
}

fn load(name: &str) -> Result<Loaded, Problems> {
    config::load(Some(&sample(name)), KINDS, &no_env)
}

#[rstest]
#[case::unknown_key("unknown_key", ":5:1: unknown key `tennant` in [[backend]]", "did you mean `tenant`?")]
#[case::unknown_section("unknown_section", ":7:2: unknown key `colours`", "known here: backend, ")]
#[case::unknown_ui_key("unknown_ui_key", ":8:1: unknown key `them` in [ui]", "did you mean `theme`?")]
#[case::wrong_type("wrong_type", ":6:23: `requests_per_second` is a string here", "write a number")]
#[case::no_list("backend_is_no_list", "`backend` is a table here", "each beginning with [[backend]]")]
#[case::missing_name("missing_keys", ":1:1: [[backend]] has no `name`", "give it a name of its own")]
#[case::missing_url("missing_keys", ":1:1: [[backend]] has no `url`", "give its base address")]
#[case::no_backend("no_backend", "there is no [[backend]]", "name at least one patch system")]
#[case::one_name("two_backends_of_one_name", ":8:1: a second backend `acme-hb`; the first is on line 2", "its own name")]
#[case::kind("unknown_kind", ":3:8: unknown kind `hawkbitt`", "did you mean `hawkbit`?")]
#[case::password("password_in_the_file", ":7:1: `password`: a secret does not belong in the config", "take it out and change it")]
#[case::secret_text("secret_as_text", ":7:10: `secret`: a secret does not belong in the config", "secret = { env = \"NAME\" }")]
#[case::two_sources("secret_of_two_sources", "`secret` names 2 sources", "exactly one of env, file and exec")]
#[case::no_known_source(
    "secret_of_unknown_source",
    "unknown key `vault` in [backend.secret]",
    "known in [backend.secret]: env, exec, file"
)]
#[case::exec_text("secret_exec_is_no_list", "`exec` is a string here", "the command, then its arguments")]
#[case::no_secret("user_without_secret", ":6:1: a `user` without a `secret`", "secret = { env")]
#[case::url_login("url_with_credentials", ":4:7: `url` holds credentials", "take them out and change them")]
#[case::url_scheme("url_not_http", "`url` has a scheme that is not spoken here", "write https://HOST")]
#[case::url_query("url_with_query", "`url` has a query or a fragment", "base address only")]
#[case::proxy_login("proxy_with_credentials", "`proxy` holds credentials", "take them out and change them")]
#[case::tenant_twice("both_tenant_and_tenants", "both `tenant` and `tenants`", "keep `tenant` for one")]
#[case::tenant_missing("no_tenant", "[[backend]] has no `tenant`", "say for whom it works")]
#[case::zone("unknown_zone", ":9:8: unknown time zone `Europe/Berlinn`", "write an IANA name")]
#[case::tenants("two_tenants_of_one_name", ":11:8: a second tenant `acme`; the first is on line 8", "join the two")]
#[case::part_of_a_host("hosts_per_call_in_part", "`hosts_per_call` is no whole number", "from 1 to 500")]
#[case::budget("budget_out_of_range", "`requests_per_second` is out of range", "from 0.1 to 200")]
#[case::insecure("insecure_without_tls", "`insecure` on an address without TLS", "Take it out")]
#[case::cert("certificate_without_key", "`client_cert` without `client_key`", "name both, or neither")]
#[case::clock_part("clock_in_part", "[clock] has no `rate`", "give at, shows and rate")]
#[case::clock_moment("clock_is_no_moment", ":8:6: `at` is no moment", "date, time and offset")]
#[case::clock_rate("clock_too_fast", ":10:8: `rate` is out of range", "from 0 to 86400")]
#[case::depth("unknown_depth", "unknown depth `lots`", "one of truecolour, 256, 16, mono")]
#[case::arming("arming_too_long", "`arm_minutes` is out of range", "from 1 to 120")]
#[case::budget_twice("budget_twice", ":12:9: a second budget for `package_lock`", "keep one of them")]
#[case::budget_of_no_try("budget_of_no_try", ":8:9: `tries` is out of range", "from 1 to 100")]
#[case::release_without_reason("release_without_reason", "[[release]] has no `irreversible`", "say why nobody can take it back")]
#[case::ui_zone("zone_of_the_screen_unknown", "unknown time zone `Mars/Olympus`", "write an IANA name")]
#[case::hosts("hosts_without_csv", "[hosts] has no `csv`", "name the file")]
#[case::toml("broken_toml", ":6:", "mend the TOML here")]
#[case::key_twice("key_twice", ":6:1: duplicate key", "mend the TOML here")]
#[case::empty("empty_name", ":2:8: `name` is empty", "give it a value")]
#[case::least("calendar_wrong", ":8:9: `least` is no length", "write elapsed time")]
#[case::alarm("calendar_wrong", ":9:18: `cutoff_minutes` is out of range", "from 0 to 1440")]
#[case::undefined_rule(
    "calendar_wrong",
    ":15:1: `start`: `2026-12-01 22:00` cannot be taken",
    "the first one is 2026-12-08 22:00"
)]
#[case::nobodys_window("calendar_wrong", ":21:10: no [[tenant]] and no [[backend]] is called `acmee`", "did you mean `acme`?")]
#[case::window_zone("calendar_wrong", ":22:1: `zone`: `Europe/Berlinn` cannot be taken", "write an IANA name")]
#[case::cron("calendar_wrong", ":23:1: `cron`: `1 .. SAT` cannot be taken", "write one, or an RRULE")]
#[case::length("calendar_wrong", ":24:1: `length`: `1d` cannot be taken", "a day is 23, 24 or 25 hours")]
#[case::both_lengths("calendar_wrong", ":32:9: both `length` and `until`", "keep `length` for elapsed time")]
#[case::no_rule("calendar_wrong", ":34:1: [[window]] has no rule", "say when: start")]
#[case::two_rules("calendar_wrong", "2 rules in one [[window]]", "a table of its own")]
#[case::unknown_group("calendar_wrong", ":54:9: acme has no [[group]] `eu`", "define it")]
#[case::no_zone("calendar_wrong", ":57:1: `G` has no zone, and acme has none", "give one")]
#[case::empty_group("calendar_wrong", ":62:1: [[group]] holds nothing", "say which")]
#[case::year_day("calendar_wrong", ":68:1: `from`: `12-20` cannot be taken", "write month, day and time")]
#[case::endless_freeze("calendar_wrong", ":71:1: [[freeze]] has no `from` and `to`, and no rule", "from when to when")]
#[case::spared_work("calendar_wrong", ":73:11: `allows`: `lunch` cannot be taken", "write some of start, approve")]
#[case::cut_off_file("calendar_wrong", "cut-off.ics:6: `file`: `BEGIN:VEVENT` cannot be taken", "the file is cut off")]
#[case::failures_key("failures_wrong", ":8:1: unknown key `rulez` in [failures]", "did you mean `rules`?")]
#[case::call_of_nothing("failures_wrong", ":10:1: [[call]] says neither", "give it `do`, `call` or both")]
#[case::causes_text("failures_wrong", ":16:10: `causes` is a string here", "write a list of texts")]
#[case::deadline_without_hours("failures_wrong", ":19:1: [[deadline]] has no `hours`", "hours = 4")]
#[case::nth("calendar_refused", ":14:1: `on`: `40` cannot be taken", "write 0 to 28 days")]
#[case::once("calendar_refused", ":20:1: `start`: `2026-02-30T22:00` cannot be taken", "no local date and time")]
#[case::recurrence("calendar_refused", ":27:1: `rrule`: `BYDAY=2TX` cannot be taken", "write MO to SU")]
#[case::two_ends("calendar_refused", ":34:1: `rrule`: ", "COUNT")]
#[case::exception("calendar_refused", ":42:1: `except`: `2026-12-15T21:00` cannot be taken", "nothing begins then")]
#[case::one_more("calendar_refused", ":50:1: `also`: `2026-12-01T22:00` cannot be taken", "before the start")]
#[case::until("calendar_refused", ":57:1: `until`: `six` cannot be taken", "write until 06:00")]
#[case::cron_place("calendar_refused", ":62:1: `cron`: `SAT#9` cannot be taken", "write #1 to #5")]
#[case::cutoff("calendar_refused", ":64:1: `cutoff`: `4h` cannot be taken", "leaves no time to begin")]
#[case::backwards("calendar_refused", ":69:1: `to`: `2026-12-19T00:00` cannot be taken", "not after its beginning")]
#[case::leap_day("calendar_refused", ":73:1: `from`: `02-29 00:00` cannot be taken", "most years have no 29 February")]
#[case::foreign_zone("calendar_refused", "refused.ics:6: `file`: `W. Europe Standard Time` cannot be taken", "no IANA zone")]
#[case::start_of_a_file(
    "calendar_refused",
    "refused.ics:15: `start`: `2026-12-01 22:00` cannot be taken",
    "the first one is 2026-12-08"
)]
#[case::are("calendar_wrong", ":81:7: `are`: `pictures` cannot be taken", "write windows or freezes")]
fn each_mistake_is_told_with_its_place_and_the_next_step(#[case] file: &str, #[case] what: &str, #[case] next: &str) {
    let problems = load(file).expect_err("a bad file");
    let told = problems.to_string();
    assert!(told.contains(what), "{told}");
    assert!(told.contains(next), "{told}");
    assert!(told.contains(&format!("{file}.toml")), "{told}");
}

#[test]
fn what_is_done_about_failures_is_read() {
    let config = load("failures_good").expect("a good file").config;
    assert!(config.own_rules.expect("a file").ends_with("tests/config/mine.toml"));
    let care = config.care;
    assert_eq!(care.calls[0].todo.as_ref().map(ToString::to_string).as_deref(), Some("run the clean-up"));
    assert_eq!((care.deadlines[0].within, care.deadlines[0].classes.len()), (Duration::from_secs(1800), 2));
}

#[test]
fn every_bad_file_has_a_case_of_its_own() {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config.rs")).expect("this file");
    let files: BTreeSet<String> = fs::read_dir(sample("x").parent().expect("a folder"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path().file_stem().expect("a stem").to_string_lossy().into_owned())
        .collect();
    for file in files {
        assert!(source.contains(&format!("\"{file}\"")), "{file} is tested nowhere");
    }
}

#[test]
fn one_mistake_is_told_once() {
    for file in ["unknown_key", "unknown_kind", "password_in_the_file", "secret_as_text", "url_with_credentials", "unknown_zone"]
    {
        let problems = load(file).expect_err("a bad file");
        let expected = if file == "unknown_key" { 2 } else { 1 };
        assert_eq!(problems.len(), expected, "{file}: {problems}");
    }
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_file() {
    let problems = load("everything_wrong").expect_err("a bad file");
    let lines: Vec<usize> = problems.iter().filter_map(|problem| problem.place.line).collect();
    assert_eq!(lines, [1, 5, 6, 8, 13, 14, 18, 20, 20, 21], "{problems}");
}

#[rstest]
#[case("password_in_the_file")]
#[case("secret_as_text")]
#[case("secret_of_unknown_source")]
#[case("url_with_credentials")]
#[case("url_with_query")]
#[case("proxy_with_credentials")]
#[case("everything_wrong")]
fn a_refused_secret_is_never_repeated(#[case] file: &str) {
    assert!(fs::read_to_string(sample(file)).expect("the file").contains("hunter2"));
    let problems = load(file).expect_err("a bad file");
    assert!(!format!("{problems} {problems:?}").contains("hunter2"), "{problems}");
}

#[test]
fn behind_a_broken_line_no_mistake_is_told_that_nobody_made() {
    let problems = load("broken_toml").expect_err("a bad file");
    assert!(problems.iter().all(|problem| problem.next.as_str() == "mend the TOML here"), "{problems}");
}

#[test]
fn broken_toml_around_a_secret_does_not_quote_the_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("night.toml");
    fs::write(&file, "[[backend]]\npassword = \"hunter2\" oops\nurl = hunter2\n").expect("written");
    let problems = config::load(Some(&file), KINDS, &no_env).expect_err("a bad file");
    assert!(!format!("{problems} {problems:?}").contains("hunter2"), "{problems}");
    assert!(problems.to_string().contains("night.toml:2:"), "{problems}");
}

#[test]
fn a_good_file_is_read_whole() {
    let Loaded { config, warnings, secret_faults, path } =
        config::load(Some(&sample("good")), KINDS, &some_env).expect("a good file");
    let here = path.parent().expect("a folder").to_path_buf();
    let [acme, globex, many] = config.backends.as_slice() else { panic!("three backends") };
    assert_eq!((acme.name.raw(), acme.kind.as_str(), acme.url.as_str()), ("acme-hb", "hawkbit", "https://hawkbit.example.net"));
    assert_eq!(acme.tenant, Some(TenantId::new("acme")));
    assert_eq!(acme.secret, Some(SecretSource::Env("ACME_HB".to_owned())));
    assert_eq!(acme.ca_file, Some(here.join("corp.pem")));
    assert!(acme.shared_login && acme.insecure);
    assert!((acme.requests_per_second - 2.5).abs() < f64::EPSILON);
    assert_eq!(globex.secret, Some(SecretSource::Exec(["pass", "show", "globex/hb"].map(str::to_owned).to_vec())));
    assert!((globex.requests_per_second - 10.0).abs() < f64::EPSILON);
    assert_eq!(many.tenants[&TenantId::new("hooli")], "inventory 4");
    assert_eq!(config.tenants[0].zone.as_ref().and_then(|zone| zone.iana_name()), Some("Europe/Berlin"));
    assert!((config.clock.rate() - 10.0).abs() < f64::EPSILON);
    assert_eq!(config.ui.zone, ZoneChoice::Utc);
    assert_eq!((config.ui.ascii, config.ui.bell, config.ui.mouse, config.ui.arm_minutes), (Some(true), false, true, 5));
    let budget = |class: &str| config.host_rules.budget(&patchdeck::domain::CauseClass::new(class));
    assert_eq!((budget("package_lock").tries, budget("package_lock").pause_minutes), (6, 2));
    assert_eq!((budget("disk_space").tries, budget("disk_space").pause_minutes), (4, 10));
    assert_eq!(config.host_rules.irreversible.len(), 1);
    assert_eq!(PathBuf::from(&config.ui.keymap), here.join("mine.toml"));
    assert_eq!(config.journal_dir, here.join("night/journal"));
    assert_eq!(config.memory_file, PathBuf::from("/var/tmp/memory.jsonl"));
    assert_eq!(config.log_dir, PathBuf::from("/home/ops/log"));
    assert_eq!(config.person.as_ref().map(patchdeck::domain::Text::as_str), Some("night shift"));
    let warned: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert!(warned.iter().any(|words| words.contains("no backend serves the tenant `nobody`")), "{warned:?}");
    let faults: Vec<String> = secret_faults.iter().map(ToString::to_string).collect();
    assert!(faults.iter().any(|words| words.contains("`ca_file`: there is no file at")), "{faults:?}");
    assert!(faults.iter().any(|words| words.contains("many.pass cannot be read")), "{faults:?}");
}

#[test]
fn a_config_that_is_not_there_says_what_to_do() {
    let dir = tempfile::tempdir().expect("a folder");
    let home = dir.path().to_string_lossy().into_owned();
    let env = |name: &str| (name == "HOME").then(|| home.clone());
    let told = config::load(None, KINDS, &env).expect_err("no file").to_string();
    assert!(told.contains(".config/patchdeck/config.toml: there is no config here"), "{told}");
    assert!(told.contains("patchdeck demo"), "{told}");
}

#[test]
fn a_config_that_is_not_utf_8_names_the_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("night.toml");
    fs::write(&file, b"[ui]\ntheme = \"\xff\"\n").expect("written");
    let told = config::load(Some(&file), KINDS, &no_env).expect_err("a bad file").to_string();
    assert!(told.contains("night.toml:2: these bytes are not UTF-8"), "{told}");
}

#[rstest]
#[case::his_alone(0o600, None)]
#[case::read_only(0o400, None)]
#[case::group_may_read(0o640, Some("(mode 0640)"))]
#[case::all_may_read(0o644, Some("chmod 600"))]
fn a_secret_file_must_be_its_owners_alone(#[case] mode: u32, #[case] fault: Option<&str>) {
    let dir = tempfile::tempdir().expect("a folder");
    let pass = dir.path().join("acme.pass");
    fs::write(&pass, "hunter2\n").expect("written");
    fs::set_permissions(&pass, fs::Permissions::from_mode(mode)).expect("a mode");
    let file = dir.path().join("night.toml");
    fs::write(
        &file,
        "[[backend]]\nname = \"a\"\nkind = \"hawkbit\"\nurl = \"https://h.example.net\"\ntenant = \"a\"\nuser = \"ops\"\nsecret = { file = \"acme.pass\" }\n",
    )
    .expect("written");
    let loaded = config::load(Some(&file), KINDS, &no_env).expect("the file itself is good");
    assert_eq!(loaded.config.backends[0].secret, Some(SecretSource::File(pass)));
    let told: Vec<String> = loaded.secret_faults.iter().map(ToString::to_string).collect();
    match fault {
        None => assert!(told.is_empty(), "{told:?}"),
        Some(words) => assert!(told.len() == 1 && told[0].contains(words) && !told[0].contains("hunter2"), "{told:?}"),
    }
}

#[test]
fn hosts_are_read_by_name_in_lower_case() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("hosts.csv");
    fs::write(
        &file,
        "host,role,site,peers,service,contact,console\n# the pair\nDB-0003,database,delta,db-0004; db-0005,billing,\"dba, on call\",ssh ops@db-0003\ntill-\u{1b}[2J,,,,,,\n",
    )
    .expect("written");
    let facts = config::hosts::load(&file).expect("a good file");
    let db = &facts["db-0003"];
    assert_eq!(db.role.as_ref().map(patchdeck::domain::Text::as_str), Some("database"));
    assert_eq!(db.peers.iter().map(patchdeck::domain::Text::as_str).collect::<Vec<_>>(), ["db-0004", "db-0005"]);
    assert_eq!(db.contact.as_ref().map(patchdeck::domain::Text::as_str), Some("dba, on call"));
    assert_eq!(db.console.as_ref().map(patchdeck::domain::Text::as_str), Some("ssh ops@db-0003"));
    assert_eq!(facts.len(), 2);
}

#[test]
fn a_console_command_with_an_escape_sequence_is_made_safe() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("hosts.csv");
    fs::write(&file, "host,console\na,ssh a\u{1b}]52;c;x\u{7}\n").expect("written");
    let facts = config::hosts::load(&file).expect("a good file");
    let console = facts["a"].console.as_ref().expect("a command").to_string();
    assert!(!console.contains('\u{1b}') && !console.contains('\u{7}'), "{console:?}");
}

#[rstest]
#[case::no_header("name,role\na,b\n", ":1: the first line names no column `host`")]
#[case::unknown_column("host,roll\na,b\n", "did you mean `role`?")]
#[case::twice("host,role\na,b\nc,d\nA,e\n", ":4: `a` a second time; the first is on line 2")]
#[case::cells("host,role\na,b\nc,d,e\n", ":3: 3 cells where the first line has 2")]
#[case::empty_name("host,role\n,b\n", ":2: no host name on this line")]
fn a_bad_host_file_names_the_line(#[case] text: &str, #[case] what: &str) {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("hosts.csv");
    fs::write(&file, text).expect("written");
    let told = config::hosts::load(&file).expect_err("a bad file").to_string();
    assert!(told.contains(what), "{told}");
}

#[test]
fn a_clock_of_a_config_runs_as_it_says() {
    let loaded = config::load(Some(&sample("good")), KINDS, &some_env).expect("a good file");
    let clock = loaded.config.clock;
    let later = clock.at + Duration::from_secs(60);
    assert_eq!(clock.civil(later), clock.shows + Duration::from_secs(600));
}

/// What lies in such a folder and in no list ships with nobody.
#[test]
fn every_theme_keymap_and_scenario_of_the_folders_is_inside_the_binary() {
    let built_in: [(&str, BTreeSet<String>); 3] = [
        ("themes", patchdeck::theme::builtin_names().iter().map(ToString::to_string).collect()),
        ("keymaps", patchdeck::keymap::builtin_names().iter().map(ToString::to_string).collect()),
        ("scenarios", patchdeck::twin::builtin_names().map(str::to_owned).collect()),
    ];
    for (folder, names) in built_in {
        let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect("a folder");
        let files = files.map(|file| file.expect("readable").path().file_stem().expect("a name").to_string_lossy().into_owned());
        assert_eq!(files.collect::<BTreeSet<_>>(), names, "{folder}");
    }
}

/// The fenced TOML blocks of a page.
fn blocks(page: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect("the page");
    text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

#[rstest]
#[case::readme("README.md")]
#[case::operating("docs/operating.md")]
fn every_sample_of_a_config_is_one(#[case] page: &str) {
    let blocks = blocks(page);
    assert!(!blocks.is_empty(), "{page} shows no config");
    for block in blocks {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("config.toml");
        fs::write(&file, &block).expect("written");
        if let Err(problems) = config::load(Some(&file), KINDS, &some_env) {
            panic!("{page}: {problems}\n{block}");
        }
    }
}

#[test]
fn ten_lines_of_toml_reach_a_server() {
    let block = blocks("README.md").remove(0);
    assert!(block.lines().count() <= 10, "{block}");
}

#[test]
fn the_readme_shows_the_default_keys() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("the page");
    let (keymap, _) = Keymap::load("default", &[]).expect("the default keymap");
    let mut expected = Vec::new();
    for help in keymap.rows().iter().filter(|help| !help.keys.is_empty()) {
        let keys = help.keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        expected.push(format!("| {keys} | {} | {} |", help.row().name, help.row().help));
    }
    let section = readme.split("## Keys").nth(1).expect("a section of keys");
    let section = section.split("\n## ").next().unwrap_or(section);
    let shown: Vec<&str> = section.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(shown, expected);
}

#[test]
fn a_plan_is_put_to_its_backend_with_its_rings_and_gates() {
    use patchdeck::domain::{Limit, Target};
    let loaded = config::load(Some(&sample("plan_good")), KINDS, &some_env).expect("a good file");
    let backend = &loaded.config.backends[0];
    assert_eq!(backend.eauth.as_deref(), Some("pam"));
    let plan = &backend.plans[0];
    assert_eq!(plan.run.kwarg["refresh"], true);
    assert_eq!(plan.apart, [["db-1", "db-2"]]);
    assert_eq!(plan.until, "2026-12-31".parse().ok());
    let [pilot, broad, db] = plan.rings.as_slice() else { panic!("{:?}", plan.rings) };
    assert_eq!((pilot.expect_seconds, pilot.gate.soak_seconds, pilot.gate.persons), (600, Some(1800), 1));
    assert_eq!((&pilot.gate.done, &pilot.gate.failed), (&Some(Limit::Share(95)), &Some(Limit::Hosts(2))));
    assert_eq!((broad.after.as_slice(), broad.gate.persons), (&[0][..], 2));
    assert_eq!((db.after.as_slice(), &db.target), (&[0][..], &Target::Hosts(vec!["db-1".into()])));
    assert_eq!(db.gate.done, Some(Limit::Share(100)), "a ring without a gate is held to the strictest");
    assert_eq!(plan.level(2), 1);
}

#[rstest]
#[case::grains(":5:20: the tenant `acme` is told apart by grains")]
#[case::label(":8:6: `id` is no plain label")]
#[case::backend(":11:11: no [[backend]] is called `jobs-ue`")]
#[case::dry_for_real("`test` for pkg.upgrade: it would change hosts for real")]
#[case::time("`expect` is no length of time")]
#[case::until("`until` is no day")]
#[case::limit("`done` is no limit")]
#[case::open("unknown `open`: `anybody`")]
#[case::both("both `target` and `hosts`")]
#[case::after("`after` names `late`, which is no ring before this one")]
#[case::unknown("unknown key `gaet`")]
#[case::no_hosts("a ring without hosts")]
#[case::no_rings("[[plan]] has no `rings`")]
#[case::tenant(":25:11: `jobs-eu` does not serve the tenant `globex`")]
fn every_mistake_of_a_plan_is_told_with_its_place(#[case] words: &str) {
    let told = config::load(Some(&sample("plan_wrong")), KINDS, &some_env).expect_err("a bad file").to_string();
    assert!(told.contains(words), "{words}\n\n{told}");
}

#[test]
fn a_calendar_is_read_whole_with_the_place_of_each_rule() {
    let Loaded { config, warnings, .. } = config::load(Some(&sample("calendar_good")), KINDS, &no_env).expect("a good file");
    assert_eq!(warnings, []);
    let rules = &config.calendar;
    let windows: Vec<String> =
        rules.windows.iter().map(|rule| format!("{} {} {}", rule.set, rule.window.name, rule.source)).collect();
    assert_eq!(
        windows,
        [
            "acme Tuesday night calendar_good.toml:30",
            "acme/eu Saturdays calendar_good.toml:39",
            "acme Patch Tuesday + 3 calendar_good.toml:47",
            "globex Patch Tuesday + 3 calendar_good.toml:47",
        ]
    );
    let freezes: Vec<String> = rules.freezes.iter().map(|rule| format!("{} {}", rule.freeze.name, rule.source)).collect();
    assert_eq!(freezes, ["year end calendar_good.toml:54", "launch calendar_good.toml:60", "Black Friday acme.ics:4"]);
    let (acme, globex) = (TenantId::new("acme"), TenantId::new("globex"));
    assert_eq!(rules.terms(&acme).least, jiff::SignedDuration::from_mins(30));
    assert!(rules.terms(&acme).change && rules.terms(&globex).change, "what holds for all holds for each");
    assert_eq!(rules.terms(&acme).business_day, jiff::civil::time(7, 30, 0, 0));
    assert_eq!(rules.alarms.cutoff, 12);
    assert_eq!(rules.set_of_wave(&acme, "broad-EU").to_string(), "acme/eu");
    assert_eq!(rules.set_of_wave(&acme, "pilot").to_string(), "acme");
    assert_eq!(rules.set_of_host(&acme, "web-1", Some("Berlin 2")).to_string(), "acme/eu");
    assert!(config.calendar_files[0].ends_with("calendar/acme.ics"), "{:?}", config.calendar_files);
}

/// What a table may hold, by the complaint about a key that it may not.
fn keys_of(table: &str) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("config.toml");
    fs::write(&file, format!("{table}\nzzzzzz = 1\n")).expect("written");
    let told = config::load(Some(&file), KINDS, &some_env).expect_err("a bad file").to_string();
    let known = told.lines().find_map(|line| line.trim().strip_prefix(&format!("known in {table}: ")));
    known.unwrap_or_else(|| panic!("{told}")).split(", ").map(str::to_owned).collect()
}

#[test]
fn every_key_of_the_calendar_stands_in_the_table_of_the_page() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operating.md")).expect("the page");
    for table in ["[calendar]", "[[group]]", "[[window]]", "[[freeze]]", "[[ics]]"] {
        let from = page.find(&format!("| `{table}` |")).unwrap_or_else(|| panic!("no row of {table}"));
        let rows: String = page[from..]
            .lines()
            .enumerate()
            .take_while(|(place, line)| *place == 0 || line.starts_with("| |"))
            .map(|(_, line)| line)
            .collect();
        for key in keys_of(table) {
            assert!(rows.contains(&format!("`{key}`")), "`{key}` of {table} is not in its rows: {rows}");
        }
    }
}

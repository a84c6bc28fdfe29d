//! Plans on a twin of a system that only runs jobs: what `check` finds out beforehand, and what `status` says of a night.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use patchdeck::twin::{Options, Running, builtin, salt};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{code, out, patchdeck};

struct Rings {
    _runtime: Runtime,
    running: Running,
    home: TempDir,
}

impl Rings {
    /// The night of the rings, whose clock stands still, and a config with these plans.
    fn with(plans: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let options = Options { speed: Some(0.0), ..Options::default() };
        let running = runtime.block_on(salt::start(builtin("rings").expect("a scenario"), options)).expect("a twin");
        let rings = Self { _runtime: runtime, running, home: tempfile::tempdir().expect("a folder") };
        rings.write_config(plans);
        rings
    }

    fn write_config(&self, plans: &str) {
        let mut text = String::from("[paths]\njournal = \"journal\"\nmemory = \"memory.jsonl\"\n");
        for one in &self.running.connections {
            let file = self.home.path().join(format!("{}.pass", one.name));
            fs::write(&file, &one.password).expect("written");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a mode");
            let (eauth, target) = (one.eauth.as_deref().expect("a way in"), one.target.as_deref().expect("hosts"));
            let _ = write!(
                text,
                "\n[[backend]]\nname = \"{0}\"\nkind = \"salt\"\nurl = \"{1}\"\nuser = \"{2}\"\neauth = \"{eauth}\"\n\
                 secret = {{ file = \"{0}.pass\" }}\ntenants = {{ {3} = \"{target}\" }}\n",
                one.name, one.url, one.user, one.tenant
            );
        }
        let clock = self.running.clock;
        let _ = write!(text, "{plans}\n[clock]\nat = \"{}\"\nshows = \"{}\"\nrate = {:?}\n", clock.real, clock.shows, clock.rate);
        fs::write(self.home.path().join("night.toml"), text).expect("written");
    }

    fn says(&self, args: &[&str]) -> Output {
        let config = self.home.path().join("night.toml");
        patchdeck(self.home.path(), &[&["--config", &config.to_string_lossy()], args].concat())
    }
}

fn plan(rings: &str) -> String {
    format!(
        "\n[[plan]]\nid = \"2026-12-u1\"\nname = \"December baseline\"\ntenant = \"umbra\"\nbackend = \"umbra-salt\"\n\
         run = {{ fun = \"pkg.upgrade\", kwarg = {{ refresh = true }} }}\napart = [[\"umbra-db-01\", \"umbra-db-02\"]]\nrings = [{rings}]\n"
    )
}

#[test]
fn check_previews_every_target_and_names_hosts_of_others_and_nodes_that_must_stay_apart() {
    let rings = Rings::with(&plan(
        "{ name = \"pilot\", target = \"G@ring:pilot\" }, \
         { name = \"db\", hosts = [\"umbra-db-01\", \"umbra-db-02\", \"vanta-app-01\"], after = [] }, \
         { name = \"app\", target = \"umbra-web-*\", after = [\"db\"] }, { name = \"typo\", target = \"G@ring:pliot\" }",
    ));
    let output = rings.says(&["check"]);
    let words = out(&output);
    let lines: Vec<&str> =
        words.lines().map(str::trim_start).filter(|line| line.starts_with("target") || line.starts_with("wrong")).collect();
    let told = |text: &str| assert!(lines.iter().any(|line| line.ends_with(text)), "{text}: {lines:#?}");
    assert_eq!(code(&output), 2, "{words}");
    assert!(lines.iter().any(|line| line.contains("2026-12-u1 pilot: ") && line.ends_with(" hosts")), "{lines:#?}");
    told("2026-12-u1 db: not umbra's there: vanta-app-01");
    told("2026-12-u1 db: holds umbra-db-01 and umbra-db-02, which must stay apart");
    told("2026-12-u1 typo: it means no host of umbra");
    assert!(lines.iter().any(|line| line.contains("2026-12-u1 app: also in ring pilot: umbra-web-")), "{lines:#?}");
}

#[test]
fn check_of_right_targets_is_all_well() {
    let output =
        Rings::with(&plan("{ name = \"pilot\", target = \"G@ring:pilot\" }, { name = \"early\", target = \"G@ring:early\" }"))
            .says(&["check"]);
    assert_eq!(code(&output), 0, "{}", out(&output));
    assert!(out(&output).contains("nothing wrong with it"), "{}", out(&output));
}

fn rollout(rings: &Rings) -> Value {
    let output = rings.says(&["status", "--json", "--timeout", "120"]);
    serde_json::from_str::<Value>(&out(&output)).expect("a document")["rollouts"][0].clone()
}

#[test]
fn status_tells_how_long_a_gate_soaks_and_who_opens_it() {
    let rings = Rings::with(&plan(
        "{ name = \"pilot\", target = \"G@ring:pilot\", gate = { done = \"50%\", failed = 9, soak = \"2h\", open = \"two-people\" } }, \
         { name = \"broad\", target = \"G@ring:broad\" }",
    ));
    let gate = rollout(&rings)["waves"][0]["gate"].clone();
    let time = |key: &str| gate[key].as_str().expect("a time").parse::<jiff::Timestamp>().expect("a time");
    assert_eq!(time("soaks_until").duration_since(time("since")), jiff::SignedDuration::from_hours(2), "{gate:#}");
    assert_eq!(gate["persons"], 2);
    let words = out(&rings.says(&["status"]));
    let until = time("soaks_until").strftime("%H:%M:%SZ");
    assert!(words.contains(&format!("soaking to {until}")), "{words}");
}

#[test]
fn a_host_that_does_not_answer_stands_in_a_lane_and_a_restart_is_never_guessed() {
    let rings = Rings::with(&plan(
        "{ name = \"pilot\", target = \"G@ring:pilot\", gate = { done = \"50%\", failed = 9 } }, \
         { name = \"early\", target = \"G@ring:early\", expect = \"5m\", gate = { failed = 9 } }",
    ));
    let rollout = rollout(&rings);
    let early = &rollout["waves"][1];
    assert_eq!(early["counts"]["unknown"], 1, "{early:#}");
    let lanes = early["lanes"]["hosts"].as_array().expect("lanes");
    let told: Vec<_> = lanes.iter().map(|lane| (lane["lane"].as_str().expect("a lane"), lane["hosts"].as_u64())).collect();
    assert_eq!(told, [("offline", Some(1))], "{early:#}");
    assert!(lanes[0]["since"].is_null(), "nobody keeps when it was last there");
    assert_eq!(rollout["coverage"]["verified"], Value::Null);
    assert_eq!(rollout["state"], "paused");
    assert!(out(&rings.says(&["status"])).contains("PAUSED with nobody at work: early: gate not met"), "{rollout:#}");
}

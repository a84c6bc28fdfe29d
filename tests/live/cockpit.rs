//! The real binary before a real Salt: a config with one plan, keys in, screen out.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::terminal::{PATCHDECK, Play, Terminal};
use super::{Lab, PATIENCE};

/// A config with one plan of one tenant, with journal and memory of its own.
pub struct Desk {
    pub home: TempDir,
    pub plan: String,
}

/// One ring of a plan, as the config says it.
pub struct RingText<'a> {
    pub name: &'a str,
    pub hosts: &'a [&'a str],
    /// What stands behind it: `done = "100%"`.
    pub gate: &'a str,
}

pub struct PlanText<'a> {
    pub id: &'a str,
    pub tenant: &'a str,
    /// The value of `run`.
    pub run: &'a str,
    pub rings: &'a [RingText<'a>],
}

impl Desk {
    /// Whoever sits here is called as the login is.
    pub fn new(lab: &Lab, user: &str, plan: &PlanText<'_>) -> Self {
        Self::of_person(lab, user, lab.login(user).0, plan)
    }

    pub fn of_person(lab: &Lab, user: &str, person: &str, plan: &PlanText<'_>) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let (name, password) = lab.login(user);
        let secret = home.path().join("lab.pass");
        std::fs::write(&secret, password).expect("written");
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).expect("a mode");
        let ca = lab.ca.as_ref().map_or_else(String::new, |ca| format!("ca_file = \"{}\"\n", ca.display()));
        let PlanText { id, tenant, run, rings } = plan;
        let mut text = format!(
            "person = \"{person}\"\n[paths]\njournal = \"journal\"\nmemory = \"memory.jsonl\"\n\n[[backend]]\nname = \"lab\"\nkind = \"salt\"\n\
             url = \"{}\"\nuser = \"{name}\"\neauth = \"{}\"\nsecret = {{ file = \"lab.pass\" }}\n{ca}\
             tenants = {{ {tenant} = \"I@tenant:{tenant}\" }}\n\n[[plan]]\nid = \"{id}\"\nname = \"{id}\"\ntenant = \"{tenant}\"\n\
             backend = \"lab\"\nrun = {run}\nrings = [\n",
            lab.url, lab.eauth
        );
        for RingText { name, hosts, gate } in *rings {
            let _ = writeln!(text, "  {{ name = \"{name}\", hosts = {hosts:?}, expect = \"6s\", gate = {{ {gate} }} }},");
        }
        text.push_str("]\n");
        std::fs::write(home.path().join("night.toml"), text).expect("written");
        Self { home, plan: (*id).to_owned() }
    }

    pub fn config(&self) -> PathBuf {
        self.home.path().join("night.toml")
    }

    /// The same config with another address.
    pub fn at(&self, url: &str, new: &str) -> PathBuf {
        let text = std::fs::read_to_string(self.config()).expect("a config").replace(url, new);
        let path = self.home.path().join("proxied.toml");
        std::fs::write(&path, text).expect("written");
        path
    }

    /// Sits down: the board is read.
    pub fn sits_down(&self) -> Cockpit {
        self.sits_down_with(&self.config())
    }

    pub fn sits_down_with(&self, config: &Path) -> Cockpit {
        let mut terminal = Play::on(config).size(150, 40).begin();
        terminal.patience = PATIENCE;
        terminal.sees(&self.plan);
        Cockpit { terminal, plan: self.plan.clone() }
    }

    /// A command of the binary on this config: its words, whatever its exit code.
    pub fn runs(&self, arguments: &[&str]) -> String {
        let output = Command::new(PATCHDECK)
            .arg("--config")
            .arg(self.config())
            .args(arguments)
            .env("HOME", self.home.path())
            .output()
            .expect("it runs");
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    /// Runs a command again and again until it says this.
    pub fn says_in_the_end(&self, arguments: &[&str], text: &str) -> String {
        let began = Instant::now();
        loop {
            let said = self.runs(arguments);
            if said.contains(text) {
                return said;
            }
            assert!(began.elapsed() < PATIENCE, "never {text:?} in {said}");
        }
    }

    /// The rollout as `status --json` tells it; none while the server, busy with all the scenarios, did not answer in time.
    pub fn status(&self) -> Option<Value> {
        let text = self.runs(&["status", "--json", "--timeout", "60"]);
        let all: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        all["rollouts"].as_array().and_then(|all| all.first()).cloned()
    }

    pub fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let rollout = self.status();
            match rollout {
                Some(rollout) if holds(&rollout) => return rollout,
                other => assert!(began.elapsed() < 2 * PATIENCE, "never {what}: {other:#?}"),
            }
        }
    }

    pub fn journal(&self) -> String {
        self.runs(&["journal", "show"])
    }
}

/// A person before it.
pub struct Cockpit {
    pub terminal: Terminal,
    plan: String,
}

impl Cockpit {
    pub fn sees(&self, text: &str) {
        self.terminal.sees(text);
    }

    pub fn types(&mut self, keys: &str) {
        self.terminal.types(keys);
    }

    /// Arms the one tenant there is.
    pub fn arms(&mut self) {
        self.types("!");
        self.sees("Arm one tenant");
        self.types("\r");
        self.sees("ARMED");
    }

    /// A verb, its dialog with these words, and `y`.
    pub fn presses(&mut self, key: &str, title: &str) {
        self.asks(key, title);
        self.types("y");
        self.terminal.loses(title);
    }

    /// A verb and its dialog, ready to be confirmed. While an earlier action is on its way the key is answered with that.
    pub fn asks(&mut self, key: &str, title: &str) {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            self.types(key);
            if self.terminal.shows_within(title, Duration::from_secs(4)) {
                return;
            }
        }
        self.sees(title);
    }

    /// A verb about hosts: the one group of hosts that it found is let in by its figure, with a reason where one is asked for.
    pub fn lets_in(&mut self, key: &str, done: &str) {
        self.asks(key, "every host");
        if !self.terminal.shows_within(done, Duration::from_millis(300)) {
            self.types("1");
            self.sees(done);
            self.sees("every host");
            self.types("\t");
            self.types("mended\r");
        }
        // Every host of a ring is many.
        if self.terminal.shows_within("Type the rollout's name", Duration::from_secs(1)) {
            self.types("\r");
            let name = format!("{}\r", self.plan);
            self.types(&name);
        }
        let began = Instant::now();
        while began.elapsed() < PATIENCE && self.terminal.shows_within(done, Duration::from_millis(300)) {
            self.types("y");
            std::thread::sleep(Duration::from_millis(700));
        }
        self.terminal.loses(done);
    }

    /// Leaves, whatever is still on its way.
    pub fn leaves(mut self) {
        self.types("\x03");
        if self.terminal.shows_within("y leave", Duration::from_secs(1)) {
            self.types("y");
        }
        self.terminal.ends_within(PATIENCE);
    }
}

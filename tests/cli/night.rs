//! A twin in this process and a config that reaches it, so that a test can break the server while the binary talks to it.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use patchdeck::twin::faults::Fault;
use patchdeck::twin::{Connection, Options, Running, builtin, hawkbit};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub struct Night {
    pub runtime: Runtime,
    running: Running,
    home: TempDir,
}

impl Night {
    /// A night whose clock stands still.
    pub fn still(scenario: &str) -> Self {
        Self::at_speed(scenario, 0.0)
    }

    pub fn at_speed(scenario: &str, speed: f64) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let text = builtin(scenario).expect("a built-in scenario");
        let options = Options { speed: Some(speed), ..Options::default() };
        let running = runtime.block_on(hawkbit::start(text, options)).expect("a twin");
        let night = Self { runtime, running, home: tempfile::tempdir().expect("a folder") };
        night.write_config();
        night
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn config(&self) -> PathBuf {
        self.home.path().join("night.toml")
    }

    pub fn journal(&self) -> PathBuf {
        self.home.path().join("journal")
    }

    pub fn connections(&self) -> &[Connection] {
        &self.running.connections
    }

    pub fn breaks(&self, fault: Fault) {
        self.running.faults().inject(fault);
    }

    pub fn heals(&self) {
        self.running.faults().clear_all();
    }

    /// One call names at most so many hosts.
    pub fn in_calls_of(&self, hosts: u32) {
        let text = fs::read_to_string(self.config()).expect("it was written");
        let kind = "kind = \"hawkbit\"\n";
        fs::write(self.config(), text.replace(kind, &format!("{kind}hosts_per_call = {hosts}\n"))).expect("written");
    }

    /// Every connection of the config says this too.
    pub fn each_with(self, line: &str) -> Self {
        let text = fs::read_to_string(self.config()).expect("it was written");
        let kind = "kind = \"hawkbit\"\n";
        fs::write(self.config(), text.replace(kind, &format!("{kind}{line}\n"))).expect("written");
        self
    }

    fn write_config(&self) {
        let mut text = String::from("[paths]\njournal = \"journal\"\nmemory = \"memory.jsonl\"\n");
        for connection in &self.running.connections {
            let Connection { name, url, tenant, user, password, .. } = connection;
            let file = self.home.path().join(format!("{name}.pass"));
            fs::write(&file, password).expect("written");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a mode");
            let _ = write!(
                text,
                "\n[[backend]]\nname = \"{name}\"\nkind = \"hawkbit\"\nurl = \"{url}\"\ntenant = \"{tenant}\"\nuser = \"{user}\"\nsecret = {{ file = \"{name}.pass\" }}\n"
            );
        }
        let clock = self.running.clock;
        let _ = write!(text, "\n[clock]\nat = \"{}\"\nshows = \"{}\"\nrate = {:?}\n", clock.real, clock.shows, clock.rate);
        fs::write(self.config(), text).expect("written");
    }
}

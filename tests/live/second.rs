//! A second lab for what would disturb the others: TLS with an authority of its own, tokens that end after 20 s, a freeze, and
//! an API and a master that are started again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::cockpit::{Desk, PlanText, RingText};
use super::{Lab, PATIENCE, lab, own_id};

struct Second {
    home: PathBuf,
    tool: PathBuf,
    lab: Lab,
}

impl Second {
    /// Takes the lab of `SALT_LAB_SECOND`, and gives it a certificate of an authority that nobody knows.
    fn take() -> Option<Self> {
        lab("TLS, short tokens, freeze, restarts: a lab of their own")?;
        let (Ok(tool), Ok(home)) = (std::env::var("SALT_LAB_TOOL"), std::env::var("SALT_LAB_SECOND")) else {
            println!("skipped: SALT_LAB_TOOL or SALT_LAB_SECOND names nothing, so there is no second lab");
            return None;
        };
        let (tool, home) = (PathBuf::from(tool), PathBuf::from(home));
        let lines = String::from_utf8(run(&tool, &home, &["env"])).expect("lines");
        let vars = lines.lines().filter_map(|line| line.split_once('=')).map(|(key, value)| (key.to_owned(), value.to_owned()));
        let mut lab = Lab::of(vars.collect());
        certify(&home);
        lab.ca = Some(home.join("authority.pem"));
        let second = Self { home, tool, lab };
        // It reads its certificate when it starts.
        second.server("stop", "api", "salt-api");
        second.server("start", "api", "salt-api");
        Some(second)
    }

    fn pulls(&self, arguments: &[&str]) {
        run(&self.tool, &self.home, arguments);
    }

    /// Stops or starts one of the lab's servers, by its own tool.
    fn server(&self, verb: &str, name: &str, program: &str) {
        let venv = std::env::var("SALT_LAB_VENV").map_or_else(|_| self.home.join("venv"), PathBuf::from);
        let command = "import sys; sys.path.insert(0, sys.argv[1]); import lab; home = sys.argv[2]; \
                       lab.stop(home, sys.argv[4]) if sys.argv[3] == 'stop' else \
                       lab.start(home, sys.argv[4], [lab.BIN + '/' + sys.argv[5], '-c', home + '/master', '-l', 'quiet'])";
        let here = self.tool.parent().expect("a folder");
        let done = Command::new(venv.join("bin/python"))
            .args(["-c", command])
            .args([here, &self.home])
            .args([verb, name, program])
            .status()
            .expect("it runs");
        assert!(done.success(), "{verb} {name}");
    }
}

/// An authority of our own, and a certificate by it for the lab's address: the lab's own one is an authority and a server's at once.
fn certify(home: &Path) {
    let mut ca = CertificateParams::new(Vec::new()).expect("parameters");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let leaf = CertificateParams::new(names).expect("parameters").signed_by(&key, &ca).expect("a certificate");
    std::fs::write(home.join("authority.pem"), ca.pem()).expect("written");
    std::fs::write(home.join("tls/api.crt"), leaf.pem() + &ca.pem()).expect("written");
    std::fs::write(home.join("tls/api.key"), key.serialize_pem()).expect("written");
}

fn run(tool: &Path, home: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("sh").arg(tool).arg("--dir").arg(home).args(arguments).output().expect("the lab's tool runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn tls_a_freeze_short_tokens_and_restarts_are_lived_through() {
    let Some(second) = Second::take() else { return };
    let id = own_id("second");
    let rings = [
        RingText { name: "first", hosts: &["acme-web-01"], gate: "done = \"100%\"" },
        RingText { name: "last", hosts: &["acme-web-02"], gate: "done = \"100%\"" },
    ];
    let plan = PlanText { id: &id, tenant: "acme", run: "{ fun = \"patch.apply\" }", rings: &rings };
    let desk = Desk::new(&second.lab, "OPS", &plan);

    println!("live: TLS with an authority of its own");
    let text = std::fs::read_to_string(desk.config()).expect("a config");
    let without: Vec<&str> = text.lines().filter(|line| !line.starts_with("ca_file")).collect();
    std::fs::write(desk.config(), without.join("\n")).expect("written");
    desk.says_in_the_end(&["check"], "TLS:");
    let said = desk.runs(&["check"]);
    assert!(said.contains("ca_file"), "{said}");
    std::fs::write(desk.config(), text).expect("written");
    let said = desk.runs(&["check"]);
    assert!(said.contains("certificate checked") && said.contains("reachable   yes"), "{said}");

    println!("live: a freeze blocks with its reason");
    second.pulls(&["freeze", "acme"]);
    let rollout = desk.until("frozen", |rollout| rollout["state"] == "frozen");
    assert!(rollout["native"].as_str().is_some_and(|words| words.contains("minion_blackout")), "{rollout:#}");
    let mut cockpit = desk.sits_down();
    cockpit.sees("frozen");
    cockpit.arms();
    cockpit.asks("s", "is frozen");
    second.pulls(&["thaw", "acme"]);
    cockpit.leaves();

    println!("live: a token that ends during a wave");
    second.pulls(&["profile", "hang", "acme-web-01"]);
    let mut cockpit = desk.sits_down();
    cockpit.sees("not begun");
    cockpit.arms();
    // A launch whose token ended on its way is refused and said so: the person presses again.
    cockpit.presses("s", "Start: wave \"first\" begins, 1 host");
    while !cockpit.terminal.shows_within("running", PATIENCE / 4) {
        cockpit.presses("s", "Start: wave \"first\" begins, 1 host");
    }
    // Longer than a token lives; the wave goes on, the stream ended and is open again.
    std::thread::sleep(Duration::from_secs(25));
    cockpit.types("h");
    cockpit.sees("events say what moved");
    assert!(!cockpit.terminal.screen().contains("credentials refused"), "{}", cockpit.terminal.screen());
    cockpit.types("b");

    println!("live: the API is started again, its sessions are lost");
    second.server("stop", "api", "salt-api");
    cockpit.sees("unreachable");
    second.server("start", "api", "salt-api");
    cockpit.terminal.loses("unreachable");
    cockpit.sees("running");

    println!("live: the master is started again");
    second.server("stop", "master", "salt-master");
    cockpit.sees("unreachable");
    second.server("start", "master", "salt-master");
    cockpit.terminal.loses("unreachable");
    cockpit.presses("x", "Stop for good");
    cockpit.sees("stopped");
    cockpit.leaves();
}

//! What a function sets off on a minion: how long it takes, and what it answers when it is through.
//!
//! A run is begun and ended here; when its end comes is the master's queue. Functions that take no time are in `answer`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::world::Millis;
use super::master::Master;
use super::minion::Profile;
use super::packages::problem;
use super::states;

/// What a function answered on one host.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Return {
    pub(super) value: Value,
    pub(super) retcode: i32,
    pub(super) success: bool,
    pub(super) out: Option<&'static str>,
}

impl Return {
    pub(super) fn well(value: Value) -> Self {
        Self { value, retcode: 0, success: true, out: None }
    }

    /// Salt's own error: a text.
    pub(super) fn text(text: String) -> Self {
        Self { value: Value::String(text), retcode: 1, success: false, out: Some("nested") }
    }
}

/// One function with its arguments.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) fun: String,
    pub(super) args: Vec<Value>,
    pub(super) kwarg: Map<String, Value>,
}

/// A call that a host has begun.
#[derive(Debug, Clone)]
pub(super) struct Deed {
    pub(super) call: Call,
    what: What,
    /// None never ends.
    pub(super) takes: Option<Millis>,
}

#[derive(Debug, Clone)]
enum What {
    /// The host is frozen.
    Blocked,
    /// Answered from what is there.
    Plain,
    /// The package manager, with the profile this run was given.
    Package(Profile),
    /// A state run that its own check ended.
    Stopped,
    /// A state run that could not begin.
    Refused(String),
}

/// Functions that use the package manager.
const PACKAGE: [&str; 5] = ["pkg.upgrade", "pkg.install", "pkg.remove", "patch.apply", "patch.restore"];
const STATE: [&str; 3] = ["state.apply", "state.sls", "state.highstate"];

impl Call {
    /// A named argument, or else the one at this place.
    pub(super) fn arg(&self, place: usize, name: &str) -> Option<&Value> {
        self.kwarg.get(name).or_else(|| self.args.get(place))
    }

    pub(super) fn text(&self, place: usize, name: &str) -> &str {
        self.arg(place, name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn is_test(&self) -> bool {
        self.kwarg.get("test") == Some(&Value::Bool(true))
    }

    fn is_state(&self) -> bool {
        STATE.contains(&self.fun.as_str())
    }

    /// Whether it holds the package manager's lock while it runs. `test` means nothing to `pkg`.
    fn is_package(&self) -> bool {
        let dry = self.is_test() && (self.is_state() || self.fun.starts_with("patch."));
        (self.is_state() || PACKAGE.contains(&self.fun.as_str())) && !dry
    }
}

impl Master {
    /// A host takes a call on.
    pub(super) fn begin(&mut self, minion: usize, call: Call) -> Deed {
        let (what, takes) = self.outlook(minion, &call);
        Deed { call, what, takes }
    }

    fn outlook(&mut self, minion: usize, call: &Call) -> (What, Option<Millis>) {
        let allowed = call.fun == "saltutil.refresh_pillar" || self.night.server.blackout_whitelist.contains(&call.fun);
        if self.minions[minion].frozen() && !allowed {
            return (What::Blocked, Some(0));
        }
        if call.fun == "cmd.run" {
            return (What::Plain, Some(slept(call)));
        }
        if call.is_state()
            && let Some(ready) = self.state_outlook(minion, call)
        {
            return (ready, Some(0));
        }
        if !call.is_package() || (call.fun == "pkg.install" && self.wanted(minion, call).is_err()) {
            return (What::Plain, Some(0));
        }
        let locked = self.minions[minion].running.iter().any(|run| {
            let run = &self.runs[*run];
            run.alive && run.deeds.iter().any(|deed| deed.call.is_package())
        });
        let flavour = &self.night.flavour[&self.minions[minion].flavour];
        let row = &mut self.minions[minion];
        if locked && flavour.failure.contains_key("lock_held") {
            return (What::Package(Profile::Fails("lock_held".to_owned())), Some(1_000));
        }
        row.runs += 1;
        let profile = row.profile.clone();
        if row.times > 0 {
            row.times -= 1;
            if row.times == 0 {
                row.profile = Profile::Success;
            }
        }
        let ms = row.takes(self.seed, minion);
        let takes = match profile {
            Profile::Hang => None,
            Profile::Slow => Some(ms * 10),
            _ => Some(ms),
        };
        (What::Package(profile), takes)
    }

    /// A state run that needs no time, and why.
    fn state_outlook(&self, minion: usize, call: &Call) -> Option<What> {
        let busy = self.minions[minion].running.iter().find(|run| {
            let run = &self.runs[**run];
            run.alive && run.deeds.iter().any(|deed| deed.call.is_state())
        });
        if let Some(run) = busy {
            let run = &self.runs[*run];
            let since = super::jobs::start_time(&run.jid);
            let fun = run.deeds.first().map_or("state.apply", |deed| deed.call.fun.as_str());
            let text =
                format!("The function \"{fun}\" is running as PID {} and was started at {since} with jid {}", run.pid, run.jid);
            return Some(What::Refused(text));
        }
        let sls = call.text(0, "mods");
        if let Some(text) = self.night.broken_states.get(sls) {
            return Some(What::Refused(format!("Rendering SLS 'base:{sls}' failed: {text}")));
        }
        if !self.night.states.iter().any(|known| known == sls) {
            return Some(What::Refused(format!("No matching sls found for '{sls}' in env 'base'")));
        }
        if call.is_test() {
            return Some(What::Plain);
        }
        let flavour = &self.night.flavour[&self.minions[minion].flavour];
        (!states::would_run(&self.minions[minion], flavour)).then_some(What::Stopped)
    }

    /// A host is through with a call.
    pub(super) fn end(&mut self, minion: usize, deed: &Deed, pid: u32) -> Return {
        let sls = deed.call.text(0, "mods");
        match &deed.what {
            What::Blocked => Return::text(format!(
                "ERROR executing '{}': Minion in blackout mode. Set 'minion_blackout' to False in pillar or grains to resume \
                 operations. Only saltutil.refresh_pillar allowed in blackout mode.",
                deed.call.fun
            )),
            What::Refused(why) => states::refused(why),
            What::Stopped => states::stopped(sls, self.now),
            What::Plain => self.answer(minion, &deed.call),
            What::Package(profile) => self.end_of_package(minion, deed, profile, pid),
        }
    }

    fn end_of_package(&mut self, minion: usize, deed: &Deed, profile: &Profile, pid: u32) -> Return {
        if *profile == Profile::Exception {
            return Return::text(
                "The minion function caused an exception: Traceback (most recent call last):\n  File \
                 \"/srv/salt/_modules/patch.py\", line 24, in apply\n    result = host.run(wanted)\n             \
                 ^^^^^^^^^^^^^^^^\n  File \"/srv/salt/_modules/site_patch.py\", line 204, in run\n    raise Broken(\"patch tool \
                 answered with a page of HTML instead of a list\")\nsite_patch.Broken: patch tool answered with a page of HTML \
                 instead of a list\n"
                    .to_owned(),
            );
        }
        let wanted = self.wanted(minion, &deed.call).unwrap_or_default();
        let now = self.now;
        // A state looks first: with nothing to do it does not run the package manager, whatever that would say.
        let profile = if deed.call.is_state() && wanted.is_empty() { &Profile::Success } else { profile };
        let flavour = &self.night.flavour[&self.minions[minion].flavour];
        let row = &mut self.minions[minion];
        let outcome = row.run(flavour, wanted, profile, pid, deed.takes.unwrap_or_default());
        match deed.call.fun.as_str() {
            "patch.apply" => outcome.of_module(Some(row.reboot_required)),
            "patch.restore" => outcome.of_module(None),
            "pkg.install" => outcome.of_pkg("installing package(s)"),
            "pkg.remove" => outcome.of_pkg("removing package(s)"),
            "pkg.upgrade" => outcome.of_pkg("upgrading packages"),
            _ => states::ran(row, flavour, deed.call.text(0, "mods"), &outcome, now),
        }
    }

    /// The versions a call asks for.
    ///
    /// # Errors
    /// Salt's answer when the repository does not have them.
    pub(super) fn wanted(&self, minion: usize, call: &Call) -> Result<BTreeMap<String, String>, Return> {
        let row = &self.minions[minion];
        let flavour = &self.night.flavour[&row.flavour];
        let named = asked(call);
        let all = row.upgrades(flavour);
        match call.fun.as_str() {
            "pkg.install" => {
                let mut wanted = BTreeMap::new();
                let mut errors = Vec::new();
                for (name, version) in named {
                    match flavour.package.get(&name) {
                        None => errors.push(format!("Unable to locate package {name}")),
                        Some(known) => match version {
                            Some(version) if !known.contains(&version) => {
                                errors.push(format!("Version '{version}' for '{name}' was not found"));
                            }
                            other => {
                                wanted.insert(name, other.or_else(|| known.last().cloned()).unwrap_or_default());
                            }
                        },
                    }
                }
                if errors.is_empty() {
                    return Ok(wanted);
                }
                let info = json!({"changes": {}, "errors": errors});
                Err(Return::text(format!("ERROR: {}", problem("installing package(s)", &info))))
            }
            "pkg.remove" => Ok(named.into_iter().map(|(name, _)| (name, String::new())).collect()),
            "patch.restore" => {
                let last = row.history.last().into_iter().flatten();
                Ok(last.map(|(name, (old, _))| (name.clone(), old.clone())).collect())
            }
            "pkg.upgrade" | "patch.apply" if !named.is_empty() => {
                Ok(all.into_iter().filter(|(name, _)| named.iter().any(|(known, _)| known == name)).collect())
            }
            _ => Ok(all),
        }
    }
}

/// The packages a call names, each with the version if it names one.
fn asked(call: &Call) -> Vec<(String, Option<String>)> {
    let one = |value: &Value| match value {
        Value::Object(map) => map.iter().map(|(name, version)| (name.clone(), version.as_str().map(str::to_owned))).collect(),
        other => vec![(other.as_str().unwrap_or_default().to_owned(), None)],
    };
    if let Some(pkgs) = call.kwarg.get("pkgs").and_then(Value::as_array) {
        return pkgs.iter().flat_map(one).collect();
    }
    let version = call.kwarg.get("version").and_then(Value::as_str).map(str::to_owned);
    let name = if call.fun.starts_with("patch.") { "" } else { call.text(0, "name") };
    if name.is_empty() { Vec::new() } else { vec![(name.to_owned(), version)] }
}

/// How long a shell command takes: only `sleep` takes any time here.
fn slept(call: &Call) -> Millis {
    let seconds = call.text(0, "cmd").strip_prefix("sleep ").and_then(|rest| rest.trim().parse::<f64>().ok());
    let limit = call.kwarg.get("timeout").and_then(Value::as_f64).unwrap_or(f64::MAX);
    (seconds.unwrap_or(0.0).min(limit) * 1000.0) as Millis
}

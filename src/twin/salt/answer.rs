//! What functions answer that take no time: questions about a host, about its jobs, and signals to them.
//!
//! A function this master's minions do not have is answered in Salt's own words; nothing is made up for it.

use serde_json::{Map, Value, json};

use super::master::{Master, Run};
use super::minion::Profile;
use super::night::PROFILES;
use super::states;
use super::work::{Call, Return};

impl Master {
    pub(super) fn answer(&mut self, minion: usize, call: &Call) -> Return {
        let flavour = self.night.flavour[&self.minions[minion].flavour].clone();
        let row = &mut self.minions[minion];
        match call.fun.as_str() {
            "test.ping" | "saltutil.refresh_pillar" => Return::well(json!(true)),
            "test.version" => Return::well(json!("3008.3")),
            "grains.items" => Return::well(Value::Object(row.grains.clone())),
            "grains.get" | "grains.item" => {
                let name = call.text(0, "key");
                let value = row.grains.get(name).cloned().unwrap_or_else(|| json!(""));
                Return::well(if call.fun == "grains.get" { value } else { json!({name: value}) })
            }
            "pillar.items" => Return::well(Value::Object(row.pillar.clone())),
            "pillar.get" => Return::well(at_path(&row.pillar, call.text(0, "key"))),
            "kernelpkg.needs_reboot" => Return::well(json!(row.reboot_required)),
            "pkg.list_upgrades" => Return::well(json!(row.upgrades(&flavour))),
            "pkg.list_pkgs" => Return::well(json!(row.installed)),
            "pkg.version" => {
                let version = |name: &str| row.installed.get(name).cloned().unwrap_or_default();
                let names: Vec<&str> = call.args.iter().filter_map(Value::as_str).collect();
                Return::well(match names.as_slice() {
                    [one] => json!(version(one)),
                    many => Value::Object(many.iter().map(|name| ((*name).to_owned(), json!(version(name)))).collect()),
                })
            }
            "pkg.hold" | "pkg.unhold" => self.hold(minion, call),
            "pkg.install" => self.wanted(minion, call).err().unwrap_or_else(|| Return::well(json!({}))),
            "patch.apply" => {
                let changes = row.upgrades(&flavour);
                let comment = format!("{} packages would change", changes.len());
                Return::well(json!({"test": true, "comment": comment, "changes": changes}))
            }
            "patch.scan" => Return::well(json!({
                "upgrades": row.upgrades(&flavour),
                "held": row.held,
                "reboot_required": row.reboot_required,
                "flavor": row.flavour,
            })),
            "patch.probe" => states::probe(row, &flavour),
            "patch.profile" | "patch.reset" => self.profile(minion, call),
            "patch.reboot" | "system.reboot" => {
                row.reboot_required = false;
                row.boots += 1;
                Return::well(json!({"result": true, "boots": row.boots}))
            }
            "state.apply" | "state.sls" | "state.highstate" => {
                let now = self.now;
                states::dry(&self.minions[minion], &flavour, call.text(0, "mods"), now)
            }
            "cmd.run" => shell(call),
            "schedule.add" => {
                let name = call.text(0, "name");
                let comment = format!("Added job: {name} to schedule.");
                Return::well(json!({"comment": comment, "result": true, "changes": {name: "added"}}))
            }
            "saltutil.running" => {
                let all = self.runs_of(minion).map(|run| self.found(run)).collect();
                Return::well(Value::Array(all))
            }
            "saltutil.find_job" => {
                let run = self.runs_of(minion).find(|run| run.jid == call.text(0, "jid"));
                Return::well(run.map_or_else(|| json!({}), |run| self.found(run)))
            }
            "saltutil.kill_job" => self.signal(minion, call.text(0, "jid"), 9),
            "saltutil.term_job" => self.signal(minion, call.text(0, "jid"), 15),
            other => Return::text(format!("'{other}' is not available.")),
        }
    }

    fn runs_of(&self, minion: usize) -> impl Iterator<Item = &Run> {
        self.minions[minion].running.iter().map(|run| &self.runs[*run]).filter(|run| run.alive)
    }

    /// A run as the host describes it.
    fn found(&self, run: &Run) -> Value {
        let mut body = json!({
            "pid": run.pid, "jid": run.jid, "ret": "", "resource_targets": [], "pure_resource_target": false,
            "minion_is_target": true,
        });
        if let Some(job) = self.jobs.get(&run.jid) {
            body["fun"] = job.fun.clone();
            body["arg"] = Value::Array(job.arguments.clone());
            body["tgt"] = job.tgt.clone();
            body["tgt_type"] = json!(job.tgt_type);
            body["user"] = json!(job.user);
            if let Some(metadata) = &job.metadata {
                body["metadata"] = metadata.clone();
            }
            if job.start_event {
                body["start_event"] = json!(true);
            }
        }
        body
    }

    /// A signalled job ends without a word: no event, no result, for ever.
    fn signal(&mut self, minion: usize, jid: &str, number: i32) -> Return {
        let Some(pid) = self.kill(minion, jid) else {
            return Return::well(json!(""));
        };
        Return::well(json!(format!("Signal {number} sent to job {jid} at pid {pid}")))
    }

    fn profile(&mut self, minion: usize, call: &Call) -> Return {
        let flavour = self.night.flavour[&self.minions[minion].flavour].clone();
        let row = &mut self.minions[minion];
        let name = call.text(0, if call.fun == "patch.reset" { "profile" } else { "name" });
        let times = call.arg(2, "times").and_then(Value::as_u64).unwrap_or(0) as u32;
        let name = if name.is_empty() && call.fun == "patch.reset" { "success" } else { name };
        if !name.is_empty() {
            let Some(profile) = Profile::named(name, &flavour) else {
                let mut known: Vec<&str> = PROFILES.to_vec();
                known.extend(flavour.failure.keys().map(String::as_str));
                known.sort_unstable();
                let value = json!({"result": false, "comment": format!("one of: {}", known.join(", "))});
                return Return { value, retcode: 2, success: false, out: None };
            };
            if call.fun == "patch.reset" {
                row.reset(&flavour, profile, 0);
            } else {
                row.profile = profile;
                row.times = times;
            }
        }
        let delay = row.install.typical.as_secs_f64();
        let mut value = json!({"profile": row.profile.name(), "delay": delay, "flavor": row.flavour});
        if call.fun == "patch.profile" {
            value["fail_times"] = json!(row.times);
            value["runs"] = json!(row.runs);
        }
        Return::well(value)
    }

    fn hold(&mut self, minion: usize, call: &Call) -> Return {
        let row = &mut self.minions[minion];
        let pkgs = call.kwarg.get("pkgs").and_then(Value::as_array).cloned();
        let names = pkgs.unwrap_or_else(|| vec![json!(call.text(0, "name"))]);
        let mut answer = Map::new();
        for name in names.iter().filter_map(Value::as_str) {
            let hold = call.fun == "pkg.hold";
            let changed = if hold { row.held.insert(name.to_owned()) } else { row.held.remove(name) };
            let word = |held: bool| if held { "hold" } else { "install" };
            let changes = if changed { json!({"old": word(!hold), "new": word(hold)}) } else { json!({}) };
            let comment = match (changed, hold) {
                (true, true) => format!("Package {name} is now being held."),
                (true, false) => format!("Package {name} is no longer being held."),
                (false, true) => format!("Package {name} is already set to be held."),
                (false, false) => format!("Package {name} is already set to be not held."),
            };
            answer.insert(name.to_owned(), json!({"name": name, "changes": changes, "result": true, "comment": comment}));
        }
        Return::well(Value::Object(answer))
    }
}

/// No shell runs here: `sleep` says nothing, and everything else is not installed. A time-out counts as success.
fn shell(call: &Call) -> Return {
    let command = call.text(0, "cmd");
    let limit = call.kwarg.get("timeout").and_then(Value::as_f64);
    let seconds = command.strip_prefix("sleep ").and_then(|rest| rest.trim().parse::<f64>().ok());
    match (seconds, limit) {
        (Some(seconds), Some(limit)) if seconds > limit => {
            Return::well(json!(format!("{command} : Timed out after {limit} seconds")))
        }
        (Some(_), _) => Return::well(json!("")),
        _ => Return { value: json!(format!("/bin/sh: 1: {command}: not found")), retcode: 127, success: false, out: None },
    }
}

fn at_path(map: &Map<String, Value>, path: &str) -> Value {
    let (key, rest) = path.split_once(':').map_or((path, None), |(key, rest)| (key, Some(rest)));
    match (map.get(key), rest) {
        (Some(Value::Object(inner)), Some(rest)) => at_path(inner, rest),
        (Some(value), None) => value.clone(),
        _ => json!(""),
    }
}

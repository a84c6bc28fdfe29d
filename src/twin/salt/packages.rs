//! A run of a package manager on a host, and the shapes in which Salt hands its words on.
//!
//! `pkg.*` answers a map of changes, or one text with everything inside; a site's own module answers fields. It decides
//! neither when a run ends nor which profile a host has.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::minion::{Changes, Minion, Profile};
use super::night::{Flavour, Tool};
use super::work::Return;

/// What came out of one run.
pub(super) struct Outcome {
    pub(super) pid: u32,
    pub(super) retcode: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) changes: Changes,
    pub(super) profile: Profile,
    pub(super) seconds: f64,
}

impl Minion {
    /// Ends a run that was to bring these versions; an empty version removes the package.
    pub(super) fn run(
        &mut self,
        flavour: &Flavour,
        wanted: BTreeMap<String, String>,
        profile: &Profile,
        pid: u32,
        ms: i64,
    ) -> Outcome {
        let failure = match profile {
            Profile::Fails(name) => flavour.failure.get(name),
            _ => None,
        };
        let keep = match failure {
            Some(failure) if failure.partly => (wanted.len() / 2).max(1),
            Some(_) => 0,
            None if *profile == Profile::False => 0,
            None => wanted.len(),
        };
        let mut changes = Changes::new();
        for (name, version) in wanted.into_iter().take(keep) {
            let before = self.installed.get(&name).cloned().unwrap_or_default();
            if before == version {
                continue;
            }
            if version.is_empty() {
                self.installed.remove(&name);
            } else {
                self.installed.insert(name.clone(), version.clone());
            }
            self.reboot_required |= flavour.kernel.as_deref() == Some(&name);
            changes.insert(name, (before, version));
        }
        self.history.push(changes.clone());
        let (retcode, stdout, stderr) = match failure {
            Some(failure) => (failure.retcode, failure.stdout.clone(), failure.stderr.clone()),
            None => (0, transcript(flavour.tool, &changes), String::new()),
        };
        Outcome { pid, retcode, stdout, stderr, changes, profile: profile.clone(), seconds: ms as f64 / 1000.0 }
    }
}

impl Outcome {
    /// As `pkg.upgrade`, `pkg.install` and `pkg.remove` answer.
    pub(super) fn of_pkg(&self, verb: &str) -> Return {
        if self.profile == Profile::False {
            return Return::well(json!(false));
        }
        if self.retcode == 0 {
            return Return::well(changes_json(&self.changes));
        }
        let info = json!({"changes": changes_json(&self.changes), "result": self.result()});
        Return::text(format!("ERROR: {}", problem(verb, &info)))
    }

    /// As a site's own module answers.
    pub(super) fn of_module(&self, reboot_required: Option<bool>) -> Return {
        let mut body = json!({
            "pid": self.pid,
            "retcode": self.retcode,
            "stdout": self.stdout,
            "stderr": self.stderr,
            "changes": changes_json(&self.changes),
            "profile": self.profile.name(),
            "seconds": self.seconds,
            "result": self.retcode == 0,
        });
        if let Some(due) = reboot_required {
            body["reboot_required"] = json!(due);
        }
        Return { value: body, retcode: self.retcode, success: self.retcode == 0, out: None }
    }

    fn result(&self) -> Value {
        json!({"pid": self.pid, "retcode": self.retcode, "stderr": self.stderr, "stdout": self.stdout})
    }

    /// The comment of a `pkg` state that failed: what changed stands beside it, not in it.
    pub(super) fn comment(&self) -> String {
        problem("upgrading packages", &json!({"result": self.result()}))
    }
}

/// What Salt says with a failed command: one sentence, then the outline.
pub(super) fn problem(verb: &str, info: &Value) -> String {
    let mut text = format!("Problem encountered {verb}. Additional info follows:\n\n");
    outline(info, 0, &mut text);
    text.truncate(text.trim_end().len());
    text
}

/// Salt's nested outline: four spaces a level, a rule under the key of every map.
fn outline(value: &Value, indent: usize, text: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let _ = writeln!(text, "{pad}{key}:");
                if value.is_object() {
                    let _ = writeln!(text, "{pad}    ----------");
                }
                outline(value, indent + 4, text);
            }
        }
        Value::Array(items) => {
            for item in items {
                let _ = writeln!(text, "{pad}- {}", item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            }
        }
        Value::String(lines) => {
            for line in lines.lines() {
                let _ = writeln!(text, "{pad}{line}");
            }
        }
        other => {
            let _ = writeln!(text, "{pad}{other}");
        }
    }
}

pub(super) fn changes_json(changes: &Changes) -> Value {
    let pair = |(name, (old, new)): (&String, &(String, String))| (name.clone(), json!({"old": old, "new": new}));
    Value::Object(changes.iter().map(pair).collect::<Map<_, _>>())
}

/// What the tool prints when all is well.
fn transcript(tool: Tool, changes: &Changes) -> String {
    let names: Vec<&str> = changes.keys().map(String::as_str).collect();
    let mut lines: Vec<String> = Vec::new();
    match tool {
        Tool::Apt => {
            lines
                .extend(["Reading package lists...", "Building dependency tree...", "Calculating upgrade..."].map(str::to_owned));
            if !changes.is_empty() {
                lines.push("The following packages will be upgraded:".to_owned());
                lines.push(format!("  {}", names.join(" ")));
            }
            lines.push(format!("{} upgraded, 0 newly installed, 0 to remove and 0 not upgraded.", names.len()));
            lines.extend(changes.iter().map(|(name, (_, new))| format!("Setting up {name} ({new}) ...")));
        }
        Tool::Dnf if changes.is_empty() => {
            lines.extend(["Dependencies resolved.", "Nothing to do.", "Complete!"].map(str::to_owned));
        }
        Tool::Dnf => {
            lines.extend(["Dependencies resolved.", "Running transaction"].map(str::to_owned));
            lines.extend(changes.iter().map(|(name, (_, new))| format!("  Upgrading        : {name}-{new}")));
            lines.push("Complete!".to_owned());
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_upgrade_is_one_text_with_the_tools_words_four_spaces_in() {
        let changes = Changes::from([("curl".to_owned(), ("1".to_owned(), "2".to_owned()))]);
        let outcome = Outcome {
            pid: 7,
            retcode: 100,
            stdout: "a\n b".to_owned(),
            stderr: "E: no".to_owned(),
            changes,
            profile: Profile::Fails("x".to_owned()),
            seconds: 1.0,
        };
        let text = outcome.of_pkg("upgrading packages").value;
        let wanted = "ERROR: Problem encountered upgrading packages. Additional info follows:\n\nchanges:\n    ----------\n    \
                      curl:\n        ----------\n        new:\n            2\n        old:\n            1\nresult:\n    \
                      ----------\n    pid:\n        7\n    retcode:\n        100\n    stderr:\n        E: no\n    stdout:\n        \
                      a\n         b";
        assert_eq!(text, wanted);
    }
}

//! Keeps secrets out of the config: where one may come from, and refusing one that stands in the file. A refused value is
//! never repeated. It reads no secret: it only looks whether the named place could give one.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use toml::de::DeValue;

use super::Env;
use super::paths::Base;
use super::reader::{Report, Section, wrong_type};
use crate::backend::settings::SecretSource;

/// Bits that let anybody but the owner at a file.
const OTHERS: u32 = 0o077;

const NEXT: &str = "take it out and change it; write secret = { env = \"NAME\" }, { file = \"PATH\" } (mode 0600) or { exec = [\"COMMAND\", ..] }";

/// Keys under which people put secrets. Only asked for keys that are unknown otherwise.
pub(super) fn is_secret_key(key: &str) -> bool {
    let key = key.to_lowercase();
    ["pass", "pwd", "token", "secret", "credential", "api_key", "apikey", "api-key"].iter().any(|word| key.contains(word))
}

pub(super) fn refuse(report: &mut Report, at: usize, key: &str) {
    report.problem(at, format!("`{key}`: a secret does not belong in the config"), NEXT);
}

/// `secret = { env = .. } | { file = .. } | { exec = [..] }`
pub(super) fn read(backend: &mut Section<'_>, report: &mut Report, base: &Base<'_>, env: Env<'_>) -> Option<SecretSource> {
    let value = backend.any("secret")?;
    let at = value.span().start;
    if value.get_ref().is_str() {
        refuse(report, at, "secret");
        return None;
    }
    if !value.get_ref().is_table() {
        wrong_type(
            report,
            at,
            "secret",
            "secret = { env = \"NAME\" }, { file = \"PATH\" } or { exec = [\"COMMAND\", ..] }",
            value.get_ref(),
        );
        return None;
    }
    let mut section = backend.table("secret", report)?;
    let name = section.string("env", report);
    let file = section.string("file", report);
    let exec = exec(&mut section, report);
    let given = [section.at_key("env"), section.at_key("file"), section.at_key("exec")].iter().flatten().count();
    section.finish(report);
    if given != 1 {
        report.problem(at, format!("`secret` names {given} sources"), "name exactly one of env, file and exec");
        return None;
    }
    if let Some(name) = name {
        if env(name.value).is_none() {
            report.secret_fault(name.at, format!("the environment has no {}", name.value), "export it before patchdeck starts");
        }
        return Some(SecretSource::Env(name.value.to_owned()));
    }
    if let Some(file) = file {
        let path = base.resolve(file.value);
        look_at(&path, file.at, report);
        return Some(SecretSource::File(path));
    }
    exec.map(SecretSource::Exec)
}

fn exec(section: &mut Section<'_>, report: &mut Report) -> Option<Vec<String>> {
    let value = section.any("exec")?;
    let DeValue::Array(items) = value.get_ref() else {
        wrong_type(report, value.span().start, "exec", "a list of texts: the command, then its arguments", value.get_ref());
        return None;
    };
    let words: Vec<String> = items.iter().filter_map(|item| item.get_ref().as_str()).map(str::to_owned).collect();
    if words.is_empty() || words.len() != items.len() {
        report.problem(value.span().start, "`exec` is no command", "write a list of texts: the command, then its arguments");
        return None;
    }
    Some(words)
}

/// Whether the file is there, and its owner's alone.
fn look_at(path: &Path, at: usize, report: &mut Report) {
    let shown = path.to_string_lossy();
    match std::fs::metadata(path) {
        Err(error) => {
            report.secret_fault(at, format!("the secret file {shown} cannot be read: {error}"), "write it, with mode 0600");
        }
        Ok(meta) if !meta.is_file() => {
            report.secret_fault(at, format!("{shown} is no file"), "name a file that holds the secret alone");
        }
        Ok(meta) if meta.permissions().mode() & OTHERS != 0 => report.secret_fault(
            at,
            format!("others may read the secret file {shown} (mode {:04o})", meta.permissions().mode() & 0o7777),
            format!("chmod 600 {shown}"),
        ),
        Ok(_) => {}
    }
}

//! Reads one secret from its source. Every refusal is told in words that hold no part of it.
//!
//! It keeps nothing.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use tokio::process::Command;

use super::Kind;
use crate::backend::settings::{Secret, SecretSource};
use crate::domain::Text;

/// A helper that takes longer is ended.
const HELPER_LIMIT: Duration = Duration::from_secs(10);
/// Longer than any token; a file beyond it is the wrong file.
const MAX_SECRET: usize = 64 * 1024;

/// A secret as its source gave it.
#[derive(Debug)]
pub struct Fetched {
    pub secret: Secret,
    pub kind: Kind,
    /// How long it may be used, from now.
    pub lifetime: Option<Duration>,
}

/// What a helper may print instead of one line. The names are those of the common credential helpers.
#[derive(Deserialize)]
struct Printed {
    token: Option<String>,
    password: Option<String>,
    #[serde(rename = "expirationTimestamp")]
    expires: Option<String>,
    status: Option<Box<Printed>>,
}

pub async fn fetch(source: &SecretSource) -> Result<Fetched, String> {
    match source {
        SecretSource::Env(name) => match std::env::var(name) {
            Ok(value) if !value.is_empty() => Ok(password(value)),
            Ok(_) => Err(format!("environment variable {name} is empty")),
            Err(std::env::VarError::NotPresent) => Err(format!("environment variable {name} is not set")),
            Err(std::env::VarError::NotUnicode(_)) => Err(format!("environment variable {name} is no UTF-8")),
        },
        SecretSource::File(path) => from_file(path).await,
        SecretSource::Exec(command) => from_helper(command, HELPER_LIMIT).await,
    }
}

fn password(secret: String) -> Fetched {
    Fetched { secret: Secret::new(secret), kind: Kind::Password, lifetime: None }
}

async fn from_file(path: &Path) -> Result<Fetched, String> {
    let shown = path.display();
    let failed = |error: std::io::Error| format!("file {shown}: {error}");
    let about = tokio::fs::metadata(path).await.map_err(failed)?;
    if !about.is_file() {
        return Err(format!("file {shown} is no file"));
    }
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(format!("file {shown} may be read by others (mode {mode:o}); mend it with: chmod 600"));
    }
    if about.len() > MAX_SECRET as u64 {
        return Err(format!("file {shown} is too long for a secret"));
    }
    let text = tokio::fs::read_to_string(path).await.map_err(failed)?;
    let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if line.is_empty() {
        return Err(format!("file {shown} is empty"));
    }
    Ok(password(line.to_owned()))
}

pub(super) async fn from_helper(command: &[String], limit: Duration) -> Result<Fetched, String> {
    let Some((program, arguments)) = command.split_first() else { return Err("the helper has no name".to_owned()) };
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("helper {program}: {error}"))?;
    let output = tokio::time::timeout(limit, child.wait_with_output())
        .await
        .map_err(|_| format!("helper {program} gave nothing within {} s", limit.as_secs()))?
        .map_err(|error| format!("helper {program}: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = Text::bounded(said.lines().next().unwrap_or("it said nothing"), 160);
        return Err(format!("helper {program} failed ({}): {said}", output.status));
    }
    if output.stdout.len() > MAX_SECRET {
        return Err(format!("helper {program} printed too much"));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| format!("helper {program} printed no UTF-8"))?;
    understand(&text, Timestamp::now()).map_err(|why| format!("helper {program} {why}"))
}

/// One line, or JSON with a token or password and an expiry.
pub(super) fn understand(text: &str, now: Timestamp) -> Result<Fetched, &'static str> {
    if !text.trim_start().starts_with('{') {
        let line = text.lines().next().unwrap_or_default();
        return if line.is_empty() { Err("printed nothing") } else { Ok(password(line.to_owned())) };
    }
    // serde's own words could repeat a piece of the secret.
    let printed: Printed = serde_json::from_str(text).map_err(|_| "printed JSON that is not understood")?;
    let Printed { token, password, expires, .. } = match printed.status {
        Some(inner) => *inner,
        None => printed,
    };
    let lifetime = match expires {
        None => None,
        Some(at) => {
            let at: Timestamp = at.parse().map_err(|_| "printed an expirationTimestamp that is no time")?;
            Some(Duration::try_from(at.duration_since(now)).map_err(|_| "printed a secret that has expired")?)
        }
    };
    let (secret, kind) = match (token, password) {
        (Some(token), _) => (token, Kind::Token),
        (None, Some(password)) => (password, Kind::Password),
        (None, None) => return Err("printed JSON with neither token nor password"),
    };
    if secret.is_empty() {
        return Err("printed an empty secret");
    }
    Ok(Fetched { secret: Secret::new(secret), kind, lifetime })
}

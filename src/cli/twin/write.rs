//! The config that connects to a twin, as text and as a file. Passwords go into files of their own, mode 0600.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use toml::Value;

use crate::twin::{Connection, Running};

/// Where passwords lie, and how the config names those files.
pub struct Secrets {
    folder: PathBuf,
    /// Before each file's name.
    prefix: String,
    /// Named with the folder; otherwise by the name alone, relative to the config.
    absolute: bool,
}

impl Secrets {
    pub fn under(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), prefix: String::new(), absolute: true }
    }

    fn beside(config: &Path) -> Self {
        let stem = config.file_stem().map_or("twin".into(), |stem| stem.to_string_lossy().into_owned());
        Self { folder: parent(config), prefix: format!("{stem}."), absolute: false }
    }

    fn file(&self, connection: &Connection) -> PathBuf {
        let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
        let name: String = connection.name.chars().map(safe).collect();
        self.folder.join(format!("{}{name}.pass", self.prefix))
    }

    fn named(&self, connection: &Connection) -> String {
        let file = self.file(connection);
        let name = if self.absolute { Some(file.as_os_str()) } else { file.file_name() };
        name.unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// Writes the passwords and returns the text of one config for all of these twins.
pub fn in_files(running: &[Running], secrets: &Secrets) -> io::Result<String> {
    for connection in running.iter().flat_map(|one| &one.connections) {
        private(&secrets.file(connection), format!("{}\n", connection.password).as_bytes())?;
    }
    Ok(text(running, secrets))
}

/// Writes config and passwords. The config is there whole or not at all, and only once everything it names is.
pub(super) fn whole(running: &[Running], file: &Path) -> io::Result<()> {
    let text = in_files(running, &Secrets::beside(file))?;
    private(file, text.as_bytes())
}

/// A file of the owner's alone, by rename.
fn private(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let new = parent(file).join(format!(".{name}.{}", std::process::id()));
    let written = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new).and_then(|mut out| {
        out.write_all(bytes)?;
        out.sync_all()
    });
    written.and_then(|()| fs::rename(&new, file)).inspect_err(|_| {
        // What could not be written whole is not left behind.
        let _ = fs::remove_file(&new);
    })
}

fn parent(file: &Path) -> PathBuf {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

fn text(running: &[Running], secrets: &Secrets) -> String {
    let mut out = String::from("# A twin: a stand-in server with a fleet that is played. It is gone when its process ends.\n");
    let connections: Vec<&Connection> = running.iter().flat_map(|one| &one.connections).collect();
    for connection in &connections {
        out.push_str("\n[[backend]]\n");
        pair(&mut out, "name", &connection.name);
        pair(&mut out, "kind", connection.kind);
        pair(&mut out, "url", &connection.url);
        match &connection.target {
            Some(target) => {
                let _ = writeln!(out, "tenants = {{ {} = {} }}", key(&connection.tenant), Value::from(target.as_str()));
            }
            None => pair(&mut out, "tenant", &connection.tenant),
        }
        pair(&mut out, "user", &connection.user);
        if let Some(eauth) = &connection.eauth {
            pair(&mut out, "eauth", eauth);
        }
        if let Some(attribute) = &connection.version_attribute {
            pair(&mut out, "version_attribute", attribute);
        }
        let _ = writeln!(out, "secret = {{ file = {} }}", Value::from(secrets.named(connection)));
    }
    let mut tenants = BTreeSet::new();
    for connection in connections.iter().filter(|connection| tenants.insert(connection.tenant.as_str())) {
        out.push_str("\n[[tenant]]\n");
        pair(&mut out, "name", &connection.tenant);
        pair(&mut out, "zone", &connection.zone);
        if let Some(call) = &connection.call {
            pair(&mut out, "call", call);
        }
    }
    for plan in running.iter().flat_map(|one| &one.plans) {
        table(&mut out, "plan", plan);
    }
    // Twins of one night carry the same calendar; of that only what concerns a tenant of this config has its place in it.
    let mut kept: Vec<&(&str, toml::Table)> = Vec::new();
    for entry in running.iter().flat_map(|one| &one.calendar) {
        if concerns(&entry.1, &tenants) && !kept.contains(&entry) {
            table(&mut out, entry.0, &entry.1);
            kept.push(entry);
        }
    }
    // Twins of one night are started together and show the same time.
    if let Some(clock) = running.first().map(|one| one.clock) {
        out.push_str("\n[clock]\n");
        pair(&mut out, "at", &clock.real.to_string());
        pair(&mut out, "shows", &clock.shows.to_string());
        let _ = writeln!(out, "rate = {}", Value::from(clock.rate));
    }
    out
}

fn table(out: &mut String, title: &str, table: &toml::Table) {
    let _ = writeln!(out, "\n[[{title}]]");
    for (name, value) in table {
        let _ = writeln!(out, "{} = {value}", key(name));
    }
}

/// Whether a table names one of these tenants, or none at all. A list of tenants must be of theirs as a whole.
fn concerns(table: &toml::Table, tenants: &BTreeSet<&str>) -> bool {
    match table.get("tenant") {
        None => true,
        Some(Value::Array(names)) => names.iter().all(|name| name.as_str().is_some_and(|name| tenants.contains(name))),
        Some(name) => name.as_str().is_some_and(|name| tenants.contains(name)),
    }
}

/// A key as TOML needs it.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if bare { name.to_owned() } else { Value::from(name).to_string() }
}

fn pair(out: &mut String, key: &str, value: &str) {
    out.push_str(key);
    out.push_str(" = ");
    out.push_str(&Value::from(value).to_string());
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::{self, Options};

    #[tokio::test]
    async fn the_windows_of_a_night_stand_in_its_config_once_and_only_for_its_tenants() {
        let options = Options { speed: Some(0.0), hosts: Some(40), ..Options::default() };
        let table = |title: &str, tenant: &str| format!("\n[[{title}]]\nname = \"n\"\n{tenant}\n");
        let night = [
            twin::builtin("patch-tuesday").expect("a scenario").to_owned(),
            table("window", "tenant = \"acme\""),
            table("window", "tenant = [\"acme\", \"hooli\"]"),
            table("window", "tenant = [\"acme\", \"umbra\"]"),
            table("freeze", "tenant = \"umbra\""),
            table("freeze", "reason = \"for all\""),
        ]
        .concat();
        let first = twin::hawkbit::start(&night, options).await.expect("a twin");
        let second = twin::hawkbit::start(&night, options).await.expect("a twin");
        let dir = tempfile::tempdir().expect("a folder");
        let text = in_files(&[first, second], &Secrets::under(dir.path())).expect("written");
        let count = |table: &str| text.matches(table).count();
        assert_eq!(count("[[window]]\nname = \"n\"\ntenant = \"acme\"\n"), 1, "{text}");
        assert_eq!(count("[[window]]\nname = \"n\"\ntenant = [\"acme\", \"hooli\"]\n"), 1, "{text}");
        assert_eq!(count("[[freeze]]\nname = \"n\"\nreason = \"for all\"\n"), 1, "{text}");
        assert_eq!(count("umbra"), 0, "{text}");
        assert!(text.parse::<toml::Table>().is_ok(), "{text}");
    }

    #[tokio::test]
    async fn a_night_on_two_kinds_of_servers_is_one_config_with_its_plans() {
        let options = Options { speed: Some(0.0), hosts: Some(20), ..Options::default() };
        let calm = twin::hawkbit::start(twin::builtin("calm").expect("a scenario"), options).await.expect("a twin");
        let rings = twin::salt::start(twin::builtin("rings").expect("a scenario"), options).await.expect("a twin");
        let dir = tempfile::tempdir().expect("a folder");
        let text = in_files(&[calm, rings], &Secrets::under(dir.path())).expect("written");
        let config: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
        let kinds: Vec<&str> =
            config["backend"].as_array().expect("a list").iter().filter_map(|one| one["kind"].as_str()).collect();
        assert_eq!(kinds, ["hawkbit", "hawkbit", "salt", "salt"]);
        let umbra = &config["backend"][2];
        assert_eq!(umbra["tenants"]["umbra"].as_str(), Some("I@tenant:umbra"));
        assert_eq!(umbra["eauth"].as_str(), Some("file"));
        assert!(umbra.get("tenant").is_none());
        assert_eq!(config["plan"][0]["backend"], umbra["name"]);
        assert_eq!(config["plan"][0]["rings"].as_array().map(Vec::len), Some(3));
        let password = umbra["secret"]["file"].as_str().expect("a file");
        assert!(fs::read_to_string(password).is_ok_and(|text| text.trim().len() > 20));
    }
}

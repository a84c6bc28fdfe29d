//! `[[backend]]`: how each patch system is reached. The kinds that exist are passed in; no adapter is known here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::paths::Base;
use super::reader::{Found, Report, Section, nearest};
use super::{Env, password, urls};
use crate::backend::settings::{DEFAULT_REQUESTS_PER_SECOND, Settings};
use crate::domain::{BackendName, TenantId};

/// Longest name of a connection, in characters: it stands on every row.
const LONGEST_NAME: usize = 40;

pub(super) fn read(root: &mut Section<'_>, report: &mut Report, kinds: &[&str], base: &Base<'_>, env: Env<'_>) -> Vec<Settings> {
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    let mut backends = Vec::new();
    if root.at_key("backend").is_none() {
        report.problem(0, "there is no [[backend]]", "name at least one patch system to connect to");
    }
    for section in root.tables("backend", report) {
        let at = section.at_key("name").unwrap_or(section.at);
        let Some(settings) = one(section, report, kinds, base, env) else { continue };
        if let Some(before) = first.insert(settings.name.raw().to_owned(), at) {
            report.problem(
                at,
                format!("a second backend `{}`; the first is on line {}", settings.name, report.line(before)),
                "give each its own name: it stands on every row, dialog and journal line",
            );
        }
        backends.push(settings);
    }
    backends
}

/// One table. None once something that every other rule needs is missing; its problems are noted.
fn one(mut section: Section<'_>, report: &mut Report, kinds: &[&str], base: &Base<'_>, env: Env<'_>) -> Option<Settings> {
    let name = section.required("name", report, "give it a name of its own: name = \"acme-prod\"");
    let kind = kind(&mut section, report, kinds);
    let address = address(&mut section, report);
    let (tenant, tenants) = tenants(&mut section, report);
    let expect_tenant = section.string("expect_tenant", report).map(|found| found.value.to_owned());
    let version_attribute = section.string("version_attribute", report).map(|found| found.value.to_owned());
    let eauth = section.string("eauth", report).map(|found| found.value.to_owned());
    let user = section.string("user", report).map(|found| found.value.to_owned());
    let secret = password::read(&mut section, report, base, env);
    if let (Some(at), true, None) = (section.at_key("user"), section.at_key("secret").is_none(), &secret)
        && !section.holds_a_secret()
    {
        report.problem(at, "a `user` without a `secret`", "say where it comes from: secret = { env = \"NAME\" }");
    }
    let shared_login = section.flag("shared_login", report).is_some_and(|found| found.value);
    let ca_file = file(&mut section, "ca_file", report, base);
    let client_cert = file(&mut section, "client_cert", report, base);
    let client_key = file(&mut section, "client_key", report, base);
    both(&section, "client_cert", "client_key", report);
    both(&section, "client_key", "client_cert", report);
    let proxy = proxy(&mut section, report);
    let insecure = section.flag("insecure", report);
    if let (Some(insecure), Some(address)) = (&insecure, &address)
        && insecure.value
        && !address.https
    {
        report.problem(
            insecure.at,
            "`insecure` on an address without TLS",
            "it leaves out certificate checks; http has none. Take it out",
        );
    }
    let per_second = section.number("requests_per_second", 0.1..=200.0, report);
    let hosts_per_call = section.number("hosts_per_call", 1.0..=500.0, report).and_then(|found| whole(&found, report));
    let at_url = section.at_key("url").unwrap_or(section.at);
    section.finish(report);

    let address = address?;
    if !address.https && !address.loopback && secret.is_some() {
        report.warn(at_url, "the login travels in the clear over http", "use https, if the server can");
    }
    let name = name?;
    if name.value.chars().count() > LONGEST_NAME {
        report.problem(
            name.at,
            format!("`name` is longer than {LONGEST_NAME} characters"),
            "it stands on every row: make it short",
        );
    }
    Some(Settings {
        name: BackendName::new(name.value),
        kind: kind?,
        url: address.text,
        tenant,
        tenants,
        expect_tenant,
        version_attribute,
        user,
        eauth,
        secret,
        shared_login,
        ca_file,
        client_cert,
        client_key,
        proxy,
        insecure: insecure.is_some_and(|found| found.value),
        requests_per_second: per_second.map_or(DEFAULT_REQUESTS_PER_SECOND, |found| found.value),
        hosts_per_call,
        plans: Vec::new(),
    })
}

/// A number that counts things.
fn whole(found: &Found<f64>, report: &mut Report) -> Option<u32> {
    if found.value.fract() > 0.0 {
        report.problem(found.at, "`hosts_per_call` is no whole number", "write how many hosts one call may name, from 1 to 500");
        return None;
    }
    Some(found.value as u32)
}

fn kind(section: &mut Section<'_>, report: &mut Report, kinds: &[&str]) -> Option<String> {
    let known = kinds.join(", ");
    let kind = section.required("kind", report, &format!("say which system it is: {known}"))?;
    if kinds.contains(&kind.value) {
        return Some(kind.value.to_owned());
    }
    let next =
        nearest(kind.value, kinds).map_or(format!("known: {known}"), |near| format!("did you mean `{near}`? known: {known}"));
    report.problem(kind.at, format!("unknown kind `{}`", kind.value), next);
    None
}

fn address(section: &mut Section<'_>, report: &mut Report) -> Option<urls::Address> {
    let url = section.required("url", report, "give its base address: url = \"https://HOST\"")?;
    urls::base(url.value).map_err(|(what, next)| report.problem(url.at, format!("`url` {what}"), next)).ok()
}

fn proxy(section: &mut Section<'_>, report: &mut Report) -> Option<String> {
    let proxy = section.string("proxy", report)?;
    match urls::proxy(proxy.value) {
        Ok(address) => Some(address.text),
        Err((what, next)) => {
            report.problem(proxy.at, format!("`proxy` {what}"), next);
            None
        }
    }
}

/// One tenant a login, or several that the login serves and how the backend tells them apart.
fn tenants(section: &mut Section<'_>, report: &mut Report) -> (Option<TenantId>, BTreeMap<TenantId, String>) {
    let tenant = section.string("tenant", report).map(|found| TenantId::new(found.value));
    let pairs = section.pairs("tenants", report);
    let tenants: BTreeMap<_, _> =
        pairs.iter().map(|(ours, theirs)| (TenantId::new(ours.value), theirs.value.to_owned())).collect();
    for (ours, theirs) in pairs.iter().filter(|(_, theirs)| is_of_grains(theirs.value)) {
        let words = format!("the tenant `{}` is told apart by grains, which are each host's own word", ours.value);
        report.problem(theirs.at, words, "use pillar or host names: \"I@tenant:acme\", \"acme-*\"");
    }
    match (section.at_key("tenant"), section.at_key("tenants")) {
        (Some(_), Some(at)) => report.problem(at, "both `tenant` and `tenants`", "keep `tenant` for one, `tenants` for several"),
        (None, None) => report.problem(section.at, "[[backend]] has no `tenant`", "say for whom it works: tenant = \"acme\""),
        (None, Some(at)) if tenants.is_empty() => {
            report.problem(at, "`tenants` is empty", "map our names to the backend's own: tenants = { acme = \"..\" }");
        }
        _ => {}
    }
    (tenant, tenants)
}

/// Matches what a host says of itself, so that a host could put itself into another tenant.
fn is_of_grains(expression: &str) -> bool {
    expression.split([' ', '(', ')']).any(|word| word.starts_with("G@") || word.starts_with("P@"))
}

/// A file that the connection will need. A missing one is the connection's trouble, so the rest of the night goes on.
fn file(section: &mut Section<'_>, key: &'static str, report: &mut Report, base: &Base<'_>) -> Option<PathBuf> {
    let found = section.string(key, report)?;
    let path = base.resolve(found.value);
    if !path.is_file() {
        report.secret_fault(
            found.at,
            format!("`{key}`: there is no file at {}", path.to_string_lossy()),
            "put it there, or mend the path",
        );
    }
    Some(path)
}

fn both(section: &Section<'_>, given: &str, needed: &str, report: &mut Report) {
    if let (Some(at), None) = (section.at_key(given), section.at_key(needed)) {
        report.problem(at, format!("`{given}` without `{needed}`"), format!("name both, or neither: {needed} = \"PATH\""));
    }
}

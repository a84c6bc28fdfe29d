//! `[[tenant]]`: the clients, where their local time is, whom to call, and their terms. Windows and freezes are `windows`'.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::reader::{Found, Report, Section};
use super::windows;
use crate::backend::settings::Settings;
use crate::calendar::Terms;
use crate::domain::{Tenant, TenantId};

/// Tenants that a backend serves.
pub(super) fn served(backends: &[Settings]) -> BTreeSet<TenantId> {
    backends.iter().flat_map(|backend| backend.tenant.iter().chain(backend.tenants.keys())).cloned().collect()
}

/// The tenants, and what each asks for beyond `usual`.
pub(super) fn read(
    root: &mut Section<'_>,
    report: &mut Report,
    served: &BTreeSet<TenantId>,
    usual: &Terms,
) -> (Vec<Tenant>, Vec<(TenantId, Terms)>) {
    let mut all_terms = Vec::new();
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    let mut tenants = Vec::new();
    for mut section in root.tables("tenant", report) {
        let name = section.required("name", report, "name the tenant as the backends do: name = \"acme\"");
        let zone = section.string("zone", report).and_then(|zone| time_zone(zone, report));
        let call = section.words("call", report);
        let terms = windows::terms(&mut section, usual, report);
        section.finish(report);
        let Some(name) = name else { continue };
        if let Some(before) = first.get(name.value) {
            report.problem(
                name.at,
                format!("a second tenant `{}`; the first is on line {}", name.value, report.line(*before)),
                "join the two",
            );
            continue;
        }
        first.insert(name.value.to_owned(), name.at);
        let id = TenantId::new(name.value);
        if !served.contains(&id) {
            report.warn(
                name.at,
                format!("no backend serves the tenant `{}`", name.value),
                "name it in a [[backend]], or take it out",
            );
        }
        all_terms.push((id.clone(), Terms { zone: zone.clone(), ..terms }));
        tenants.push(Tenant { id, zone, call });
    }
    (tenants, all_terms)
}

/// A zone of the IANA database.
pub(super) fn time_zone(name: Found<&str>, report: &mut Report) -> Option<TimeZone> {
    if let Ok(zone) = TimeZone::get(name.value) {
        return Some(zone);
    }
    report.problem(name.at, format!("unknown time zone `{}`", name.value), "write an IANA name: Europe/Berlin");
    None
}

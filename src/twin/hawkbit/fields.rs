//! Which fields each list can be filtered and sorted by, and where their values are.
//!
//! One row a field, so that what a query may name can be read off here. Field names ignore case.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::super::world::World;
use super::super::world::action::Status;
use super::super::world::rollout::{Audit, RolloutStatus};
use super::super::world::target::UpdateStatus;

/// The lists of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Rollout,
    Group,
    Action,
    Target,
    Release,
}

/// A value of one row.
#[derive(Debug)]
pub(super) enum Val<'a> {
    Number(i64),
    Text(Cow<'a, str>),
    Flag(bool),
    Nothing,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Number,
    Text,
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// One field of one list.
#[derive(Clone)]
pub(super) enum Field {
    Fixed(&'static Row),
    /// `attribute.KEY` of a target.
    Attribute(String),
    /// `metadata.KEY` and tags: the twin's targets have none.
    Absent,
}

/// A row of the tables below.
pub(super) struct Row {
    name: &'static str,
    kind: Kind,
    get: for<'a> fn(&'a World, usize) -> Val<'a>,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name())
    }
}

impl Field {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Fixed(row) => row.name,
            Self::Attribute(key) => key,
            Self::Absent => "",
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Fixed(row) => row.kind,
            Self::Attribute(_) | Self::Absent => Kind::Text,
        }
    }

    pub(super) fn value<'a>(&self, world: &'a World, row: usize) -> Val<'a> {
        match self {
            Self::Fixed(field) => (field.get)(world, row),
            Self::Attribute(key) => world.attribute(row, key).map_or(Val::Nothing, text),
            Self::Absent => Val::Nothing,
        }
    }
}

impl Table {
    /// The field of this name.
    pub(super) fn field(self, name: &str) -> Option<Field> {
        let rows: &'static [Row] = match self {
            Self::Rollout => ROLLOUT,
            Self::Group => GROUP,
            Self::Action => ACTION,
            Self::Target => TARGET,
            Self::Release => RELEASE,
        };
        if self == Self::Target {
            let lower = name.to_lowercase();
            if lower.starts_with("attribute.") {
                return Some(Field::Attribute(name["attribute.".len()..].to_owned()));
            }
            if lower.starts_with("metadata.") || lower == "tag" {
                return Some(Field::Absent);
            }
        }
        rows.iter().find(|row| row.name.eq_ignore_ascii_case(name)).map(Field::Fixed)
    }
}

/// The order lists are sorted by; nothing comes first.
pub(super) fn compare(a: &Val<'_>, b: &Val<'_>) -> Ordering {
    match (a, b) {
        (Val::Number(a), Val::Number(b)) => a.cmp(b),
        (Val::Text(a), Val::Text(b)) => a.cmp(b),
        (Val::Flag(a), Val::Flag(b)) => a.cmp(b),
        (Val::Nothing, Val::Nothing) => Ordering::Equal,
        (Val::Nothing, _) => Ordering::Less,
        (_, Val::Nothing) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

fn text(value: &str) -> Val<'_> {
    Val::Text(Cow::Borrowed(value))
}

fn maybe(value: Option<&String>) -> Val<'_> {
    value.map_or(Val::Nothing, |value| text(value))
}

fn id(row: usize) -> Val<'static> {
    Val::Number(i64::try_from(row).map_or(i64::MAX, |row| row + 1))
}

fn maybe_id(row: Option<usize>) -> Val<'static> {
    row.map_or(Val::Nothing, id)
}

const fn number(name: &'static str, get: for<'a> fn(&'a World, usize) -> Val<'a>) -> Row {
    Row { name, kind: Kind::Number, get }
}

const fn words(name: &'static str, get: for<'a> fn(&'a World, usize) -> Val<'a>) -> Row {
    Row { name, kind: Kind::Text, get }
}

/// The rows every entity has, given how to get at its audit.
macro_rules! audited {
    ($world:ident, $row:ident, $audit:expr, $($field:expr),+ $(,)?) => {
        &[
            number("createdat", |$world, $row| { let audit: &Audit = $audit; Val::Number(audit.created_at) }),
            number("lastmodifiedat", |$world, $row| { let audit: &Audit = $audit; Val::Number(audit.modified_at) }),
            words("createdby", |$world, $row| { let audit: &Audit = $audit; text(&audit.created_by) }),
            words("lastmodifiedby", |$world, $row| { let audit: &Audit = $audit; text(&audit.modified_by) }),
            $($field),+
        ]
    };
}

static ROLLOUT: &[Row] = audited!(
    w,
    r,
    &w.rollouts[r].audit,
    number("id", |_, r| id(r)),
    words("name", |w, r| text(&w.rollouts[r].name)),
    words("description", |w, r| maybe(w.rollouts[r].description.as_ref())),
    Row { name: "status", kind: Kind::Word(&RolloutStatus::NAMES), get: |w, r| text(w.rollouts[r].status.word()) },
    number("distributionset.id", |w, r| id(w.rollouts[r].release)),
    words("distributionset.name", |w, r| text(&w.releases[w.rollouts[r].release].name)),
    words("distributionset.version", |w, r| text(&w.releases[w.rollouts[r].release].version)),
    words("distributionset.type", |_, _| text("os")),
);

static GROUP: &[Row] = audited!(
    w,
    g,
    &w.groups[g].audit,
    number("id", |_, g| id(g)),
    words("name", |w, g| text(&w.groups[g].name)),
    words("description", |w, g| text(&w.groups[g].description)),
);

static ACTION: &[Row] = audited!(
    w,
    a,
    &w.actions[a].audit,
    number("id", |_, a| id(a)),
    Row { name: "active", kind: Kind::Flag, get: |w, a| Val::Flag(w.actions[a].status.active()) },
    Row { name: "status", kind: Kind::Word(&Status::NAMES), get: |w, a| text(w.actions[a].status.word()) },
    number("laststatuscode", |w, a| w.actions[a].code.map_or(Val::Nothing, |code| Val::Number(code.into()))),
    number("weight", |_, _| Val::Number(1000)),
    words("target.controllerid", |w, a| text(&w.targets[w.actions[a].target].controller_id)),
    words("target.name", |w, a| text(&w.targets[w.actions[a].target].name)),
    words("target.address", |w, a| text(&w.targets[w.actions[a].target].address)),
    Row {
        name: "target.updatestatus",
        kind: Kind::Word(&UpdateStatus::NAMES),
        get: |w, a| text(w.targets[w.actions[a].target].update_status.word()),
    },
    number("distributionset.id", |w, a| id(w.actions[a].release)),
    words("distributionset.name", |w, a| text(&w.releases[w.actions[a].release].name)),
    words("distributionset.version", |w, a| text(&w.releases[w.actions[a].release].version)),
    words("distributionset.type", |_, _| text("os")),
    number("rollout.id", |w, a| maybe_id(w.actions[a].group.map(|group| w.groups[group].rollout))),
    words("rollout.name", |w, a| {
        w.actions[a].group.map_or(Val::Nothing, |group| text(&w.rollouts[w.groups[group].rollout].name))
    }),
    number("rolloutgroup.id", |w, a| maybe_id(w.actions[a].group)),
    words("rolloutgroup.name", |w, a| w.actions[a].group.map_or(Val::Nothing, |group| text(&w.groups[group].name))),
    words("externalref", |_, _| Val::Nothing),
);

static TARGET: &[Row] = audited!(
    w,
    t,
    &w.targets[t].audit,
    number("id", |_, t| id(t)),
    words("controllerid", |w, t| text(&w.targets[t].controller_id)),
    words("name", |w, t| text(&w.targets[t].name)),
    words("description", |w, t| text(&w.targets[t].description)),
    words("group", |w, t| text(&w.targets[t].group)),
    words("ipaddress", |w, t| text(&w.targets[t].address)),
    words("type", |_, _| Val::Nothing),
    Row { name: "updatestatus", kind: Kind::Word(&UpdateStatus::NAMES), get: |w, t| text(w.targets[t].update_status.word()) },
    words("assignedds.name", |w, t| w.targets[t].assigned.map_or(Val::Nothing, |ds| text(&w.releases[ds].name))),
    words("assignedds.version", |w, t| w.targets[t].assigned.map_or(Val::Nothing, |ds| text(&w.releases[ds].version))),
    words("installedds.name", |w, t| w.targets[t].installed.map_or(Val::Nothing, |ds| text(&w.releases[ds].name))),
    words("installedds.version", |w, t| w.targets[t].installed.map_or(Val::Nothing, |ds| text(&w.releases[ds].version))),
    number("lastcontrollerrequestat", |w, t| Val::Number(w.targets[t].last_contact(w.now, w.poll_millis()))),
);

static RELEASE: &[Row] = audited!(
    w,
    d,
    &w.releases[d].audit,
    number("id", |_, d| id(d)),
    words("name", |w, d| text(&w.releases[d].name)),
    words("version", |w, d| text(&w.releases[d].version)),
    words("type", |_, _| text("os")),
    words("description", |w, d| maybe(w.releases[d].description.as_ref())),
    Row { name: "valid", kind: Kind::Flag, get: |w, d| Val::Flag(w.releases[d].valid) },
);

//! What every part of the screen draws from: the state, the theme, and the few questions asked of both everywhere.
//!
//! It draws nothing.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::format;
use crate::action::Action;
use crate::app::state::{RowId, State};
use crate::domain::{Mono, TenantId};
use crate::theme::{Glyphs, Theme};

/// Shared references, passed by copy.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub state: &'a State,
    pub theme: &'a Theme,
}

impl<'a> View<'a> {
    pub fn glyphs(&self) -> &'a Glyphs {
        &self.theme.glyphs
    }

    /// The key of an action, if it has one.
    pub fn key(&self, action: Action) -> Option<String> {
        self.state.keymap.label(action)
    }

    /// `23:14 CET`, in the zone times are shown in.
    pub fn clock(&self, at: Timestamp, tenant: Option<&TenantId>) -> String {
        format::clock(at, self.state.now.civil, self.state.zone_for(tenant))
    }

    /// `23:14`, for columns whose zone stands in the header.
    pub fn hour(&self, at: Timestamp, tenant: Option<&TenantId>) -> String {
        format::hour(at, self.state.now.civil, self.state.zone_for(tenant)) + &self.zone_name(at, tenant)
    }

    /// `23:14`, `Wed 01:04`, `15 Jan`: for narrow columns.
    pub fn short(&self, at: Timestamp, tenant: Option<&TenantId>) -> String {
        format::short(at, self.state.now.civil, self.state.zone_for(tenant)) + &self.zone_name(at, tenant)
    }

    /// The zone behind a time that is not in the one of the header's clock: each tenant's own may be another.
    fn zone_name(&self, at: Timestamp, tenant: Option<&TenantId>) -> String {
        let (own, usual) = (at.to_zoned(self.state.zone_for(tenant)), at.to_zoned(self.state.zone_for(None)));
        if own.offset() == usual.offset() { String::new() } else { format!(" {}", own.strftime("%Z")) }
    }

    /// When something was read, on the wall clock.
    pub fn read_at(&self, seen: Mono) -> String {
        let now = &self.state.now;
        // Elapsed time and the clock on the wall differ in pace where the night runs faster than life.
        let since = SignedDuration::from_secs_f64(now.mono.since(seen).as_secs_f64() * self.state.rate);
        format::hour_second(now.civil - since, self.state.zone_for(None))
    }

    pub fn since(&self, seen: Mono) -> Duration {
        self.state.now.mono.since(seen)
    }

    /// How long ago a civil time was; nothing for times to come.
    pub fn civil_ago(&self, at: Timestamp) -> Duration {
        Duration::try_from(self.state.now.civil.duration_since(at)).unwrap_or(Duration::ZERO)
    }

    pub fn selected(&self) -> Option<&'a RowId> {
        self.state.selected()
    }

    /// Two names that belong together: `acme · December baseline`.
    pub fn pair(&self, first: impl AsRef<str>, second: impl AsRef<str>) -> String {
        format!("{} {} {}", first.as_ref(), self.glyphs().separator, second.as_ref())
    }
}

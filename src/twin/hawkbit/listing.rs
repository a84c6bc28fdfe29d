//! Pages of lists: filter, sort, cut.
//!
//! Works on row numbers only, so that a page of 500 out of 100,000 copies 500 bodies. `size` is the number of items in
//! the page; limits above 500 are clamped without a word, as on the server.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::super::world::World;
use super::super::world::action::Status;
use super::fields::{Field, Table, compare};
use super::problem::Problem;
use super::routes::Ask;
use super::rsql::{self, Filter};

/// What a request asks of a list.
pub(super) struct Listing {
    offset: usize,
    limit: usize,
    sort: Vec<(Field, bool)>,
    filter: Option<Filter>,
    /// `representation=full`.
    pub(super) full: bool,
}

impl Listing {
    /// Reads the paging parameters of a request for rows of `table`; `sorted_as` is the table whose names `sort` takes,
    /// which for groups and their targets is not their own.
    pub(super) fn new(ask: &Ask, world: &World, table: Table, sorted_as: Table) -> Result<Self, Problem> {
        let number =
            |name: &str| ask.query(name).map(|text| text.parse::<i64>().map_err(|_| Problem::not_readable())).transpose();
        let offset = number("offset")?.unwrap_or(0).max(0) as usize;
        let limit = match number("limit")? {
            Some(limit @ 1..) => limit.min(500) as usize,
            _ => 50,
        };
        let sort = ask.query("sort").map_or(Ok(Vec::new()), |text| sort(text, sorted_as))?;
        let overdue = world.now - world.poll_millis() - 300_000;
        let macros = [("${NOW_TS}", world.now.to_string()), ("${OVERDUE_TS}", overdue.to_string())];
        let filter = match ask.query("q") {
            Some(text) if !text.trim().is_empty() => Some(rsql::parse(text, table, &macros)?),
            _ => None,
        };
        let full = ask.query("representation").is_some_and(|text| text.eq_ignore_ascii_case("full"));
        Ok(Self { offset, limit, sort, filter, full })
    }

    /// The page over `rows`, which come in the list's default order; `body` is called for the page's rows only.
    pub(super) fn page(
        &self,
        world: &mut World,
        rows: impl Iterator<Item = usize>,
        body: impl FnMut(&mut World, usize) -> Value,
    ) -> Value {
        let matched = self.matched(world, rows);
        let total = matched.len();
        let page: Vec<usize> = matched.into_iter().skip(self.offset).take(self.limit).collect();
        let mut body = body;
        let content: Vec<Value> = page.into_iter().map(|row| body(world, row)).collect();
        json!({ "size": content.len(), "total": total, "content": content })
    }

    fn matched(&self, world: &World, rows: impl Iterator<Item = usize>) -> Vec<usize> {
        let fits = |row: &usize| self.filter.as_ref().is_none_or(|filter| filter.matches(world, *row));
        let mut matched: Vec<usize> = rows.filter(fits).collect();
        if !self.sort.is_empty() {
            matched.sort_by(|a, b| self.order(world, *a, *b));
        }
        matched
    }

    fn order(&self, world: &World, a: usize, b: usize) -> Ordering {
        let by = |(field, descending): &(Field, bool)| {
            let order = compare(&field.value(world, a), &field.value(world, b));
            if *descending { order.reverse() } else { order }
        };
        self.sort.iter().map(by).find(|order| order.is_ne()).unwrap_or_else(|| a.cmp(&b))
    }

    /// The actions of a tenant this request can match, newest first: those of one rollout or group if the filter says so.
    pub(super) fn actions(&self, world: &World, tenant: usize) -> Vec<usize> {
        let pinned = |name| self.filter.as_ref().and_then(|filter| filter.pinned(name));
        let index = |id: i64, rows: usize| usize::try_from(id - 1).ok().filter(|index| *index < rows);
        let mut rows = if let Some(id) = pinned("rolloutgroup.id") {
            index(id, world.groups.len()).map(|group| world.groups[group].actions.clone()).unwrap_or_default()
        } else if let Some(id) = pinned("rollout.id") {
            let rollout = index(id, world.rollouts.len());
            let groups = rollout.map(|rollout| world.rollouts[rollout].groups.as_slice()).unwrap_or_default();
            groups.iter().flat_map(|group| world.groups[*group].actions.iter().copied()).collect()
        } else if let Some(targets) = self.filter.as_ref().and_then(|filter| named(filter, "target.controllerid", world, tenant))
        {
            targets.iter().flat_map(|target| world.targets[*target].actions.iter().copied()).collect()
        } else {
            world.tenants[tenant].actions.clone()
        };
        rows.retain(|action| world.actions[*action].tenant == tenant && world.actions[*action].status != Status::Deleted);
        rows.sort_unstable_by(|a, b| b.cmp(a));
        rows
    }

    /// The targets of a tenant this request can match, in the order of their controllerIds.
    pub(super) fn targets(&self, world: &World, tenant: usize) -> Vec<usize> {
        candidates(self.filter.as_ref(), world, tenant)
    }
}

/// The targets of a tenant a filter can match, in the order of their controllerIds: the named ones if it names them.
pub(super) fn candidates(filter: Option<&Filter>, world: &World, tenant: usize) -> Vec<usize> {
    let named = filter.and_then(|filter| named(filter, "controllerid", world, tenant));
    let Some(mut rows) = named else {
        return world.tenants[tenant].targets.clone();
    };
    rows.sort_by(|a, b| world.targets[*a].controller_id.cmp(&world.targets[*b].controller_id));
    rows
}

/// The targets a filter names by their whole controllerIds, each once; none if it does not.
fn named(filter: &Filter, field: &str, world: &World, tenant: usize) -> Option<Vec<usize>> {
    let names = filter.pinned_texts(field)?;
    let mut rows: Vec<usize> = names.iter().flat_map(|name| world.targets_alike(tenant, name)).copied().collect();
    rows.sort_unstable();
    rows.dedup();
    Some(rows)
}

fn sort(text: &str, table: Table) -> Result<Vec<(Field, bool)>, Problem> {
    let one = |part: &str| {
        let Some((name, direction)) = part.split_once(':') else {
            let words = "The given sort parameter syntax is invalid".to_owned();
            let exception = "rest.exception.SortParameterSyntaxErrorException";
            return Err(Problem::Own(400, "rest.param.sortParamSyntax", exception, Some(words)));
        };
        let descending = match direction.to_uppercase().as_str() {
            "ASC" => false,
            "DESC" => true,
            _ => {
                let words = "The given sort direction is invalid".to_owned();
                let exception = "rest.exception.SortParameterUnsupportedDirectionException";
                return Err(Problem::Own(400, "rest.param.invalidDirection", exception, Some(words)));
            }
        };
        let field = table.field(name).ok_or_else(|| {
            let words = "The given sort field is not supported".to_owned();
            let exception = "rest.exception.SortParameterUnsupportedFieldException";
            Problem::Own(400, "rest.param.invalidField", exception, Some(words))
        })?;
        Ok((field, descending))
    };
    text.split(',').map(|part| one(part.trim())).collect()
}

//! Causes of failures in words: what a rule says, what people did about it, and what to do next.

use jiff::{SignedDuration, Timestamp};

use crate::app::state::Due;
use crate::domain::{CareStage, Cause, CauseClass, Cluster, Failure, Retry, Signature, TenantId, Text};
use crate::store::read::{Entry, Pile, Sum};
use crate::theme::Role;
use crate::ui::view::View;
use crate::ui::words::Words;
use crate::ui::{format, parts};

/// What may be done next, in two or three words. What asks for a person stands out.
pub(super) fn next_step(retry: Retry) -> Words {
    match retry {
        Retry::Now => Words::new().text("retry now"),
        Retry::Backoff => Words::new().text("retry after a pause"),
        Retry::AfterFix => Words::new().warn("fix first, then retry"),
        Retry::AfterReboot => Words::new().warn("restart, then retry"),
        Retry::NextWindow => Words::new().text("next window"),
        Retry::Manual => Words::new().strong("look at it"),
        Retry::None => Words::new().dim("no retry helps"),
    }
}

/// The masked words of a signature, with its code in front where the words do not say it.
pub(super) fn signature(signature: &Signature) -> Words {
    let code = signature.code.as_ref().map(ToString::to_string).unwrap_or_default();
    if signature.text.is_empty() {
        let code = if code.is_empty() { "no code and no words".to_owned() } else { code };
        return Words::new().text(code).dim("  its words are not read yet");
    }
    let words = Words::new().text(&signature.text);
    if code.is_empty() || signature.text.as_str().contains(&code) {
        words
    } else {
        Words::new().dim(format!("{code}  ")).and(words)
    }
}

/// Values of one kind that are named beside the cause, and in a row; the rest is counted.
const VALUES: usize = 5;
const VALUES_OF_ROW: usize = 3;

/// Kinds of which the value differs from host to host, with their values and hosts; a kind with one value tells nothing.
fn kinds<'a>(view: &View<'a>, signature: &Signature) -> Vec<(&'a Text, Vec<(&'a Text, usize)>)> {
    let Some(cluster) = view.state.store.queue.cluster(signature) else { return Vec::new() };
    let mut kinds: Vec<(&Text, Vec<(&Text, usize)>)> = Vec::new();
    for (variant, hosts) in cluster.variants() {
        match kinds.last_mut().filter(|(what, _)| **what == variant.what) {
            Some((_, values)) => values.push((&variant.value, hosts)),
            None => kinds.push((&variant.what, vec![(&variant.value, hosts)])),
        }
    }
    kinds.retain(|(_, values)| values.len() > 1);
    kinds
}

/// `returned 3 on 2 hosts, 127 on 1`: what was masked and may be the very cause. None where all hosts say the same.
pub(super) fn variants(view: &View, signature: &Signature) -> Option<Words> {
    let kinds = kinds(view, signature);
    let mut words = Words::new();
    for (what, values) in &kinds {
        let mut told: Vec<String> = Vec::new();
        for (value, hosts) in values.iter().take(VALUES) {
            let hosts = if told.is_empty() { format::hosts(*hosts as u32) } else { format::count(*hosts as u64) };
            told.push(format!("{value} on {hosts}"));
        }
        if values.len() > VALUES {
            told.push(format!("{} more", format::count((values.len() - VALUES) as u64)));
        }
        words = words.then(3, Words::new().dim(format!("{what} ")).text(told.join(", ")));
    }
    (!kinds.is_empty()).then_some(words)
}

/// The signature of a row. A number that differs from host to host stands in it by its values, the commonest first, where the
/// word before it names it; else they follow.
pub(super) fn signature_with_variants(view: &View, of: &Signature) -> Words {
    let Some((what, values)) = kinds(view, of).into_iter().next() else { return signature(of) };
    let mut told: Vec<&str> = values.iter().take(VALUES_OF_ROW).map(|(value, _)| value.as_str()).collect();
    if values.len() > VALUES_OF_ROW {
        told.push("...");
    }
    let told = told.join(", ");
    let (text, number) = (of.text.as_str(), format!("{what} <n>"));
    match text.find(&number) {
        Some(at) => {
            let before = &text[..at + what.as_str().len()];
            Words::new().text(before).gap(1).strong(told).text(&text[at + number.len()..])
        }
        None => signature(of).then(2, Words::new().dim(format!("{what} {told}"))),
    }
}

/// The name that the rule gives to the cause.
pub(super) fn meaning(cause: Option<&Cause>) -> Words {
    match cause {
        Some(cause) => Words::new().text(&cause.name),
        None => Words::new().text("No rule knows these words."),
    }
}

/// `rule apt.lock, documented`.
pub(super) fn rule(cause: Option<&Cause>) -> Words {
    match cause {
        Some(cause) => Words::new().dim(format!("rule {}, {}", cause.rule, cause.confidence.word())),
        None => Words::new().dim("no rule"),
    }
}

/// Remedy, what must hold first, and what the config says for these tenants.
pub(super) fn advice<'a>(
    view: &View,
    signature: &Signature,
    cause: Option<&Cause>,
    tenants: impl Iterator<Item = &'a TenantId>,
    newest: Option<Timestamp>,
) -> Vec<Words> {
    let tenants: Vec<&TenantId> = tenants.collect();
    let mut lines = Vec::new();
    let one = tenants.first().copied().filter(|_| tenants.len() == 1);
    match cause {
        Some(cause) => {
            lines.push(parts::labelled(
                "Next",
                next_from(view, &signature.class, cause.retry, newest, one).then(2, Words::new().text(&cause.remedy)),
            ));
            if let Some(precondition) = &cause.precondition {
                lines.push(parts::labelled("First", Words::new().text(precondition).dim("   not checked")));
            }
            lines.push(parts::labelled("Source", Words::new().dim(&cause.source)));
        }
        None => lines.push(parts::labelled(
            "Next",
            next_step(Retry::Manual).dim("  a rule of one's own gives it a class: docs/failures.md"),
        )),
    }
    for tenant in tenants {
        let call = view.state.care.call(tenant, &signature.class, cause);
        let todo = call.and_then(|call| call.todo.as_ref()).map_or(Words::new(), |todo| Words::new().text(todo));
        let named = call.and_then(|call| call.call.as_ref());
        let of_tenant = view.state.store.tenants.get(tenant).and_then(|tenant| tenant.call.as_ref());
        let whom = named.or(of_tenant).map_or(Words::new(), |whom| Words::new().dim("call ").text(whom));
        let words = todo.then(3, whom);
        if !words.is_empty() {
            lines.push(parts::labelled("To do", Words::new().dim(format!("{tenant}: ")).and(words)));
        }
    }
    lines
}

/// What a person said about it; and that it failed again since, where the newest failure is later than a mend.
pub(super) fn care(view: &View, key: &Text, newest: Option<Timestamp>) -> Option<Words> {
    let care = view.state.memory.care(key)?;
    let mut words = match newest.filter(|newest| care.failed_since(Some(*newest))) {
        Some(at) => Words::new()
            .alert(format!("failed again {}", view.clock(at, None)))
            .text(format!(", after it was {}", care.stage.word())),
        None => Words::new().text(care.stage.word()),
    };
    for (label, said) in [("owner", &care.owner), ("ref", &care.reference)] {
        if !said.is_empty() {
            words = words.then(3, Words::new().dim(format!("{label} ")).text(said));
        }
    }
    if !care.note.is_empty() {
        words = words.then(3, Words::new().text(format!("\"{}\"", care.note)));
    }
    Some(parts::labelled("Stage", words))
}

/// How long it is open, over this night and those before it, how soon it is due, and in how many months it was there.
pub(super) fn age(view: &View, signature: &Signature, sum: &Sum) -> Vec<Words> {
    let Some(age) = view.state.age(signature, &sum.tenants) else { return Vec::new() };
    let open = view.civil_ago(age.since);
    let mut words = Words::new().text(format!("{} open", format::ago(open)));
    if let Some(deadline) = &age.due {
        words = words.then(3, due(view, deadline));
    }
    if age.nights > 1 {
        let since = view.short(age.since, None);
        words = words.then(3, Words::new().warn(format!("in {} nights", age.nights)).text(format!(" since {since}")));
    }
    if age.months > 1 {
        words = words.then(3, Words::new().warn(format!("failed {} months running", age.months)));
    }
    vec![parts::labelled("Age", words)]
}

/// Its deadline is over.
pub(super) fn is_over(view: &View, signature: &Signature, sum: &Sum) -> bool {
    let has_one = view.state.care.deadline(&signature.class).is_some();
    has_one && view.state.age(signature, &sum.tenants).and_then(|age| age.due).is_some_and(|due| due.over)
}

fn due(view: &View, deadline: &Due) -> Words {
    let words = Words::new().dim(format!("{}, due within {}: ", deadline.severity, format::countdown(deadline.within)));
    let apart = deadline.at.duration_since(view.state.now.civil).unsigned_abs();
    if deadline.over {
        words.role(Role::Alert, format!("over its deadline by {}", format::minutes(apart)))
    } else {
        words.text(format!("{} left", format::countdown(apart)))
    }
}

/// What may be done next, and from when, where the cause wants a pause after the newest failure.
fn next_from(view: &View, class: &CauseClass, retry: Retry, newest: Option<Timestamp>, of: Option<&TenantId>) -> Words {
    let pause = SignedDuration::from_mins(view.state.host_rules.budget(class).pause_minutes.into());
    match newest.and_then(|at| at.checked_add(pause).ok()).filter(|_| retry == Retry::Backoff) {
        Some(from) if from <= view.state.now.civil => Words::new().text("retry, the pause is over"),
        Some(from) => Words::new().text(format!("retry from {}", view.clock(from, of))),
        None => next_step(retry),
    }
}

/// Causes of one rollout named at most; the failures screen has them all.
const WHY: usize = 4;

/// `WHY` and the causes of a rollout, each with its hosts, its words and the next step.
pub(super) fn why(view: &View, entry: &Entry, width: usize) -> Vec<Words> {
    let rollout = &entry.rollout.value;
    let failed = rollout.counts.map_or(0, |counts| counts.failed);
    let causes = view.state.store.queue.causes_of_rollout(&rollout.id);
    if failed == 0 && causes.is_empty() {
        return Vec::new();
    }
    let mut head = Words::new().dim("WHY");
    if causes.is_empty() {
        let blind = view.state.store.connection(&rollout.id.backend).and_then(|connection| connection.no_failures.as_ref());
        head = head.dim("   ").dim(blind.map_or("which hosts failed and why is not read yet", |why| why.as_str()));
        return vec![head, Words::new()];
    }
    let cut = view.glyphs().ellipsis;
    let class = |cluster: &Cluster| Words::new().text(cluster.signature.class.to_string());
    let shown = &causes[..causes.len().min(WHY)];
    let names = shown.iter().map(|(cluster, _)| class(cluster).width()).max().unwrap_or(0);
    let counts = shown.iter().map(|(_, count)| format::count((*count).into()).len()).max().unwrap_or(0);
    let mut lines = vec![head];
    for (cluster, count) in shown {
        let next = next_step(cluster.retry());
        let left = Words::new()
            .alert(view.glyphs().dot_full)
            .gap(1)
            .and(class(cluster).filled(names + 2, cut))
            .text(format!("{:>counts$}", format::count((*count).into())))
            .dim(if *count == 1 { " host   " } else { " hosts  " });
        let room = width.saturating_sub(left.width() + next.width() + 3);
        let said = if room >= 12 { signature_with_variants(view, &cluster.signature).filled(room, cut) } else { Words::new() };
        lines.push(left.and(said).then(3, next));
    }
    if causes.len() > WHY {
        lines.push(Words::new().dim(format!("  {} more", format::some((causes.len() - WHY) as u32, "cause"))));
    }
    lines.push(Words::new());
    lines
}

/// `failed on 18 hosts of other rollouts: package lock 12, disk space 6`: what the release of a rollout did where it was
/// installed before. None where nobody knows of any failure.
pub(super) fn elsewhere(view: &View, entry: &Entry) -> Option<Words> {
    let rollout = &entry.rollout.value;
    let name = &rollout.release.as_ref()?.name;
    let mut causes: Vec<(String, u32)> = Vec::new();
    for cluster in view.state.store.queue.clusters().ranked() {
        let of_release: u32 = cluster.releases().iter().filter(|(of, _)| of.name == *name).map(|(_, count)| count).sum();
        let count = of_release.saturating_sub(cluster.rollouts().count(&rollout.id));
        let class = cluster.signature.class.to_string();
        match causes.iter_mut().find(|(known, _)| *known == class) {
            Some((_, hosts)) => *hosts += count,
            None => causes.push((class, count)),
        }
    }
    causes.retain(|(_, count)| *count > 0);
    causes.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
    let all: u32 = causes.iter().map(|(_, count)| count).sum();
    let told: Vec<String> =
        causes.iter().take(WHY).map(|(class, count)| format!("{class} {}", format::count((*count).into()))).collect();
    let head = format!("this release failed on {} of other rollouts: ", format::hosts(all));
    (all > 0).then(|| Words::new().alert(head).text(told.join(", ")))
}

pub(super) fn key_of(signature: &Signature) -> Text {
    crate::app::state::cause_key(signature)
}

/// How far people are with a cause.
pub(super) fn stage(view: &View, signature: &Signature) -> CareStage {
    view.state.stage_of_cause(signature)
}

/// How far people are with a pile: as far as with the one of its causes that they are least far with.
pub(super) fn stage_of_pile(view: &View, pile: &Pile, sum: &Sum) -> CareStage {
    let least = |stages: &mut dyn Iterator<Item = CareStage>| {
        let mut least = None;
        for stage in stages {
            least = Some(least.map_or(stage, |known: CareStage| known.min(stage)));
            if stage == CareStage::New {
                break;
            }
        }
        least.unwrap_or_default()
    };
    match pile {
        Pile::Cause(signature) => stage(view, signature),
        // What was said of one host alone counts for its pile.
        Pile::Host(_) => least(&mut view.state.store.queue.in_pile(pile).map(|failure| stage_of(view, failure))),
        _ => least(&mut sum.causes.iter().map(|(signature, _)| stage(view, signature))),
    }
}

/// The stage of one failed host: its own, or that of its cause.
pub(super) fn stage_of(view: &View, failure: &Failure) -> CareStage {
    view.state.own_stage(failure).unwrap_or_else(|| stage(view, &failure.signature))
}

pub(super) fn pile_name(view: &View, pile: &Pile) -> Text {
    let store = &view.state.store;
    match pile {
        Pile::Cause(signature) => Text::new(signature.class.to_string()),
        Pile::Tenant(tenant) => tenant.text(),
        Pile::Wave(Some(id)) => {
            let wave = store.wave(id).map_or_else(|| id.text(), |wave| wave.name.clone());
            let rollout = store.entry(&id.rollout).map_or_else(|| id.rollout.text(), |entry| entry.rollout.value.name.clone());
            Text::new(view.pair(rollout, wave))
        }
        Pile::Wave(None) => Text::new("wave not told"),
        Pile::Host(host) => store.queue.of(host).map_or_else(|| host.text(), |failure| failure.name.clone()),
        Pile::Release(Some(release)) => release.name.clone(),
        Pile::Release(None) => Text::new("release not told"),
    }
}

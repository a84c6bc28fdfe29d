//! The system's own freeze, read again for one decision: nothing is launched on a host that would not run it.

use crate::action::Verb;
use crate::backend::driven::{Driven, Executor};
use crate::backend::port::{Refusal, Trouble};
use crate::domain::Text;
use crate::plan::types::ByJobs;

/// Names shown at most.
const NAMED: usize = 5;

pub async fn judge<E: Executor>(
    driven: &Driven<E>,
    verb: Verb,
    by_jobs: &mut ByJobs,
    warnings: &mut Vec<Text>,
) -> Result<(), Trouble> {
    let hosts: Vec<String> = by_jobs.named().into_iter().collect();
    if hosts.is_empty() || by_jobs.refusal.is_some() {
        return Ok(());
    }
    let frozen = match driven.executor().frozen(&hosts).await {
        Ok(frozen) => frozen,
        Err(Trouble::NotPermitted(why)) => {
            warnings.push(format!("whether hosts are frozen there could not be read: {why}").into());
            return Ok(());
        }
        Err(trouble) => return Err(trouble),
    };
    let Some((_, why)) = frozen.first_key_value() else { return Ok(()) };
    let named: Vec<&str> = frozen.keys().take(NAMED).map(String::as_str).collect();
    let more = if frozen.len() > NAMED { format!(" and {} more", frozen.len() - NAMED) } else { String::new() };
    let words = format!("{} of {} hosts are frozen there ({why}): {}{more}", frozen.len(), hosts.len(), named.join(", "));
    if verb == Verb::Stop {
        warnings.push(words.into());
    } else {
        by_jobs.frozen = Some(Refusal::new(words).instead("wait for the end of the freeze; who set it can lift it"));
    }
    Ok(())
}

//! All nouns of patch night, as pure values. The names are the field's own.
//!
//! This room knows no clock, no file, no network and no screen: time comes in as an argument, and every word that a
//! backend or a host chose enters through [`Text`].

pub mod care;
pub mod clock;
pub mod counts;
pub mod facts;
pub mod failure;
pub mod fit;
pub mod fresh;
pub mod gate;
pub mod health;
pub mod host;
pub mod host_rules;
pub mod ids;
pub mod lane;
pub mod need;
pub mod percent;
pub mod release;
pub mod ring_plan;
pub mod rollout;
pub mod text;
pub mod verdict;
pub mod wave;
pub mod window;

pub use care::{Call, Care, CareRules, CareStage, Deadline};
pub use clock::{Clock, Mono, Now};
pub use counts::Counts;
pub use facts::{HostFacts, Tenant};
pub use failure::{Cause, CauseClass, Cluster, Code, Confidence, Failure, Outcome, Retry, Signature, Tally, Tries, Variant};
pub use fit::Fit;
pub use fresh::{Fresh, Reading, Source};
pub use gate::{Gate, Limit, OnFailed, OnMet};
pub use health::Health;
pub use host::{Attempt, AttemptId, HostRow, HostState, HostStory, StoryLine};
pub use host_rules::{Budget, HostRules};
pub use ids::{BackendName, HostId, IntentId, RolloutId, TenantId, WaveId};
pub use lane::{Coverage, DoneHost, Lane, OpenHost, Own, Progress, Restart, Usual, Usuals, lane_of, stays_until};
pub use need::{Need, NeedKind};
pub use percent::Percent;
pub use release::Release;
pub use ring_plan::{Ring, RingPlan, Run, Target};
pub use rollout::{Approval, Crossing, PausedBy, Related, Relation, Rollout, RolloutState};
pub use text::{Evidence, Text};
pub use verdict::{BackendWindow, BackendWord, Conflict, HostSet, Says, Stance, Verdict};
pub use wave::{Wave, WaveState};
pub use window::{Opening, Override, Period, WindowState, Work};

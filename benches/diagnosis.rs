//! 10 000 failures with 2 KB of text each, classified and clustered one by one as they arrive, on one core.
//!
//! The mark is 300 ms. Loading the taxonomy stands apart: it happens once, on a worker.

use std::fmt::Write;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use patchdeck::diagnosis::{Clusters, Taxonomy, Told};
use patchdeck::domain::{AttemptId, BackendName, Evidence, Failure, HostId, Mono, RolloutId, TenantId, WaveId};

const FAILURES: usize = 10_000;
const BYTES: usize = 2048;

/// How tools end; the parts that differ from host to host are numbered.
const ENDS: [&str; 8] = [
    "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process {n} (unattended-upgr)",
    "cp: error writing '/boot/initrd.img-6.1.0-{n}-amd64.new': No space left on device",
    "  file /usr/lib64/libpq.so.5.{n} from install of libpq-16.6-1.el9 conflicts with file from package libpq5-16.4-2PGDG.rhel9",
    "Error: Failed to download metadata for repo 'baseos': Cannot download repomd.xml: All mirrors were tried",
    "Installation Failure: Windows failed to install the following update with error 0x80070643: (KB{n})",
    "MainEngineThread is returning 1603",
    "fwup: slot B: checksum mismatch after write, expected 9f31c0a{n}b got 00000000",
    "post-install check failed: till-pos.service returned {n}",
];

fn text(number: usize) -> String {
    let mut text = String::with_capacity(BYTES + 200);
    let mut line = 0;
    while text.len() < BYTES {
        line += 1;
        let _ = writeln!(
            text,
            "2026-12-08T22:{:02}:{:02}Z node-{number} agent[{}]: unpacking /var/cache/pool/lib{line}_1.{line}-{number}_amd64.deb",
            line % 60,
            number % 60,
            number * 7
        );
    }
    text + &ENDS[number % ENDS.len()].replace("{n}", &(number % 97).to_string())
}

fn failure(taxonomy: &Taxonomy, number: usize, text: &str) -> Failure {
    let backend = BackendName::new("acme-hb");
    let name = format!("node-{number}");
    let found = taxonomy.diagnose(&Told { text, code: Some(1), names: &[&name], ..Told::default() });
    Failure {
        attempt: AttemptId { host: HostId::new(backend.clone(), &name), native: number.to_string().into() },
        name: name.into(),
        tenant: TenantId::new(["acme", "birch", "cedar"][number % 3]),
        rollout: None,
        wave: Some(WaveId::new(RolloutId::new(backend, "3"), (number % 5).to_string())),
        release: None,
        tries: 1,
        at: None,
        code: None,
        noticed: jiff::Timestamp::UNIX_EPOCH,
        seen: Mono(Duration::from_millis(number as u64)),
        evidence: Some(Evidence::new(text)),
        signature: found.signature,
        causes: found.causes,
        variants: found.variants,
    }
}

fn night(bench: &mut Criterion) {
    let taxonomy = Taxonomy::load(None).expect("the built-in taxonomy");
    let texts: Vec<String> = (0..FAILURES).map(text).collect();
    let mut group = bench.benchmark_group("diagnosis");
    group.sample_size(10);
    group.bench_function("classify and cluster 10000 failures of 2 KB", |run| {
        run.iter_batched_ref(
            Clusters::default,
            |clusters| {
                for (number, text) in texts.iter().enumerate() {
                    clusters.put(failure(&taxonomy, number, text));
                }
                assert_eq!(clusters.len(), ENDS.len());
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("load the taxonomy", |run| run.iter(|| black_box(Taxonomy::load(None).is_ok())));
    group.finish();
}

criterion_group!(benches, night);
criterion_main!(benches);

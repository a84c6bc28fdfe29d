//! What masking does to single lines, and what always holds.

use proptest::prelude::*;
use rstest::rstest;

use super::built_in;
use crate::diagnosis::mask::{mask, mask_names};
use crate::diagnosis::{Diagnosis, Told};

#[rstest]
#[case::numbers("held by process 2124 (unattended-upgr)", "held by process <n> (unattended-upgr)")]
#[case::sizes("needs 38MB, 1.5 GB and 45%", "needs <n>MB, <n> GB and <n>%")]
#[case::thousands("10,240 bytes of -5", "<n> bytes of <n>")]
#[case::unix_path("lock /var/lib/dpkg/lock-frontend. It", "lock <path>. It")]
#[case::path_in_quotes("open '/opt/my app/x y': denied", "open '<path>': denied")]
#[case::path_and_line("/usr/bin/foo:12: bad", "<path>:<n>: bad")]
#[case::windows_path(r"C:\Windows\Logs\CBS\CBS.log is bad", "<path> is bad")]
#[case::windows_path_with_blanks(r"run C:\Program Files (x86)\Foo\a.msi /quiet", "run <path>")]
#[case::windows_path_behind_a_version(r"1.2:C:\Program Files\x", "<n>:<path>")]
#[case::host_behind_a_version("0.0a.x86_64a.coma.com", "<n>.<host>")]
#[case::share(r"\\files01\drop\x.msu missing", "<path> missing")]
#[case::web("Failed to fetch http://m.example/x_1.2.deb  Hash", "Failed to fetch <url> Hash")]
#[case::address("connect to 10.0.3.17 port 22", "connect to <host> port <n>")]
#[case::address_with_port("10.0.3.17:8530 and fe80::1", "<host> and <host>")]
#[case::full_name("resolving 'archive.example.org'", "resolving '<host>'")]
#[case::a_user("root@db-3.acme.example: denied", "root@<host>: denied")]
#[case::hash("sha256 0123456789abcdef0123456789abcdef wrong", "sha<n> <n> wrong")]
#[case::stamp("2026-11-22 03:42:16,123 ERROR x", "<time> ERROR x")]
#[case::syslog("Sun Nov 22 03:42:16 host1 agent: x", "<time> host<n> agent: x")]
#[case::durations("invalid since 3d 2h 5min", "invalid since <time>")]
#[case::debian_version("libc6:amd64 (2.35-0ubuntu3.6) broken", "libc<n>:amd<n> (<n>) broken")]
#[case::epoch("needs 2:1.0~rc1+dfsg-1", "needs <n>")]
#[case::rpm("bar-2-1.x86_64 and kernel-core-5.14.0-362.el9.noarch", "bar-<n> and kernel-core-<n>")]
#[case::a_service_keeps_its_name("till-pos.service is not active", "till-pos.service is not active")]
#[case::a_class_keeps_its_name("System.Net.WebException: no", "System.Net.WebException: no")]
#[case::colours("\u{1b}[31mFATAL\u{1b}[0m x", "FATAL x")]
#[case::blanks("  a \t b\r\n c ", "a b c")]
#[case::other_letters("Gerät läuft 3 mal", "Gerät läuft <n> mal")]
fn what_differs_from_host_to_host_becomes_a_mark(#[case] line: &str, #[case] masked: &str) {
    assert_eq!(mask(line), masked);
    assert_eq!(mask(masked), masked);
}

#[rstest]
#[case("db-a: no route", "<host>: no route")]
#[case("DB-A.acme.example failed", "<host> failed")]
#[case("db-ab failed", "db-ab failed")]
#[case("agent@db-a failed", "agent@<host> failed")]
fn a_hosts_own_name_is_masked(#[case] line: &str, #[case] masked: &str) {
    assert_eq!(mask_names(line, &["db-a", ""]), masked);
}

/// Pieces that tools put together; more telling than plain noise.
fn speech() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("error".to_owned()),
        Just("<n>".to_owned()),
        Just("<path>".to_owned()),
        Just("Nov ".to_owned()),
        Just("Sun ".to_owned()),
        "[a-z]{1,4}",
        "[0-9]{1,9}",
        "[0-9a-f]{6,9}",
        "[.:/@,~+<>()' \\\\-]{1,3}",
        "[a-z]{1,3}\\.(com|so|x86_64|noarch)",
        "[A-Z][a-z]{2}",
        "v?[0-9]\\.[0-9][a-z]{0,2}",
        "[0-9]{1,2}(s|h|min|MB|GB)",
        Just("2026-11-22T03:42:16Z".to_owned()),
        Just("C:\\Program Files\\x".to_owned()),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

fn of_host(name: &str, text: &str) -> Diagnosis {
    built_in().diagnose(&Told { text, names: &[name], ..Told::default() })
}

/// A failed try as one of six tools words it, on one host with its own numbers.
fn words(kind: usize, name: &str, number: u32, path: &str, version: &str, hash: &str) -> String {
    match kind {
        0 => format!("{name}: unit {path} failed after {number} tries, version {version}"),
        1 => format!("E: Could not get lock {path}. It is held by process {number} (apt)"),
        2 => format!("update of {name}.corp.example to agent-{version}.x86_64 aborted: digest {hash}"),
        3 => format!("At least {number}MB more space needed on the {path} filesystem."),
        4 => format!("[2026-11-22 0{}:42:16] pid={number} fatal: {path}:{number}: bad digest {hash}", number % 10),
        _ => format!(
            "Traceback (most recent call last):\n  File \"{path}\", line {number}\nAgentError: {name} said {number} in {version}"
        ),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn masking_twice_is_masking_once(text in speech()) {
        let once = mask(&text);
        prop_assert_eq!(mask(&once), once);
    }

    #[test]
    fn masking_any_text_twice_is_masking_it_once(text in any::<String>()) {
        let once = mask(&text);
        prop_assert_eq!(mask(&once), once);
    }

    #[test]
    fn no_digit_is_left(text in speech()) {
        prop_assert!(!mask(&text).bytes().any(|byte| byte.is_ascii_digit()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn two_hosts_whose_texts_differ_in_names_numbers_and_paths_share_a_signature(
        kind in 0..6_usize,
        names in ("[a-z]{2,5}-[0-9]{1,4}", "[a-z]{2,5}[0-9]{1,4}"),
        numbers in (0..4_000_000_000_u32, 0..100_u32),
        paths in ("(/[a-z0-9._-]{0,5}[a-z0-9]){1,4}", "(/[a-z0-9_-]{0,5}[a-z0-9]){1,4}"),
        versions in ("[0-9]{1,2}(\\.[0-9]{1,3}){1,2}(-[0-9]ubuntu[0-9])?", "[0-9]{1,2}"),
        hashes in ("[0-9a-f]{40}", "[0-9a-f]{64}"),
    ) {
        let one = words(kind, &names.0, numbers.0, &paths.0, &versions.0, &hashes.0);
        let other = words(kind, &names.1, numbers.1, &paths.1, &versions.1, &hashes.1);
        let (one, other) = (of_host(&names.0, &one), of_host(&names.1, &other));
        prop_assert_eq!(&one.signature, &other.signature);
        prop_assert!(!one.signature.text.is_empty());
    }

    #[test]
    fn any_text_is_diagnosed_without_harm(text in any::<String>(), code in any::<Option<i64>>()) {
        let found = built_in().diagnose(&Told { text: &text, code, ..Told::default() });
        prop_assert!(found.signature.text.as_str().chars().count() <= 3 * 241);
    }
}

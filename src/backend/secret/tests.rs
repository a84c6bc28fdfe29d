//! Each source, its refusals, and when a secret is fetched again.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rstest::rstest;

use super::fetch::{from_helper, understand};
use super::*;

fn file(dir: &Path, content: &str, mode: u32) -> PathBuf {
    let path = dir.join("pass");
    std::fs::write(&path, content).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("mode");
    path
}

/// A helper that counts its runs in a file and prints what `prints` says; `$n` is the number of the run.
fn counting_helper(dir: &Path, prints: &str) -> SecretSource {
    let script = format!("n=$(($(cat '{0}/runs' 2>/dev/null || echo 0)+1)); echo $n > '{0}/runs'; {prints}", dir.display());
    SecretSource::Exec(vec!["sh".into(), "-c".into(), script])
}

fn runs(dir: &Path) -> String {
    std::fs::read_to_string(dir.join("runs")).unwrap_or_default().trim().to_owned()
}

async fn header(keeper: &Keeper) -> String {
    let credential = keeper.credential().await.expect("a secret").expect("named");
    credential.header().to_str().expect("ascii").to_owned()
}

#[tokio::test]
async fn the_newline_at_the_end_of_a_file_is_no_part_of_the_secret() {
    let dir = tempfile::tempdir().expect("a directory");
    let keeper = Keeper::new(Some("ops".into()), Some(SecretSource::File(file(dir.path(), "s3 cret\n", 0o600))));
    assert_eq!(header(&keeper).await, format!("Basic {}", STANDARD.encode("ops:s3 cret")));
}

#[rstest]
#[case(0o640)]
#[case(0o604)]
#[case(0o620)]
#[tokio::test]
async fn a_file_that_others_may_touch_is_refused_with_what_mends_it(#[case] mode: u32) {
    let dir = tempfile::tempdir().expect("a directory");
    let keeper = Keeper::new(None, Some(SecretSource::File(file(dir.path(), "hush", mode))));
    let words = keeper.credential().await.expect_err("refused").to_string();
    assert!(words.contains("chmod 600") && !words.contains("hush"), "{words}");
}

#[tokio::test]
async fn a_variable_that_is_not_set_is_named() {
    let keeper = Keeper::new(None, Some(SecretSource::Env("PATCHDECK_TEST_NOT_SET".into())));
    let words = keeper.credential().await.expect_err("refused").to_string();
    assert_eq!(words, "no secret: environment variable PATCHDECK_TEST_NOT_SET is not set");
}

#[tokio::test]
async fn without_a_user_the_secret_is_a_bearer_token() {
    let keeper = Keeper::new(None, Some(SecretSource::Exec(vec!["echo".into(), "t0ken".into()])));
    assert_eq!(header(&keeper).await, "Bearer t0ken");
}

#[tokio::test]
async fn a_helper_that_never_ends_is_ended() {
    let command = ["sleep".to_owned(), "600".to_owned()];
    let words = from_helper(&command, Duration::from_millis(50)).await.expect_err("too slow");
    assert!(words.contains("gave nothing within"), "{words}");
}

#[tokio::test]
async fn a_helper_that_fails_is_told_with_its_first_line() {
    let command = ["sh".to_owned(), "-c".to_owned(), "echo 'vault is sealed' >&2; exit 3".to_owned()];
    let words = from_helper(&command, Duration::from_secs(10)).await.expect_err("it failed");
    assert!(words.contains("vault is sealed"), "{words}");
}

#[rstest]
#[case::token("{\"token\":\"a\"}", Kind::Token, None)]
#[case::password("{\"password\":\"a\"}", Kind::Password, None)]
#[case::expiry("{\"token\":\"a\",\"expirationTimestamp\":\"2026-12-08T22:10:00Z\"}", Kind::Token, Some(600))]
#[case::in_status("{\"status\":{\"token\":\"a\",\"expirationTimestamp\":\"2026-12-08T22:10:00Z\"}}", Kind::Token, Some(600))]
#[case::line("a\nmore\n", Kind::Password, None)]
fn a_helper_prints_a_line_or_json(#[case] text: &str, #[case] kind: Kind, #[case] seconds: Option<u64>) {
    let fetched = understand(text, "2026-12-08T22:00:00Z".parse().expect("a time")).expect("understood");
    assert_eq!((fetched.secret.reveal(), fetched.kind), ("a", kind));
    assert_eq!(fetched.lifetime, seconds.map(Duration::from_secs));
}

#[rstest]
#[case("")]
#[case("{\"other\":\"hush\"}")]
#[case("{\"token\":hush}")]
#[case("{\"token\":\"\"}")]
#[case("{\"token\":\"hush\",\"expirationTimestamp\":\"2026-12-08T21:00:00Z\"}")]
#[case("{\"token\":\"hush\",\"expirationTimestamp\":\"tomorrow\"}")]
fn a_refusal_of_what_a_helper_printed_does_not_repeat_it(#[case] text: &str) {
    let words = understand(text, "2026-12-08T22:00:00Z".parse().expect("a time")).expect_err("refused");
    assert!(!words.contains("hush"), "{words}");
}

#[tokio::test]
async fn a_secret_is_fetched_once_and_kept() {
    let dir = tempfile::tempdir().expect("a directory");
    let keeper = Keeper::new(None, Some(counting_helper(dir.path(), "echo secret$n")));
    assert_eq!(header(&keeper).await, header(&keeper).await);
    assert_eq!(runs(dir.path()), "1");
}

#[tokio::test]
async fn after_a_401_the_helper_runs_once_more_and_not_in_a_loop() {
    let dir = tempfile::tempdir().expect("a directory");
    let keeper = Keeper::new(None, Some(counting_helper(dir.path(), "echo secret$n")));
    let first = keeper.credential().await.expect("a secret").expect("named");
    let second = keeper.renewed(Some(&first)).await.expect("worth a try");
    assert_eq!(second.header().to_str().expect("ascii"), "Bearer secret2");
    assert!(keeper.renewed(Some(&second)).await.is_none(), "refused again: not a third time");
    assert_eq!(runs(dir.path()), "2");
    keeper.accepted();
    assert!(keeper.renewed(Some(&second)).await.is_some(), "a good answer in between opens it again");
}

#[tokio::test]
async fn a_helper_is_tried_again_after_a_rest() {
    let dir = tempfile::tempdir().expect("a directory");
    let keeper = Keeper::new(None, Some(counting_helper(dir.path(), "echo secret$n")));
    let first = keeper.credential().await.expect("a secret");
    assert!(keeper.renewed(first.as_ref()).await.is_some());
    assert!(keeper.renewed(first.as_ref()).await.is_none());
    keeper.held().renewed = Instant::now().checked_sub(BETWEEN_RENEWALS);
    assert!(keeper.renewed(first.as_ref()).await.is_some());
    assert_eq!(runs(dir.path()), "3");
}

#[tokio::test]
async fn a_mended_file_is_found_however_often_the_old_one_was_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let keeper = Keeper::new(None, Some(SecretSource::File(file(dir.path(), "old", 0o600))));
    let first = keeper.credential().await.expect("a secret");
    for _ in 0..3 {
        assert!(keeper.renewed(first.as_ref()).await.is_none(), "the same secret is not worth a try");
    }
    file(dir.path(), "new", 0o600);
    assert!(keeper.renewed(first.as_ref()).await.is_some());
}

#[tokio::test]
async fn a_401_with_the_same_secret_as_before_is_not_tried_again() {
    let keeper = Keeper::new(None, Some(SecretSource::Exec(vec!["echo".into(), "same".into()])));
    let first = keeper.credential().await.expect("a secret").expect("named");
    assert!(keeper.renewed(Some(&first)).await.is_none());
}

#[tokio::test]
async fn a_secret_is_fetched_again_shortly_before_it_expires() {
    let dir = tempfile::tempdir().expect("a directory");
    let prints = "echo '{\"token\":\"t'$n'\",\"expirationTimestamp\":\"2999-01-01T00:00:00Z\"}'";
    let keeper = Keeper::new(None, Some(counting_helper(dir.path(), prints)));
    assert_eq!(header(&keeper).await, "Bearer t1");
    keeper.held().credential.as_mut().expect("held").refresh_at = Some(Instant::now());
    assert_eq!(header(&keeper).await, "Bearer t2");
}

#[tokio::test]
async fn debug_shows_nothing_of_a_secret() {
    let keeper = Keeper::new(Some("ops".into()), Some(SecretSource::Exec(vec!["sh".into(), "-c".into(), "echo hu''sh".into()])));
    assert_eq!(header(&keeper).await, format!("Basic {}", STANDARD.encode("ops:hush")));
    let shown = format!("{:?} {keeper:?}", keeper.credential().await);
    assert!(!shown.contains("hush") && !shown.contains(&STANDARD.encode("ops:hush")), "{shown}");
}

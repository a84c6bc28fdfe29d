//! Recurrences against a list that another implementation computed.

use super::*;

#[test]
fn eighty_recurrences_begin_on_the_days_that_another_implementation_names() {
    let list = include_str!("../../../tests/calendar/rrule.txt");
    let lines: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines.len(), 80);
    for line in lines {
        let [start, rule, expected] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let mut found = days(&draft("UTC", rrule(start, rule), "1h"), "2020-01-01", "2036-01-01");
        found.truncate(12);
        assert_eq!(found.join(","), expected, "{start} {rule}");
    }
}

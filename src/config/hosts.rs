//! The user's own facts of hosts, from a CSV: role, site, peers, service, contact and console command. Nothing in it is run.
//!
//! The first line names the columns; `host` is required. `peers` are separated by `;`.

use std::collections::HashMap;
use std::path::Path;

use csv::StringRecord;

use super::reader::nearest;
use super::{Problem, Problems};
use crate::domain::{HostFacts, Text};

const COLUMNS: [&str; 7] = ["host", "role", "site", "peers", "service", "contact", "console"];

/// Facts by host name in lower case.
pub type Facts = HashMap<String, HostFacts>;

/// Reads the whole file, or tells every line that is wrong.
pub fn load(path: &Path) -> Result<Facts, Problems> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_path(path).map_err(|error| {
        Problems::one(Problem::of_file(
            path,
            format!("the host file cannot be read: {error}"),
            "look whether it is there, and who may read it",
        ))
    })?;
    let header = reader.headers().map_err(|error| Problems::one(of(path, &error)))?.clone();
    let mut problems = Vec::new();
    check_header(path, &header, &mut problems);
    let column = |name: &str| header.iter().position(|title| title.eq_ignore_ascii_case(name));
    let Some(host) = column("host") else { return Err(Problems::of(problems).unwrap_or_else(|| no_host(path))) };
    let places = COLUMNS.map(column);

    let mut facts = Facts::new();
    let mut lines: HashMap<String, u64> = HashMap::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                problems.push(of(path, &error));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let name = record.get(host).unwrap_or("").to_lowercase();
        if name.is_empty() {
            problems.push(Problem::at_line(path, line as usize, "no host name on this line", "give one, or take the line out"));
            continue;
        }
        if let Some(before) = lines.insert(name.clone(), line) {
            let what = format!("`{name}` a second time; the first is on line {before}");
            problems.push(Problem::at_line(path, line as usize, what, "join the two lines"));
            continue;
        }
        facts.insert(name, row(&record, &places));
    }
    match Problems::of(problems) {
        Some(problems) => Err(problems),
        None => Ok(facts),
    }
}

fn row(record: &StringRecord, places: &[Option<usize>; 7]) -> HostFacts {
    let cell = |place: usize| places[place].and_then(|at| record.get(at)).filter(|cell| !cell.is_empty());
    let text = |place: usize| cell(place).map(Text::new);
    HostFacts {
        role: text(1),
        site: text(2),
        peers: cell(3).map(peers).unwrap_or_default(),
        service: text(4),
        contact: text(5),
        console: text(6),
    }
}

fn peers(cell: &str) -> Vec<Text> {
    cell.split(';').map(str::trim).filter(|peer| !peer.is_empty()).map(Text::new).collect()
}

fn check_header(path: &Path, header: &StringRecord, problems: &mut Vec<Problem>) {
    for (place, title) in header.iter().enumerate() {
        let lower = title.to_lowercase();
        if !COLUMNS.contains(&lower.as_str()) {
            let next = nearest(&lower, &COLUMNS)
                .map_or(format!("known: {}", COLUMNS.join(", ")), |near| format!("did you mean `{near}`?"));
            problems.push(Problem::at_line(path, 1, format!("unknown column `{title}`"), next));
        }
        if header.iter().take(place).any(|before| before.eq_ignore_ascii_case(title)) {
            problems.push(Problem::at_line(path, 1, format!("column `{title}` twice"), "keep one of them"));
        }
    }
    if !header.iter().any(|title| title.eq_ignore_ascii_case("host")) {
        problems.extend(no_host(path).iter().cloned());
    }
}

fn no_host(path: &Path) -> Problems {
    Problems::one(Problem::at_line(
        path,
        1,
        "the first line names no column `host`",
        format!("begin the file with: {}", COLUMNS.join(",")),
    ))
}

fn of(path: &Path, error: &csv::Error) -> Problem {
    let line = error.position().map_or(1, |position| position.line() as usize);
    let (what, next) = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            (format!("{len} cells where the first line has {expected_len}"), "quote a cell that holds a comma")
        }
        csv::ErrorKind::Utf8 { .. } => ("this line is not UTF-8".to_owned(), "save the file as UTF-8"),
        _ => (error.to_string(), "mend this line"),
    };
    Problem::at_line(path, line, what, next)
}

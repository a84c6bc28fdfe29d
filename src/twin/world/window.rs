//! A maintenance window of a job: advice to the device, as it was asked for, and when it opens next.
//!
//! What the schedule means in full Quartz cron is not worked out: only fixed times of day are, every day.

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

use super::Millis;
use super::build::instant;

#[derive(Debug, Clone)]
pub struct Window {
    pub schedule: String,
    pub duration: String,
    pub timezone: String,
    /// When it was asked for.
    pub next_start_at: Millis,
}

impl Window {
    /// A time of day as duration, a fixed offset as zone: a zone's name is refused, with the server's misleading words.
    ///
    /// # Errors
    /// What the server says of a window that it does not take.
    pub fn checked(schedule: &str, duration: &str, timezone: &str, now: Millis) -> Result<Self, &'static str> {
        let length = length(duration).ok_or("Provided duration is not valid")?;
        let none = "No valid maintenance window available after current time";
        let offset = offset(timezone).ok_or(none)?;
        let next_start_at = next_start(schedule, length, offset, now).ok_or(none)?;
        let (schedule, duration, timezone) = (schedule.to_owned(), duration.to_owned(), timezone.to_owned());
        Ok(Self { schedule, duration, timezone, next_start_at })
    }

    /// When the window opens that is open at `now` or opens next; 0 when none is left.
    pub fn next_start(&self, now: Millis) -> Millis {
        let next = || next_start(&self.schedule, length(&self.duration)?, offset(&self.timezone)?, now);
        next().unwrap_or(0)
    }
}

fn length(text: &str) -> Option<civil::Time> {
    text.parse::<civil::Time>().ok().filter(|_| text.len() == 8)
}

fn offset(text: &str) -> Option<Offset> {
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    Offset::from_seconds(sign * seconds).ok()
}

/// When the window opens that is open now or opens next, for a schedule with a fixed time of day; other members of the
/// cron text are not looked at. For a window that is open the answer lies in the past, as on the server.
fn next_start(schedule: &str, length: civil::Time, offset: Offset, now: Millis) -> Option<Millis> {
    let parts: Vec<&str> = schedule.split_whitespace().collect();
    let [second, minute, hour, ..] = parts[..] else {
        return None;
    };
    if !(6..=7).contains(&parts.len()) || schedule.len() > 128 {
        return None;
    }
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    let time = civil::Time::new(hour, minute, second.parse().ok()?, 0).ok()?;
    let zone = TimeZone::fixed(offset);
    let today = instant(now).to_zoned(zone.clone()).date();
    let length = length.duration_since(civil::Time::midnight());
    let opens = |date: civil::Date| Some(date.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp());
    let days = [today.yesterday().ok()?, today, today.tomorrow().ok()?];
    let start = days.into_iter().filter_map(opens).find(|start| *start + length > instant(now))?;
    Some(start.as_millisecond())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const DAILY: &str = "0 0 7 ? * *";

    #[rstest]
    #[case("02:00:00", "+00:00", true)]
    #[case("02:00:00", "Z", true)]
    #[case("02:00:00", "Europe/Berlin", false)]
    #[case("3:00:00", "+00:00", false)]
    #[case("24:00:00", "+00:00", false)]
    #[case("PT3H", "+00:00", false)]
    fn windows_are_taken_and_refused_as_the_server_does(#[case] duration: &str, #[case] zone: &str, #[case] taken: bool) {
        assert_eq!(Window::checked(DAILY, duration, zone, 0).is_ok(), taken);
    }

    #[rstest]
    #[case("+02:00", 0, 5)]
    #[case("+00:00", 6, 7)]
    #[case("+00:00", 8, 7)]
    #[case("+00:00", 9, 31)]
    fn the_start_shown_is_that_of_the_window_open_now_or_next(#[case] zone: &str, #[case] now: i64, #[case] starts: i64) {
        let hour = 3_600_000;
        let window = Window::checked(DAILY, "02:00:00", zone, 0).unwrap();
        assert_eq!(window.next_start(now * hour), starts * hour);
    }
}

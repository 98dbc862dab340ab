//! Days and hours on the command line: `--hours 08:00-20:00 --days mon-fri --zone Asia/Shanghai`.

use anyhow::{Context, bail};
use serde_json::{Value, json};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// When something may happen.
#[derive(Debug, clap::Args)]
pub(super) struct Hours {
    /// Only between these times, such as `08:00-20:00`; over midnight where the second is the earlier
    #[arg(long, value_name = "FROM-UNTIL", requires = "zone")]
    hours: Option<String>,
    /// Of `--hours`: on these days, such as `mon-fri` or `sat,sun`; every day unless given
    #[arg(long, value_name = "DAYS", requires = "hours")]
    days: Option<String>,
    /// Of `--hours`: the time zone, such as `Asia/Shanghai`
    #[arg(long, value_name = "ZONE", requires = "hours")]
    zone: Option<String>,
}

impl Hours {
    /// As the API takes them; null: at any time.
    pub(super) fn body(&self) -> anyhow::Result<Value> {
        let (Some(hours), Some(zone)) = (&self.hours, &self.zone) else { return Ok(Value::Null) };
        let times = hours.split_once('-');
        let (from, until) = times.with_context(|| {
            format!("`{hours}` is no time\nhint: write it as `--hours 08:00-20:00`")
        })?;
        let days = match &self.days {
            Some(days) => numbers(days)?,
            None => (1..=7).collect(),
        };
        let (from, until) = (from.trim(), until.trim());
        Ok(json!({ "zone": zone, "days": days, "from": from, "until": until, "outside": "hold" }))
    }
}

/// The numbers of days from Monday, 1 to 7, each once and in order.
fn numbers(text: &str) -> anyhow::Result<Vec<usize>> {
    let mut days = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (number(first, text)?, number(last, text)?);
        let mut day = first;
        days.push(day);
        // A stretch may go over the end of the week.
        while day != last {
            day = day % DAYS.len() + 1;
            days.push(day);
        }
    }
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

fn number(word: &str, text: &str) -> anyhow::Result<usize> {
    let word = word.trim().to_ascii_lowercase();
    match DAYS.iter().position(|day| *day == word) {
        Some(position) => Ok(position + 1),
        None => bail!(
            "`{text}` names no days\nhint: write them as `--days mon-fri` or `--days sat,sun`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_words_lists_and_stretches() {
        let cases = [
            ("mon", vec![1]),
            ("mon-fri", vec![1, 2, 3, 4, 5]),
            ("Sat,sun", vec![6, 7]),
            ("fri-mon", vec![1, 5, 6, 7]),
            ("mon-wed, wed ,tue", vec![1, 2, 3]),
        ];
        for (text, expected) in cases {
            assert_eq!(numbers(text).unwrap(), expected, "{text}");
        }
        for text in ["", "monday", "1-5", "mon-", "mon,,tue"] {
            let told = numbers(text).unwrap_err().to_string();
            assert!(told.contains("hint: write them as"), "{told}");
        }
    }

    #[test]
    fn hours_are_said_whole_or_not_at_all() {
        let hours = |hours: Option<&str>, days: Option<&str>| Hours {
            hours: hours.map(str::to_owned),
            days: days.map(str::to_owned),
            zone: hours.map(|_| "Asia/Shanghai".to_owned()),
        };
        assert_eq!(hours(None, None).body().unwrap(), Value::Null);
        let night = hours(Some("22:00 - 06:00"), Some("fri")).body().unwrap();
        assert_eq!(
            night,
            json!({ "zone": "Asia/Shanghai", "days": [5], "from": "22:00", "until": "06:00",
                "outside": "hold" })
        );
        assert!(hours(Some("08:00"), None).body().is_err());
    }
}

//! Instants: relative for the eye, exact on hover; the script turns them to the local zone.

use jiff::Timestamp;
use maud::{Markup, html};

/// An instant as `4 min ago`.
pub(in crate::console) fn ago(at: Timestamp) -> Markup {
    let words = relative(Timestamp::now().duration_since(at).as_secs());
    html! {
        time datetime=(at) title=(exact_words(at)) data-time="ago" { (words) }
    }
}

/// An instant as `2026-11-24 03:10:22 UTC`.
pub(in crate::console) fn exact(at: Timestamp) -> Markup {
    html! {
        time datetime=(at) data-time="exact" { (exact_words(at)) }
    }
}

/// An instant, or a dash where there is none yet.
pub(in crate::console) fn exact_or_dash(at: Option<Timestamp>) -> Markup {
    match at {
        Some(at) => exact(at),
        None => html! { "–" },
    }
}

fn exact_words(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Seconds in words; the future, as of a clock that runs ahead, is `now`.
fn relative(seconds: i64) -> String {
    match seconds {
        ..5 => "now".to_owned(),
        5..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        86_400..172_800 => "1 day ago".to_owned(),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn a_stretch_of_time_is_told_in_its_largest_unit() {
        let told = [-3, 4, 59, 60, 3_599, 3_600, 86_400, 200_000].map(relative);
        assert_eq!(
            told,
            [
                "now",
                "now",
                "59 s ago",
                "1 min ago",
                "59 min ago",
                "1 h ago",
                "1 day ago",
                "2 days ago"
            ]
        );
    }
}

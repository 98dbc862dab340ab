//! The alarm dial: how many alarms a day somebody wants to look at. The configuration's value is its start; from
//! the first turn on the database has it. An access is judged by how the dial stood at its own time, so that
//! turning it leaves the alarms that stand as they are, however often a key is judged anew.

use std::sync::{Mutex, PoisonError};

use claviger_store::dial_turns::{self, DialTurn};
use claviger_watch::Dial;
use jiff::{SignedDuration, Timestamp};

use crate::{Act, Actor, Service, ServiceError};

/// The least and the most alarms a day: one in three years, and more than anybody looks at.
const LEAST: f64 = 0.001;
const MOST: f64 = 10_000.0;

/// The detector tells turns apart by the second.
const APART: SignedDuration = SignedDuration::from_secs(1);

/// Who set what stood before the first turn.
const CONFIGURATION: &str = "configuration";

/// The dial as the detector has it at hand.
#[derive(Debug)]
pub(crate) struct DialAtHand(Mutex<Dial>);

impl DialAtHand {
    /// A dial that nobody turned.
    pub(crate) fn new(alarms_per_day: f64) -> Self {
        Self(Mutex::new(Dial::new(alarms_per_day)))
    }

    /// How it stands, and stood.
    pub(crate) fn get(&self) -> Dial {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, dial: Dial) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = dial;
    }
}

/// The dial as a person sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct DialView {
    /// About how many alarms a day, over all keys.
    pub alarms_per_day: f64,
    /// What the configuration says: the start, until somebody turns the dial.
    pub configured: f64,
    /// When it was turned, the oldest first; the first is what stood before. Empty where nobody did.
    pub turns: Vec<DialTurn>,
}

impl DialView {
    /// The last turn, where somebody turned it.
    #[must_use]
    pub fn latest(&self) -> Option<&DialTurn> {
        self.turns.last().filter(|turn| turn.turned_at > Timestamp::UNIX_EPOCH)
    }
}

impl Service {
    /// How the dial stands.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn dial(&self) -> Result<DialView, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(self.dial_of(dial_turns::list(&mut reader).await?))
    }

    fn dial_of(&self, turns: Vec<DialTurn>) -> DialView {
        let configured = self.settings().alarms_per_day;
        let alarms_per_day = turns.last().map_or(configured, |turn| turn.alarms_per_day);
        DialView { alarms_per_day, configured, turns }
    }

    /// Turns the dial: accesses from now on are judged by the new value, without a restart. Alarms and events that
    /// stand are not affected. Turning it to where it stands changes nothing.
    ///
    /// # Errors
    /// The actor is no admin, the value is none, or the state cannot be written.
    pub async fn set_dial(
        &self,
        actor: &Actor,
        alarms_per_day: f64,
    ) -> Result<DialView, ServiceError> {
        let subject = format!("alarms_per_day {alarms_per_day}");
        self.perform(actor, Act::SetPolicy, &subject, async {
            check(alarms_per_day)?;
            let mut tx = self.store().write().await?;
            let before = self.dial_of(dial_turns::list(&mut tx).await?);
            if before.alarms_per_day.to_bits() == alarms_per_day.to_bits() {
                return Ok(before);
            }
            if before.turns.is_empty() {
                let start = (Timestamp::UNIX_EPOCH, before.configured, CONFIGURATION);
                dial_turns::insert(&mut tx, &turn(start)).await?;
            }
            let at = instant(self.now(), &before.turns);
            dial_turns::insert(&mut tx, &turn((at, alarms_per_day, &actor.name))).await?;
            tx.commit().await?;
            self.take_up_dial().await?;
            self.tell_pages("policies");
            tracing::info!(alarms_per_day, actor = %actor.name, "the alarm dial was turned");
            self.dial().await
        })
        .await
    }

    /// Gives the detector the dial as it is kept.
    pub(crate) async fn take_up_dial(&self) -> Result<(), ServiceError> {
        let DialView { configured, turns, .. } = self.dial().await?;
        let mut dial = Dial::new(turns.first().map_or(configured, |turn| turn.alarms_per_day));
        for turn in turns.iter().skip(1) {
            dial.turn(turn.turned_at, turn.alarms_per_day);
        }
        self.dial_at_hand().set(dial);
        Ok(())
    }
}

fn turn((turned_at, alarms_per_day, by): (Timestamp, f64, &str)) -> DialTurn {
    DialTurn { turned_at, alarms_per_day, turned_by: by.to_owned() }
}

/// When a turn holds from: now, and later than the one before. What stands for later than that, since the clock was
/// set back, gives way to it.
fn instant(now: Timestamp, turns: &[DialTurn]) -> Timestamp {
    let latest = turns.iter().rev().find(|turn| turn.turned_at <= now + APART);
    latest.map_or(now, |turn| now.max(turn.turned_at + APART))
}

/// Whether so many alarms a day can be asked for.
///
/// # Errors
/// It is no number, or none that the dial has.
pub fn check(alarms_per_day: f64) -> Result<(), ServiceError> {
    if (LEAST..=MOST).contains(&alarms_per_day) {
        return Ok(());
    }
    let message = format!("{alarms_per_day} is no number of alarms a day");
    let hint = "give a number from 0.001 to 10000, such as 5 or 0.1";
    Err(ServiceError::invalid("alarms_per_day", message, hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_holds_from_after_the_one_before_also_where_the_clock_was_set_back() {
        let at = |millisecond| Timestamp::from_millisecond(millisecond).unwrap();
        let now = at(1_000_000);
        let of = |before: &[i64]| {
            let turns: Vec<DialTurn> =
                before.iter().map(|before| turn((at(*before), 5.0, "mei"))).collect();
            instant(now, &turns)
        };
        assert_eq!([of(&[]), of(&[0]), of(&[0, 999_000])], [now; 3]);
        assert_eq!(of(&[0, 999_900]), at(1_000_900));
        assert_eq!(of(&[0, 1_000_900]), at(1_001_900));
        assert_eq!(of(&[0, 9_000_000]), now, "what was set for later gives way");
        assert_eq!(of(&[0, 999_500, 9_000_000]), at(1_000_500));
    }
}

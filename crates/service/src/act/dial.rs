//! The alarm dial: how many alarms a day somebody wants to look at. The configuration's value is its start; from
//! the first turn on the database has it. An access is judged by how the dial stood at its own time, so that
//! turning it leaves the alarms that stand as they are, however often a key is judged anew.

use std::sync::{Mutex, PoisonError};

use claviger_store::dial_turns::{self, DialTurn};
use claviger_watch::Dial;
use jiff::Timestamp;

use crate::{Act, Actor, Service, ServiceError};

/// The least and the most alarms a day: one in three years, and more than anybody looks at.
pub(crate) const LEAST: f64 = 0.001;
const MOST: f64 = 10_000.0;

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
        let turns = dial_turns::list(&mut reader).await?;
        let configured = self.settings().alarms_per_day;
        let alarms_per_day = turns.last().map_or(configured, |turn| turn.alarms_per_day);
        Ok(DialView { alarms_per_day, configured, turns })
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
            let before = self.dial().await?;
            if before.alarms_per_day.to_bits() == alarms_per_day.to_bits() {
                return Ok(before);
            }
            let mut tx = self.store().write().await?;
            if before.turns.is_empty() {
                let start = (Timestamp::UNIX_EPOCH, before.configured, CONFIGURATION);
                dial_turns::insert(&mut tx, &turn(start)).await?;
            }
            let now = (self.now(), alarms_per_day, actor.name.as_str());
            dial_turns::insert(&mut tx, &turn(now)).await?;
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

/// Whether so many alarms a day can be asked for.
pub(crate) fn check(alarms_per_day: f64) -> Result<(), ServiceError> {
    if (LEAST..=MOST).contains(&alarms_per_day) {
        return Ok(());
    }
    let message = format!("{alarms_per_day} is no number of alarms a day");
    let hint = "give a number from 0.001 to 10000, such as 5 or 0.1";
    Err(ServiceError::invalid("alarms_per_day", message, hint))
}

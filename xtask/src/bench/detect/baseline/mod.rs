//! What others do, as small references over the same events: rules as their makers document them, and two methods
//! of anomaly detection from public packages. Where a method has a score, it is thresholded with the answers at
//! hand; the dial of the detector under test is not.

mod anomaly;
mod feature;
mod hourly;
mod new_terms;
mod signature;
mod volume;

use std::path::Path;

use super::judge::Alarm;
use super::scene::Scene;

pub(super) use anomaly::{install, is_there};

/// One method with its alarms at its loosest.
pub(super) struct Baseline {
    pub(super) name: &'static str,
    /// Alarms in the order of time.
    pub(super) alarms: Vec<Alarm>,
    /// Whether its score tells more than yes and no.
    pub(super) has_score: bool,
}

/// Every method over a scene.
pub(super) fn all(
    scene: &Scene,
    folder: &Path,
    with_python: bool,
) -> anyhow::Result<Vec<Baseline>> {
    let mut baselines = new_terms::all(scene);
    baselines.push(hourly::many_gets(scene));
    baselines.push(volume::rules(scene));
    baselines.push(signature::rules(scene));
    if with_python {
        baselines.extend(anomaly::all(scene, folder)?);
    }
    Ok(baselines)
}

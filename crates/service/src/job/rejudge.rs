//! Judges a key from its whole history, because a line came that is older than what its state has taken in.

use std::time::Duration;

use claviger_model::AccessKeyId;

use super::Ending;
use crate::gather::judge::{self, RejudgeEnd};
use crate::{Service, ServiceError};

/// The pause before another try where older lines came meanwhile.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// Of a long history the pauses are so many times as long as the judging: most of the time goes elsewhere.
const PAUSES: u32 = 5;

pub(super) async fn run(service: &Service, key: &AccessKeyId) -> Result<Ending, ServiceError> {
    let begun = std::time::Instant::now();
    Ok(match judge::rejudge(service, key).await? {
        RejudgeEnd::Done => Ending::Done,
        RejudgeEnd::Overtaken => Ending::Again { after: AGAIN_AFTER.max(begun.elapsed() * PAUSES) },
    })
}

//! Laws of the alarm dial: its turns in their order, and one preview at a time.

use claviger_store::Store;
use claviger_store::dial_previews::{self, DialPreview, PreviewEnd, PreviewState};
use claviger_store::dial_turns::{self, DialTurn};
use jiff::Timestamp;
use serde_json::json;

use crate::sample::at;

pub(crate) async fn the_last_turn_of_the_dial_takes_the_place_of_later_ones(store: Store) {
    let turn = |turned_at, alarms_per_day| DialTurn {
        turned_at,
        alarms_per_day,
        turned_by: "mei".to_owned(),
    };
    let all = [turn(Timestamp::UNIX_EPOCH, 5.0), turn(at(1), 0.25), turn(at(2), 20.0)];
    let mut c = store.write().await.unwrap();
    assert_eq!(dial_turns::list(&mut c).await.unwrap(), []);
    for one in [&all[0], &all[1], &turn(at(2), 7.0), &turn(at(3), 9.0), &all[2]] {
        dial_turns::insert(&mut c, one).await.unwrap();
    }
    assert_eq!(dial_turns::list(&mut c).await.unwrap(), all);
    c.commit().await.unwrap();
}

pub(crate) async fn a_preview_takes_the_place_of_one_that_ended_and_of_no_other(store: Store) {
    let preview = |id: &str| DialPreview {
        id: id.to_owned(),
        state: PreviewState::Running,
        asked: json!({ "days": 30 }),
        asked_by: "mei".to_owned(),
        asked_at: at(1),
        ended_at: None,
        failure: None,
        result: None,
    };
    let mut c = store.write().await.unwrap();
    assert_eq!(dial_previews::latest(&mut c).await.unwrap(), None);
    assert!(dial_previews::begin(&mut c, &preview("one")).await.unwrap());
    assert!(!dial_previews::begin(&mut c, &preview("two")).await.unwrap());
    assert_eq!(dial_previews::latest(&mut c).await.unwrap(), Some(preview("one")));
    let done = PreviewEnd::Done(json!({ "alarms": 3 }));
    assert!(!dial_previews::end(&mut c, "two", &done, at(2)).await.unwrap());
    assert!(dial_previews::end(&mut c, "one", &done, at(2)).await.unwrap());
    assert!(!dial_previews::end(&mut c, "one", &PreviewEnd::Cancelled, at(3)).await.unwrap());
    let known = dial_previews::latest(&mut c).await.unwrap().unwrap();
    assert_eq!((known.state, known.ended_at), (PreviewState::Done, Some(at(2))));
    assert_eq!(known.result, Some(json!({ "alarms": 3 })));
    assert!(dial_previews::begin(&mut c, &preview("two")).await.unwrap());
    assert_eq!(dial_previews::latest(&mut c).await.unwrap(), Some(preview("two")));
    let failed = PreviewEnd::Failed("the disk".to_owned());
    assert!(dial_previews::end(&mut c, "two", &failed, at(4)).await.unwrap());
    let known = dial_previews::latest(&mut c).await.unwrap().unwrap();
    assert_eq!((known.state, known.failure.as_deref()), (PreviewState::Failed, Some("the disk")));
    c.commit().await.unwrap();
}

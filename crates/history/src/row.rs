//! One access event as the files hold it: columns of text and of numbers, borrowed from wherever they lie.

use std::cmp::Ordering;

use claviger_model::{AccessEvent, AccessKeyId, EventId};

use crate::moment::Moment;

/// A column of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Text {
    AccessKeyId,
    Account,
    SourceIp,
    UserAgent,
    Operation,
    Bucket,
    Error,
    Object,
    RequestId,
    EventId,
}

impl Text {
    /// Every column, in the order in which blocks hold them.
    pub(crate) const ALL: [Self; 10] = [
        Self::AccessKeyId,
        Self::Account,
        Self::SourceIp,
        Self::UserAgent,
        Self::Operation,
        Self::Bucket,
        Self::Error,
        Self::Object,
        Self::RequestId,
        Self::EventId,
    ];
}

/// A column of numbers, beside the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Number {
    Status,
    BytesOut,
    BytesIn,
}

/// One event. Text is UTF-8; it stays bytes until somebody asks for the event itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) time: Moment,
    pub(crate) texts: [Option<&'a [u8]>; 10],
    pub(crate) numbers: [Option<u64>; 3],
}

impl<'a> Row<'a> {
    pub(crate) fn of(event: &'a AccessEvent) -> Self {
        let optional = |text: &'a Option<String>| text.as_ref().map(String::as_bytes);
        Self {
            time: Moment::of(event.time),
            texts: [
                event.access_key_id.as_ref().map(|key| key.as_str().as_bytes()),
                optional(&event.account),
                optional(&event.source_ip),
                optional(&event.user_agent),
                Some(event.operation.as_bytes()),
                optional(&event.bucket),
                optional(&event.error),
                optional(&event.object),
                optional(&event.request_id),
                Some(event.event_id.as_str().as_bytes()),
            ],
            numbers: [event.status.map(u64::from), event.bytes_out, event.bytes_in],
        }
    }

    pub(crate) fn text(&self, column: Text) -> Option<&'a [u8]> {
        self.texts[column as usize]
    }

    pub(crate) fn number(&self, column: Number) -> Option<u64> {
        self.numbers[column as usize]
    }

    /// Where it stands in the order of files.
    pub(crate) fn place(&self) -> Place<'a> {
        Place {
            key: self.text(Text::AccessKeyId),
            time: self.time,
            event_id: self.text(Text::EventId).unwrap_or_default(),
        }
    }

    /// Bytes of all its texts.
    pub(crate) fn text_bytes(&self) -> usize {
        self.texts.iter().flatten().map(|text| text.len()).sum()
    }

    /// Whether the service carried the request out; the same law as `AccessEvent::succeeded`.
    pub(crate) fn succeeded(&self) -> bool {
        self.text(Text::Error).is_none()
            && self.number(Number::Status).is_none_or(|status| status < 400)
    }

    pub(crate) fn event(&self) -> AccessEvent {
        let owned = |column| self.text(column).map(to_string);
        AccessEvent {
            time: self.time.timestamp(),
            access_key_id: owned(Text::AccessKeyId).and_then(|key| AccessKeyId::try_from(key).ok()),
            account: owned(Text::Account),
            source_ip: owned(Text::SourceIp),
            user_agent: owned(Text::UserAgent),
            operation: owned(Text::Operation).unwrap_or_default(),
            bucket: owned(Text::Bucket),
            object: owned(Text::Object),
            status: self.number(Number::Status).and_then(|status| u16::try_from(status).ok()),
            error: owned(Text::Error),
            bytes_out: self.number(Number::BytesOut),
            bytes_in: self.number(Number::BytesIn),
            request_id: owned(Text::RequestId),
            event_id: EventId(owned(Text::EventId).unwrap_or_default()),
        }
    }
}

fn to_string(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// Where a row stands: by key, then time, then event id. Rows at the same place are the same event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) time: Moment,
    pub(crate) event_id: &'a [u8],
}

impl Place<'_> {
    /// The order inside one key, or over all keys alike.
    pub(crate) fn by_time(&self, other: &Place<'_>) -> Ordering {
        self.time
            .cmp(&other.time)
            .then_with(|| self.event_id.cmp(other.event_id))
            .then_with(|| self.key.cmp(&other.key))
    }

    /// The order of files.
    pub(crate) fn by_key(&self, other: &Place<'_>) -> Ordering {
        self.key
            .cmp(&other.key)
            .then_with(|| self.time.cmp(&other.time))
            .then_with(|| self.event_id.cmp(other.event_id))
    }
}

/// A place that outlives its row.
#[derive(Debug, Clone)]
pub(crate) struct OwnedPlace {
    key: Option<Vec<u8>>,
    time: Moment,
    event_id: Vec<u8>,
}

impl OwnedPlace {
    pub(crate) fn of(place: &Place<'_>) -> Self {
        Self {
            key: place.key.map(<[u8]>::to_vec),
            time: place.time,
            event_id: place.event_id.to_vec(),
        }
    }

    pub(crate) fn as_place(&self) -> Place<'_> {
        Place { key: self.key.as_deref(), time: self.time, event_id: &self.event_id }
    }

    /// Becomes another, in the room that this one has.
    pub(crate) fn set(&mut self, place: &Place<'_>) {
        self.time = place.time;
        self.event_id.clear();
        self.event_id.extend_from_slice(place.event_id);
        if self.key.as_deref() != place.key {
            self.key = place.key.map(<[u8]>::to_vec);
        }
    }
}

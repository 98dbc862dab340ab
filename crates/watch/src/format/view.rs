//! An access event that lies in its log: texts are borrowed from the line wherever they stand there as
//! they are meant. Whoever needs only some events, or only some of their fields, copies no other.

use std::borrow::Cow;

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use jiff::Timestamp;

use super::Minted;
use crate::grants::{GrantView, Granted};

/// One request, with the fields of [`AccessEvent`].
#[derive(Debug, Clone, PartialEq)]
pub struct EventView<'a> {
    /// When the service received the request.
    pub time: Timestamp,
    /// The key that signed it: a valid id.
    pub access_key_id: Option<Cow<'a, str>>,
    /// User, role or account as the log names it.
    pub account: Option<Cow<'a, str>>,
    /// Address as the log has it.
    pub source_ip: Option<Cow<'a, str>>,
    /// The client's own words.
    pub user_agent: Option<Cow<'a, str>>,
    /// As the provider names it.
    pub operation: Cow<'a, str>,
    /// Bucket.
    pub bucket: Option<Cow<'a, str>>,
    /// Object, decoded.
    pub object: Option<Cow<'a, str>>,
    /// HTTP status.
    pub status: Option<u16>,
    /// The provider's error code; `None` for success.
    pub error: Option<Cow<'a, str>>,
    /// Bytes sent to the client.
    pub bytes_out: Option<u64>,
    /// Bytes received from the client.
    pub bytes_in: Option<u64>,
    /// The provider's request id.
    pub request_id: Option<Cow<'a, str>>,
    /// Names this request for ever.
    pub event_id: Cow<'a, str>,
    /// The key that the request made, if it made one.
    pub minted: Option<Cow<'a, str>>,
    /// The rights that the request gave, if it gave any.
    pub granted: Option<Box<GrantView<'a>>>,
}

impl EventView<'_> {
    /// The event on its own.
    #[must_use]
    pub fn into_event(self) -> AccessEvent {
        let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        AccessEvent {
            time: self.time,
            access_key_id: self.access_key_id.and_then(|id| AccessKeyId::parse(&id).ok()),
            account: owned(self.account),
            source_ip: owned(self.source_ip),
            user_agent: owned(self.user_agent),
            operation: self.operation.into_owned(),
            bucket: owned(self.bucket),
            object: owned(self.object),
            status: self.status,
            error: owned(self.error),
            bytes_out: self.bytes_out,
            bytes_in: self.bytes_in,
            request_id: owned(self.request_id),
            event_id: EventId(self.event_id.into_owned()),
        }
    }

    /// The same, borrowing nothing.
    pub(super) fn into_owned(self) -> EventView<'static> {
        let owned = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        EventView {
            access_key_id: owned(self.access_key_id),
            account: owned(self.account),
            source_ip: owned(self.source_ip),
            user_agent: owned(self.user_agent),
            operation: Cow::Owned(self.operation.into_owned()),
            bucket: owned(self.bucket),
            object: owned(self.object),
            error: owned(self.error),
            request_id: owned(self.request_id),
            event_id: Cow::Owned(self.event_id.into_owned()),
            minted: owned(self.minted),
            granted: self.granted.map(|granted| {
                let GrantView { operation, to, through } = *granted;
                Box::new(GrantView { operation: Cow::Owned(operation.into_owned()), to, through })
            }),
            time: self.time,
            status: self.status,
            bytes_out: self.bytes_out,
            bytes_in: self.bytes_in,
        }
    }

    /// What it made, if it was signed with a key and the answer names another.
    #[must_use]
    pub fn minted(&self) -> Option<Minted> {
        let child = AccessKeyId::parse(self.minted.as_deref()?).ok()?;
        let parent = AccessKeyId::parse(self.access_key_id.as_deref()?).ok()?;
        let event_id = EventId(self.event_id.clone().into_owned());
        (child != parent).then_some(Minted { event_id, at: self.time, parent, child })
    }

    /// What it gave, if it was signed with a key.
    #[must_use]
    pub fn granted(&self) -> Option<Granted> {
        let granted = self.granted.as_deref()?;
        Some(Granted {
            at: self.time,
            by: AccessKeyId::parse(self.access_key_id.as_deref()?).ok()?,
            event_id: EventId(self.event_id.clone().into_owned()),
            operation: granted.operation.clone().into_owned(),
            to: granted.to.clone(),
            through: granted.through.clone(),
        })
    }
}

impl<'a> From<&'a AccessEvent> for EventView<'a> {
    fn from(event: &'a AccessEvent) -> Self {
        fn view(text: &Option<String>) -> Option<Cow<'_, str>> {
            text.as_deref().map(Cow::Borrowed)
        }
        Self {
            time: event.time,
            access_key_id: event.access_key_id.as_ref().map(|id| Cow::Borrowed(id.as_str())),
            account: view(&event.account),
            source_ip: view(&event.source_ip),
            user_agent: view(&event.user_agent),
            operation: Cow::Borrowed(&event.operation),
            bucket: view(&event.bucket),
            object: view(&event.object),
            status: event.status,
            error: view(&event.error),
            bytes_out: event.bytes_out,
            bytes_in: event.bytes_in,
            request_id: view(&event.request_id),
            event_id: Cow::Borrowed(event.event_id.as_str()),
            minted: None,
            granted: None,
        }
    }
}

/// A key id, or why the record is no event.
pub(super) fn key_id<'a>(
    text: Option<Cow<'a, str>>,
    why: &str,
) -> Result<Option<Cow<'a, str>>, String> {
    match text {
        Some(id) if !AccessKeyId::is_valid(&id) => Err(why.to_owned()),
        id => Ok(id),
    }
}

//! What counts as use of a key.

use claviger_model::AccessEvent;

use crate::operation::{Class, Operation};

/// The rule that tells a use of a key from everything else in a log.
#[derive(Debug, Clone, Copy)]
pub struct Use;

impl Use {
    /// Whether the event is a use of the key it names: every request that presents a key, a refused
    /// one included, because somebody holds the key and tried. Anonymous requests and what the
    /// provider does by itself name no key.
    #[must_use]
    pub fn is_use(event: &AccessEvent) -> bool {
        event.access_key_id.is_some()
    }

    /// Whether the event is a read of an object that was carried out, by anybody.
    #[must_use]
    pub fn is_read(event: &AccessEvent) -> bool {
        event.object.is_some()
            && event.succeeded()
            && Operation::of(&event.operation).class == Class::Read
    }
}

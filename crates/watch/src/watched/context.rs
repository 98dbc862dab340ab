//! What an event of a key is judged by beside the key itself: what all keys show, leaks, and what is held against
//! whoever made the key or gave it rights.

use std::cell::{OnceCell, RefCell};

use claviger_model::AccessKeyId;

use crate::grants::{Grant, Reach};
use crate::leaks::{Birth, Exposure};
use crate::place::Places;
use crate::profile::Group;
use crate::sensor::Asked;
use crate::tenant::Tenant;

/// What is known beside the key itself.
pub(crate) struct Context<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) asked_of: Option<&'a RefCell<Vec<u64>>>,
    pub(crate) places: &'a Places,
    pub(crate) asked: Asked,
    /// The score from which an alarm is raised, without and with a leak.
    pub(crate) thresholds: [f64; 2],
    pub(crate) id: &'a AccessKeyId,
    pub(crate) exposure: Option<Exposure>,
    pub(crate) read_at: Option<u32>,
    pub(crate) tainted_by: Option<&'a Birth>,
    /// What rights its holder was given by other keys, and the first by one under alarm once that was asked.
    pub(crate) reach: Option<&'a Reach>,
    pub(crate) granted_by: OnceCell<Option<&'a Grant>>,
    pub(crate) inherited: Option<f64>,
}

impl<'a> Context<'a> {
    pub(super) fn threshold(&self, group: Group, second: u32) -> f64 {
        self.thresholds[usize::from(self.suspects(group, second))]
    }

    /// Whether something is held against a group of sources but what it does. Rights that somebody else gave
    /// are held against strange ones alone.
    pub(super) fn suspects(&self, group: Group, second: u32) -> bool {
        !self.is_unsuspected() || self.granted_by(group, second).is_some()
    }

    /// The rights that the key's holder was given by a key under alarm, where they are held against a group.
    pub(super) fn granted_by(&self, group: Group, second: u32) -> Option<&'a Grant> {
        let reach = self.reach.filter(|_| group == Group::Foreign)?;
        *self.granted_by.get_or_init(|| reach.by_suspect(self.id, self.tenant, second))
    }

    /// Whether nothing is held against the key but what it does.
    pub(super) fn is_unsuspected(&self) -> bool {
        self.exposure.is_none() && self.tainted_by.is_none() && self.inherited.is_none()
    }
}

//! Whether the values of a text are asked for their name: until so many in a row had none.

/// Values in a row that are asked in vain, before a text is known not to name them.
const TRIES_MAX: u32 = 500;

/// How often values were asked.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asking {
    /// Values in a row that were asked in vain.
    vain: u32,
    /// The most that there were since this began.
    most: u32,
    /// So many before the first that had a name.
    before: Option<u32>,
}

impl Asking {
    /// Whether the next value is asked.
    pub(super) fn goes_on(self) -> bool {
        self.vain < TRIES_MAX
    }

    /// A value was asked, and had a name or none.
    pub(super) fn asked(&mut self, had_name: bool) {
        if had_name {
            self.before = self.before.or(Some(self.vain));
            self.vain = 0;
        } else {
            self.vain += 1;
            self.most = self.most.max(self.vain);
        }
    }

    /// The asking in a share of the text: given up if this is, else begun anew.
    pub(super) fn share(self) -> Self {
        if self.goes_on() { Self::default() } else { self }
    }

    /// Whether the share that follows was asked as it would have been after this.
    pub(super) fn leads_to(self, share: Self) -> bool {
        if !self.goes_on() {
            return !share.goes_on();
        }
        let first = self.vain + share.before.unwrap_or(share.vain);
        first < TRIES_MAX && share.most < TRIES_MAX && share.goes_on()
    }

    /// Takes over what became of the share that follows.
    pub(super) fn join(&mut self, share: Self) {
        if self.goes_on() {
            let had_name = share.before.is_some();
            self.vain = if had_name { share.vain } else { self.vain + share.vain };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_share_that_fits_is_worth_what_was_asked_in_it(
            first in prop::collection::vec(prop::bool::weighted(0.002), 0..900),
            second in prop::collection::vec(prop::bool::weighted(0.002), 0..900),
        ) {
            let ask = |asking: &mut Asking, had: &[bool]| -> Vec<bool> {
                let asked = had.iter().map(|had| {
                    let goes_on = asking.goes_on();
                    if goes_on {
                        asking.asked(*had);
                    }
                    goes_on
                });
                asked.collect()
            };
            let mut whole = Asking::default();
            ask(&mut whole, &first);
            let mut share = whole.share();
            let (mut joined, apart) = (whole, ask(&mut share, &second));
            let together = ask(&mut whole, &second);
            if joined.leads_to(share) {
                joined.join(share);
                prop_assert_eq!(apart, together);
                prop_assert_eq!(joined.vain.min(TRIES_MAX), whole.vain.min(TRIES_MAX));
            }
        }
    }
}

//! How often a password may be tried: per user from one address, per address, and per user from anywhere.
//!
//! A try is paid for before the password is looked at, so that guesses side by side cannot slip through, and
//! paid back when it was right. Each account is a bucket that leaks: a person who mistypes waits seconds, a
//! machine that guesses gets a few tries a minute. Lives in memory: a restart costs more than it frees, and
//! nothing is written for what a stranger does.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// How many wrong tries stand before one is refused, and after how many seconds one of them is forgotten.
struct Limit {
    tries: f64,
    seconds_each: f64,
}

/// A user from one address: a person at her desk.
const PAIR: Limit = Limit { tries: 5.0, seconds_each: 30.0 };

/// An address, whoever it names: an office behind one address has many people.
const ADDRESS: Limit = Limit { tries: 30.0, seconds_each: 10.0 };

/// A user from anywhere: high enough that a stranger who guesses from a few addresses does not keep the
/// person out, low enough that a thousand addresses get no further than a hundred.
const USER: Limit = Limit { tries: 100.0, seconds_each: 10.0 };

/// Accounts remembered; beyond it those that are nearly empty go first.
const ACCOUNTS_MAX: usize = 20_000;

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Account {
    Pair(String, IpAddr),
    Address(IpAddr),
    User(String),
}

impl Account {
    fn limit(&self) -> &'static Limit {
        match self {
            Self::Pair(..) => &PAIR,
            Self::Address(_) => &ADDRESS,
            Self::User(_) => &USER,
        }
    }
}

/// Tries that were not paid back, as of an instant.
#[derive(Debug, Clone, Copy)]
struct Level {
    tries: f64,
    at: Timestamp,
}

impl Level {
    /// What is left of it now. A clock that was set back forgets nothing, and holds nobody longer.
    fn now(self, limit: &Limit, now: Timestamp) -> f64 {
        let seconds = now.duration_since(self.at).as_secs_f64().max(0.0);
        (self.tries - seconds / limit.seconds_each).max(0.0)
    }
}

/// All accounts.
#[derive(Debug, Default)]
pub(crate) struct Tries(Mutex<HashMap<Account, Level>>);

impl Tries {
    fn levels(&self) -> std::sync::MutexGuard<'_, HashMap<Account, Level>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Pays for one try.
    ///
    /// # Errors
    /// There were too many: the seconds after which one may be made.
    pub(crate) fn take(&self, user: &str, from: Option<IpAddr>, now: Timestamp) -> Result<(), u64> {
        self.take_all(accounts(user, from), now)
    }

    /// Pays for one try of nobody in particular.
    ///
    /// # Errors
    /// There were too many from that address: the seconds after which one may be made.
    pub(crate) fn take_from(&self, from: Option<IpAddr>, now: Timestamp) -> Result<(), u64> {
        self.take_all(from.map(network).map(Account::Address).into_iter().collect(), now)
    }

    fn take_all(&self, accounts: Vec<Account>, now: Timestamp) -> Result<(), u64> {
        let mut levels = self.levels();
        let wait = accounts.iter().map(|account| wait(&levels, account, now)).max().unwrap_or(0);
        if wait > 0 {
            return Err(wait);
        }
        for account in accounts {
            let tries = level(&levels, &account, now) + 1.0;
            levels.insert(account, Level { tries, at: now });
        }
        if levels.len() > ACCOUNTS_MAX {
            forget_half(&mut levels, now);
        }
        Ok(())
    }

    /// Pays such a try back.
    pub(crate) fn pay_back_from(&self, from: Option<IpAddr>, now: Timestamp) {
        let mut levels = self.levels();
        if let Some(account) = from.map(network).map(Account::Address) {
            give_back(&mut levels, account, now);
        }
    }

    /// The password was right: the try is paid back, and what this person mistyped here is forgotten.
    pub(crate) fn pay_back(&self, user: &str, from: Option<IpAddr>, now: Timestamp) {
        let mut levels = self.levels();
        for account in accounts(user, from) {
            match account {
                Account::Pair(..) => drop(levels.remove(&account)),
                account => give_back(&mut levels, account, now),
            }
        }
    }
}

fn give_back(levels: &mut HashMap<Account, Level>, account: Account, now: Timestamp) {
    let tries = level(levels, &account, now) - 1.0;
    if tries <= 0.0 {
        levels.remove(&account);
    } else {
        levels.insert(account, Level { tries, at: now });
    }
}

fn accounts(user: &str, from: Option<IpAddr>) -> Vec<Account> {
    let mut accounts = vec![Account::User(user.to_owned())];
    if let Some(address) = from.map(network) {
        accounts.push(Account::Pair(user.to_owned(), address));
        accounts.push(Account::Address(address));
    }
    accounts
}

/// Whoever has one IPv6 address has all of its /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn level(levels: &HashMap<Account, Level>, account: &Account, now: Timestamp) -> f64 {
    levels.get(account).map_or(0.0, |level| level.now(account.limit(), now))
}

/// Seconds until an account allows one more try.
fn wait(levels: &HashMap<Account, Level>, account: &Account, now: Timestamp) -> u64 {
    let limit = account.limit();
    let over = level(levels, account, now) + 1.0 - limit.tries;
    if over <= 0.0 {
        return 0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and far below 2^52"
    )]
    let seconds = (over * limit.seconds_each - 1e-6).ceil().max(1.0) as u64;
    seconds
}

fn forget_half(levels: &mut HashMap<Account, Level>, now: Timestamp) {
    levels.retain(|account, level| level.now(account.limit(), now) > 0.0);
    if levels.len() <= ACCOUNTS_MAX / 2 {
        return;
    }
    let mut order: Vec<(f64, Account)> =
        levels.iter().map(|(account, level)| (level.tries, account.clone())).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (_, account) in order.into_iter().take(ACCOUNTS_MAX / 2) {
        levels.remove(&account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + seconds).unwrap()
    }

    #[test]
    fn the_sixth_wrong_try_of_a_user_from_one_address_waits() {
        let tries = Tries::default();
        for _ in 0..5 {
            assert_eq!(tries.take("mei", Some(DESK), at(0)), Ok(()));
        }
        assert_eq!(tries.take("mei", Some(DESK), at(0)), Err(30));
        assert_eq!(tries.take("mei", Some(DESK), at(10)), Err(20));
        assert_eq!(tries.take("mei", Some(DESK), at(30)), Ok(()));
        // Another person at that address, and she herself elsewhere, are not kept out.
        assert_eq!(tries.take("li", Some(DESK), at(0)), Ok(()));
        assert_eq!(tries.take("mei", Some("198.51.100.1".parse().unwrap()), at(0)), Ok(()));
    }

    #[test]
    fn a_right_password_clears_what_was_mistyped() {
        let tries = Tries::default();
        for _ in 0..50 {
            for _ in 0..4 {
                tries.take("mei", Some(DESK), at(0)).unwrap();
                tries.pay_back("mei", Some(DESK), at(0));
            }
        }
        assert!(tries.levels().is_empty());
    }

    #[test]
    fn names_tried_from_one_address_and_addresses_tried_for_one_name_end() {
        let tries = Tries::default();
        let names = (0..1_000).filter(|n| tries.take(&n.to_string(), Some(DESK), at(0)).is_ok());
        assert_eq!(names.count(), 30);
        let of = |n: u32| IpAddr::V4(std::net::Ipv4Addr::from(0x0a00_0000 + n));
        let addresses = (0..1_000).filter(|n| tries.take("admin", Some(of(*n)), at(0)).is_ok());
        assert_eq!(addresses.count(), 100);
    }

    #[test]
    fn the_addresses_of_one_network_count_as_one() {
        let tries = Tries::default();
        let of = |n: u128| Some(IpAddr::V6((0x2001_0db8_u128 << 96 | n).into()));
        let taken = (0..100).filter(|n| tries.take("mei", of(*n), at(0)).is_ok());
        assert_eq!(taken.count(), 5);
    }

    #[test]
    fn memory_is_bounded_however_many_names_are_tried() {
        let tries = Tries::default();
        for n in 0..60_000_u32 {
            let from = IpAddr::V4(std::net::Ipv4Addr::from(n));
            tries.take(&n.to_string(), Some(from), at(0)).ok();
        }
        assert!(tries.levels().len() <= ACCOUNTS_MAX + 3);
    }
}

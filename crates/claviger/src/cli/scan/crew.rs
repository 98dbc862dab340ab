//! Threads that work side by side on what a listing gives, and hand on in its order.
//!
//! Nobody runs further ahead than a bound, so memory does not grow with the length of the listing. Who has a large
//! item asks the others for help with parts of it ([`Crew::ask`]): they help before they begin with another item,
//! and stay until no item is under way.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How far the fastest thread may be ahead of what was handed on, in items a thread.
const AHEAD: usize = 64;
/// Parts of items that are in memory at most, a thread: one that is worked on, one that waits for it, and one that
/// waits for those before it.
const PARTS: usize = 3;

/// A part of somebody's item.
type Task<'t> = Box<dyn FnOnce() + Send + 't>;

/// Threads that help each other.
pub(super) struct Crew<'t> {
    threads: usize,
    plan: Mutex<Plan<'t>>,
    changed: Condvar,
}

/// What there is to do.
struct Plan<'t> {
    /// Parts that nobody has begun, oldest first.
    tasks: VecDeque<Task<'t>>,
    /// Parts in memory, begun or not, or done and not yet taken.
    parts: usize,
    /// Items that somebody works on.
    busy: usize,
    /// Items that were begun and whose results were not handed on.
    begun: usize,
    /// Whether somebody waits for the listing.
    listing: bool,
    /// Whether the listing has ended.
    ended: bool,
}

/// What a thread does next.
enum Turn<'t> {
    Help(Task<'t>),
    List,
}

/// Results in the order of the items.
struct Results<R> {
    /// Those that were not handed on yet, oldest first; `None` while under way.
    waiting: VecDeque<Option<R>>,
    /// Items whose results were handed on.
    taken: usize,
    /// Threads that still work.
    threads: usize,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn wait<'g, T>(changed: &Condvar, guard: MutexGuard<'g, T>) -> MutexGuard<'g, T> {
    changed.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

impl<'t> Crew<'t> {
    /// So many threads.
    pub(super) fn new(threads: usize) -> Self {
        let plan = Plan {
            tasks: VecDeque::new(),
            parts: 0,
            busy: 0,
            begun: 0,
            listing: false,
            ended: false,
        };
        Self { threads, plan: Mutex::new(plan), changed: Condvar::new() }
    }

    /// Whether there is anybody to ask.
    pub(super) fn has_others(&self) -> bool {
        self.threads > 1
    }

    /// Whether one more part may be in memory; [`Self::part_taken`] gives its place back.
    pub(super) fn take_part(&self) -> bool {
        let mut plan = lock(&self.plan);
        let may = plan.parts < self.threads * PARTS;
        plan.parts += usize::from(may);
        may
    }

    /// A part is no longer in memory.
    pub(super) fn part_taken(&self) {
        lock(&self.plan).parts -= 1;
    }

    /// Asks whoever has time.
    pub(super) fn ask(&self, task: impl FnOnce() + Send + 't) {
        lock(&self.plan).tasks.push_back(Box::new(task));
        self.changed.notify_one();
    }

    /// Does a part that nobody has begun; `false` when there is none.
    pub(super) fn help(&self) -> bool {
        let task = lock(&self.plan).tasks.pop_front();
        let helps = task.is_some();
        if let Some(task) = task {
            task();
        }
        helps
    }

    /// What to do next; `None` when there is nothing more.
    fn turn(&self, stop: &AtomicBool) -> Option<Turn<'t>> {
        let mut plan = lock(&self.plan);
        loop {
            if let Some(task) = plan.tasks.pop_front() {
                return Some(Turn::Help(task));
            }
            plan.ended |= stop.load(Ordering::Relaxed);
            if plan.ended && plan.busy == 0 {
                self.changed.notify_all();
                return None;
            }
            let has_room = plan.begun < self.threads * AHEAD;
            if !plan.ended && !plan.listing && has_room {
                plan.listing = true;
                return Some(Turn::List);
            }
            plan = wait(&self.changed, plan);
        }
    }

    /// Somebody has what the listing gave, or nothing more.
    fn listed(&self, has_item: bool) {
        let mut plan = lock(&self.plan);
        plan.listing = false;
        plan.busy += usize::from(has_item);
        plan.begun += usize::from(has_item);
        if has_item {
            self.changed.notify_one();
        } else {
            plan.ended = true;
            self.changed.notify_all();
        }
    }

    /// An item is done.
    fn item_done(&self) {
        let mut plan = lock(&self.plan);
        plan.busy -= 1;
        if plan.busy == 0 {
            self.changed.notify_all();
        }
    }

    /// A result was handed on.
    fn result_taken(&self) {
        let mut plan = lock(&self.plan);
        plan.begun -= 1;
        self.changed.notify_one();
    }

    /// Nothing further is begun.
    fn end(&self) {
        lock(&self.plan).ended = true;
        self.changed.notify_all();
    }
}

/// Works on `items` with the threads of a crew, each with its own `room`, and gives results to `take` in the order
/// of the items, on this thread. Ends early when `take` fails, or when `stop` is set.
///
/// # Errors
/// That of `take`.
pub(super) fn run<I, R, S>(
    crew: &Crew<'_>,
    items: I,
    stop: &AtomicBool,
    room: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I::Item) -> R + Sync,
    mut take: impl FnMut(R) -> anyhow::Result<()>,
) -> anyhow::Result<()>
where
    I: Iterator + Send,
    R: Send,
{
    let items = Mutex::new(items);
    let results = Mutex::new(Results { waiting: VecDeque::new(), taken: 0, threads: crew.threads });
    let ready = Condvar::new();
    std::thread::scope(|scope| {
        for _ in 0..crew.threads {
            scope.spawn(|| {
                let mut room = room();
                while let Some(turn) = crew.turn(stop) {
                    match turn {
                        Turn::Help(task) => task(),
                        Turn::List => {
                            let Some((index, item)) = next(crew, &items, &results) else {
                                continue;
                            };
                            let result = work(&mut room, item);
                            let mut results = lock(&results);
                            let place = index - results.taken;
                            results.waiting[place] = Some(result);
                            drop(results);
                            ready.notify_all();
                            crew.item_done();
                        }
                    }
                }
                lock(&results).threads -= 1;
                ready.notify_all();
            });
        }
        while let Some(result) = first(&results, &ready) {
            crew.result_taken();
            // After an error nobody takes results: nothing further is begun.
            if let Err(error) = take(result) {
                stop.store(true, Ordering::Relaxed);
                crew.end();
                return Err(error);
            }
        }
        Ok(())
    })
}

/// The next item with its place.
fn next<I: Iterator, R>(
    crew: &Crew<'_>,
    items: &Mutex<I>,
    results: &Mutex<Results<R>>,
) -> Option<(usize, I::Item)> {
    let item = lock(items).next();
    let place = item.as_ref().map(|_| {
        let mut results = lock(results);
        results.waiting.push_back(None);
        results.taken + results.waiting.len() - 1
    });
    crew.listed(item.is_some());
    place.zip(item)
}

/// The oldest result, once it is there; `None` when there will be none.
fn first<R>(results: &Mutex<Results<R>>, ready: &Condvar) -> Option<R> {
    let mut shared = lock(results);
    loop {
        if let Some(result) = shared.waiting.front_mut().and_then(Option::take) {
            shared.waiting.pop_front();
            shared.taken += 1;
            return Some(result);
        }
        if shared.threads == 0 {
            return None;
        }
        shared = wait(ready, shared);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items_whatever_the_threads() {
        for threads in [1, 3, 8] {
            let mut taken = Vec::new();
            let stop = AtomicBool::new(false);
            let work = |room: &mut u32, item: u64| {
                *room += 1;
                std::thread::yield_now();
                item * 2
            };
            let take = |result| {
                taken.push(result);
                Ok(())
            };
            run(&Crew::new(threads), 0..5000, &stop, || 0, work, take).unwrap();
            assert!(taken.iter().copied().eq((0..5000).map(|item| item * 2)), "{threads}");
        }
    }

    #[test]
    fn an_error_of_the_taker_ends_an_endless_listing() {
        let stop = AtomicBool::new(false);
        let take = |result| if result < 10 { Ok(()) } else { anyhow::bail!("enough") };
        let work = |(): &mut (), item: u64| item;
        assert!(run(&Crew::new(4), 0.., &stop, || (), work, take).is_err());
    }

    #[test]
    fn whoever_has_nothing_to_do_helps_with_the_last_item() {
        let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
        let crew = Crew::new(4);
        let work = |(): &mut (), item: usize| {
            for _ in 0..item {
                let done = &done;
                crew.ask(move || {
                    done.fetch_add(1, Ordering::SeqCst);
                });
            }
            while done.load(Ordering::SeqCst) < item {
                std::thread::yield_now();
            }
        };
        run(&crew, [0, 0, 0, 500].into_iter(), &stop, || (), work, |()| Ok(())).unwrap();
        assert_eq!(done.load(Ordering::SeqCst), 500);
    }
}

//! Threads that work side by side on what a listing gives, and hand on in its order.
//!
//! Nobody runs further ahead than a bound, so memory does not grow with the length of the listing. Who has a large
//! item asks the others for help with parts of it ([`Crew::ask`]): they help before they begin with another item,
//! and stay until no item is under way.
//!
//! Small items are done in less time than it takes to wake a thread. So the thread that asked is one of the crew,
//! whoever is done hands on what is next in order, and nobody is woken who does not wait.

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
    /// Threads that wait for something to do.
    waiting: usize,
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
    /// Whether somebody hands results on, or nobody does any more.
    busy: bool,
    /// Why nobody does any more.
    failed: Option<anyhow::Error>,
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
            waiting: 0,
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
        let mut plan = lock(&self.plan);
        plan.tasks.push_back(Box::new(task));
        self.wake_one(&plan);
    }

    /// Wakes a thread that waits, if one does: to ask the system costs as much where none does.
    fn wake_one(&self, plan: &Plan<'t>) {
        if plan.waiting > 0 {
            self.changed.notify_one();
        }
    }

    /// Wakes all threads that wait.
    fn wake_all(&self, plan: &Plan<'t>) {
        if plan.waiting > 0 {
            self.changed.notify_all();
        }
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
                self.wake_all(&plan);
                return None;
            }
            let has_room = plan.begun < self.threads * AHEAD;
            if !plan.ended && !plan.listing && has_room {
                plan.listing = true;
                return Some(Turn::List);
            }
            plan.waiting += 1;
            plan = wait(&self.changed, plan);
            plan.waiting -= 1;
        }
    }

    /// Somebody has what the listing gave, or nothing more.
    fn listed(&self, has_item: bool) {
        let mut plan = lock(&self.plan);
        plan.listing = false;
        plan.busy += usize::from(has_item);
        plan.begun += usize::from(has_item);
        if has_item {
            self.wake_one(&plan);
        } else {
            plan.ended = true;
            self.wake_all(&plan);
        }
    }

    /// An item is done.
    fn item_done(&self) {
        let mut plan = lock(&self.plan);
        plan.busy -= 1;
        if plan.busy == 0 && plan.ended {
            self.wake_all(&plan);
        }
    }

    /// A result was handed on.
    fn result_taken(&self) {
        let mut plan = lock(&self.plan);
        plan.begun -= 1;
        self.wake_one(&plan);
    }

    /// Nothing further is begun.
    fn end(&self) {
        let mut plan = lock(&self.plan);
        plan.ended = true;
        self.wake_all(&plan);
    }
}

/// Works on `items` with the threads of a crew, of which this is one, each with its own `room`, and gives results to
/// `take` in the order of the items, one at a time. Ends early when `take` fails, or when `stop` is set.
///
/// # Errors
/// That of `take`.
pub(super) fn run<I, R, S>(
    crew: &Crew<'_>,
    items: I,
    stop: &AtomicBool,
    room: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I::Item) -> R + Sync,
    take: impl FnMut(R) -> anyhow::Result<()> + Send,
) -> anyhow::Result<()>
where
    I: Iterator + Send,
    R: Send,
{
    let items = Mutex::new(items);
    let none = Results { waiting: VecDeque::new(), taken: 0, busy: false, failed: None };
    let (results, take) = (Mutex::new(none), Mutex::new(take));
    let begin = || {
        let mut room = room();
        while let Some(turn) = crew.turn(stop) {
            match turn {
                Turn::Help(task) => task(),
                Turn::List => {
                    let Some((index, item)) = next(crew, &items, &results) else { continue };
                    let result = work(&mut room, item);
                    if !hand_on(crew, &results, &take, (index, result)) {
                        stop.store(true, Ordering::Relaxed);
                        crew.end();
                    }
                    crew.item_done();
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..crew.threads {
            scope.spawn(begin);
        }
        begin();
    });
    let Results { failed, .. } = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.map_or(Ok(()), Err)
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

/// Puts a result in its place, and gives on all that are next in order, unless somebody else does: who does sees
/// this one too. `false` when it cannot be given on, after which nobody tries again.
fn hand_on<R>(
    crew: &Crew<'_>,
    results: &Mutex<Results<R>>,
    take: &Mutex<impl FnMut(R) -> anyhow::Result<()>>,
    (index, result): (usize, R),
) -> bool {
    let mut shared = lock(results);
    let place = index - shared.taken;
    shared.waiting[place] = Some(result);
    if shared.busy {
        return true;
    }
    shared.busy = true;
    while let Some(result) = shared.first() {
        drop(shared);
        let given = lock(take)(result);
        crew.result_taken();
        shared = lock(results);
        if let Err(error) = given {
            shared.failed = Some(error);
            return false;
        }
    }
    shared.busy = false;
    true
}

impl<R> Results<R> {
    /// The oldest result, where it is there.
    fn first(&mut self) -> Option<R> {
        let result = self.waiting.front_mut()?.take()?;
        self.waiting.pop_front();
        self.taken += 1;
        Some(result)
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

//! Threads that work side by side on what a listing gives, and hand on in its order.
//!
//! Nobody runs further ahead than a bound, so memory does not grow with the length of the listing.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How far the fastest thread may be ahead of what was handed on, in items a thread.
const AHEAD: usize = 64;

/// What the threads share.
struct Board<R> {
    /// Results that were not handed on yet, oldest first; `None` while under way.
    waiting: VecDeque<Option<R>>,
    /// Items whose results were handed on.
    taken: usize,
    /// Whether the listing has ended.
    ended: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Works on `items` with `threads` threads, each with its own `room`, and gives results to `take` in the
/// order of the items, on this thread. Ends early when `take` fails, or when `stop` is set.
///
/// # Errors
/// That of `take`.
pub(super) fn run<I, R, S>(
    threads: usize,
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
    let board = Mutex::new(Board { waiting: VecDeque::new(), taken: 0, ended: false });
    let (ready, space) = (Condvar::new(), Condvar::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut room = room();
                while let Some((index, item)) = next(&items, &board, &space, threads, stop) {
                    let result = work(&mut room, item);
                    let mut board = lock(&board);
                    let place = index - board.taken;
                    board.waiting[place] = Some(result);
                    ready.notify_all();
                }
                ready.notify_all();
            });
        }
        loop {
            let mut shared = lock(&board);
            let result = loop {
                let ended = shared.ended;
                match shared.waiting.front_mut() {
                    Some(front) if front.is_some() => break front.take(),
                    None if ended => return Ok(()),
                    _ => shared = ready.wait(shared).unwrap_or_else(PoisonError::into_inner),
                }
            };
            shared.waiting.pop_front();
            shared.taken += 1;
            drop(shared);
            space.notify_all();
            if let Some(result) = result {
                // After an error nobody takes results: nothing further is begun.
                if let Err(error) = take(result) {
                    stop.store(true, Ordering::Relaxed);
                    space.notify_all();
                    return Err(error);
                }
            }
        }
    })
}

/// The next item with its place, once there is room for its result.
fn next<I: Iterator, R>(
    items: &Mutex<I>,
    board: &Mutex<Board<R>>,
    space: &Condvar,
    threads: usize,
    stop: &AtomicBool,
) -> Option<(usize, I::Item)> {
    let mut items = lock(items);
    let mut shared = lock(board);
    while shared.waiting.len() >= threads * AHEAD && !stop.load(Ordering::Relaxed) {
        shared = space.wait(shared).unwrap_or_else(PoisonError::into_inner);
    }
    drop(shared);
    let item = if stop.load(Ordering::Relaxed) { None } else { items.next() };
    let mut shared = lock(board);
    let Some(item) = item else {
        shared.ended = true;
        return None;
    };
    shared.waiting.push_back(None);
    Some((shared.taken + shared.waiting.len() - 1, item))
}

#[cfg(test)]
mod tests {
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
            run(threads, 0..5000, &stop, || 0, work, take).unwrap();
            assert!(taken.iter().copied().eq((0..5000).map(|item| item * 2)), "{threads}");
        }
    }

    #[test]
    fn an_error_of_the_taker_ends_an_endless_listing() {
        let stop = AtomicBool::new(false);
        let take = |result| if result < 10 { Ok(()) } else { anyhow::bail!("enough") };
        assert!(run(4, 0.., &stop, || (), |(), item: u64| item, take).is_err());
    }
}

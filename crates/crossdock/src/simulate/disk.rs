//! The disk under the hub's database: it can be full, fail, or take the process with it at any commit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossdock_store::{Beside, Mark, ReadJob, Store, StoreError, WriteJob};

/// On which side of a step the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    /// The step was not done.
    Before,
    /// The step was done, and nobody heard of it.
    After,
}

/// What the disk does with commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Health {
    /// It keeps them.
    #[default]
    Well,
    /// There is no room: a commit is refused and nothing of it is kept (fault F34).
    Full,
    /// A commit is not confirmed; the process must stop (fault F35).
    Failing,
}

#[derive(Debug, Default)]
struct State {
    health: Health,
    commits: u64,
    /// After so many more commits, the process dies at this edge of the next one.
    crash: Option<(u64, Edge)>,
    dead: bool,
    /// Numbers of the commits that changed something.
    changed: Vec<u64>,
    /// What lies beside the database. A backup that is put back does not bring its own.
    mark: Option<Mark>,
}

/// The disk. It outlives the processes that use it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<State>>);

impl Disk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_health(&self, health: Health) {
        self.state().health = health;
    }

    /// Whether commits are kept.
    pub(crate) fn is_well(&self) -> bool {
        self.state().health == Health::Well
    }

    /// Lets the process die at an edge of the commit that follows so many others.
    pub(crate) fn crash_after(&self, commits: u64, edge: Edge) {
        self.state().crash = Some((commits, edge));
    }

    /// Forgets a crash that was planned.
    pub(crate) fn calm(&self) {
        self.state().crash = None;
    }

    /// The numbers of the commits that changed something, from 0.
    pub(crate) fn changed(&self) -> Vec<u64> {
        self.state().changed.clone()
    }

    /// Whether the process that used it has died.
    pub(crate) fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// Lets the process die now.
    pub(crate) fn kill(&self) {
        self.state().dead = true;
    }

    /// What lies beside the database is gone: the folder was emptied.
    pub(crate) fn lose_mark(&self) {
        self.state().mark = None;
    }

    /// A new process uses it.
    pub(crate) fn revive(&self) {
        self.state().dead = false;
    }

    fn before(&self) -> Result<bool, StoreError> {
        let mut state = self.state();
        if state.dead {
            return Err(dead());
        }
        state.commits += 1;
        match state.health {
            Health::Well => {}
            Health::Full => {
                return Err(StoreError::Unwritable("the simulated disk is full".to_owned()));
            }
            Health::Failing => {
                state.dead = true;
                return Err(StoreError::Doubtful("the simulated disk fails".to_owned()));
            }
        }
        match &mut state.crash {
            Some((0, edge)) => {
                let edge = *edge;
                state.crash = None;
                if edge == Edge::Before {
                    state.dead = true;
                    return Err(dead());
                }
                Ok(true)
            }
            Some((left, _)) => {
                *left -= 1;
                Ok(false)
            }
            None => Ok(false),
        }
    }
}

fn dead() -> StoreError {
    StoreError::Doubtful("the simulated process has died".to_owned())
}

/// A database on that disk.
pub(crate) struct OnDisk<S> {
    pub(crate) inner: S,
    pub(crate) disk: Disk,
}

impl<S: Store> Store for OnDisk<S> {
    fn write(&self, job: WriteJob) -> Result<(), StoreError> {
        let dies = self.disk.before()?;
        let before = self.inner.version();
        let result = self.inner.write(job);
        if self.inner.version() != before {
            let mut state = self.disk.state();
            let number = state.commits - 1;
            state.changed.push(number);
        }
        if dies {
            self.disk.kill();
            return Err(dead());
        }
        result
    }

    fn read(&self, job: ReadJob<'_>) -> Result<(), StoreError> {
        if self.disk.is_dead() {
            return Err(dead());
        }
        self.inner.read(job)
    }

    fn version(&self) -> u64 {
        self.inner.version()
    }

    fn mark(&self) -> Result<Beside, StoreError> {
        let state = self.disk.state();
        if state.dead {
            return Err(dead());
        }
        Ok(state.mark.clone().map_or(Beside::Nothing, Beside::Original))
    }

    fn put_mark(&self, mark: &Mark) -> Result<(), StoreError> {
        let mut state = self.disk.state();
        if state.dead {
            return Err(dead());
        }
        match state.health {
            Health::Well => state.mark = Some(mark.clone()),
            Health::Full => return Err(StoreError::Unwritable("the simulated disk is full".to_owned())),
            Health::Failing => {
                state.dead = true;
                return Err(StoreError::Doubtful("the simulated disk fails".to_owned()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Counts the jobs that reach it.
    #[derive(Default)]
    struct Counting(AtomicU64);

    impl Store for Counting {
        fn write(&self, _: WriteJob) -> Result<(), StoreError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
        fn read(&self, _: ReadJob<'_>) -> Result<(), StoreError> {
            Ok(())
        }
        fn version(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }
    }

    fn write(store: &dyn Store) -> Result<(), StoreError> {
        store.write(Box::new(|_| Ok(())))
    }

    #[test]
    fn f32_a_crash_before_a_commit_leaves_it_out_and_one_after_it_keeps_it() {
        for (edge, kept) in [(Edge::Before, 2), (Edge::After, 3)] {
            let store = OnDisk { inner: Counting::default(), disk: Disk::default() };
            store.disk.crash_after(2, edge);
            assert_eq!((write(&store), write(&store)), (Ok(()), Ok(())));
            assert!(write(&store).is_err(), "{edge:?}: nobody hears of the third");
            assert!(write(&store).is_err(), "and the process is dead");
            assert_eq!(store.version(), kept, "{edge:?}");
            store.disk.revive();
            assert_eq!(write(&store), Ok(()));
        }
    }

    #[test]
    fn f34_f35_a_full_disk_refuses_and_a_failing_one_ends_the_process() {
        let store = OnDisk { inner: Counting::default(), disk: Disk::default() };
        store.disk.set_health(Health::Full);
        assert!(matches!(write(&store), Err(StoreError::Unwritable(_))));
        assert!(!store.disk.is_dead());
        store.disk.set_health(Health::Failing);
        assert!(matches!(write(&store), Err(StoreError::Doubtful(_))));
        assert!(store.disk.is_dead());
        assert_eq!((store.version(), store.disk.changed()), (0, Vec::new()));
    }
}

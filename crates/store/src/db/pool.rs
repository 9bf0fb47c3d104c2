//! A small pool: at most so many connections, made when needed, thrown away when in doubt.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Error;

/// How long one waits for a free connection before the database counts as not available.
const WAIT_FOR_A_CONNECTION: Duration = Duration::from_secs(15);

type Make<C> = Box<dyn Fn() -> Result<C, Error> + Send + Sync>;

pub(crate) struct Pool<C> {
    state: Mutex<State<C>>,
    freed: Condvar,
    most: usize,
    make: Make<C>,
}

struct State<C> {
    idle: Vec<C>,
    /// Idle ones and those at work.
    open: usize,
}

impl<C> Pool<C> {
    pub(crate) fn new(most: usize, make: Make<C>) -> Self {
        let state = State { idle: Vec::new(), open: 0 };
        Self { state: Mutex::new(state), freed: Condvar::new(), most: most.max(1), make }
    }

    fn state(&self) -> MutexGuard<'_, State<C>> {
        // Nothing panics while it is held; a poisoned lock still guards whole numbers.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection, waited for if all are at work.
    pub(crate) fn take(&self) -> Result<Lease<'_, C>, Error> {
        let (mut state, waited) = self
            .freed
            .wait_timeout_while(self.state(), WAIT_FOR_A_CONNECTION, |state| {
                state.idle.is_empty() && state.open >= self.most
            })
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = state.idle.pop() {
            return Ok(Lease { pool: self, connection: Some(connection), fresh: false });
        }
        if waited.timed_out() {
            return Err(Error::Unavailable(format!("all {} connections are at work", self.most)));
        }
        state.open += 1;
        drop(state);
        // From here the lease counts as open, so that a failure below gives the place back.
        let mut lease = Lease { pool: self, connection: None, fresh: true };
        lease.connection = Some((self.make)()?);
        Ok(lease)
    }

    /// Throws the idle ones away: one of them was found dead, and they usually die together.
    pub(crate) fn forget_idle(&self) {
        let mut state = self.state();
        let dead = std::mem::take(&mut state.idle);
        state.open -= dead.len();
        drop(state);
        self.freed.notify_all();
    }
}

/// A connection at work. Dropped without [`Lease::give_back`] it is closed.
pub(crate) struct Lease<'p, C> {
    pool: &'p Pool<C>,
    connection: Option<C>,
    /// Made just now, not taken from the idle ones.
    pub(crate) fresh: bool,
}

impl<C> Lease<'_, C> {
    pub(crate) fn give_back(mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.state().idle.push(connection);
            self.pool.freed.notify_one();
        }
        // The place stays open: drop must not count it again.
        std::mem::forget(self);
    }
}

impl<C> Drop for Lease<'_, C> {
    fn drop(&mut self) {
        self.connection = None;
        self.pool.state().open -= 1;
        self.pool.freed.notify_one();
    }
}

impl<C> Deref for Lease<'_, C> {
    type Target = C;
    fn deref(&self) -> &C {
        self.connection.as_ref().expect("a lease that can be seen holds its connection")
    }
}

impl<C> DerefMut for Lease<'_, C> {
    fn deref_mut(&mut self) -> &mut C {
        self.connection.as_mut().expect("a lease that can be seen holds its connection")
    }
}

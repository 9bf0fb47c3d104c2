//! What is given once and can be asked for nowhere else: a password, the secret of a second device, a sign-in. A second click of the same button gets
//! what the first one made, and what a browser begins and then lets go of is not lost.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::problem::Problem;

/// Answers that were just given, each to one form as one sign-in sent it. Cloning shares them. Nothing of them is written anywhere.
pub(crate) struct ShownOnce<T>(Arc<[Shelf<T>; SHELVES]>);

type Shelf<T> = Mutex<VecDeque<Answer<T>>>;

struct Answer<T> {
    /// Of the form: see `Form::digest`.
    form: [u8; 32],
    given: Instant,
    what: Arc<T>,
}

/// A second click comes within seconds; somebody else who finds the browser, later.
const LIFE: Duration = Duration::from_secs(60);
/// One is made on a shelf at a time, so that a second click waits for the first. By their digests forms spread evenly, and few of different people meet.
const SHELVES: usize = 64;
/// On a shelf: of a minute, at all desks and doors.
const MOST: usize = 64;

impl<T> Default for ShownOnce<T> {
    fn default() -> Self {
        Self(Arc::new(std::array::from_fn(|_| Mutex::default())))
    }
}

impl<T: Send + Sync + 'static> ShownOnce<T> {
    /// What `make` makes, or what it made for this very form a moment ago.
    pub(crate) async fn of<E: From<Problem> + Send + 'static>(
        &self,
        form: [u8; 32],
        make: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<Arc<T>, E> {
        let (shelves, shelf) = (self.0.clone(), shelf_of(form));
        // On its own: the connection of a first click ends with the second.
        let made = tokio::spawn(async move {
            let mut kept = shelves[shelf].lock().await;
            kept.retain(|answer| answer.given.elapsed() < LIFE);
            if let Some(answer) = kept.iter().find(|answer| answer.form == form) {
                return Ok(answer.what.clone());
            }
            let what = Arc::new(make.await?);
            if kept.len() >= MOST {
                kept.pop_front();
            }
            kept.push_back(Answer { form, given: Instant::now(), what: what.clone() });
            drop(kept);
            tokio::spawn(async move {
                tokio::time::sleep(LIFE).await;
                shelves[shelf].lock().await.retain(|answer| answer.given.elapsed() < LIFE);
            });
            Ok::<_, E>(what)
        });
        made.await.unwrap_or_else(|error| Err(Problem::incident(false, &format!("a call panicked: {error}")).into()))
    }

    /// What was made for this very form a moment ago.
    pub(crate) async fn given(&self, form: [u8; 32]) -> Option<Arc<T>> {
        let kept = self.0[shelf_of(form)].lock().await;
        let answer = kept.iter().find(|answer| answer.form == form && answer.given.elapsed() < LIFE);
        answer.map(|answer| answer.what.clone())
    }
}

fn shelf_of(form: [u8; 32]) -> usize {
    usize::from(form[0]) % SHELVES
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::sync::atomic::{AtomicU32, Ordering};

    use domain::Refusal;

    use super::*;

    #[tokio::test]
    async fn a_second_click_gets_what_the_first_one_made_also_when_that_one_was_let_go() {
        let (shown, made) = (ShownOnce::default(), Arc::new(AtomicU32::new(0)));
        let make = |fails: bool| {
            let made = made.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let number = made.fetch_add(1, Ordering::SeqCst);
                if fails { Err(Problem::from(Refusal::TextUnacceptable)) } else { Ok(number) }
            }
        };
        // Let go before it is done.
        let first = tokio::time::timeout(Duration::from_millis(1), shown.of([1; 32], make(false))).await;
        assert!(first.is_err());
        let (second, third) = tokio::join!(shown.of([1; 32], make(false)), shown.of([1; 32], make(false)));
        assert_eq!((*second.unwrap(), *third.unwrap()), (0, 0));
        assert_eq!(*shown.of([2; 32], make(false)).await.unwrap(), 1, "another form");
        // What was refused is tried anew.
        assert!(shown.of([3; 32], make(true)).await.is_err());
        assert_eq!(*shown.of([3; 32], make(false)).await.unwrap(), 3);
    }
}

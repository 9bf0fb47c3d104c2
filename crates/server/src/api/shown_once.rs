//! What is shown once and can be asked for nowhere else: a password, the secret of a second device. A second click of the same button gets what the
//! first one made, and what a browser begins and then lets go of is not lost.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::problem::Problem;

/// Answers that were just given, each to one form as one sign-in sent it. Cloning shares them. Nothing of them is written anywhere.
pub(crate) struct ShownOnce<T>(Arc<Mutex<VecDeque<Answer<T>>>>);

struct Answer<T> {
    /// Of the form: see `Form::digest`.
    form: [u8; 32],
    given: Instant,
    what: Arc<T>,
}

/// A second click comes within seconds; somebody else who finds the browser, later.
const LIFE: Duration = Duration::from_secs(60);
/// Of a minute, at desks where a password is read out to a person.
const MOST: usize = 256;

impl<T> Default for ShownOnce<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Send + Sync + 'static> ShownOnce<T> {
    /// What `make` makes, or what it made for this very form a moment ago. One is made at a time.
    pub(crate) async fn of(
        &self,
        form: [u8; 32],
        make: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<Arc<T>, Problem> {
        let answers = self.0.clone();
        // On its own: the connection of a first click ends with the second.
        let made = tokio::spawn(async move {
            let mut kept = answers.lock().await;
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
                answers.lock().await.retain(|answer| answer.given.elapsed() < LIFE);
            });
            Ok(what)
        });
        made.await.unwrap_or_else(|error| Err(Problem::incident(false, &format!("a call panicked: {error}"))))
    }
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

//! Reading for people's eyes: what `store::views` gathers, over one snapshot. No decision is made from it.

use store::Tx;

use crate::failure::Failure;
use crate::setup::Ra;

impl Ra {
    /// Runs a reading of `store::views` over one snapshot; writing is refused.
    ///
    /// # Errors
    /// When the database fails or a row contradicts itself.
    pub fn view<T>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, store::Error>) -> Result<T, Failure> {
        Ok(self.0.store.read(work)?)
    }
}

//! Locks of the simulator.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks the mutex, also after a holder panicked: it guards plain state.
pub(crate) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

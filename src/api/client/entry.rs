//! The way of a call through its route's circuit and the budget, and what its end means to them.

use tokio::sync::SemaphorePermit;
use tokio::time::Instant;

use crate::api::circuit::{Caller, Ticket};
use crate::api::error::Kind;
use crate::api::transport::Answer;

use super::{Client, Failure, Message, Session};

/// A call that may be made, with its places among the calls in flight.
pub(super) struct Entry<'a> {
    ticket: Ticket<'a>,
    _places: [Option<SemaphorePermit<'a>>; 2],
}

impl Session<'_> {
    pub(super) fn caller<'c>(&self, message: Message<'c>) -> Caller<'c> {
        let call = message.call();
        Caller {
            route: call.route.template,
            path: &call.path,
            is_plain: message.extra.is_empty(),
            refresh: self.number,
            ends_at: self.deadline,
        }
    }

    /// Waits until the call may be made: for its route without a place, and then for its place.
    pub(super) async fn enter<'c>(&'c self, caller: Caller<'c>) -> Result<Entry<'c>, Kind> {
        let Client { circuit, budget, .. } = self.client;
        loop {
            let ticket = circuit.enter(caller).await?;
            let slow = circuit.place(&caller).await;
            let place = budget.place().await;
            if ticket.stands(slow.is_some()) {
                budget.turn().await;
                return Ok(Entry { ticket, _places: [slow, place] });
            }
        }
    }

    /// Reports the end of a call, which began then, to its route's circuit and to the budget.
    pub(super) fn judge(&self, entry: Entry<'_>, began: Instant, result: &Result<Answer, Failure>) {
        let Entry { ticket, .. } = entry;
        let budget = &self.client.budget;
        match result.as_ref().map_err(|failure| (&failure.error.kind, failure.retry_after)) {
            Ok(_) => {
                budget.succeeded();
                ticket.answered();
            }
            Err((&Kind::Throttled(status), wait)) => {
                self.client.calls.throttled();
                // A probe finds out about its route; the others need not slow down again.
                if !ticket.is_probe() {
                    budget.slow_down(began);
                }
                ticket.refused(status, wait);
            }
            Err((Kind::Timeout(timeout), _)) => ticket.timed_out(began, timeout),
            Err((Kind::Unreachable(_), _)) => {}
            Err(_) => ticket.answered(),
        }
    }
}

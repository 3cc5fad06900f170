//! The simulator's own routes, `/_simulator/…`, which OVHcloud does not have: statistics, faults.

use serde_json::json;

use crate::fault::Fault;
use crate::lock::hold;
use crate::reply::Reply;
use crate::state::State;

/// Answers a call below `/_simulator`.
pub(crate) fn answer(state: &State, method: &str, path: &str, body: &[u8]) -> Reply {
    match (method, path) {
        ("GET", "/_simulator/stats") => Reply::json(200, &hold(&state.counters).stats),
        ("DELETE", "/_simulator/stats") => {
            hold(&state.counters).reset();
            Reply::json(200, &json!(null))
        }
        ("GET", "/_simulator/faults") => Reply::json(200, &*hold(&state.faults)),
        ("PUT", "/_simulator/faults") => match serde_json::from_slice::<Vec<Fault>>(body) {
            Ok(faults) => {
                *hold(&state.faults) = faults;
                Reply::json(200, &json!(null))
            }
            Err(error) => Reply::json(400, &json!({ "message": format!("faults: {error}") })),
        },
        _ => Reply::json(404, &json!({ "message": "the simulator has stats and faults" })),
    }
}

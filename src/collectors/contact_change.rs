//! Requests that hand the contacts of a service (administrator, billing, technical) over to another
//! account. One that is accepted takes the service away.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::customer;
use super::shared::dates::date;
use super::shared::samples::{counted, info, times};

static LIST: Route =
    Route::new("/me/task/contactChange", &["account:apiovh:me/task/contactChange/get"]);
static ONE: Route =
    Route::new("/me/task/contactChange/{id}", &["account:apiovh:me/task/contactChange/get"]);

static CHANGES: Desc = Desc::count(
    "ovhcloud_contact_changes",
    "Requests for a change of the contacts of a service, by state \
     (GET /me/task/contactChange/{id})",
    &["state"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_contact_change_info",
    "Always 1, for each request for a change of the contacts of a service \
     (GET /me/task/contactChange/{id})",
    &["task_id", "service_domain", "to_account", "state"],
);

static REQUEST: Desc = Desc::of_each(
    "ovhcloud_contact_change_request_timestamp_seconds",
    "Time of each request for a change of the contacts of a service \
     (GET /me/task/contactChange/{id})",
    &["task_id"],
);

/// The states of the schema in which the change is still to come.
const OPEN: [&str; 4] = ["checkValidity", "doing", "todo", "validatingByCustomers"];
/// The states of the schema; each has a sample, which may be 0.
const STATES: [&str; 9] = [
    "aborted",
    "checkValidity",
    "doing",
    "done",
    "error",
    "expired",
    "refused",
    "todo",
    "validatingByCustomers",
];

/// A request for a change of contacts. Accounts are customer numbers (nichandles); of an e-mail
/// address in the place of one, `@` and the domain are kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ContactChange {
    /// Its id.
    pub id: Option<i64>,
    /// `todo`, `checkValidity`, `validatingByCustomers`, `doing`, `done`, `refused`, `expired`,
    /// `aborted`, `error`.
    pub state: Word,
    /// The contacts to be changed: `contactAdmin`, `contactBilling`, `contactTech`; `None` if
    /// missing.
    pub contacts: Option<BTreeSet<Word>>,
    /// The service; empty if missing.
    pub service: String,
    /// The account that is the contact now; empty if missing.
    pub from: String,
    /// The account that becomes the contact; empty if missing.
    pub to: String,
    /// The account that asks for the change; empty if missing.
    pub asked_by: String,
    /// The time of the request; `None` if missing.
    pub requested: Option<Timestamp>,
    /// The time of its end; `None` if it has none.
    pub done: Option<Timestamp>,
}

impl ContactChange {
    /// Whether the change is still to come; `None` if its state is unknown.
    pub fn is_open(&self) -> Option<bool> {
        let state = &*self.state;
        STATES.contains(&state).then(|| OPEN.contains(&state))
    }
}

impl Collect for ContactChange {
    type Scope = Account;
    const NAME: &'static str = "contact_change";
    const RESOURCES: &'static str = "requests for changes of contacts";
    const ROUTES: &'static [&'static Route] = &[&LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&CHANGES, &INFO, &REQUEST];

    fn id(&self) -> Cow<'_, str> {
        self.id.map(|id| id.to_string()).unwrap_or_default().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.service.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let changes = pass.session.each(&LIST, &ONE, &[]).await?;
        Ok(Gathered::from_listing(changes, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        vec![counted(&CHANGES, sections, &STATES, |change| change.state.clone())]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let changes = info(&INFO, sections, |_, change: &Self| {
            let [service, to] = [&change.service, &change.to].map(|text| text.as_str().into());
            [(&*change.id()).into(), service, to, change.state.clone()]
        });
        let requests = times(
            &REQUEST,
            sections,
            |change: &Self| change.requested,
            |_, change| [(&*change.id()).into()],
        );
        vec![changes, requests]
    }
}

/// `nichandle.contactChange.Task`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<i64>,
    state: Option<String>,
    contact_types: Option<Vec<Option<String>>>,
    service_domain: Option<String>,
    from_account: Option<String>,
    to_account: Option<String>,
    asking_account: Option<String>,
    #[serde(default, deserialize_with = "date")]
    date_request: Option<Timestamp>,
    #[serde(default, deserialize_with = "date")]
    date_done: Option<Timestamp>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
    const SPARE: &'static [&'static str] = &["dateRequest", "dateDone"];
}

impl From<Wire> for ContactChange {
    fn from(wire: Wire) -> Self {
        let contacts = |all: Vec<Option<String>>| {
            all.into_iter().map(|contact| contact.map(Word::from)).collect()
        };
        Self {
            id: wire.id,
            state: wire.state.unwrap_or_default().into(),
            contacts: wire.contact_types.and_then(contacts),
            service: wire.service_domain.unwrap_or_default(),
            from: customer(wire.from_account),
            to: customer(wire.to_account),
            asked_by: customer(wire.asking_account),
            requested: wire.date_request,
            done: wire.date_done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(json: &str) -> ContactChange {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    #[test]
    fn a_change_is_open_until_it_ends_and_an_unknown_state_is_neither() {
        let state = |state| change(&format!(r#"{{"id":1,"state":"{state}"}}"#)).is_open();
        for open in OPEN {
            assert_eq!(state(open), Some(true), "{open}");
        }
        for over in ["aborted", "done", "error", "expired", "refused"] {
            assert_eq!(state(over), Some(false), "{over}");
        }
        assert_eq!((state("new"), change("{}").is_open()), (None, None));
    }

    #[test]
    fn of_an_address_no_person_is_kept() {
        let told = change(
            r#"{"id":7,"toAccount":"yy2222-ovh","fromAccount":"ann@example.com",
                "askingAccount":null,"contactTypes":["contactTech","contactAdmin"],
                "serviceDomain":"example.net","dateRequest":"2026-11-01T00:00:00Z"}"#,
        );
        assert_eq!((&*told.to, &*told.from, &*told.asked_by), ("yy2222-ovh", "@example.com", ""));
        assert_eq!(told.contacts.unwrap().len(), 2);
        assert_eq!((told.service.as_str(), told.requested.is_some()), ("example.net", true));
        assert_eq!(change(r#"{"contactTypes":[null]}"#).contacts, None);
    }

    #[test]
    fn every_state_has_a_count_where_all_changes_are_known() {
        let count = |states: &[&str]| {
            let item =
                |state: &&str| ContactChange { state: (*state).into(), ..Default::default() };
            let items = states.iter().map(item).collect();
            let sections = Sections::known(Account, Timestamp::UNIX_EPOCH, items);
            ContactChange::families(&sections).remove(0).samples
        };
        let of = |state: &str| vec![Word::from(state)];
        let known = count(&["done", "done", "new"]);
        assert_eq!((known[&of("done")], known[&of("todo")], known[&of("new")]), (2.0, 0.0, 1.0));
        assert!(!count(&["done", ""]).contains_key(&of("todo")), "the second may be to do");
    }
}

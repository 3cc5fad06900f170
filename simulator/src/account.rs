//! The simulated account as plain state: OVHcloud's documents under OVHcloud's paths.
//!
//! Nothing here knows HTTP or rights. A list is kept under the concrete path that serves it
//! (`/me/api/credential`, `/cloud/project/0123…/instance`), an object alone under its own
//! (`/me`), so that a new resource needs no new member.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use serde_json::{Value, json};

mod size;

pub use size::Size;

/// The customer number that every simulated account has.
pub(crate) const NICHANDLE: &str = "xx1111-ovh";

/// Everything an OVHcloud account holds, in the form of OVHcloud's own documents.
#[derive(Debug, Clone, Default)]
pub struct Account {
    lists: BTreeMap<String, Collection>,
    documents: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Default)]
struct Collection {
    objects: Vec<Value>,
    /// Where each identifier is. Read on the first look-up and thrown away by every change: one
    /// GET for each of many thousand objects must not walk the list each time.
    index: OnceLock<HashMap<String, usize>>,
}

impl Account {
    /// The objects of a list, by the concrete path that serves it; empty where there are none.
    pub fn list(&self, path: &str) -> &[Value] {
        self.lists.get(path).map_or(&[], |collection| &collection.objects)
    }

    /// The objects of a list, to be changed; the list is made where it was not.
    pub fn list_mut(&mut self, path: &str) -> &mut Vec<Value> {
        let collection = self.lists.entry(path.to_owned()).or_default();
        collection.index = OnceLock::new();
        &mut collection.objects
    }

    /// Whether the list is there at all; it may be empty.
    pub(crate) fn has_list(&self, path: &str) -> bool {
        self.lists.contains_key(path)
    }

    /// The paths of all lists.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.lists.keys().map(String::as_str)
    }

    /// The first object of a list whose `member` is `value`, to be changed.
    ///
    /// ```
    /// # use ovhcloud_simulator::Account;
    /// # use serde_json::json;
    /// let mut account = Account::reference("2026-11-21T00:00:00Z".parse().unwrap());
    /// let alice = account.find_mut("/me/identity/user", "login", &json!("alice")).unwrap();
    /// alice["status"] = json!("DISABLED");
    /// ```
    pub fn find_mut(&mut self, path: &str, member: &str, value: &Value) -> Option<&mut Value> {
        self.list_mut(path).iter_mut().find(|object| object.get(member) == Some(value))
    }

    /// The document that is alone at its path, such as `/me`.
    pub fn document(&self, path: &str) -> Option<&Value> {
        self.documents.get(path)
    }

    /// The document that is alone at its path, to be changed.
    pub fn document_mut(&mut self, path: &str) -> Option<&mut Value> {
        self.documents.get_mut(path)
    }

    /// Puts a document at a path of its own.
    pub fn put(&mut self, path: &str, document: Value) {
        self.documents.insert(path.to_owned(), document);
    }

    /// The identifiers of the Public Cloud projects, suspended ones included.
    pub fn projects(&self) -> Vec<String> {
        let id = |project: &Value| project.get("project_id")?.as_str().map(str::to_owned);
        self.list("/cloud/project").iter().filter_map(id).collect()
    }

    /// The identifier of the project of that name.
    pub fn project(&self, name: &str) -> Option<String> {
        let named = |project: &&Value| project.get("projectName") == Some(&json!(name));
        let project = self.list("/cloud/project").iter().find(named)?;
        project.get("project_id")?.as_str().map(str::to_owned)
    }

    /// The whole state as one document; two accounts are the same when these are.
    pub fn to_json(&self) -> Value {
        let lists: BTreeMap<_, _> =
            self.lists.iter().map(|(path, list)| (path, &list.objects)).collect();
        json!({ "documents": self.documents, "lists": lists })
    }

    /// The object of a list whose member `key`, as text, is `id`.
    pub(crate) fn find(&self, path: &str, key: &str, id: &str) -> Option<&Value> {
        let collection = self.lists.get(path)?;
        let index = collection.index.get_or_init(|| {
            let place = |(place, object): (usize, &Value)| {
                Some((text(object.get(key)?).into_owned(), place))
            };
            collection.objects.iter().enumerate().rev().filter_map(place).collect()
        });
        collection.objects.get(*index.get(id)?)
    }
}

/// A member as it stands in a path: strings bare, numbers in digits.
pub(crate) fn text(value: &Value) -> Cow<'_, str> {
    value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed)
}

//! The kinds of route that faults strike.

use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_simulator::Auth;

/// A kind of route.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// The struck paths, `*` standing for anything.
    pub(super) paths: &'static [&'static str],
    pub(super) auth: Auth,
    pub(super) listing: ListMode,
    /// The collectors that lose something; empty: all of them.
    pub(super) loses: &'static [&'static str],
    /// Whether a collector beside them may report a gap too.
    pub(super) reaches_others: bool,
    /// Whether the exporter asks here once and remembers: a warm one starts again from its state.
    pub(super) is_asked_once: bool,
}

const BASE: Kind = Kind {
    name: "",
    paths: &[],
    auth: Auth::OAuth2,
    listing: ListMode::Auto,
    loses: &[],
    reaches_others: false,
    is_asked_once: false,
};

/// The columns of the table.
pub(super) const KINDS: &[Kind] = &[
    Kind { name: "list", paths: &["/me/api/application"], loses: &["api_application"], ..BASE },
    Kind {
        name: "per-id",
        paths: &["/me/identity/group/platform", "/me/identity/group/ADMIN"],
        listing: ListMode::Plain,
        loses: &["iam_group"],
        ..BASE
    },
    Kind {
        name: "per-project",
        paths: &["/cloud/project/*/sshkey"],
        loses: &["cloud_ssh_key"],
        ..BASE
    },
    Kind {
        name: "projects",
        paths: &["/v2/publicCloud/project", "/cloud/project"],
        loses: &["cloud_project"],
        reaches_others: true,
        ..BASE
    },
    Kind { name: "v2list", paths: &["/v2/iam/policy"], loses: &["iam_policy"], ..BASE },
    Kind { name: "token", paths: &["/auth/oauth2/token"], is_asked_once: true, ..BASE },
    Kind {
        name: "time",
        paths: &["/auth/time"],
        auth: Auth::ApplicationKey,
        is_asked_once: true,
        ..BASE
    },
    Kind { name: "all", paths: &["*"], ..BASE },
    Kind { name: "all-key", paths: &["*"], auth: Auth::ApplicationKey, ..BASE },
    Kind { name: "kms-sub", paths: &["/v2/okms/resource/*/credential"], loses: &["okms"], ..BASE },
    Kind {
        name: "kube-sub",
        paths: &["/cloud/project/*/kube/*"],
        listing: ListMode::Plain,
        loses: &["cloud_kube"],
        ..BASE
    },
    Kind {
        name: "db-sub",
        paths: &["/cloud/project/*/database/service/*"],
        listing: ListMode::Plain,
        loses: &["cloud_database"],
        ..BASE
    },
    Kind {
        name: "s3-region",
        paths: &["/cloud/project/*/region/*/storage"],
        loses: &["cloud_storage_s3"],
        ..BASE
    },
    Kind {
        name: "user-token",
        paths: &["/me/identity/user/*/token"],
        loses: &["iam_user_token"],
        is_asked_once: false,
        ..BASE
    },
    Kind {
        name: "flavor",
        paths: &["/cloud/project/*/flavor"],
        loses: &["cloud_instance"],
        is_asked_once: true,
        ..BASE
    },
];

/// The collectors of a run: those that the kinds strike, and others to be left alone.
pub(super) const COLLECTORS: [&str; 14] = [
    "account",
    "api_application",
    "api_credential",
    "cloud_database",
    "cloud_instance",
    "cloud_kube",
    "cloud_project",
    "cloud_ssh_key",
    "cloud_storage_s3",
    "iam_group",
    "iam_policy",
    "iam_user",
    "iam_user_token",
    "okms",
];

impl Kind {
    /// Whether a call of this path is struck.
    pub(super) fn strikes(&self, path: &str) -> bool {
        let path = path.strip_prefix("/1.0").unwrap_or(path);
        self.paths.iter().any(|pattern| matches(pattern, path))
    }

    /// Whether the collector must lose something.
    pub(super) fn takes(&self, collector: &str) -> bool {
        self.loses.is_empty() || self.loses.contains(&collector)
    }
}

/// Whether the pattern stands for the path. A `*` in the middle is one segment, a `*` alone is anything.
fn matches(pattern: &str, path: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}

//! Roles of user groups: rights beside policies.

use super::level::Level;
use super::pattern::is_read;
use super::truth::Truth;

/// The role of a group of local users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// No rights but those of policies.
    None,
    /// Reads everything.
    Unprivileged,
    /// Writes everything but the management of users.
    Regular,
    /// Everything.
    Admin,
}

impl Role {
    /// The role by OVHcloud's word; `None` for a word that is not known.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "ADMIN" => Some(Self::Admin),
            "REGULAR" => Some(Self::Regular),
            "UNPRIVILEGED" => Some(Self::Unprivileged),
            "NONE" => Some(Self::None),
            _ => None,
        }
    }

    /// OVHcloud's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::Regular => "REGULAR",
            Self::Unprivileged => "UNPRIVILEGED",
            Self::None => "NONE",
        }
    }

    /// The level of its rights, as OVHcloud's guide describes the role: `REGULAR` writes everywhere
    /// except the management of users. By this description it also allows actions that give rights,
    /// such as the creation of an OAuth2 client, which no source confirms: they are decisions, and
    /// the level stays the described one.
    pub fn level(self) -> Level {
        match self {
            Self::Admin => Level::Admin,
            Self::Regular => Level::Write,
            Self::Unprivileged => Level::Read,
            Self::None => Level::None,
        }
    }

    /// Whether it grants the action on every resource. OVHcloud's guide excepts the management of
    /// users from `REGULAR`; whether policies belong to it is undocumented, and stays unknown.
    pub fn grants(self, action: &str) -> Truth {
        let is_any = |path: &str| {
            action.strip_prefix("account:apiovh:").is_some_and(|rest| rest.starts_with(path))
        };
        match self {
            Self::Admin => Truth::Holds,
            Self::None => Truth::Fails,
            Self::Unprivileged => is_read(action).into(),
            Self::Regular if is_read(action) => Truth::Holds,
            Self::Regular if is_any("iam/") => Truth::Unknown,
            Self::Regular => (!is_any("me/identity/")).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_by_their_words() {
        for role in [Role::Admin, Role::Regular, Role::Unprivileged, Role::None] {
            assert_eq!(Role::of(role.word()), Some(role));
        }
        assert_eq!(Role::of("OWNER"), None);
    }

    #[test]
    fn a_regular_member_writes_everything_but_users() {
        use Truth::{Fails, Holds, Unknown};
        let user = "account:apiovh:me/identity/user/create";
        for (role, user_create, policy_create, terminate, get) in [
            (Role::Admin, Holds, Holds, Holds, Holds),
            (Role::Regular, Fails, Unknown, Holds, Holds),
            (Role::Unprivileged, Fails, Fails, Fails, Holds),
            (Role::None, Fails, Fails, Fails, Fails),
        ] {
            assert_eq!(role.grants(user), user_create, "{role:?}");
            assert_eq!(role.grants("account:apiovh:iam/policy/create"), policy_create, "{role:?}");
            assert_eq!(role.grants("vps:apiovh:terminate"), terminate, "{role:?}");
            assert_eq!(role.grants("account:apiovh:me/identity/user/get"), get, "{role:?}");
        }
    }
}

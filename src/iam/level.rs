//! How far the rights of an identity go.

/// The level of rights. A level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Level {
    /// No rights.
    #[default]
    None,
    /// Actions that only read.
    Read,
    /// Actions that write.
    Write,
    /// Actions that give rights on the account, to itself or to others.
    Admin,
}

impl Level {
    /// All levels, in their order.
    pub const ALL: [Self; 4] = [Self::None, Self::Read, Self::Write, Self::Admin];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// The rights of an identity or of a policy, over all resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// The level on any resource; rights under conditions count.
    pub level: Level,
    /// The level on any resource, without rights under conditions.
    pub unconditional: Level,
    /// The level on the account itself; rights under conditions count.
    pub on_account: Level,
    /// Whether an action that gives rights is allowed on some resource, such as the change of the
    /// contacts of a project; [`Level::Admin`] takes one on the account itself.
    pub escalates: bool,
    /// Whether everything is known that could change these values.
    pub is_complete: bool,
}

impl Reach {
    /// Everything.
    pub const ALL: Self = Self {
        level: Level::Admin,
        unconditional: Level::Admin,
        on_account: Level::Admin,
        escalates: true,
        is_complete: true,
    };

    /// The level; `None` if it is not known.
    pub fn known_level(&self) -> Option<Level> {
        self.is_complete.then_some(self.level)
    }

    /// With the rights of a role, which apply everywhere and which no policy takes back: the level
    /// that OVHcloud describes, whichever single actions follow from the description.
    #[must_use]
    pub fn with_role(self, level: Level) -> Self {
        if level == Level::Admin {
            return Self::ALL;
        }
        Self {
            level: self.level.max(level),
            unconditional: self.unconditional.max(level),
            on_account: self.on_account.max(level),
            ..self
        }
    }
}

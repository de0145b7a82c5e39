//! Who may see and do what.

use serde::{Deserialize, Serialize};

/// What somebody may see and do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs, datasets and feeds; no rows and no persons.
    Viewer,
    /// What can be done from pages, too.
    Operator,
    /// Persons in reviews, too.
    Reviewer,
    /// Disputes, and the audit, too.
    Lead,
}

/// The roles of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roles {
    /// Whoever signs in has every role.
    Everybody,
    /// Users by role.
    Named(Vec<(Role, Vec<String>)>),
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Reviewer, Self::Lead];

    /// Returns its word in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Reviewer => "reviewer",
            Self::Lead => "lead",
        }
    }
}

impl Roles {
    /// Returns the roles of a user. Each sees what a viewer sees.
    #[must_use]
    pub fn of(&self, user: &str) -> Vec<Role> {
        match self {
            Self::Everybody => Role::ALL.to_vec(),
            Self::Named(named) => {
                let has = |(role, users): &(Role, Vec<String>)| users.iter().any(|it| it == user).then_some(*role);
                let mut roles: Vec<Role> = named.iter().filter_map(has).collect();
                if !roles.is_empty() && !roles.contains(&Role::Viewer) {
                    roles.insert(0, Role::Viewer);
                }
                roles
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_the_roles_that_name_them_and_sees_what_a_viewer_sees() {
        let roles =
            Roles::Named(vec![(Role::Viewer, vec!["ann".to_owned()]), (Role::Operator, vec!["bob".to_owned()])]);
        assert_eq!(roles.of("ann"), [Role::Viewer]);
        assert_eq!(roles.of("bob"), [Role::Viewer, Role::Operator]);
        assert_eq!(roles.of("eve"), []);
        assert_eq!(Roles::Everybody.of("eve"), Role::ALL);
    }
}

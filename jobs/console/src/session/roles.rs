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
    /// Whoever signs in has every role; where an issuer says who somebody is, a group has the role of its name.
    Everybody,
    /// Users, or groups of an issuer, by role.
    Named(Vec<(Role, Vec<String>)>),
}

/// What somebody who signs in may see and do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rights {
    /// Their roles.
    pub roles: Vec<Role>,
    /// Feeds, or sources, to which they are limited as a reviewer.
    pub feeds: Option<Vec<String>>,
}

impl From<Vec<Role>> for Rights {
    fn from(roles: Vec<Role>) -> Self {
        Self { roles, feeds: None }
    }
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
    /// Returns the roles of a user of this machine.
    #[must_use]
    pub fn of(&self, user: &str) -> Vec<Role> {
        match self {
            Self::Everybody => Role::ALL.to_vec(),
            Self::Named(named) => seeing(named.iter().filter(|(_, users)| users.iter().any(|it| it == user))),
        }
    }

    /// Returns the roles of somebody whom an issuer has in these groups.
    #[must_use]
    pub fn of_groups(&self, groups: &[String]) -> Vec<Role> {
        match self {
            Self::Everybody => {
                let own = Role::ALL.map(|role| (role, vec![role.name().to_owned()]));
                Self::Named(own.to_vec()).of_groups(groups)
            }
            Self::Named(named) => seeing(named.iter().filter(|(_, names)| names.iter().any(|it| groups.contains(it)))),
        }
    }
}

/// Returns these roles; whoever has any sees what a viewer sees.
fn seeing<'r>(named: impl Iterator<Item = &'r (Role, Vec<String>)>) -> Vec<Role> {
    let mut roles: Vec<Role> = named.map(|(role, _)| *role).collect();
    if !roles.is_empty() && !roles.contains(&Role::Viewer) {
        roles.insert(0, Role::Viewer);
    }
    roles
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

    #[test]
    fn a_group_of_an_issuer_has_the_role_that_names_it_or_whose_name_it_has() {
        let of = |roles: &Roles, groups: &[&str]| {
            roles.of_groups(&groups.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
        };
        let named = Roles::Named(vec![(Role::Lead, vec!["data-leads".to_owned()])]);
        assert_eq!(of(&named, &["data-leads", "others"]), [Role::Viewer, Role::Lead]);
        assert_eq!(of(&named, &["lead"]), [], "a configuration that names groups means these");
        assert_eq!(of(&Roles::Everybody, &["operator"]), [Role::Viewer, Role::Operator]);
        assert_eq!(of(&Roles::Everybody, &[]), []);
    }
}

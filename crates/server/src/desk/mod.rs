//! The operator's pages: sign-in, the queue by deadline, one request with what differs from the record, and the decisions.

pub(crate) mod admission;
pub(crate) mod cards;
pub(crate) mod certificate;
pub(crate) mod email;
pub(crate) mod import;
pub(crate) mod inquiries;
pub(crate) mod journal;
mod letters;
pub(crate) mod member;
pub(crate) mod messages;
pub(crate) mod paper;
pub(crate) mod people;
pub(crate) mod proposals;
pub(crate) mod queue;
pub(crate) mod request;
pub(crate) mod search;
pub(crate) mod sign_in;
pub(crate) mod staff;
pub(crate) mod support;
pub(crate) mod troubles;

use domain::Refusal;
use domain::actor::{Actor, Role};

use crate::api::{Door, Problem};
use crate::auth::Clerk;
use crate::pages::{Frame, MenuItem, Visit};
use crate::words::Speech;

/// The frame of a desk page, with the words of a procedure where it is about one.
fn frame<'a>(door: &'a Door, visit: &Visit, clerk: &Clerk, procedure: &str, title: &str) -> Frame<'a> {
    let agent = door.agents().iter().find(|agent| Some(agent.id) == clerk.actor.agent_id());
    let mut speech = Speech::new(visit.language).of(door.words().get(procedure));
    if let Some(agent) = agent {
        speech = speech.dated(&agent.calendar);
    }
    let title = speech.say(title);
    let mut frame = Frame::new(visit, speech, title);
    frame.menu = menu(roles(clerk));
    frame.sign_out = Some("/desk/sign-out");
    frame
}

/// A screen of the desk that stands in the menu.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Screen {
    Queue,
    Messages,
    Inquiries,
    Support,
    People,
    Organisations,
    Cards,
    Proposals,
    Troubles,
    Journal,
    Import,
    Staff,
    Account,
}

impl Screen {
    const ALL: [Self; 13] = [
        Self::Queue,
        Self::Messages,
        Self::Inquiries,
        Self::Support,
        Self::People,
        Self::Organisations,
        Self::Cards,
        Self::Proposals,
        Self::Troubles,
        Self::Journal,
        Self::Import,
        Self::Staff,
        Self::Account,
    ];

    fn item(self) -> MenuItem {
        let (word, address) = match self {
            Self::Queue => ("desk-queue", "/desk/requests"),
            Self::Messages => ("desk-messages", "/desk/messages"),
            Self::Inquiries => ("desk-inquiries", "/desk/inquiries"),
            Self::Support => ("desk-support", "/desk/support"),
            Self::People => ("desk-people", "/desk/subscribers"),
            Self::Organisations => ("desk-organisations", "/desk/organisations"),
            Self::Cards => ("desk-cards", "/desk/cards"),
            Self::Proposals => ("desk-proposals", "/desk/proposals"),
            Self::Troubles => ("desk-troubles", "/desk/troubles"),
            Self::Journal => ("desk-journal", "/desk/journal"),
            Self::Import => ("desk-import", "/desk/import"),
            Self::Staff => ("desk-staff", "/desk/staff"),
            Self::Account => ("desk-account", "/desk/account"),
        };
        MenuItem { word, address }
    }

    /// Whose screen it is (domain notes 1.8). Everybody on the staff looks at requests and clients; what they may do there is told with
    /// each object.
    fn is_of(self, roles: &[Role]) -> bool {
        let any = |of: &[Role]| roles.iter().any(|role| of.contains(role));
        match self {
            Self::Queue | Self::Messages | Self::Inquiries | Self::People | Self::Organisations | Self::Account => true,
            Self::Cards => any(&[Role::BranchClerk, Role::CaAdministrator, Role::Auditor]),
            Self::Proposals => {
                any(&[Role::Operator, Role::SecurityOfficer, Role::Support, Role::CaAdministrator, Role::Auditor])
            }
            Self::Troubles => {
                any(&[Role::Operator, Role::SecurityOfficer, Role::Support, Role::CaAdministrator, Role::Auditor])
            }
            Self::Support => any(&[Role::Support]),
            Self::Journal => any(&[Role::Auditor, Role::CaAdministrator]),
            Self::Import | Self::Staff => any(&[Role::CaAdministrator]),
        }
    }

    fn must_be_of(self, clerk: &Clerk) -> Result<(), Problem> {
        // guard: screen-by-role
        if self.is_of(roles(clerk)) { Ok(()) } else { Err(Refusal::RoleMissing.into()) }
    }
}

fn roles(clerk: &Clerk) -> &[Role] {
    match &clerk.actor {
        Actor::Staff { roles, .. } => roles,
        _ => &[],
    }
}

fn menu(roles: &[Role]) -> Vec<MenuItem> {
    Screen::ALL.into_iter().filter(|screen| screen.is_of(roles)).map(Screen::item).collect()
}

#[cfg(test)]
fn as_clerk(mut frame: Frame<'_>) -> Frame<'_> {
    frame.menu = menu(&Role::ALL);
    frame.sign_out = Some("/desk/sign-out");
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_its_own_screens() {
        let check = |role: Role, wanted: &str| {
            let words: Vec<_> = menu(&[role]).iter().map(|item| item.address.trim_start_matches("/desk/")).collect();
            assert_eq!(words.join(" "), wanted, "{role:?}");
        };
        check(Role::Operator, "requests messages inquiries subscribers organisations proposals troubles account");
        check(
            Role::SecurityOfficer,
            "requests messages inquiries subscribers organisations proposals troubles account",
        );
        check(Role::BranchClerk, "requests messages inquiries subscribers organisations cards account");
        check(
            Role::Support,
            "requests messages inquiries support subscribers organisations proposals troubles account",
        );
        check(
            Role::Auditor,
            "requests messages inquiries subscribers organisations cards proposals troubles journal account",
        );
        check(
            Role::CaAdministrator,
            "requests messages inquiries subscribers organisations cards proposals troubles journal import staff account",
        );
    }
}

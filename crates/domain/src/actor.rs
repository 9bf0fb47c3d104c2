//! Who does something. There is no default: authentication mints an [`Actor`], and every verb of the registration authority asks for one.

use std::fmt;

use crate::ids::{AgentId, CertificateId, RequestId, StaffId, SubscriberId};

/// What a member of staff may do (domain notes 1.8).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Checks and decides requests for the agent.
    Operator,
    /// «администратор безопасности Интернет-Клиент».
    SecurityOfficer,
    /// «оперзал», a branch: hands out cards, takes applications and acts.
    BranchClerk,
    /// «Служба технической поддержки»: answers, re-sends mail, decides nothing.
    Support,
    /// Reads everything, changes nothing.
    Auditor,
    /// Authorities, staff, agents.
    CaAdministrator,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 6] =
        [Self::Operator, Self::SecurityOfficer, Self::BranchClerk, Self::Support, Self::Auditor, Self::CaAdministrator];

    /// The word of TOML, SQL and the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::SecurityOfficer => "security-officer",
            Self::BranchClerk => "branch-clerk",
            Self::Support => "support",
            Self::Auditor => "auditor",
            Self::CaAdministrator => "ca-administrator",
        }
    }

    /// The role with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// The one who acts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    /// A subscriber who proved a certificate at sign-in.
    Subscriber {
        /// The person.
        id: SubscriberId,
        /// The agent whose client it is.
        agent_id: AgentId,
        /// The certificate that was proved.
        certificate_id: CertificateId,
    },
    /// A subscriber who came by login and password, or by the certificate of another organisation of theirs: looks at what is theirs, and
    /// does nothing that the organisation's certificate proves.
    Reader {
        /// The person.
        id: SubscriberId,
        /// The agent whose client it is.
        agent_id: AgentId,
    },
    /// Whoever holds the live mailed link of a request.
    LinkHolder {
        /// The request the link belongs to.
        request_id: RequestId,
        /// The agent it was opened at.
        agent_id: AgentId,
    },
    /// Whoever began a request at the public door and holds its secret.
    Applicant {
        /// The request that was begun.
        request_id: RequestId,
        /// The agent it was begun at.
        agent_id: AgentId,
    },
    /// A member of the bank's staff.
    Staff {
        /// Who.
        id: StaffId,
        /// At which agent.
        agent_id: AgentId,
        /// With which powers.
        roles: Vec<Role>,
    },
    /// Someone at the command line of the machine itself.
    CommandLine {
        /// The operating system's name of the account.
        account: String,
    },
    /// The house itself: timers, the worker.
    System,
}

impl Actor {
    /// True for staff with this role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        matches!(self, Self::Staff { roles, .. } if roles.contains(&role))
    }

    /// The subscriber who is signed in, by certificate or by password; none for everybody else.
    #[must_use]
    pub fn subscriber_id(&self) -> Option<SubscriberId> {
        match self {
            Self::Subscriber { id, .. } | Self::Reader { id, .. } => Some(*id),
            Self::LinkHolder { .. }
            | Self::Applicant { .. }
            | Self::Staff { .. }
            | Self::CommandLine { .. }
            | Self::System => None,
        }
    }

    /// The agent the actor belongs to; none for the command line and the system.
    #[must_use]
    pub fn agent_id(&self) -> Option<AgentId> {
        match self {
            Self::Subscriber { agent_id, .. }
            | Self::Reader { agent_id, .. }
            | Self::LinkHolder { agent_id, .. }
            | Self::Applicant { agent_id, .. }
            | Self::Staff { agent_id, .. } => Some(*agent_id),
            Self::CommandLine { .. } | Self::System => None,
        }
    }
}

impl fmt::Display for Actor {
    /// The journal's spelling: ids only, no personal data.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subscriber { id, certificate_id, .. } => write!(out, "subscriber:{id}/certificate:{certificate_id}"),
            Self::Reader { id, .. } => write!(out, "subscriber:{id}/reader"),
            Self::LinkHolder { request_id, .. } => write!(out, "link-holder:{request_id}"),
            Self::Applicant { request_id, .. } => write!(out, "applicant:{request_id}"),
            Self::Staff { id, .. } => write!(out, "staff:{id}"),
            Self::CommandLine { account } => write!(out, "command-line:{account}"),
            Self::System => out.write_str("system"),
        }
    }
}

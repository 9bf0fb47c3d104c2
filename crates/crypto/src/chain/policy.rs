//! Certificate policies along a path (RFC 5280, 6.1). The tree of RFC 5280 grows without bound under hostile mappings;
//! the graph of RFC 9618 has one node a policy and level and gives the same answer.

use der::asn1::ObjectIdentifier;

use super::{Demands, Rule};
use crate::{Certificate, Error, extension, oid};

/// Policies a path is valid under, in the words of the anchor's domain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Policies {
    /// Any.
    Any,
    /// These, dotted, ascending; none when no policy holds along the whole path and none is required.
    These(Vec<String>),
}

/// One certificate of the path as a level of the graph.
struct Level {
    /// Whether anyPolicy is valid here.
    any: bool,
    nodes: Vec<Node>,
}

struct Node {
    policy: ObjectIdentifier,
    /// Nodes of the level above this one descends from; none for a child of anyPolicy.
    parents: Vec<ObjectIdentifier>,
    /// Replaced by others in the level below.
    mapped: bool,
    reachable: bool,
}

impl Level {
    fn is_empty(&self) -> bool {
        !self.any && self.nodes.is_empty()
    }

    fn node(&mut self, policy: ObjectIdentifier) -> Option<&mut Node> {
        self.nodes.iter_mut().find(|node| node.policy == policy)
    }

    /// A policy whose parent is anyPolicy.
    fn add(&mut self, policy: ObjectIdentifier) -> &mut Node {
        self.nodes.push(Node { policy, parents: Vec::new(), mapped: false, reachable: false });
        self.nodes.last_mut().expect("just pushed")
    }

    /// RFC 5280, 6.1.3 (d) and (e).
    fn intersect(&mut self, policies: &[ObjectIdentifier], any_allowed: bool) {
        let names_any = any_allowed && policies.contains(&oid::ANY_POLICY);
        let any_above = self.any;
        if !names_any {
            self.nodes.retain(|node| policies.contains(&node.policy));
            self.any = false;
        }
        if any_above {
            for policy in policies.iter().filter(|policy| **policy != oid::ANY_POLICY) {
                if self.node(*policy).is_none() {
                    self.add(*policy);
                }
            }
        }
    }

    /// RFC 5280, 6.1.4 (b): what is expected of the next certificate.
    fn map(&mut self, mappings: &[(ObjectIdentifier, ObjectIdentifier)], is_allowed: bool) -> Self {
        let mut edges = Vec::new();
        for (from, to) in mappings {
            if !is_allowed {
                self.nodes.retain(|node| node.policy != *from);
                continue;
            }
            let any = self.any;
            let node = match self.nodes.iter_mut().position(|node| node.policy == *from) {
                Some(at) => &mut self.nodes[at],
                None if any => self.add(*from),
                None => continue,
            };
            node.mapped = true;
            edges.push((*from, *to));
        }
        edges.extend(self.nodes.iter().filter(|node| !node.mapped).map(|node| (node.policy, node.policy)));
        let mut next = Self { any: self.any, nodes: Vec::new() };
        for (from, to) in edges {
            let node = match next.nodes.iter().position(|node| node.policy == to) {
                Some(at) => &mut next.nodes[at],
                None => next.add(to),
            };
            node.parents.push(from);
        }
        next
    }
}

/// explicit_policy, policy_mapping and inhibit_anyPolicy: how many certificates until each rule is in force.
struct Counters {
    explicit: usize,
    mapping: usize,
    any: usize,
}

impl Counters {
    fn step(&mut self) {
        for counter in [&mut self.explicit, &mut self.mapping, &mut self.any] {
            *counter = counter.saturating_sub(1);
        }
    }

    /// RFC 5280, 6.1.4 (i) and (j).
    fn constrain(&mut self, certificate: &Certificate) -> Result<(), Error> {
        let at_most = |counter: &mut usize, skip: u32| *counter = (*counter).min(skip as usize);
        if let Some(extension) = certificate.extension(&oid::POLICY_CONSTRAINTS) {
            let (require_explicit, inhibit_mapping) = extension::read_policy_constraints(&extension.value)?;
            require_explicit.into_iter().for_each(|skip| at_most(&mut self.explicit, skip));
            inhibit_mapping.into_iter().for_each(|skip| at_most(&mut self.mapping, skip));
        }
        if let Some(extension) = certificate.extension(&oid::INHIBIT_ANY_POLICY) {
            at_most(&mut self.any, extension::read_inhibit_any_policy(&extension.value)?);
        }
        Ok(())
    }
}

/// Judges a path, leaf first, anchor last; a leaf that is its own anchor is judged by itself. The refusal names the position.
pub(super) fn judge(path: &[&Certificate], demands: &Demands<'_>) -> Result<Policies, (usize, Rule)> {
    let judged = path.len().saturating_sub(1).max(1);
    let initial = |is_in_force: bool| if is_in_force { 0 } else { judged + 1 };
    let mut counters = Counters {
        explicit: initial(demands.require_explicit_policy),
        mapping: initial(demands.inhibit_policy_mapping),
        any: initial(demands.inhibit_any_policy),
    };
    let broken = |position: usize| move |error| (position, Rule::Extension(error));
    if let Some(anchor) = path.get(judged) {
        // RFC 5937, 3.2: what an anchor constrains is in force from the beginning.
        counters.constrain(anchor).map_err(broken(judged))?;
    }

    let mut levels: Vec<Level> = Vec::new();
    let mut level = Level { any: true, nodes: Vec::new() };
    for position in (0..judged).rev() {
        let certificate = path[position];
        let is_self_issued = certificate.is_self_issued();
        match certificate.extension(&oid::CERTIFICATE_POLICIES) {
            None => level = Level { any: false, nodes: Vec::new() },
            Some(extension) => {
                let policies = extension::read_certificate_policies(extension).map_err(broken(position))?;
                level.intersect(&policies, counters.any > 0 || (position > 0 && is_self_issued));
            }
        }
        // 6.1.3 (f).
        if counters.explicit == 0 && level.is_empty() {
            return Err((position, Rule::Policy));
        }
        if position == 0 {
            // 6.1.5 (a) and (b).
            counters.explicit = counters.explicit.saturating_sub(1);
            counters.constrain(certificate).map_err(broken(position))?;
            levels.push(level);
            break;
        }
        let mappings = match certificate.extension(&oid::POLICY_MAPPINGS) {
            None => Vec::new(),
            Some(extension) => extension::read_policy_mappings(&extension.value).map_err(broken(position))?,
        };
        let next = level.map(&mappings, counters.mapping > 0);
        levels.push(level);
        level = next;
        if !is_self_issued {
            counters.step();
        }
        counters.constrain(certificate).map_err(broken(position))?;
    }

    let policies = constrained_by_user(levels, demands.acceptable_policies);
    if counters.explicit == 0 && policies == Policies::These(Vec::new()) {
        return Err((0, Rule::Policy));
    }
    Ok(policies)
}

/// RFC 5280, 6.1.5 (g): the roots of what reaches the leaf, as far as the caller accepts them.
fn constrained_by_user(mut levels: Vec<Level>, acceptable: &[&str]) -> Policies {
    let any_policy = oid::ANY_POLICY.to_string();
    let takes_all = acceptable.is_empty() || acceptable.contains(&any_policy.as_str());
    let mut roots: Vec<String> = Vec::new();
    match levels.last_mut() {
        Some(last) if last.any && takes_all => return Policies::Any,
        Some(last) => {
            if last.any {
                roots.extend(acceptable.iter().map(|policy| (*policy).to_owned()));
            }
            last.nodes.iter_mut().for_each(|node| node.reachable = true);
        }
        None => {}
    }
    while let Some(level) = levels.pop() {
        for node in level.nodes.into_iter().filter(|node| node.reachable) {
            if node.parents.is_empty() {
                let root = node.policy.to_string();
                if takes_all || acceptable.contains(&root.as_str()) {
                    roots.push(root);
                }
            }
            if let Some(above) = levels.last_mut() {
                for parent in &node.parents {
                    above.nodes.iter_mut().filter(|node| node.policy == *parent).for_each(|node| node.reachable = true);
                }
            }
        }
    }
    roots.sort();
    roots.dedup();
    Policies::These(roots)
}

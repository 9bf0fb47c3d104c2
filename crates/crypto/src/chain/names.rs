//! Name constraints (RFC 5280, 4.2.1.10): which names an authority may give below itself.
//! Kept for distinguished names, mail addresses, host names and IP addresses; a constraint of another form is refused where it is critical.

use crate::asn1::{self, Element, Input, MAX_OBJECT_OCTETS, tag};
use crate::{Certificate, Error, Extension, Name, oid};

/// Most subtrees read from one extension, and most alternative names of one certificate: they are compared pairwise.
const MAX_NAMES: usize = 256;
/// The attribute emailAddress (PKCS#9), whose values are mail addresses wherever they stand.
const EMAIL_ADDRESS: &str = "1.2.840.113549.1.9.1";

/// A part of the space of names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subtree {
    /// All distinguished names that begin with these attributes. Values are compared without case and with white space folded (RFC 5280, 7.1),
    /// so that an excluded name does not come in by writing it otherwise.
    Directory(Name),
    /// One mailbox (`a@b.test`), all mailboxes of a host (`b.test`), or of all hosts below a domain (`.b.test`). ASCII.
    Mail(String),
    /// A host and everything below it (`b.test`), or only what is below it (`.b.test`). ASCII.
    Host(String),
    /// Addresses under a mask: 4 + 4 octets or 16 + 16.
    Address(Vec<u8>),
}

impl Subtree {
    pub(crate) fn to_der(&self) -> Vec<u8> {
        match self {
            Self::Directory(name) => asn1::tlv(tag::context(4), &[&name.to_der()]),
            Self::Mail(address) => asn1::tlv(tag::context_primitive(1), &[address.as_bytes()]),
            Self::Host(host) => asn1::tlv(tag::context_primitive(2), &[host.as_bytes()]),
            Self::Address(octets) => asn1::tlv(tag::context_primitive(7), &[octets]),
        }
    }

    /// `GeneralName`; the name of a form that is not compared here otherwise.
    fn read(name: Element<'_>) -> Result<Result<Self, &'static str>, Error> {
        const CONSTRUCTED: u8 = 0x20;
        Ok(Ok(match name.tag & !CONSTRUCTED {
            0x84 => {
                let mut wrapper = name.open();
                let directory = Name::read(wrapper.expect(tag::SEQUENCE)?)?;
                wrapper.end()?;
                Self::Directory(directory)
            }
            0x81 => Self::Mail(asn1::ascii(name)?.to_ascii_lowercase()),
            0x82 => Self::Host(asn1::ascii(name)?.to_ascii_lowercase()),
            0x87 => Self::Address(name.body.to_vec()),
            0x80 => return Ok(Err("other name")),
            0x83 => return Ok(Err("X.400 address")),
            0x85 => return Ok(Err("EDI party name")),
            0x86 => return Ok(Err("URI")),
            0x88 => return Ok(Err("registered identifier")),
            _ => return Err(Error::malformed("name", "no form of a general name").at(name.at)),
        }))
    }

    fn is_form_of(&self, other: &Self) -> bool {
        core::mem::discriminant(self) == core::mem::discriminant(other)
    }

    /// Whether a name lies in this subtree. Names of another form never do.
    fn contains(&self, name: &Self) -> bool {
        match (self, name) {
            (Self::Directory(base), Self::Directory(name)) => begins_with(name, base),
            (Self::Mail(base), Self::Mail(address)) => {
                let Some((_, host)) = address.rsplit_once('@') else { return false };
                if base.contains('@') {
                    base == address
                } else if base.starts_with('.') {
                    host.ends_with(base.as_str())
                } else {
                    host == base
                }
            }
            (Self::Host(base), Self::Host(host)) => host_is_within(host, base),
            (Self::Address(base), Self::Address(address)) => {
                let (network, mask) = base.split_at(base.len() / 2);
                address.len() == network.len()
                    && address
                        .iter()
                        .zip(network)
                        .zip(mask)
                        .all(|((octet, network), mask)| octet & mask == network & mask)
            }
            _ => false,
        }
    }

    /// Whether a name touches this subtree: it lies in it, or is a wildcard that reaches into it.
    fn touches(&self, name: &Self) -> bool {
        let reaches_in = match (self, name) {
            (Self::Host(base), Self::Host(host)) => {
                host.strip_prefix('*').is_some_and(|parent| base.trim_start_matches('.').ends_with(parent))
            }
            _ => false,
        };
        reaches_in || self.contains(name)
    }
}

fn host_is_within(host: &str, base: &str) -> bool {
    if base.is_empty() || host == base {
        return true;
    }
    let parent = base.strip_prefix('.').unwrap_or(base);
    host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'))
}

fn begins_with(name: &Name, base: &Name) -> bool {
    let (name, base) = (name.pairs(), base.pairs());
    base.len() <= name.len()
        && name.iter().zip(&base).all(|(given, wanted)| given.0 == wanted.0 && fold(&given.1) == fold(&wanted.1))
}

fn fold(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What one authority says of the names below it.
pub(super) struct NameConstraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

impl NameConstraints {
    /// ```text
    /// NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL, excludedSubtrees [1] GeneralSubtrees OPTIONAL }
    /// GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] INTEGER DEFAULT 0, maximum [1] INTEGER OPTIONAL }
    /// ```
    /// RFC 5280 wants minimum and maximum left out. An extension that names nothing is refused.
    pub(super) fn read(extension: &Extension) -> Result<Self, Error> {
        let mut input = Input::door(WHAT, &extension.value, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        let mut lists = [Vec::new(), Vec::new()];
        let mut is_empty = true;
        for (number, list) in (0..).zip(&mut lists) {
            let Some(subtrees) = input.optional(tag::context(number))? else { continue };
            let mut subtrees = subtrees.open();
            while !subtrees.is_empty() {
                is_empty = false;
                let mut subtree = subtrees.expect(tag::SEQUENCE)?.open();
                let base = subtree.any()?;
                subtree.end()?;
                if list.len() == MAX_NAMES {
                    return Err(Error::malformed(WHAT, "too many subtrees").at(base.at));
                }
                match Subtree::read(base)? {
                    Ok(Subtree::Address(octets)) if octets.len() != 8 && octets.len() != 32 => {
                        return Err(Error::malformed(WHAT, "an address without its mask").at(base.at));
                    }
                    Ok(subtree) => list.push(subtree),
                    Err(form) if extension.critical => return Err(Error::unsupported("name constraint", form)),
                    Err(_) => {}
                }
            }
        }
        input.end()?;
        if is_empty {
            return Err(Error::malformed(WHAT, "empty"));
        }
        let [permitted, excluded] = lists;
        Ok(Self { permitted, excluded })
    }

    /// Every name inside a permitted subtree of its form, if there is one of its form, and none in an excluded one.
    pub(super) fn allow(&self, names: &[Subtree]) -> bool {
        names.iter().all(|name| {
            let mut of_form = self.permitted.iter().filter(|base| base.is_form_of(name)).peekable();
            let permitted = of_form.peek().is_none() || of_form.any(|base| base.contains(name));
            permitted && !self.excluded.iter().any(|base| base.touches(name))
        })
    }
}

/// The names a certificate gives its subject, as far as they can be constrained here: the distinguished name, mail addresses in it, and subjectAltName.
pub(super) fn names_of(certificate: &Certificate) -> Result<Vec<Subtree>, Error> {
    let mut names = Vec::new();
    if !certificate.subject().is_empty() {
        names.push(Subtree::Directory(certificate.subject().clone()));
    }
    for (oid, value) in certificate.subject().pairs() {
        if oid == EMAIL_ADDRESS {
            names.push(Subtree::Mail(value.to_ascii_lowercase()));
        }
    }
    if let Some(extension) = certificate.extension(&oid::SUBJECT_ALT_NAME) {
        let mut alternatives =
            Input::door("subjectAltName", &extension.value, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        while !alternatives.is_empty() {
            let name = alternatives.any()?;
            if names.len() > MAX_NAMES {
                return Err(Error::malformed("subjectAltName", "too many names").at(name.at));
            }
            names.extend(Subtree::read(name)?.ok());
        }
    }
    Ok(names)
}

const WHAT: &str = "nameConstraints";

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(text: &str) -> Subtree {
        Subtree::Mail(text.to_owned())
    }

    fn host(text: &str) -> Subtree {
        Subtree::Host(text.to_owned())
    }

    #[test]
    fn subtrees_hold_what_rfc_5280_says_they_hold() {
        let check =
            |base: &Subtree, name: &Subtree, held: bool| assert_eq!(base.contains(name), held, "{base:?} {name:?}");
        check(&mail("a@b.test"), &mail("a@b.test"), true);
        check(&mail("a@b.test"), &mail("c@b.test"), false);
        check(&mail("b.test"), &mail("a@b.test"), true);
        check(&mail("b.test"), &mail("a@c.b.test"), false);
        check(&mail(".b.test"), &mail("a@c.b.test"), true);
        check(&mail(".b.test"), &mail("a@b.test"), false);
        check(&mail("b.test"), &mail("no address"), false);
        check(&host("b.test"), &host("b.test"), true);
        check(&host("b.test"), &host("a.b.test"), true);
        check(&host("b.test"), &host("ab.test"), false);
        check(&host(".b.test"), &host("a.b.test"), true);
        check(&host(".b.test"), &host("b.test"), false);
        check(&host(""), &host("anything"), true);
        check(&host("b.test"), &mail("a@b.test"), false);
        let network = Subtree::Address(vec![10, 1, 0, 0, 255, 255, 0, 0]);
        check(&network, &Subtree::Address(vec![10, 1, 2, 3]), true);
        check(&network, &Subtree::Address(vec![10, 2, 2, 3]), false);
        check(&network, &Subtree::Address(vec![10; 16]), false);
        // A wildcard is not inside, yet it reaches in.
        assert!(host("www.b.test").touches(&host("*.b.test")) && !host("www.b.test").contains(&host("*.b.test")));
    }

    #[test]
    fn names_begin_with_others_whatever_their_case_and_spaces() {
        let name = |pairs: &[(&str, &str)]| Name::from_pairs(pairs.iter().copied()).expect("a good name");
        let base = name(&[("2.5.4.6", "RU"), ("2.5.4.10", "Шестой банк")]);
        assert!(begins_with(&name(&[("2.5.4.6", "ru"), ("2.5.4.10", "ШЕСТОЙ   банк "), ("2.5.4.3", "Rogov")]), &base));
        assert!(begins_with(&base, &base));
        assert!(!begins_with(&name(&[("2.5.4.6", "RU")]), &base));
        assert!(!begins_with(&name(&[("2.5.4.10", "Шестой банк"), ("2.5.4.6", "RU")]), &base));
    }
}

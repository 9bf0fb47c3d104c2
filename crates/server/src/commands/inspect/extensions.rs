//! Extensions in words.

use std::net::{Ipv4Addr, Ipv6Addr};

use crypto::{Extension, ExtensionValue, GeneralName};

use super::certificates;
use super::report::{Entry, Fields, Reason, Value};

/// All of them under one field, or nothing.
pub(super) fn fields(id: &'static str, extensions: &[Extension]) -> Fields {
    if extensions.is_empty() {
        return Fields::default();
    }
    let entries = extensions.iter().map(|extension| Entry {
        oid: extension.oid.clone(),
        critical: extension.critical,
        value: value(extension),
    });
    Fields::default().with(id, Value::Extensions(entries.collect()))
}

fn value(extension: &Extension) -> Value {
    let value = match extension.read() {
        Ok(value) => value,
        Err(error) => {
            let detail = Reason::Error(error.clone()).detail().unwrap_or_else(|| error.to_string());
            return Fields::default().with("broken", detail).with("octets_hex", extension.value.as_slice()).into();
        }
    };
    match value {
        ExtensionValue::BasicConstraints { is_ca, path_len } => {
            Fields::default().with("is_ca", Value::Yes(is_ca)).with_some("path_len", path_len.map(usize::from)).into()
        }
        ExtensionValue::KeyUsage(usages) => Value::List(usages.iter().map(|usage| Value::Word(usage.name())).collect()),
        ExtensionValue::Purposes(oids) | ExtensionValue::Policies(oids) => {
            Value::List(oids.into_iter().map(Value::Identifier).collect())
        }
        ExtensionValue::SubjectKeyId(id) => Value::Octets(id),
        ExtensionValue::AuthorityKeyId { key_id, issuer, serial } => Fields::default()
            .with_some("key_id", key_id.as_deref())
            .with_list("issuer", issuer.iter().map(general_name).collect())
            .and(serial.as_deref().map_or_else(Fields::default, certificates::serial))
            .into(),
        ExtensionValue::Names(names) => Value::List(names.iter().map(general_name).collect()),
        ExtensionValue::DistributionPoints(urls) => Value::List(urls.into_iter().map(Value::Text).collect()),
        ExtensionValue::InformationAccess(places) => Value::List(
            places
                .into_iter()
                .map(|(method, place)| {
                    Fields::default()
                        .with("method", Value::Identifier(method))
                        .with("location", general_name(&place))
                        .into()
                })
                .collect(),
        ),
        ExtensionValue::Number(number) => ca::decimal_from_octets(&number).into(),
        ExtensionValue::InhibitAnyPolicy(skip) => Value::Number(skip.into()),
        ExtensionValue::PolicyConstraints { require_explicit, inhibit_mapping } => Fields::default()
            .with_some("require_explicit_policy", require_explicit.map(|skip| Value::Number(skip.into())))
            .with_some("inhibit_policy_mapping", inhibit_mapping.map(|skip| Value::Number(skip.into())))
            .into(),
        ExtensionValue::PolicyMappings(pairs) => {
            Value::List(pairs.into_iter().map(|(issuer, subject)| format!("{issuer} = {subject}").into()).collect())
        }
        ExtensionValue::NameConstraints { permitted, excluded } => Fields::default()
            .with_list("permitted", permitted.iter().map(general_name).collect())
            .with_list("excluded", excluded.iter().map(general_name).collect())
            .into(),
        ExtensionValue::PrivateKeyUsagePeriod { not_before, not_after } => Fields::default()
            .with_some("not_before", not_before.map(Value::Time))
            .with_some("not_after", not_after.map(Value::Time))
            .into(),
        ExtensionValue::SubjectSignTool(tool) => tool.into(),
        ExtensionValue::IssuerSignTool([sign_tool, ca_tool, sign_tool_paper, ca_tool_paper]) => Fields::default()
            .with("sign_tool", sign_tool)
            .with("ca_tool", ca_tool)
            .with("sign_tool_paper", sign_tool_paper)
            .with("ca_tool_paper", ca_tool_paper)
            .into(),
        ExtensionValue::IdentificationKind(kind) => match kind {
            0 => Value::Word("identified-in-person"),
            1 => Value::Word("identified-by-signature"),
            2 => Value::Word("identified-by-passport-chip"),
            3 => Value::Word("identified-by-state-system"),
            other => Value::Number(other.into()),
        },
        ExtensionValue::Unread => Value::Octets(extension.value.clone()),
    }
}

fn general_name(name: &GeneralName) -> Value {
    let text = match name {
        GeneralName::Mail(text) => format!("email: {text}"),
        GeneralName::Host(text) => format!("DNS: {text}"),
        GeneralName::Uri(text) => format!("URI: {text}"),
        GeneralName::Directory(name) => format!("DN: {name}"),
        GeneralName::Address(octets) => format!("IP: {}", address(octets)),
        GeneralName::Registered(oid) => format!("OID: {oid}"),
        GeneralName::Other(der) => format!("DER: {}", hex::encode(der)),
    };
    text.into()
}

/// An address, or an address and its mask.
fn address(octets: &[u8]) -> String {
    let one = |octets: &[u8]| {
        <[u8; 4]>::try_from(octets)
            .map(|octets| Ipv4Addr::from(octets).to_string())
            .or_else(|_| <[u8; 16]>::try_from(octets).map(|octets| Ipv6Addr::from(octets).to_string()))
            .unwrap_or_else(|_| hex::encode(octets))
    };
    match octets.len() {
        8 | 32 => {
            let (network, mask) = octets.split_at(octets.len() / 2);
            format!("{}/{}", one(network), one(mask))
        }
        _ => one(octets),
    }
}

//! Who is signed in on a page: a cookie's token, looked up by `ra` at every request. Whoever is not is sent to sign in and comes
//! back to where they wanted to go.

mod let_in;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use domain::Refusal;
use domain::actor::Actor;

use crate::api::{Door, Problem};
use crate::pages::{ActsFor, Visit, see_other};
use crate::words::Speech;

pub(crate) use let_in::{Entrance, Opened, let_in, sent_by};

/// The subscriber behind the cookie. A staff member's cookie is no one here.
pub(crate) struct Client(pub(crate) Actor);

/// The member of staff behind the cookie. A subscriber's cookie is no one here.
pub(crate) struct Clerk {
    pub(crate) actor: Actor,
    /// As the bank calls the person.
    pub(crate) name: String,
}

/// Where subscribers sign in.
const CLIENT_SIGN_IN: &str = "/sign-in";
/// Where staff sign in.
const STAFF_SIGN_IN: &str = "/desk/sign-in";

impl FromRequestParts<Door> for Client {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, door).await;
        let found = match visit.client().map(str::to_owned) {
            Some(token) => {
                door.ask(move |ra, at| {
                    let actor = ra.subscriber(&token, at)?;
                    let acts_for = ra.acts_for(&actor)?;
                    Ok((actor, acts_for))
                })
                .await
            }
            None => Err(Refusal::SignInRequired.into()),
        };
        let (actor, all) = found.map_err(|problem| instead(problem, &visit, &parts.method, CLIENT_SIGN_IN))?;
        // The head of every page says it; whoever acts for themselves alone knows.
        let chosen = all.iter().find(|one| one.is_chosen).and_then(|one| one.organisation.as_ref());
        if all.len() > 1 || chosen.is_some() {
            let alone = || Speech::new(visit.language).say("organisations-alone");
            let name = chosen.map_or_else(alone, |(name, _)| name.clone());
            visit.found(ActsFor { name, several: all.len() > 1 });
        }
        Ok(Self(actor))
    }
}

impl FromRequestParts<Door> for Clerk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, door).await;
        let found = match visit.staff().map(str::to_owned) {
            Some(token) => door.ask(move |ra, at| ra.staff_of_session(&token, at)).await,
            None => Err(Refusal::SignInRequired.into()),
        };
        let (actor, name) = found.map_err(|problem| instead(problem, &visit, &parts.method, STAFF_SIGN_IN))?;
        Ok(Self { actor, name })
    }
}

/// A page that needs a sign-in leads there; a form that came too late says so, because what was typed must not look sent.
fn instead(problem: Problem, visit: &Visit, method: &Method, sign_in: &str) -> Response {
    let missing = matches!(&problem, Problem::Refused { refused, .. }
        if matches!(refused.refusal, Refusal::SignInRequired | Refusal::SignInExpired));
    if missing && method == Method::GET {
        return see_other(&format!("{sign_in}?to={}", escaped(&visit.here)));
    }
    problem.into_response()
}

/// A page of ours to go on to: never another site's.
pub(crate) fn way_on<'a>(wanted: &'a str, otherwise: &'a str) -> &'a str {
    let ours = wanted.starts_with('/') && !wanted.starts_with("//") && wanted.bytes().all(is_harmless);
    // guard: ways-on-are-ours
    if ours { wanted } else { otherwise }
}

/// No backslash (browsers take it for a slash), nothing that could end a header.
fn is_harmless(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"/-_.~?&=%+:@,;".contains(&octet)
}

/// For the value of a query field.
pub(crate) fn escaped(text: &str) -> String {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.~/".contains(&octet);
    text.bytes()
        .map(|octet| if plain(octet) { char::from(octet).to_string() } else { format!("%{octet:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        let check = |wanted, to| assert_eq!(way_on(wanted, "/home"), to, "{wanted}");
        check("/requests/1?x=%D0%B0", "/requests/1?x=%D0%B0");
        for wrong in ["", "https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nb", "evil", "/\u{430}"] {
            check(wrong, "/home");
        }
    }

    #[test]
    fn a_query_value_is_escaped() {
        assert_eq!(escaped("/a?b=c&d"), "/a%3Fb%3Dc%26d");
    }
}

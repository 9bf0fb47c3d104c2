//! The way in. The sign-in of a page is put into a browser here and nowhere else, and what the browser had before is worth nothing afterwards.

use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use domain::actor::Actor;

use super::Client;
use crate::api::{Door, Problem};
use crate::pages::{Cookie, Form, Visit, see_other};

/// A sign-in that was opened.
pub(crate) struct Opened {
    /// Of its cookie.
    pub(crate) token: String,
    /// Where one goes on.
    pub(crate) to: String,
}

/// At which door.
#[derive(Clone, Copy)]
pub(crate) enum Entrance {
    /// Of clients.
    Cabinet,
    /// Of the staff.
    Desk,
}

/// Lets in whomever `open` opens a sign-in for. The one that this browser had so far ends, for nobody would be left to end it. A second click is let in
/// as the first was: what was signed, and the code of a device, are good once, and the browser may have let go of the answer to the first.
///
/// # Errors
/// As `open` has it.
pub(crate) async fn let_in<E: From<Problem> + Send + 'static>(
    door: &Door,
    visit: &Visit,
    entrance: Entrance,
    form: &Form,
    open: impl Future<Output = Result<Opened, E>> + Send + 'static,
) -> Result<Response, E> {
    let (cookie, before) = match entrance {
        Entrance::Cabinet => (Cookie::Client, visit.client()),
        Entrance::Desk => (Cookie::Staff, visit.staff()),
    };
    let (asked, before) = (door.clone(), before.map(str::to_owned));
    let opened = async move {
        let opened = open.await?;
        // guard: earlier-sign-in-of-the-browser-ends
        if let Some(before) = before {
            let end = asked.ask(move |ra, _| match entrance {
                Entrance::Cabinet => ra.sign_out(&before),
                Entrance::Desk => ra.staff_sign_out(&before),
            });
            end.await?;
        }
        Ok::<_, E>(opened)
    };
    Ok(inside(visit, cookie, &*door.let_in().of(form.digest(&visit.here), opened).await?))
}

/// The client who sent a form that changes one sign-in for another, and the form. A second click comes when the sign-in is over that both were sent under:
/// it is answered as the first was.
///
/// # Errors
/// The answer, to whoever is not signed in.
pub(crate) async fn sent_by(
    door: &Door,
    visit: &Visit,
    client: Result<Client, Response>,
    form: Result<Form, Problem>,
) -> Result<(Actor, Form), Response> {
    match (client, form) {
        (Ok(Client(actor)), Ok(form)) => Ok((actor, form)),
        (Ok(_), Err(problem)) => Err(problem.into_response()),
        (Err(stranger), Err(_)) => Err(stranger),
        (Err(stranger), Ok(form)) => {
            let opened = door.let_in().given(form.digest(&visit.here)).await;
            Err(opened.map_or(stranger, |opened| inside(visit, Cookie::Client, &opened)))
        }
    }
}

fn inside(visit: &Visit, cookie: Cookie, opened: &Opened) -> Response {
    let mut response = see_other(&opened.to);
    // Whatever number the visit had before means nothing now.
    let number = hex::encode(crate::clock::random::<32>());
    response.headers_mut().append(SET_COOKIE, visit.cookie(cookie, &opened.token));
    // guard: another-visit-after-the-sign-in
    response.headers_mut().append(SET_COOKIE, visit.cookie(Cookie::Visitor, &number));
    response
}

//! Every page, its method and whose it is: the one list. The router is made from it, and so is the test of who may see what. The doors of the API
//! have such a list of their own, made by the same macro.

use axum::Router;
use axum::middleware::from_fn_with_state;

use super::{design, files, front, home};
use crate::api::Door;
use crate::desk::{
    admission, cards, certificate, email, import, inquiries, journal, member, messages as inbox, paper, people,
    proposals, queue, request, sign_in as staff, staff as members, support, troubles,
};
use crate::portal::{
    cabinet, check, delivery, email_answer, feedback, first_issue, help, keys, messages, organisations, own_step,
    password, renewal, requests, root, sign_in, status, workplace,
};

/// Who a page or a door answers. Everybody else is sent to sign in or told that there is no such thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Who {
    /// Whoever asks.
    Anybody,
    /// Whoever asks, but tries are counted: an answer could be guessed at.
    Guesser,
    /// Whoever holds a live mailed link; tries are counted.
    LinkHolder,
    /// Whoever holds the secret of a request that was begun at the public door; tries are counted.
    Applicant,
    /// A subscriber who is signed in. Objects are their own or absent.
    Subscriber,
    /// A member of the agent's staff. Objects are the agent's or absent.
    Staff,
}

/// One page, or one door of the API.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "tests read it; the router is made beside it"))]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) who: Who,
}

impl Who {
    pub(crate) fn is_counted(self) -> bool {
        match self {
            // guard: pages-that-can-be-guessed-at
            Self::Guesser | Self::LinkHolder | Self::Applicant => true,
            Self::Anybody | Self::Subscriber | Self::Staff => false,
        }
    }
}

/// A list, and a router that has what is on the list and nothing else.
macro_rules! routes {
    ($($who:ident { $($method:ident $path:literal $handler:expr;)+ })+) => {
        /// The list.
        #[cfg_attr(not(test), expect(dead_code, reason = "tests are made from it; the router is made beside it"))]
        pub(crate) const ROUTES: &[$crate::pages::routes::Route] = &[$($($crate::pages::routes::Route {
            method: stringify!($method),
            path: $path,
            who: $crate::pages::routes::Who::$who,
        },)+)+];

        /// All of them. Where an answer could be guessed at, the tries of each address are counted.
        pub(crate) fn listed(door: &$crate::api::Door) -> axum::Router<$crate::api::Door> {
            let mut all = axum::Router::new();
            $(
                let group = axum::Router::new()$(.route($path, axum::routing::$method($handler)))+;
                all = all.merge(if $crate::pages::routes::Who::$who.is_counted() {
                    let counted = axum::middleware::from_fn_with_state(door.clone(), $crate::api::count_tries);
                    group.route_layer(counted)
                } else {
                    group
                });
            )+
            all
        }
    };
}
pub(crate) use routes;

/// Every page with what stands around it.
pub(crate) fn router(door: &Door) -> Router<Door> {
    let mut all = listed(door);
    // A server that is no demonstration has none of these.
    if door.demo().is_some() {
        all = all.merge(crate::demo::router());
    }
    all.route_layer(from_fn_with_state(door.clone(), front::greet))
}

routes! {
    Anybody {
        get "/" home::home;
        get "/design" design::design;
        get "/static/{file}" files::file;
        get "/favicon.ico" files::icon;
        get "/root-certificate" root::root;
        get "/check" check::ask;
        get "/help" help::list;
        get "/help/{case}" help::case;
        get "/ca/workplace" workplace::ask;
        get "/feedback" feedback::ask;
        get "/feedback/sent" feedback::sent;
        get "/ca/new-certificate" first_issue::form;
        get "/ca/new-certificate/cities" first_issue::suggest;
        post "/ca/new-certificate/draft" first_issue::keep;
        get "/sign-in" sign_in::ask;
        post "/sign-out" sign_in::sign_out;
        get "/desk/sign-in" staff::ask;
        post "/desk/sign-out" staff::sign_out;
    }
    Guesser {
        post "/sign-in" sign_in::sign_in;
        post "/sign-in/ticket" sign_in::ticket;
        post "/sign-in/password" password::sign_in;
        post "/sign-in/password/own" password::exchange;
        post "/desk/sign-in" staff::sign_in;
        post "/desk/sign-in/certificate" staff::by_certificate;
        post "/desk/sign-in/ticket" staff::ticket;
        post "/ca/new-certificate" first_issue::check;
        post "/ca/new-certificate/ticket" first_issue::ticket;
        get "/status" status::status;
        post "/check" check::check;
        post "/ca/workplace" workplace::tell;
        post "/ca/workplace/ticket" workplace::ticket;
        post "/feedback" feedback::send;
    }
    LinkHolder {
        get "/ca/certificate" delivery::look;
        get "/ca/certificate/act" delivery::act;
        post "/ca/certificate/act" delivery::sign_act;
        get "/ca/certificate/act/{file}" delivery::act_file;
        get "/ca/certificate/decline" delivery::may_decline;
        post "/ca/certificate/decline" delivery::decline;
        post "/ca/certificate/save" delivery::save;
        get "/ca/certificate/saved" delivery::saved;
        post "/ca/certificate/ticket" delivery::ticket;
        get "/ca/email" email_answer::ask;
        post "/ca/email" email_answer::confirm;
    }
    Applicant {
        post "/ca/new-certificate/send" first_issue::send;
        get "/ca/new-certificate/accepted" first_issue::accepted;
        post "/ca/new-certificate/recall" first_issue::recall;
        get "/ca/new-certificate/application.pdf" first_issue::paper;
    }
    Subscriber {
        get "/certificates" cabinet::certificates;
        get "/certificates/{id}/{step}" own_step::ask;
        post "/certificates/{id}/{step}" own_step::take;
        get "/organisations" organisations::list;
        post "/organisations" organisations::choose;
        post "/organisations/join" organisations::join;
        post "/organisations/leave" organisations::leave;
        get "/security" cabinet::security;
        get "/security/password" password::room;
        post "/security/password" password::set;
        post "/security/password/remove" password::remove;
        post "/security/password/device" password::offer_device;
        post "/security/password/device/code" password::set_device;
        post "/security/password/device/remove" password::remove_device;
        get "/security/keys" keys::ask;
        post "/security/keys" keys::tell;
        post "/security/keys/ticket" keys::ticket;
        get "/security/keys/delete" keys::may_delete;
        post "/security/keys/delete" keys::delete;
        post "/security/keys/delete/ticket" keys::deletion_ticket;
        get "/security/renewal" renewal::offers;
        get "/security/renewal/{procedure}" renewal::begin;
        post "/security/renewal/{procedure}" renewal::renew;
        get "/requests" requests::list;
        get "/requests/{id}" requests::one;
        get "/requests/{id}/act/{file}" requests::act_file;
        get "/requests/{id}/send" requests::may_send;
        post "/requests/{id}/submission" requests::send;
        post "/requests/{id}/ticket" requests::ticket;
        get "/requests/{id}/recall" requests::may_recall;
        post "/requests/{id}/recall" requests::recall;
        get "/messages" messages::list;
        get "/messages/{id}" messages::thread;
        post "/messages/{id}" messages::send;
        get "/messages/{id}/{message}/{file}" messages::file;
        get "/journal" cabinet::journal;
    }
    Staff {
        get "/desk/requests" queue::queue;
        get "/desk/requests/{id}" request::one;
        get "/desk/requests/{id}/act/{file}" request::act_file;
        post "/desk/requests/{id}/approve" request::approve;
        post "/desk/requests/{id}/return" request::return_for_fix;
        post "/desk/requests/{id}/refuse" request::refuse;
        post "/desk/requests/{id}/resend-link" request::resend_link;
        post "/desk/requests/{id}/receive-act" request::receive_act;
        post "/desk/requests/{id}/register-application" request::register_application;
        get "/desk/messages" inbox::list;
        get "/desk/messages/{id}" inbox::thread;
        post "/desk/messages/{id}" inbox::answer;
        post "/desk/messages/{id}/read" inbox::read;
        get "/desk/messages/{id}/{message}/{file}" inbox::file;
        get "/desk/inquiries" inquiries::list;
        get "/desk/inquiries/{id}" inquiries::one;
        get "/desk/inquiries/{id}/{file}" inquiries::file;
        post "/desk/inquiries/{id}/bind" inquiries::bind;
        post "/desk/inquiries/{id}/close" inquiries::close;
        get "/desk/requests/{id}/email" email::ask;
        post "/desk/requests/{id}/email" email::propose;
        get "/desk/requests/{id}/admission" admission::ask;
        post "/desk/requests/{id}/admission" admission::take;
        post "/desk/requests/{id}/bind" admission::bind;
        get "/desk/requests/{id}/application.pdf" admission::paper;
        get "/desk/certificates/{id}" certificate::one;
        get "/desk/certificates/{id}/{step}" certificate::ask;
        post "/desk/certificates/{id}/{step}" certificate::take;
        get "/desk/proposals" proposals::list;
        post "/desk/proposals/{id}/confirm" proposals::confirm;
        post "/desk/proposals/{id}/decline" proposals::decline;
        get "/desk/subscribers" people::people;
        get "/desk/subscribers/{id}" people::person;
        post "/desk/subscribers/{id}/bar" people::bar;
        post "/desk/subscribers/{id}/unbar" people::unbar;
        post "/desk/subscribers/{id}/password" people::hand_out_password;
        get "/desk/organisations" people::organisations;
        get "/desk/organisations/{id}" people::organisation;
        get "/desk/cards" cards::list;
        post "/desk/cards" cards::register;
        get "/desk/cards/new" cards::ask;
        get "/desk/cards/{id}" cards::one;
        post "/desk/cards/{id}/hand-out" cards::hand_out;
        post "/desk/cards/{id}/return" cards::take_back;
        post "/desk/cards/{id}/clear" cards::clear;
        post "/desk/cards/{id}/write-off" cards::write_off;
        get "/desk/cards/{id}/receipt.pdf" cards::receipt;
        get "/desk/import" import::ask;
        post "/desk/import" import::stage;
        get "/desk/import/organisations.csv" import::organisations;
        get "/desk/import/signatories.csv" import::signatories;
        get "/desk/import/{id}" import::one;
        post "/desk/import/{id}" import::add;
        post "/desk/import/{id}/confirm" import::confirm;
        get "/desk/support" support::ask;
        post "/desk/support" support::look_up;
        post "/desk/support/code" support::read_code;
        get "/desk/troubles" troubles::list;
        post "/desk/troubles/{id}/try-again" troubles::try_again;
        get "/desk/journal" journal::read;
        get "/desk/journal/export" journal::export;
        post "/desk/journal/verify" journal::verify;
        get "/desk/staff" members::list;
        post "/desk/staff" members::add;
        get "/desk/staff/{id}" member::one;
        post "/desk/staff/{id}/disable" members::disable;
        post "/desk/staff/{id}/certificate" member::set;
        post "/desk/staff/{id}/certificate/remove" member::remove;
        post "/desk/staff/{id}/sign-ins/{sign_in}/end" member::end_sign_in;
        get "/desk/papers/{id}" paper::one;
        get "/desk/papers/{id}/scan" paper::scan;
        get "/desk/papers/{id}/page/{page}" paper::page;
        get "/desk/account" staff::account;
        post "/desk/account/sign-ins/{id}/end" staff::end_own;
        post "/desk/account/sign-out-everywhere" staff::sign_out_everywhere;
    }
}

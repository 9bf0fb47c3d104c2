//! Every door of the API, its method and whose it is: the one list, of which the router and the test of who may do what are made.

use super::{component, desk, link, public, subscriber};
use crate::pages::routes::routes;

routes! {
    Anybody {
        get "/crl/{file}" public::crl;
        get "/authorities/{file}" public::authority;
        get "/health/live" public::live;
        get "/health/ready" public::ready;
    }
    Guesser {
        post "/api/v1/challenge" subscriber::challenge;
        post "/api/v1/sign-in" subscriber::sign_in;
        post "/api/v1/component/tickets" component::ticket;
        post "/api/v1/component/tickets/{nonce}/start" component::started;
        post "/api/v1/component/answers" component::answer;
    }
    LinkHolder {
        get "/api/v1/delivery/{agent}/{code}" link::show;
        get "/api/v1/delivery/{agent}/{code}/act" link::act;
        post "/api/v1/delivery/{agent}/{code}/act" link::sign_act;
        post "/api/v1/delivery/{agent}/{code}/decline" link::decline;
        post "/api/v1/delivery/{agent}/{code}/certificate" link::certificate;
        get "/api/v1/delivery/{agent}/{code}/challenge" link::challenge;
        post "/api/v1/delivery/{agent}/{code}/proof" link::proof;
        post "/api/v1/delivery/{agent}/{code}/component/tickets" component::delivery_ticket;
        post "/api/v1/delivery/{agent}/{code}/component/answers" component::delivery_answer;
    }
    Subscriber {
        get "/api/v1/certificates" subscriber::certificates;
        post "/api/v1/certificates/{id}/hold" subscriber::hold;
        post "/api/v1/certificates/{id}/revoke" subscriber::revoke;
        get "/api/v1/requests" subscriber::requests;
        post "/api/v1/requests" subscriber::create;
        get "/api/v1/requests/{id}" subscriber::request;
        put "/api/v1/requests/{id}/contact" subscriber::edit_contact;
        put "/api/v1/requests/{id}/key" subscriber::offer_key;
        get "/api/v1/requests/{id}/text" subscriber::text;
        post "/api/v1/requests/{id}/component/tickets" component::key_ticket;
        post "/api/v1/requests/{id}/component/answers" component::key_answer;
        post "/api/v1/requests/{id}/submission" subscriber::submit;
        post "/api/v1/requests/{id}/recall" subscriber::recall;
        post "/api/v1/requests/{id}/correct" subscriber::correct;
    }
    Staff {
        get "/api/v1/desk/requests" desk::queue;
        get "/api/v1/desk/requests/{id}" desk::request;
        post "/api/v1/desk/requests/{id}/approve" desk::approve;
        post "/api/v1/desk/requests/{id}/return" desk::return_for_fix;
        post "/api/v1/desk/requests/{id}/refuse" desk::refuse;
        post "/api/v1/desk/requests/{id}/resend-link" desk::resend_link;
        post "/api/v1/desk/requests/{id}/receive-act" desk::receive_act;
        post "/api/v1/desk/requests/{id}/register-application" desk::register_application;
        get "/api/v1/desk/troubles" desk::troubles;
        post "/api/v1/desk/troubles/{id}/try-again" desk::try_again;
        get "/api/v1/desk/certificates/{id}" desk::certificate;
        post "/api/v1/desk/certificates/{id}/block" desk::block;
        post "/api/v1/desk/certificates/{id}/unblock" desk::unblock;
        post "/api/v1/desk/certificates/{id}/hold" desk::hold;
        post "/api/v1/desk/certificates/{id}/release" desk::release;
        post "/api/v1/desk/certificates/{id}/revoke" desk::revoke;
    }
}

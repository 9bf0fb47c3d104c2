//! The desk opened by certificate: whose counts, what refuses it, and that a challenge is for one door and one time.

use domain::actor::{Actor, Role};
use domain::certificate::{BankStep, RevocationReason};
use domain::ids::{AgentId, StaffId};
use ra::{DeskMember, Failure, Ra, StaffSignedIn, TicketIssued, Wish};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use statement::sign_in::{Entrance, SignInText};
use statement::ticket::{Operation, Sealed};
use store::staff::StaffRow;

use crate::bank::{AGENT, Bank, Client, command_line, on_both, refused, staff};

const DAY_MS: i64 = 86_400_000;
const QUARTER_MS: i64 = 15 * 60_000;

fn id_of(actor: &Actor) -> StaffId {
    let Actor::Staff { id, .. } = actor else { panic!("{actor:?}") };
    *id
}

/// A ticket of a door that the component has begun.
fn begun(bank: &Bank, wish: Wish) -> TicketIssued {
    begun_at(bank, &bank.ra, AGENT, wish)
}

/// The same of an agent that this registration authority serves.
fn begun_at(bank: &Bank, ra: &Ra, agent: AgentId, wish: Wish) -> TicketIssued {
    bank.at(|at| {
        let issued = ra.ticket(agent, wish, &"00".repeat(32), at).unwrap();
        ra.ticket_started(&issued.nonce, at).unwrap();
        issued
    })
}

/// What is signed under a ticket, as if it were for a door.
fn text(issued: &TicketIssued, entrance: Entrance) -> String {
    let ticket = Sealed::parse(&issued.ticket).unwrap().open().unwrap();
    let (Operation::SignIn(wish) | Operation::StaffSignIn(wish)) = &ticket.operation else { panic!("{ticket:?}") };
    let text = SignInText {
        entrance,
        agent_id: wish.agent_id.as_str(),
        origin: ticket.origin.as_str(),
        nonce: wish.nonce.as_str(),
        time: wish.time.as_str(),
    };
    text.render().unwrap()
}

fn answer(bank: &Bank, issued: &TicketIssued, cms: &[u8]) -> Result<StaffSignedIn, Failure> {
    bank.at(|at| bank.ra.staff_sign_in_by_certificate(&issued.nonce, cms, at))
}

fn try_by(bank: &Bank, client: &Client) -> Result<Actor, Failure> {
    let issued = begun(bank, Wish::StaffSignIn);
    let cms = bank.at(|at| client.sign(&text(&issued, Entrance::Desk), at));
    let token = answer(bank, &issued, &cms)?.token;
    bank.at(|at| bank.ra.staff_of_session(&token, at)).map(|(actor, _)| actor)
}

/// An administrator, a member whose certificate is Rogov's, and that certificate's id.
fn with_member(bank: &Bank) -> (Actor, Actor, domain::ids::CertificateId) {
    let (administrator, member) = bank.at(|at| {
        let administrator = staff(&bank.ra, "Administrator 1", &[Role::CaAdministrator], at);
        (administrator, staff(&bank.ra, "Rogov 2", &[Role::Operator], at))
    });
    let Actor::Subscriber { certificate_id, .. } = bank.sign_in(&bank.rogov) else { panic!("a subscriber") };
    bank.at(|at| bank.ra.set_staff_certificate(&administrator, id_of(&member), certificate_id, at)).unwrap();
    (administrator, member, certificate_id)
}

fn seen(bank: &Bank, administrator: &Actor, member: &Actor) -> DeskMember {
    bank.at(|at| bank.ra.desk_member(administrator, id_of(member), "", at)).unwrap()
}

#[test]
fn a_certificate_of_record_opens_the_desk_until_it_is_not_good_or_taken_away() {
    on_both(|bank| {
        let (administrator, member, certificate) = with_member(bank);
        assert_eq!(try_by(bank, &bank.rogov).unwrap(), member);
        assert_eq!(seen(bank, &administrator, &member).open.iter().filter(|row| row.by_certificate).count(), 1);

        // A step at the desk ends what is open, and refuses what comes.
        let step = |step: BankStep| {
            bank.at(|at| {
                let version = bank.ra.desk_certificate(&bank.operator, certificate, at).unwrap().version;
                let why = RevocationReason::Unspecified;
                bank.ra.step_by_hand(&bank.operator, certificate, version, step, why, "x", at).unwrap()
            })
        };
        let issued = begun(bank, Wish::StaffSignIn);
        let cms = bank.at(|at| bank.rogov.sign(&text(&issued, Entrance::Desk), at));
        let token = answer(bank, &issued, &cms).unwrap().token;
        step(BankStep::Hold);
        assert_eq!(refused(bank.at(|at| bank.ra.staff_of_session(&token, at))), "sign-in-required");
        assert_eq!(refused(try_by(bank, &bank.rogov)), "certificate-on-hold");
        step(BankStep::Release);
        assert_eq!(try_by(bank, &bank.rogov).unwrap(), member);

        // Taken away: what is open ends too.
        let issued = begun(bank, Wish::StaffSignIn);
        let cms = bank.at(|at| bank.rogov.sign(&text(&issued, Entrance::Desk), at));
        let token = answer(bank, &issued, &cms).unwrap().token;
        for _ in 0..2 {
            bank.at(|at| bank.ra.remove_staff_certificate(&administrator, id_of(&member), at)).unwrap();
        }
        assert_eq!(refused(bank.at(|at| bank.ra.staff_of_session(&token, at))), "sign-in-required");
        assert_eq!(refused(try_by(bank, &bank.rogov)), "staff-certificate-unknown");
        assert!(seen(bank, &administrator, &member).open.is_empty());

        // Revoked, and ended.
        bank.at(|at| bank.ra.set_staff_certificate(&command_line(), id_of(&member), certificate, at)).unwrap();
        let now = bank.now();
        bank.set_clock(now.plus_ms(40 * DAY_MS));
        assert_eq!(refused(try_by(bank, &bank.rogov)), "certificate-expired");
        bank.set_clock(now);
        step(BankStep::Revoke);
        assert_eq!(refused(try_by(bank, &bank.rogov)), "certificate-revoked");
        let again = bank.at(|at| bank.ra.set_staff_certificate(&administrator, id_of(&member), certificate, at));
        assert_eq!(refused(again), "certificate-revoked");
        // A disabled member's opens nothing.
        bank.at(|at| bank.ra.disable_staff(&administrator, id_of(&member), at)).unwrap();
        assert_eq!(refused(try_by(bank, &bank.rogov)), "staff-certificate-unknown");

        let journal: Vec<_> = bank.journal().iter().map(ToString::to_string).collect();
        for event in ["staff-certificate-set", "staff-certificate-removed", "staff-signed-in-by-certificate"] {
            assert!(journal.iter().any(|row| row.contains(event)), "{event}");
        }
        bank.journal_holds();
    });
}

#[test]
fn a_challenge_is_for_one_door_and_one_time() {
    on_both(|bank| {
        let (_, member, _) = with_member(bank);
        // The cabinet's ticket at the desk and the desk's at the cabinet are unknown there, and not used up.
        let (cabinet, desk) = (begun(bank, Wish::SignIn), begun(bank, Wish::StaffSignIn));
        let sign = |text: &str| bank.at(|at| bank.rogov.sign(text, at));
        let of_desk = sign(&text(&desk, Entrance::Desk));
        assert_eq!(refused(answer(bank, &cabinet, &of_desk).map(drop)), "component-ticket-unknown");
        let crossed = bank.at(|at| bank.ra.ticket_answered(&desk.nonce, Some(&of_desk), at));
        assert_eq!(refused(crossed.map(drop)), "component-ticket-unknown");
        answer(bank, &desk, &of_desk).map(drop).unwrap();
        // Replayed, under its own ticket and under another.
        assert_eq!(refused(answer(bank, &desk, &of_desk).map(drop)), "component-ticket-spent");
        let next = begun(bank, Wish::StaffSignIn);
        assert_eq!(refused(answer(bank, &next, &of_desk).map(drop)), "cms-content-differs");
        // The words of the one door signed under the ticket of the other.
        let next = begun(bank, Wish::StaffSignIn);
        let of_cabinet = sign(&text(&next, Entrance::Cabinet));
        assert_eq!(refused(answer(bank, &next, &of_cabinet).map(drop)), "cms-content-differs");
        let next = begun(bank, Wish::SignIn);
        let of_desk = sign(&text(&next, Entrance::Desk));
        let crossed = bank.at(|at| bank.ra.ticket_answered(&next.nonce, Some(&of_desk), at));
        assert_eq!(refused(crossed.map(drop)), "cms-content-differs");
        // Not begun, too late, nonsense.
        let idle = bank.at(|at| bank.ra.ticket(AGENT, Wish::StaffSignIn, &"00".repeat(32), at)).unwrap();
        assert_eq!(refused(answer(bank, &idle, &of_desk).map(drop)), "component-ticket-not-started");
        let late = begun(bank, Wish::StaffSignIn);
        bank.wait_ms(601_000);
        assert_eq!(refused(answer(bank, &late, &of_desk).map(drop)), "component-ticket-expired");
        assert_eq!(refused(answer(bank, &begun(bank, Wish::StaffSignIn), b"no CMS").map(drop)), "cms-malformed");
        assert_eq!(try_by(bank, &bank.rogov).unwrap(), member);
    });
}

/// Whoever signs what another bank gave to be signed is in at neither.
#[test]
fn a_challenge_of_another_agent_opens_neither_the_desk_nor_the_cabinet() {
    on_both(|bank| {
        let (_, member, _) = with_member(bank);
        let elsewhere = bank.reopened_with(|agent| agent.replace("id = 6\n", "id = 7\n"));
        let theirs = |wish| begun_at(bank, &elsewhere, AgentId(AGENT.0 + 1), wish);
        let sign = |text: &str| bank.at(|at| bank.rogov.sign(text, at));
        let of_desk = theirs(Wish::StaffSignIn);
        let cms = sign(&text(&of_desk, Entrance::Desk));
        assert_eq!(refused(answer(bank, &of_desk, &cms).map(drop)), "staff-certificate-unknown");
        let of_cabinet = theirs(Wish::SignIn);
        let cms = sign(&text(&of_cabinet, Entrance::Cabinet));
        let answered = bank.at(|at| bank.ra.ticket_answered(&of_cabinet.nonce, Some(&cms), at));
        assert_eq!(refused(answered.map(drop)), "signer-unknown");
        // The same certificate opens both at its own.
        assert_eq!(try_by(bank, &bank.rogov).unwrap(), member);
        bank.sign_in(&bank.rogov);
    });
}

#[test]
fn five_wrong_tries_close_a_certificate_for_a_quarter_of_an_hour() {
    on_both(|bank| {
        let (_, member, _) = with_member(bank);
        // The signature of one key with the certificate of another.
        let stranger = bank.at(|at| {
            let key = crypto::PrivateKey::generate("gost-256-a".parse().unwrap(), at.rng).unwrap();
            Client { key, certificate: bank.rogov.certificate.clone(), email: "" }
        });
        for _ in 0..4 {
            let issued = begun(bank, Wish::StaffSignIn);
            let other = bank.at(|at| bank.rogov.sign("another text", at));
            assert_eq!(refused(answer(bank, &issued, &other).map(drop)), "cms-content-differs");
        }
        // A right one forgets them.
        assert_eq!(try_by(bank, &bank.rogov).unwrap(), member);
        for _ in 0..5 {
            let issued = begun(bank, Wish::StaffSignIn);
            let text = text(&issued, Entrance::Desk);
            let forged = bank.at(|at| {
                let (key, certificate) = (&stranger.key, &stranger.certificate);
                crypto::sign_cms(text.as_bytes(), true, key, certificate, &[], at.now.seconds(), at.rng)
            });
            // Whoever signs with a foreign key is refused here, or cannot even make such a message.
            let Ok(forged) = forged else {
                let other = bank.at(|at| bank.rogov.sign("another text", at));
                assert_eq!(refused(answer(bank, &issued, &other).map(drop)), "cms-content-differs");
                continue;
            };
            assert_eq!(refused(answer(bank, &issued, &forged).map(drop)), "cms-signature-wrong");
        }
        assert_eq!(refused(try_by(bank, &bank.rogov)), "staff-certificate-unknown");
        bank.wait_ms(QUARTER_MS + 1_000);
        assert_eq!(try_by(bank, &bank.rogov).unwrap(), member);
        // Five at once are as many as five in a row.
        let issued: Vec<_> = (0..5).map(|_| begun(bank, Wish::StaffSignIn)).collect();
        let other = bank.at(|at| bank.rogov.sign("another text", at));
        std::thread::scope(|scope| {
            for issued in &issued {
                scope.spawn(|| assert_eq!(refused(answer(bank, issued, &other).map(drop)), "cms-content-differs"));
            }
        });
        assert_eq!(refused(try_by(bank, &bank.rogov)), "staff-certificate-unknown");
    });
}

#[test]
fn a_certificate_is_given_by_another_administrator_and_to_one_member_only() {
    on_both(|bank| {
        let (administrator, member, certificate) = with_member(bank);
        let set =
            |actor: &Actor, to: &Actor| bank.at(|at| bank.ra.set_staff_certificate(actor, id_of(to), certificate, at));
        assert_eq!(refused(set(&bank.operator, &member)), "role-missing");
        assert_eq!(refused(set(&administrator, &administrator)), "second-person-required");
        assert_eq!(refused(set(&administrator, &bank.operator)), "staff-certificate-taken");
        let Actor::Staff { id, roles, .. } = administrator.clone() else { panic!("staff") };
        let of_another_agent = Actor::Staff { id, agent_id: AgentId(AGENT.0 + 1), roles };
        assert_eq!(refused(set(&of_another_agent, &member)), "not-found");
        // One agent's certificate opens no desk of another, whoever says so.
        let elsewhere = bank.at(|at| StaffRow {
            id: StaffId::new(at.now, [8; 10]),
            agent_id: AgentId(AGENT.0 + 1),
            name: "Ivanov 3".to_owned(),
            roles: vec![Role::Operator],
            token_sha256: [3; 32],
            created_at: at.now,
            disabled_at: None,
        });
        let row = elsewhere.clone();
        bank.store().write(move |tx| store::staff::insert(tx, &row)).unwrap();
        bank.at(|at| bank.ra.remove_staff_certificate(&administrator, id_of(&member), at)).unwrap();
        let across = bank.at(|at| bank.ra.set_staff_certificate(&command_line(), elsewhere.id, certificate, at));
        assert_eq!(refused(across), "not-found");
        set(&administrator, &member).unwrap();
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let previous = crate::bank::PreviousAuthority::new(&mut rng);
        let stranger = previous.client("Ivanov 9", "gost-256-a", 20, "ivanov9@bank-client.test", &mut rng);
        assert_eq!(refused(try_by(bank, &stranger)), "staff-certificate-unknown");

        // Sign-ins: everybody ends their own, an administrator everybody's of the agent.
        try_by(bank, &bank.rogov).unwrap();
        let open = seen(bank, &administrator, &member).open;
        let end =
            |actor: &Actor, of: &Actor, id: &str| bank.at(|at| bank.ra.end_staff_sign_in(actor, id_of(of), id, at));
        assert_eq!(refused(end(&bank.operator, &member, &open[0].id)), "role-missing");
        assert_eq!(refused(end(&of_another_agent, &member, &open[0].id)), "not-found");
        assert_eq!(refused(end(&bank.operator, &bank.operator, &open[0].id)), "not-found");
        assert_eq!(refused(end(&member, &member, "xyz")), "not-found");
        end(&administrator, &member, &open[0].id).unwrap();
        assert_eq!(refused(end(&member, &member, &open[0].id)), "not-found");
        assert!(seen(bank, &administrator, &member).open.is_empty());
    });
}

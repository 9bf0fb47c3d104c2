//! Papers: registered with what they came with, once, by those who may, and never fewer than the procedure asks for.

use domain::actor::Role;
use domain::paper::{Channel, Document};
use ra::{Paper, Scan, ScanKind};

use crate::bank::{Backend, Bank, on_both, refused, staff};

/// A whole PNG of one grey pixel.
pub(crate) const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0,
    0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x68, 0, 0, 0, 0x82, 0, 0x81, 0x77,
    0xcd, 0x72, 0xb6, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

fn paper(copies: u8, channel: Channel, with_scan: bool) -> Paper {
    let scan = with_scan.then(|| Scan::parse(PNG.to_vec()).unwrap());
    Paper { copies, seal: true, channel, scan }
}

#[test]
fn a_paper_is_kept_with_its_scan_in_the_step_that_registers_it() {
    on_both(|bank| {
        let (card, _) = bank.renewed(&bank.rogov, "gost-256-a");
        let auditor = bank.at(|at| staff(&bank.ra, "Рогов 4", &[Role::Auditor], at));
        let register = |who, version, paper: &Paper| {
            bank.at(|at| bank.ra.register_paper(who, card.id, version, Document::Act, paper, at))
        };
        let version = bank.card(card.id).version;
        let good = paper(2, Channel::Message, true);
        assert_eq!(refused(register(&auditor, version, &good)), "role-missing");
        assert_eq!(refused(register(&bank.operator, version - 1, &good)), "changed-meanwhile");
        assert_eq!(refused(register(&bank.operator, version, &paper(0, Channel::Post, false))), "copies-too-few");
        assert_eq!(refused(register(&bank.operator, version, &paper(1, Channel::Site, false))), "scan-missing");
        assert!(bank.ra.papers_of(&bank.operator, card.id).unwrap().0.is_empty(), "nothing is left of a refusal");

        assert_eq!(register(&bank.operator, version, &good).unwrap().act, "received");
        assert_eq!(register(&bank.operator, version, &good).unwrap().act, "received", "a second click");
        let (papers, _) = bank.ra.papers_of(&bank.operator, card.id).unwrap();
        assert_eq!(papers.len(), 1);
        assert_eq!((papers[0].copies, papers[0].seal, papers[0].channel), (2, true, Channel::Message));
        let (kind, octets) = bank.ra.scan(&auditor, papers[0].id).unwrap();
        assert_eq!((kind, octets.as_slice()), (ScanKind::Png, PNG));
        let subscriber = bank.sign_in(&bank.rogov);
        assert_eq!(refused(bank.ra.scan(&subscriber, papers[0].id)), "not-found");
        assert_eq!(refused(bank.ra.paper(&crate::powers::elsewhere(bank), papers[0].id)), "not-found");
        bank.journal_holds();
    });
}

#[test]
fn an_act_on_paper_needs_as_many_copies_as_its_procedure_says() {
    let act = "act = { title = \"acceptance\", form = \"paper\", copies = 2, gate = \"none\", drawn = \"at-creation\" }\nactivation";
    let (name, mut folder) = crate::procedures::sixth();
    folder.toml = folder.toml.replace("activation", act);
    let bank = Bank::open_with(Backend::Sqlite, name, vec![folder]);
    let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
    let register = |copies| {
        let paper = paper(copies, Channel::Branch, false);
        bank.at(|at| bank.ra.register_paper(&bank.operator, card.id, card.version, Document::Act, &paper, at))
    };
    assert_eq!(bank.ra.papers_of(&bank.operator, card.id).unwrap().1, 2);
    assert_eq!(refused(register(1)), "copies-too-few");
    assert_eq!(register(2).unwrap().act, "received");
}

//! The files: conformant, embedded, tagged, the same whoever prints them, and cheap enough to print all day.

use std::process::Command;

use documents::Language;
use documents::act::{ActForm, Copies};
use documents::application::{Applicant, Part};
use documents::hand_out;
use domain::subscriber::Gender;

use crate::facts::{
    act_by, act_fields, act_of, act_text, act_text_of, application, application_text, on_paper, press_and_layouts,
    stamps,
};
use crate::programs::{Printed, run};

fn every_paper() -> Vec<Vec<u8>> {
    let applicant = Applicant::Organisation;
    let text = application_text(applicant, Gender::Male);
    vec![
        act_of(&act_text(), ActForm::Electronic(&stamps()), Language::Ru).unwrap(),
        act_of(&act_text(), on_paper(Copies::TWO), Language::En).unwrap(),
        application(&text, applicant, Part::Whole, false, Language::Ru).unwrap(),
        application(&text, applicant, Part::BankHalf, true, Language::Ru).unwrap(),
        crate::facts::hand_out(&hand_out::shared_template().unwrap(), Language::Ru).unwrap(),
    ]
}

#[test]
fn every_paper_is_a_whole_tagged_pdf_a_with_its_fonts_title_and_language() {
    for pdf in every_paper() {
        let printed = Printed::new(&pdf);
        let checked = String::from_utf8(run("qpdf", &["--check", &printed.path()]).stdout).unwrap();
        assert!(checked.contains("No syntax or stream encoding errors found"), "{checked}");
        let information = printed.information();
        for wanted in [
            "Tagged:          yes",
            "JavaScript:      no",
            "Encrypted:       no",
            "Page size:       595.276 x 841.89 pts (A4)",
            "Author:          АО «Шестой банк»",
            "Creator:         Surguch",
            "CreationDate:    Thu Aug 23 10:53:04 2018",
        ] {
            assert!(information.contains(wanted), "{wanted}: {information}");
        }
        assert!(information.lines().any(|line| line.starts_with("Title:  ")), "{information}");
        let plain = run("qpdf", &["--qdf", "--object-streams=disable", &printed.path(), "-"]).stdout;
        let plain = String::from_utf8_lossy(&plain);
        // What the file says of itself; that it is so, typst checks at every export.
        for wanted in ["<pdfaid:part>2</pdfaid:part>", "<pdfaid:conformance>A</pdfaid:conformance>"] {
            assert!(plain.contains(wanted), "{wanted}");
        }
        assert!(plain.contains("/Lang (ru") && plain.contains("/MarkInfo") && plain.contains("/StructTreeRoot"));
        let fonts = printed.fonts();
        let mut count = 0;
        for font in fonts.lines().skip(2) {
            // The columns emb, sub and uni stand before the object number.
            let columns: Vec<_> = font.split_whitespace().rev().collect();
            assert_eq!(columns[2..5], ["yes", "yes", "yes"], "{font}");
            count += 1;
        }
        assert!(count >= 1, "{fonts}");
    }
}

#[test]
fn the_same_facts_give_the_same_octets_in_every_process() {
    const CHILD: &str = "SURGUCH_TEST_PAPERS";
    let papers = every_paper();
    if let Some(path) = std::env::var_os(CHILD) {
        std::fs::write(path, papers.concat()).unwrap();
        return;
    }
    assert_eq!(papers, every_paper());
    let here = std::thread::spawn(every_paper);
    assert!(papers == every_paper() && papers == here.join().unwrap());
    let file = tempfile::NamedTempFile::new().unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "octets::the_same_facts_give_the_same_octets_in_every_process"])
        .env(CHILD, file.path())
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(std::fs::read(file.path()).unwrap(), papers.concat());
    // Another request is another file, down to its identifier.
    let mut fields = act_fields();
    fields.city = "Москва".to_owned();
    let other = act_of(&act_text_of(&fields), ActForm::Electronic(&stamps()), Language::Ru).unwrap();
    assert_ne!(other, papers[0]);
}

#[test]
fn one_press_and_its_layouts_serve_every_thread() {
    let (press, layouts) = press_and_layouts();
    let (press, layouts, text) = (&press, &layouts, &act_text());
    let papers: Vec<_> = std::thread::scope(|scope| {
        let print = || act_by(press, layouts, text, ActForm::Electronic(&[]), Language::Ru).unwrap();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(print)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(papers.iter().all(|paper| *paper == papers[0]));
}

fn resident_kilobytes() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Alone in a process of its own: other tests of this binary print too.
#[test]
fn four_hundred_acts_in_a_row_take_no_more_memory_than_the_first_hundred() {
    const CHILD: &str = "SURGUCH_TEST_MEMORY";
    if std::env::var_os(CHILD).is_none() {
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "octets::four_hundred_acts_in_a_row_take_no_more_memory_than_the_first_hundred"])
            .env(CHILD, "1")
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    let (press, layouts) = press_and_layouts();
    let stamps = stamps();
    let mut after_hundred = 0;
    for number in 1..=400 {
        let mut fields = act_fields();
        fields.client = format!("Рогов {number}");
        let text = act_text_of(&fields);
        act_by(&press, &layouts, &text, ActForm::Electronic(&stamps), Language::Ru).unwrap();
        if number == 100 {
            after_hundred = resident_kilobytes();
        }
    }
    let grown = resident_kilobytes() - after_hundred;
    assert!(grown < GROWTH_KILOBYTES, "{after_hundred} kB after 100 acts, {grown} kB more after 400");
}

/// Room for an allocator's moods; without forgetting 300 acts add several times as much.
const GROWTH_KILOBYTES: i64 = 24 * 1_024;

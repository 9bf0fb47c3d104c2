//! Layouts of procedures: proved when they are read, and shut in.

use std::path::Path;

use documents::application::Applicant;
use documents::{Layouts, PaperError, PaperKind, Press, hand_out};

#[test]
fn every_layout_and_wording_of_the_repository_prints() {
    let press = Press::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../procedures");
    let (mut own_layouts, mut templates) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let documents = entry.unwrap().path().join("documents");
        let read = |file: &str| std::fs::read_to_string(documents.join(file)).ok();
        let texts: Vec<_> = PaperKind::ALL.iter().filter_map(|kind| Some((kind.file(), read(kind.file())?))).collect();
        let files: Vec<_> = texts.iter().map(|(file, text)| (*file, text.as_str())).collect();
        own_layouts += files.len();
        press.proof(&Layouts::new("documents", &files).unwrap()).unwrap();
        for applicant in [Applicant::Organisation, Applicant::Person] {
            if let Some(text) = read(applicant.file()) {
                applicant.template(applicant.file(), &text).unwrap();
                templates += 1;
            }
        }
        if let Some(text) = read(hand_out::FILE) {
            hand_out::template(hand_out::FILE, &text).unwrap();
        }
    }
    assert!(own_layouts >= 1 && templates >= 2, "{own_layouts} layouts, {templates} templates");
}

fn refusal(text: &str) -> PaperError {
    let layouts = Layouts::new("procedures/sixth/documents", &[("act.typ", text)]).unwrap();
    Press::new().proof(&layouts).unwrap_err()
}

#[test]
fn a_faulty_layout_is_named_with_its_line() {
    for (text, line, said) in [
        ("#import \"/parts.typ\": *\n\n#act-papr()", 3, "unknown variable: act-papr"),
        ("#import \"/parts.typ\": *\n#let x = (", 2, "unclosed delimiter"),
        ("\n\n#data.unz", 3, "unknown variable: data"),
        ("#while true { }", 1, "always true"),
        ("#let f() = f()\n#f()", 1, "maximum function call depth exceeded"),
        ("#set text(font: \"Comic Sans MS\")\n#set document(title: \"x\")\nx", 1, "unknown font family"),
        ("#set document(title: \"x\")\n#text(font: \"DejaVu Sans Mono\", fallback: false)[\u{4E2D}]", 2, ""),
    ] {
        match refusal(text) {
            PaperError::Layout { file, line: at, reason } => {
                assert_eq!((file.as_str(), at), ("procedures/sixth/documents/act.typ", line), "{text}: {reason}");
                assert!(reason.contains(said), "{text}: {reason}");
            }
            other => panic!("{text}: {other}"),
        }
    }
}

#[test]
fn a_layout_sees_nothing_of_the_machine() {
    for (text, said) in [
        ("#read(\"/etc/passwd\")", "file not found"),
        ("#read(\"../../../../etc/passwd\")", ""),
        ("#import \"@preview/cetz:0.4.0\": *", ""),
        ("#include \"other.typ\"", "file not found"),
        ("#datetime.today().display()", ""),
        ("#sys.inputs.at(\"HOME\")", "does not contain key"),
    ] {
        match refusal(text) {
            PaperError::Layout { reason, .. } => assert!(reason.contains(said), "{text}: {reason}"),
            other => panic!("{text}: {other}"),
        }
    }
}

#[test]
fn only_known_papers_have_layouts() {
    let refused = Layouts::new("procedures/sixth/documents", &[("akt.typ", "x")]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "procedures/sixth/documents/akt.typ:0: not the layout of a paper; there are act.typ, application.typ, hand-out.typ"
    );
    assert_eq!(refused.code(), "paper-layout");
    let long = " ".repeat(300_000);
    assert!(Layouts::new("x", &[("act.typ", &long)]).unwrap_err().to_string().contains("longer than"));
}

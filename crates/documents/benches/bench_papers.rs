//! `cargo bench -p surguch-documents --bench bench_papers`: how long papers take and what memory they leave, one row of JSON a line, in the
//! shape of `cargo xtask bench --json`, which asks for it under the name `web`.
//!
//! Wall time in one thread, every act about another request, after ten to warm up; the memory is the process's own peak after all of them.
#![expect(clippy::print_stdout, reason = "the rows")]
#![expect(clippy::unwrap_used, reason = "a bench")]

extern crate surguch_documents as documents;

use std::time::Instant;

use documents::act::{ActForm, Copies};
use documents::application::{Applicant, Part};
use documents::{Language, PaperError};
use domain::subscriber::Gender;

#[path = "../tests/it/facts.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod facts;

fn main() {
    let (press, layouts) = facts::press_and_layouts();
    let stamps = facts::stamps();
    let text = |number: usize| {
        let mut fields = facts::act_fields();
        fields.client = format!("ООО «Рога» {number}");
        fields.person_instrumental = format!("Роговым {number}");
        facts::act_text_of(&fields)
    };
    let texts: Vec<_> = (0..WARM + ACTS).map(text).collect();

    let began = Instant::now();
    facts::act_by(&press, &layouts, &facts::act_text(), ActForm::Electronic(&stamps), Language::Ru).unwrap();
    row("act PDF, first of a process", "ms", began.elapsed().as_secs_f64() * 1e3);

    let act =
        |number: usize| facts::act_by(&press, &layouts, &texts[number], ActForm::Electronic(&stamps), Language::Ru);
    let acts = warm_milliseconds(ACTS, act);
    row("act PDF, p50 warm", "ms", acts[ACTS / 2]);
    row("act PDF, p95 warm", "ms", acts[ACTS * 95 / 100]);
    let paper =
        |number: usize| facts::act_by(&press, &layouts, &texts[number], facts::on_paper(Copies::TWO), Language::Ru);
    row("act PDF in two copies, p95 warm", "ms", warm_milliseconds(FEW, paper)[FEW * 95 / 100]);
    let application = facts::application_text(Applicant::Organisation, Gender::Male);
    let print = |_| facts::application(&application, Applicant::Organisation, Part::Whole, false, Language::Ru);
    row("the same application PDF again, p95 warm", "ms", warm_milliseconds(FEW, print)[FEW * 95 / 100]);
    row("peak memory after 400 acts and 200 papers", "MB", peak_bytes() / 1e6);
}

/// Sorted.
fn warm_milliseconds(count: usize, print: impl Fn(usize) -> Result<Vec<u8>, PaperError>) -> Vec<f64> {
    let mut milliseconds: Vec<f64> = (0..WARM + count)
        .map(|number| {
            let began = Instant::now();
            let pdf = print(number).unwrap();
            assert!(pdf.starts_with(b"%PDF-1.7"));
            began.elapsed().as_secs_f64() * 1e3
        })
        .skip(WARM)
        .collect();
    milliseconds.sort_by(f64::total_cmp);
    milliseconds
}

fn row(name: &str, unit: &str, ours: f64) {
    println!(
        r#"{{"bench":"web","row":"{name}","unit":"{unit}","ours":{ours:.3},"peer":null,"peer_name":null,"ratio":null}}"#
    );
}

fn peak_bytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: Option<f64> = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
    kibibytes.map_or(f64::NAN, |kibibytes| kibibytes * 1024.0)
}

const WARM: usize = 10;
const ACTS: usize = 400;
const FEW: usize = 100;

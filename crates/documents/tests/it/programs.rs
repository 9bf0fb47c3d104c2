//! Foreign programs that read what the press made: poppler, qpdf, zbar.

use std::path::Path;
use std::process::{Command, Output};

/// The output of a program that must succeed; its absence is a failure, not a reason to skip.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program} (cargo xtask test installs it): {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

pub(crate) struct Printed {
    folder: tempfile::TempDir,
}

impl Printed {
    pub(crate) fn new(pdf: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("paper.pdf"), pdf).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> String {
        self.folder.path().join("paper.pdf").to_str().unwrap().to_owned()
    }

    fn beside(&self, name: &str) -> String {
        Path::new(&self.path()).with_file_name(name).to_str().unwrap().to_owned()
    }

    /// What a reader sees, in its place on the page.
    pub(crate) fn laid_out(&self) -> String {
        let output = run("pdftotext", &["-layout", "-nopgbrk", &self.path(), "-"]);
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// The words in the order of the file, without any white space: what copying gives, wherever lines broke.
    pub(crate) fn letters(&self) -> String {
        let output = run("pdftotext", &["-raw", "-nopgbrk", &self.path(), "-"]);
        String::from_utf8(output.stdout).unwrap().split_whitespace().collect()
    }

    pub(crate) fn pages(&self) -> usize {
        let output = run("qpdf", &["--show-npages", &self.path()]);
        String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
    }

    pub(crate) fn information(&self) -> String {
        String::from_utf8(run("pdfinfo", &[&self.path()]).stdout).unwrap()
    }

    pub(crate) fn fonts(&self) -> String {
        String::from_utf8(run("pdffonts", &[&self.path()]).stdout).unwrap()
    }

    /// The first page as a scanner gives it: `-png` or `-jpeg`, at so many dots per inch.
    pub(crate) fn scan(&self, kind: &str, dots: &str) -> Vec<u8> {
        run("pdftoppm", &["-r", dots, kind, "-f", "1", "-l", "1", "-singlefile", &self.path(), &self.beside("scan")]);
        let ending = if kind == "-png" { "png" } else { "jpg" };
        std::fs::read(self.beside(&format!("scan.{ending}"))).unwrap()
    }

    /// What a scanner reads off every page.
    pub(crate) fn codes(&self) -> Vec<String> {
        run("pdftoppm", &["-r", "150", "-gray", &self.path(), &self.beside("page")]);
        let mut pages: Vec<_> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
            .filter(|path| path.ends_with(".pgm"))
            .collect();
        pages.sort();
        let mut arguments = vec!["--quiet", "--raw"];
        arguments.extend(pages.iter().map(String::as_str));
        let output = run("zbarimg", &arguments);
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }
}

//! Seeded chance: the same seed throws the same dice on every machine.

use domain::procedure::Procedure;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.0.next_u32()).unwrap() % most
    }

    /// True once in `chances`.
    pub(crate) fn one_of(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// A procedure nobody wrote, out of the whole vocabulary; throws again until one is valid.
    pub(crate) fn procedure(&mut self) -> Procedure {
        for _ in 0..10_000 {
            let text = self.procedure_text();
            if let Ok(procedure) = Procedure::parse("invented", "invented/procedure.toml", &text) {
                return procedure;
            }
        }
        panic!("no valid procedure in 10,000 throws");
    }

    fn procedure_text(&mut self) -> String {
        let first = self.one_of(5);
        let kind = if first {
            "first-issue"
        } else {
            self.pick(&["renewal", "regeneration", "replacement", "reissue", "medium-migration"])
        };
        let mut lines = vec![format!("kind = {kind:?}"), "entry = \"a/b\"".to_owned(), "profile = \"p\"".to_owned()];
        let login = if first { self.pick(&["none", "password"]) } else { self.pick(&["password", "certificate"]) };
        lines.push(format!("login = {login:?}"));
        lines.push(format!("medium = [{:?}]", self.pick(&["smart-key", "registry", "directory", "current"])));
        lines.push(format!("editable = [{}]", self.pick(&["", "\"phone\"", "\"email\", \"phone\"", "\"all\""])));
        lines.push(format!("proof = {:?}", self.pick(&["none", "current-key"])));
        lines.push(format!("application = {:?}", self.pick(&["none", "paper", "paper-or-scan", "electronic"])));
        lines.push(format!("earliest_start = {:?}", self.pick(&["any", "30d", "21d"])));
        lines.push(self.review());
        lines.push(
            self.pick(&[
                "delivery = \"portal\"",
                "delivery = { mailed-link = { life = \"5wd\" } }",
                "delivery = { mailed-link = { life = \"48h\" } }",
                "delivery = { mailed-link = { life = \"48h\", ended = \"send-again\" } }",
                "delivery = { mailed-link = { life = \"5wd\", ended = \"send-again\" } }",
            ])
            .to_owned(),
        );
        lines.push(self.act());
        lines.push(format!("activation = {:?}", self.pick(&["on-install", "on-act"])));
        if !first {
            lines.push(format!(
                "predecessor = {{ becomes = \"superseded\", overlap = {:?} }}",
                self.pick(&["0d", "14d", "3h"])
            ));
        }
        lines.push(format!("request_life = {:?}", self.pick(&["30d", "10d", "60d"])));
        lines.push(format!("notices = [{}]", self.pick(&["", "\"accepted\"", "\"activated\", \"expiry: 30d 1d\""])));
        lines.join("\n")
    }

    fn review(&mut self) -> String {
        if self.one_of(4) {
            return "review = \"none\"".to_owned();
        }
        let second = self.one_of(2);
        let target =
            self.pick(&["\"2h\"", "\"24h\", days_off = \"skip\"", "\"next working day 11:00\"", "\"immediate\""]);
        format!("review = {{ by = [\"operator\"], second_person = {second}, target = {target} }}")
    }

    fn act(&mut self) -> String {
        if self.one_of(5) {
            return "act = \"none\"".to_owned();
        }
        let form = self.pick(&["electronic", "paper"]);
        let gate = self.pick(&["none", "before-delivery", "before-activation"]);
        let drawn = self.pick(&["at-creation", "at-issue"]);
        let due = self.pick(&[
            "",
            ", due = \"7wd\"",
            ", due = \"5d\", overdue = \"block\"",
            ", due = \"1wd\", overdue = \"block\"",
        ]);
        format!("act = {{ title = \"t\", form = {form:?}, copies = 1, gate = {gate:?}, drawn = {drawn:?}{due} }}")
    }
}

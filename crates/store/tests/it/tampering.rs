//! A thousand tamperings by someone who owns the database: all are found, but for the one exception the journal names.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use store::Store;
use store::journal::{self, CheckpointRow, Head, JournalRow, LANES};

use crate::database::{BackDoor, Database, on_both};
use crate::journal::{append, check_in, seal_holds};
use crate::sample::NOW;

const TRIALS: u32 = 1_000;

/// A journal with four checkpoints and rows after the last one, and everything the tamperer knows of it.
struct Victim<'d> {
    store: &'d Store,
    door: BackDoor,
    rng: ChaCha8Rng,
    lanes: Vec<Vec<JournalRow>>,
    checkpoints: Vec<CheckpointRow>,
    /// Ends of the lanes at the last checkpoint.
    covered: [Head; LANES as usize],
}

impl<'d> Victim<'d> {
    fn new(db: &'d Database) -> Self {
        let mut checkpoints = Vec::new();
        for round in 0..4 {
            append(&db.store, &(0..40).map(|number| format!("request:{number}-{round}")).collect::<Vec<_>>());
            checkpoints.push(check_in(&db.store, NOW.plus_ms(round)));
        }
        append(&db.store, &(0..40).map(|number| format!("request:{number}-after")).collect::<Vec<_>>());
        let lanes = (0..LANES).map(|lane| db.store.read(|tx| journal::lane_rows(tx, lane, 0, 1_000)).unwrap());
        let lanes: Vec<_> = lanes.collect();
        let covered = journal::checkpoint_heads(&checkpoints[3].text).unwrap();
        assert!(covered.iter().all(|head| head.seq >= 2), "choose other objects: every lane needs two covered rows");
        let mut door = db.back_door();
        for table in ["journal", "journal_heads", "checkpoints"] {
            door.run(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"));
        }
        Self { store: &db.store, door, rng: ChaCha8Rng::seed_from_u64(3), lanes, checkpoints, covered }
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.rng.next_u64() % limit as u64).unwrap()
    }

    fn restore(&mut self) {
        for table in ["journal", "journal_heads", "checkpoints"] {
            self.door.run(&format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}"));
        }
    }

    fn problems(&self) -> Vec<journal::Problem> {
        journal::verify(self.store, &seal_holds, &self.checkpoints).unwrap().problems
    }

    fn any_row(&mut self) -> JournalRow {
        let lane = self.below(16);
        let place = self.below(self.lanes[lane].len());
        self.lanes[lane][place].clone()
    }

    /// A row at or before the last checkpoint.
    fn covered_row(&mut self) -> JournalRow {
        let lane = self.below(16);
        let place = self.below(usize::try_from(self.covered[lane].seq).unwrap());
        self.lanes[lane][place].clone()
    }

    fn flipped(&mut self, octets: &[u8]) -> String {
        let mut octets = octets.to_vec();
        let place = self.below(octets.len());
        octets[place] ^= 1 << self.below(8);
        self.door.octets(&octets)
    }

    fn put_row(&mut self, row: &JournalRow) {
        let (prev_hash, hash) = (self.door.octets(&row.prev_hash), self.door.octets(&row.hash));
        let JournalRow { lane, seq, actor, object, kind, body, .. } = row;
        let at = row.at.0;
        self.door.run(&format!(
            "INSERT INTO journal (lane, seq, at, actor, object, kind, body, prev_hash, hash) \
             VALUES ({lane}, {seq}, {at}, '{actor}', '{object}', '{kind}', '{body}', {prev_hash}, {hash})"
        ));
    }

    /// Writes a lane anew with right places, hashes and head: the best a tamperer without the signing key can do.
    fn rewrite_lane(&mut self, lane: usize, rows: Vec<JournalRow>) {
        self.door.run(&format!("DELETE FROM journal WHERE lane = {lane}"));
        let mut last = Head::default();
        for mut row in rows {
            row.seq = last.seq + 1;
            row.prev_hash = last.hash;
            row.hash = journal::recompute(&row);
            last = Head { seq: row.seq, hash: row.hash };
            self.put_row(&row);
        }
        let hash = self.door.octets(&last.hash);
        self.door.run(&format!("UPDATE journal_heads SET seq = {}, hash = {hash} WHERE lane = {lane}", last.seq));
    }

    /// Tampers in one of the ways and says how.
    fn tamper(&mut self, way: usize) -> String {
        match way {
            0 => {
                let row = self.any_row();
                let column = self.below(9);
                let (lane, seq) = (row.lane, row.seq);
                let other = (usize::from(lane) + 1 + self.below(15)) % 16;
                let change = match column {
                    // To the end of another lane, where there is room.
                    0 => format!("lane = {other}, seq = {}", self.lanes[other].len() + 1),
                    1 => format!("seq = {}", self.lanes[usize::from(lane)].len() + 1 + self.below(50)),
                    2 => format!("at = at + {}", 1 + self.below(1_000)),
                    3 => "actor = 'staff:nobody'".to_owned(),
                    4 => "object = 'request:other'".to_owned(),
                    5 => "kind = 'request-approved'".to_owned(),
                    6 => "body = replace(body, 'причина', 'повод')".to_owned(),
                    7 => format!("prev_hash = {}", self.flipped(&row.prev_hash)),
                    _ => format!("hash = {}", self.flipped(&row.hash)),
                };
                self.door.run(&format!("UPDATE journal SET {change} WHERE lane = {lane} AND seq = {seq}"));
                format!("{change} in row {lane}/{seq}")
            }
            1 => {
                let JournalRow { lane, seq, .. } = self.any_row();
                self.door.run(&format!("DELETE FROM journal WHERE lane = {lane} AND seq = {seq}"));
                format!("row {lane}/{seq} deleted")
            }
            2 => {
                // Deleted, and the rows behind moved up, chained and headed anew.
                let JournalRow { lane, seq, .. } = self.covered_row();
                let lane = usize::from(lane);
                let rows = self.lanes[lane].iter().filter(|row| row.seq != seq).cloned().collect();
                self.rewrite_lane(lane, rows);
                format!("row {lane}/{seq} deleted and the lane rewritten")
            }
            3 => {
                let (one, mut two) = (self.any_row(), self.any_row());
                while (two.lane, two.seq) == (one.lane, one.seq) {
                    two = self.any_row();
                }
                let places = [(two.lane, two.seq), (one.lane, one.seq)];
                for row in [&one, &two] {
                    let (lane, seq) = (row.lane, row.seq);
                    self.door.run(&format!("DELETE FROM journal WHERE lane = {lane} AND seq = {seq}"));
                }
                for (row, (lane, seq)) in [one, two].into_iter().zip(places) {
                    self.put_row(&JournalRow { lane, seq, ..row });
                }
                format!("rows {places:?} swapped")
            }
            4 => {
                // The tail is cut at or before a checkpoint, the head set to what is left.
                let JournalRow { lane, seq, .. } = self.covered_row();
                let lane = usize::from(lane);
                let rows = self.lanes[lane].iter().filter(|row| row.seq < seq).cloned().collect();
                self.rewrite_lane(lane, rows);
                format!("lane {lane} cut from {seq}")
            }
            5 => {
                // Everything goes back to an earlier checkpoint, checkpoints too. Only the copy outside knows better.
                let back_to = self.below(3);
                let heads = journal::checkpoint_heads(&self.checkpoints[back_to].text).unwrap();
                for (lane, head) in heads.iter().enumerate() {
                    let rows = self.lanes[lane].iter().filter(|row| row.seq <= head.seq).cloned().collect();
                    self.rewrite_lane(lane, rows);
                }
                self.door.run(&format!("DELETE FROM checkpoints WHERE number > {}", back_to + 1));
                format!("everything back to checkpoint {}", back_to + 1)
            }
            6 => {
                // Two covered rows change places, all hashes right.
                let lane = self.below(16);
                let end = usize::try_from(self.covered[lane].seq).unwrap();
                let one = self.below(end);
                let two = (one + 1 + self.below(end - 1)) % end;
                let mut rows = self.lanes[lane].clone();
                rows.swap(one, two);
                self.rewrite_lane(lane, rows);
                format!("rows {one} and {two} of lane {lane} reordered and rewritten")
            }
            7 => {
                let row = self.covered_row();
                let lane = usize::from(row.lane);
                let mut rows = self.lanes[lane].clone();
                rows[usize::try_from(row.seq - 1).unwrap()].body = "{\"event\":\"request-approved\"}".to_owned();
                self.rewrite_lane(lane, rows);
                format!("row {lane}/{} rewritten with everything after it", row.seq)
            }
            8 => {
                let lane = self.below(16);
                let change = match self.below(4) {
                    0 => "seq = seq + 1".to_owned(),
                    1 => "seq = seq - 1".to_owned(),
                    2 => "seq = 0".to_owned(),
                    _ => {
                        let hash = self.lanes[lane].last().unwrap().hash;
                        format!("hash = {}", self.flipped(&hash))
                    }
                };
                self.door.run(&format!("UPDATE journal_heads SET {change} WHERE lane = {lane}"));
                format!("head {lane}: {change}")
            }
            9 => {
                let lane = self.below(16);
                self.door.run(&format!("DELETE FROM journal_heads WHERE lane = {lane}"));
                format!("head {lane} deleted")
            }
            10 => {
                let number = 1 + self.below(4);
                let row = self.checkpoints[number - 1].clone();
                let change = match self.below(6) {
                    0 => "number = number + 100".to_owned(),
                    1 => "at = at + 1".to_owned(),
                    2 => format!("text = replace(text, 'Number: {number}', 'Number: 9')"),
                    3 => "text = text || ' '".to_owned(),
                    4 => format!("signature = {}", self.flipped(&row.signature)),
                    _ => "algorithm = 'none'".to_owned(),
                };
                self.door.run(&format!("UPDATE checkpoints SET {change} WHERE number = {number}"));
                format!("checkpoint {number}: {change}")
            }
            11 => {
                let number = 1 + self.below(4);
                self.door.run(&format!("DELETE FROM checkpoints WHERE number = {number}"));
                format!("checkpoint {number} deleted")
            }
            12 => {
                // A covered row is rewritten and the last checkpoint made to agree, all but its signature.
                let row = self.covered_row();
                let lane = usize::from(row.lane);
                let mut rows = self.lanes[lane].clone();
                rows[usize::try_from(row.seq - 1).unwrap()].actor = "staff:nobody".to_owned();
                self.rewrite_lane(lane, rows);
                for number in 1..=4_i64 {
                    let heads = journal::checkpoint_heads(&self.checkpoints[usize::try_from(number - 1).unwrap()].text);
                    let mut heads = heads.unwrap();
                    let hash = self.hash_at(lane, heads[lane].seq);
                    heads[lane].hash = hash;
                    let previous = self.checkpoints[0].sha256();
                    let text = journal::checkpoint_text(number, NOW.plus_ms(number - 1), &previous, &heads);
                    self.door.run(&format!("UPDATE checkpoints SET text = '{text}' WHERE number = {number}"));
                }
                format!("row {lane}/{} rewritten with the checkpoints' texts", row.seq)
            }
            _ => {
                // A forged row at the end of a lane, well chained, the head left as it was; or in a place long past.
                let lane = self.below(16);
                let last = self.lanes[lane].last().unwrap().clone();
                let gap = i64::try_from(self.below(3)).unwrap();
                let mut row = JournalRow { seq: last.seq + 1 + gap, prev_hash: last.hash, ..last };
                row.hash = journal::recompute(&row);
                self.put_row(&row);
                format!("row {lane}/{} forged", row.seq)
            }
        }
    }

    fn hash_at(&self, lane: usize, seq: i64) -> [u8; 32] {
        let lane = u8::try_from(lane).unwrap();
        let rows = self.store.read(|tx| journal::lane_rows(tx, lane, seq - 1, 1)).unwrap();
        rows.first().map_or([0; 32], |row| row.hash)
    }
}

const WAYS: usize = 14;

on_both! {
    fn a_thousand_tamperings_are_all_found(db) {
        let mut victim = Victim::new(db);
        assert_eq!(victim.problems(), vec![]);
        let mut missed = Vec::new();
        for trial in 0..TRIALS {
            let what = victim.tamper(trial as usize % WAYS);
            if victim.problems().is_empty() {
                missed.push(what);
            }
            victim.restore();
        }
        assert_eq!(missed, Vec::<String>::new());
        assert_eq!(victim.problems(), vec![], "the journal was restored");
    }

    fn rows_after_the_last_checkpoint_rewritten_with_their_heads_are_the_named_exception(db) {
        let mut victim = Victim::new(db);
        for lane in 0..16 {
            let covered = victim.covered[lane].seq;
            let mut rows = victim.lanes[lane].clone();
            for row in rows.iter_mut().filter(|row| row.seq > covered) {
                row.actor = "staff:nobody".to_owned();
            }
            victim.rewrite_lane(lane, rows);
        }
        assert_eq!(victim.problems(), vec![]);
        // A cut behind the last checkpoint is the same.
        let rows = victim.lanes[0].iter().filter(|row| row.seq <= victim.covered[0].seq).cloned().collect();
        victim.rewrite_lane(0, rows);
        assert_eq!(victim.problems(), vec![]);
        // The next checkpoint ends the exception.
        victim.restore();
        victim.checkpoints.push(check_in(&db.store, NOW.plus_ms(9)));
        assert_eq!(victim.problems(), vec![]);
        let lane = victim.lanes.iter().position(|rows| rows.len() > 3).unwrap();
        let mut rows = victim.lanes[lane].clone();
        rows.last_mut().unwrap().actor = "staff:nobody".to_owned();
        victim.rewrite_lane(lane, rows);
        assert_ne!(victim.problems(), vec![]);
    }
}

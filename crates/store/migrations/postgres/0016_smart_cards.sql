-- The register of smart cards, one row a card (order 152 of FAPSI), and every hand-out of one: to whom, for which signature, until when.

CREATE TABLE smart_cards (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    serial TEXT COLLATE "C" NOT NULL,
    model TEXT NOT NULL,
    standing TEXT NOT NULL CHECK (standing IN ('in-stock', 'handed-out', 'returned', 'written-off')),
    -- The newest hand-out; the open one while the card is in somebody's hands.
    hand_out_id TEXT,
    registered_by TEXT NOT NULL REFERENCES staff (id),
    registered_at BIGINT NOT NULL,
    CHECK (standing NOT IN ('handed-out', 'returned') OR hand_out_id IS NOT NULL),
    UNIQUE (agent_id, serial)
);

CREATE TABLE hand_outs (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id BIGINT NOT NULL,
    -- The number of the receipt, counted from 1 at each agent.
    number BIGINT NOT NULL CHECK (number > 0),
    card_id TEXT NOT NULL REFERENCES smart_cards (id),
    inn TEXT NOT NULL,
    organisation TEXT,
    organisation_folded TEXT COLLATE "C",
    person TEXT NOT NULL,
    person_folded TEXT COLLATE "C" NOT NULL,
    gender TEXT NOT NULL CHECK (gender IN ('male', 'female')),
    slot TEXT NOT NULL CHECK (slot IN ('first', 'second', 'third', 'fourth')),
    city TEXT NOT NULL,
    branch TEXT NOT NULL,
    handed_by TEXT NOT NULL REFERENCES staff (id),
    handed_at BIGINT NOT NULL,
    ended_by TEXT REFERENCES staff (id),
    ended_at BIGINT,
    end_reason TEXT,
    CHECK ((ended_by IS NULL) = (ended_at IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)),
    UNIQUE (agent_id, number)
);
-- A card is in one pair of hands, and nobody has two cards for one signature.
CREATE UNIQUE INDEX hand_outs_one_of_a_card ON hand_outs (card_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX hand_outs_one_a_signature ON hand_outs (agent_id, inn, person_folded, slot) WHERE ended_at IS NULL;
CREATE INDEX hand_outs_of_card ON hand_outs (card_id, number);
CREATE INDEX hand_outs_by_inn ON hand_outs (agent_id, inn);
CREATE INDEX hand_outs_by_person ON hand_outs (agent_id, person_folded);
CREATE INDEX hand_outs_by_organisation ON hand_outs (agent_id, organisation_folded);
CREATE INDEX hand_outs_by_clerk ON hand_outs (handed_by, handed_at);

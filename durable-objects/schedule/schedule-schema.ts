/** Rows of a schedule's SQLite. Append only: a released entry never changes. */
export const scheduleMigrations: readonly string[] = [
  `
  -- The ledger: what became of each scheduled instant. "recorded_version" is what D1 has.
  CREATE TABLE entry (
    scheduled_at INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    deployment_id TEXT,
    fired_at INTEGER,
    ended_at INTEGER,
    until INTEGER,
    -- Of an instant that reached no device: the execution that says so.
    execution_id TEXT,
    version INTEGER NOT NULL,
    recorded_version INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX entry_unrecorded ON entry (scheduled_at) WHERE version > recorded_version;

  -- What hosts must still be told.
  CREATE TABLE notice (seq INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL);
  `,
];

/** Rows of a deployment's SQLite. Append only: a released entry never changes. */
export const deploymentMigrations: readonly string[] = [
  `
  CREATE TABLE target (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    host_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    device_key TEXT NOT NULL,
    device_name TEXT NOT NULL,
    item INTEGER NOT NULL,
    -- Counted from 0.
    wave INTEGER NOT NULL,
    -- The target whose effect this one takes back.
    undoes TEXT,
    status TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 1,
    progress_percent INTEGER,
    result_message TEXT,
    error_details TEXT,
    exit_code INTEGER,
    waiting_for TEXT,
    started_at INTEGER,
    completed_at INTEGER,
    -- What the agent says a rollback would do about it, in JSON.
    undo TEXT,
    -- The host's version of the last report taken.
    report_version INTEGER NOT NULL DEFAULT 0,
    -- Ours: what D1 and dashboards have not heard of is above their cursors.
    version INTEGER NOT NULL DEFAULT 0,
    -- What the host must still be told: null, 'enqueue' or 'cancel'.
    to_tell TEXT
  ) WITHOUT ROWID;
  CREATE INDEX target_to_tell ON target (host_id) WHERE to_tell IS NOT NULL;
  `,
];

/** Rows of a host's SQLite. Append only: a released entry never changes. */
export const hostMigrations: readonly string[] = [
  `
  -- One row a target. "state" is the HostJob of domain/host, "work" what the agent gets to do; "open" rows are decided about.
  CREATE TABLE job (
    target_id TEXT PRIMARY KEY,
    deployment_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    open INTEGER NOT NULL,
    state TEXT NOT NULL,
    work TEXT NOT NULL,
    version INTEGER NOT NULL,
    reported_version INTEGER NOT NULL DEFAULT 0,
    ended_at INTEGER,
    -- Whether all of the target's output is in R2.
    log_sealed INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE INDEX job_open ON job (position) WHERE open = 1;
  CREATE INDEX job_unsealed ON job (ended_at) WHERE ended_at IS NOT NULL AND log_sealed = 0;

  -- A target's output: frames not yet in R2, and the segments that are. "lines" have begun before the end of the row, where
  -- "open_bytes" and "open_stream" say what there is of the last one if it goes on.
  CREATE TABLE log_frame (target_id TEXT NOT NULL, offset INTEGER NOT NULL, next_offset INTEGER NOT NULL, lines INTEGER NOT NULL,
    open_bytes INTEGER NOT NULL, open_stream TEXT, pieces TEXT NOT NULL, PRIMARY KEY (target_id, offset)) WITHOUT ROWID;
  CREATE TABLE log_segment (target_id TEXT NOT NULL, offset INTEGER NOT NULL, next_offset INTEGER NOT NULL, lines INTEGER NOT NULL,
    open_bytes INTEGER NOT NULL, open_stream TEXT, key TEXT NOT NULL, PRIMARY KEY (target_id, offset)) WITHOUT ROWID;

  -- Proofs of the host key that were used; each counts once.
  CREATE TABLE proof (jti TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  `,
  `
  -- One line an event, as people read it.
  CREATE TABLE host_log (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, level TEXT NOT NULL, text TEXT NOT NULL);
  -- What schedules said of themselves last: a repetition says nothing.
  CREATE TABLE schedule_note (schedule_id TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
  `,
];

/** Rows of a team's SQLite. Append only: a released entry never changes. */
export const teamMigrations: readonly string[] = [
  `
  -- The last report of each host, whole.
  CREATE TABLE host (
    host_id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    online INTEGER NOT NULL,
    last_seen_at TEXT,
    devices TEXT NOT NULL,
    locked INTEGER NOT NULL,
    recorded INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE INDEX host_unrecorded ON host (host_id) WHERE recorded = 0;
  CREATE INDEX host_online ON host (host_id) WHERE online = 1;

  -- Version of the last report taken of each deployment in flight.
  CREATE TABLE deployment (deployment_id TEXT PRIMARY KEY, version INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX deployment_at ON deployment (at);

  -- The latest events, for dashboards that come back.
  CREATE TABLE event (seq INTEGER PRIMARY KEY AUTOINCREMENT, frame TEXT NOT NULL);
  `,
  `
  -- Not only deployments publish: the version of the last events taken of each source.
  ALTER TABLE deployment RENAME TO source;
  ALTER TABLE source RENAME COLUMN deployment_id TO source_id;
  DROP INDEX deployment_at;
  CREATE INDEX source_at ON source (at);
  `,
];

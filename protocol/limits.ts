/** Bounds that both sides of a process boundary must agree on. Each says why it has its size. */

/** A frame to or from an agent. Workers refuse WebSocket messages above 1 MiB (the runtime's limit), so stay well below. */
export const MAX_AGENT_FRAME_BYTES = 256 * 1024;

/** Output in one `job.log` frame: large enough that a noisy job costs few messages, small enough to reach a viewer at once. */
export const MAX_LOG_FRAME_BYTES = 64 * 1024;

/** Output an agent may have sent and not yet seen acknowledged for one job: bounds what a slow disk makes the object hold. */
export const MAX_UNACKED_LOG_BYTES = 1024 * 1024;

/** How often an agent pings: as seldom as two fit into the 60 s in which a silent loss must show, so that a thousand cost little. */
export const HEARTBEAT_SECONDS = 25;

/** No ping for this long means that the agent is gone: one lost ping and its delay are forgiven. */
export const SILENT_AFTER_SECONDS = 52;

/** An agent's report of progress is not more frequent than this for one job; a person cannot read faster. */
export const PROGRESS_INTERVAL_MS = 250;

/** Result texts that travel in frames and lists; whole output belongs to the log. */
export const MAX_MESSAGE_CHARACTERS = 500;
export const MAX_DETAILS_CHARACTERS = 4000;

/** One line of a host's log: names are 200 characters at most, and a reason has room beside two of them. */
export const MAX_HOST_LOG_CHARACTERS = 1000;

/** Request bodies in JSON: ten thousand device ids fit. */
export const MAX_JSON_BODY_BYTES = 1024 * 1024;

/** A deployment's targets: more go through several deployments until relay objects exist. */
export const MAX_TARGETS = 10_000;

/** A single-request upload; the edge refuses bodies above 100 MB, so larger files go up in parts. */
export const MAX_SINGLE_UPLOAD_BYTES = 90 * 1024 * 1024;

/** One part of a large upload. R2 wants all parts but the last of one size, at least 5 MiB and at most 10,000 of them. */
export const UPLOAD_PART_BYTES = 16 * 1024 * 1024;

/** 10,000 parts of 16 MiB are 156 GiB; a file larger than this is more likely a mistake. */
export const MAX_FILE_BYTES = 100 * 1024 * 1024 * 1024;

/** Applies to `timeout_seconds` of a spec: a week. */
export const MAX_TIMEOUT_SECONDS = 7 * 24 * 3600;

/** How far from now a reservation may end: a week. */
export const MAX_RESERVATION_SECONDS = 7 * 24 * 3600;

/** Of a device's queue so many are listed, the next ones first. */
export const MAX_QUEUE_LISTED = 200;

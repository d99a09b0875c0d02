/** The reader's own time zone; on the server that of the server, until the browser takes over. */
export const viewerZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Which alarms the runtime keeps for the objects of a class: read from its own records on disk, from outside. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

const Count = z.object({ count: z.number() });

export const countAlarms = (dataDirectory: string, className: string): number => {
  const database = new DatabaseSync(join(dataDirectory, `do/api-${className}/metadata.sqlite`), {
    readOnly: true,
    timeout: 5000,
  });
  try {
    return Count.parse(database.prepare('SELECT count(*) AS count FROM _cf_ALARM').get()).count;
  } finally {
    database.close();
  }
};

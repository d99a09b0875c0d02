/** The real clock, randomness, database and objects. */
import { openDatabase } from '#database/database.ts';
import { logEvent } from '#durable-objects/log.ts';
import { deploymentStub, hostStub, scheduleStub, teamStub } from '#durable-objects/stubs.ts';
import type { Dependencies } from './context.ts';

export const dependencies: Dependencies = {
  clock: () => new Date(),
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  database: (env) => openDatabase(env.DB),
  host: hostStub,
  deployment: deploymentStub,
  schedule: scheduleStub,
  team: teamStub,
  log: logEvent,
  checkAnswers: false,
};

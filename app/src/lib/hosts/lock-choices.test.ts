import { expect, test } from 'vitest';
import { Lock } from '#protocol/http/hosts.ts';
import { lockChoices } from './lock-choices.ts';

const serial = (number: number): string => String(number).padStart(26, '0');
const mia = { id: `user_${serial(1)}`, canOperate: true, canAdminister: false };
const theo = { ...mia, id: `user_${serial(2)}` };
const admin = { id: `user_${serial(3)}`, canOperate: true, canAdminister: true };
const viewer = { ...theo, canOperate: false };

const times = { since: '2026-03-01T12:00:00Z', expires_at: '2026-03-01T13:00:00Z' };
const hers = { id: mia.id, name: 'mia', reason: 'debugging', ...times };
const reserved = Lock.parse({ holder: 'user', ...hers, waiting: 0 });
const job = { holder: 'deployment', id: `dep_${serial(1)}`, name: 'Run uptime', reason: null, ...times, waiting: 0 };
const running = Lock.parse(job);
const both = Lock.parse({ ...job, reserved_by: hers });

test.each([
  ['free', null, false, mia, ['reserve']],
  ['free', null, false, viewer, []],
  ['unknown', null, null, admin, []],
  ['running', running, true, mia, ['reserve']],
  ['reserved by oneself', reserved, false, mia, ['extend', 'release']],
  ['reserved by another', reserved, false, theo, []],
  ['reserved by another, for an admin', reserved, false, admin, ['take_over', 'release']],
  ['running and reserved by oneself', both, true, mia, ['extend', 'release']],
  ['running and reserved by another, for an admin', both, true, admin, ['take_over', 'release']],
  ['reserved by oneself, who may only look now', reserved, false, { ...mia, canOperate: false }, []],
])(
  'of a device that is %s one is offered what the API takes',
  (_state, lock, has_running_deployment, actor, expected) => {
    expect(lockChoices({ lock, has_running_deployment }, actor)).toEqual(expected);
  },
);

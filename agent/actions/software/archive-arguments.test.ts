import { expect, it } from 'vitest';
import { parseArchiveArguments } from './archive-arguments.ts';

it.each([
  ['node', [], { target: '/opt/node', strip: 0 }],
  ['node', ['--target', '/srv/node'], { target: '/srv/node', strip: 0 }],
  ['node', ['--target=/srv/n=o'], { target: '/srv/n=o', strip: 0 }],
  ['node', ['/srv/node'], { target: '/srv/node', strip: 0 }],
  ['node', ['--strip-components', '1'], { target: '/opt/node', strip: 1 }],
  ['node', ['--strip-components=2', '/srv/node'], { target: '/srv/node', strip: 2 }],
  ['a/b', ['/srv/node'], { target: '/srv/node', strip: 0 }],
])('%s %j', (name, args, options) => {
  expect(parseArchiveArguments(name, args)).toEqual({ ok: true, options });
});

it.each([
  ['a/b', [], 'say where to'],
  ['node', ['--target'], 'not --target'],
  ['node', ['--target', 'relative'], 'not --target'],
  ['node', ['relative'], 'not relative'],
  ['node', ['--use-compress-program=reboot'], 'not --use-compress-program=reboot'],
  ['node', ['--strip-components', '-1'], 'takes a number'],
  ['node', ['/a', '/b'], 'one folder only'],
])('%s %j is refused: %s', (name, args, message) => {
  expect(parseArchiveArguments(name, args)).toEqual({ ok: false, message: expect.stringContaining(message) });
});

import { describe, expect, it } from 'vitest';
import { announcedSize, classifyAnswer, validatorOf } from './responses.ts';

describe('classifyAnswer', () => {
  it.each([
    [200, null, 0, 'whole'],
    [200, null, 100, 'whole'],
    [206, 'bytes 100-199/200', 100, 'rest'],
    [206, 'bytes 100-199/*', 100, 'rest'],
    [206, 'bytes 0-199/200', 100, 'restart'],
    [206, null, 100, 'restart'],
    [416, 'bytes */50', 100, 'restart'],
    [416, null, 0, 'fail'],
    [206, 'bytes 5-9/10', 0, 'fail'],
    [404, null, 0, 'fail'],
    [403, null, 100, 'fail'],
    [410, null, 0, 'fail'],
    [302, null, 0, 'fail'],
    [408, null, 0, 'retry'],
    [429, null, 0, 'retry'],
    [500, null, 0, 'retry'],
    [503, null, 100, 'retry'],
  ])('%i with range %j at byte %i: %s', (status, range, offset, expected) => {
    expect(classifyAnswer(status, range, offset).type).toBe(expected);
  });
});

it.each([
  [{ 'content-length': '100' }, 50, 150],
  [{}, 50, null],
  [{ 'content-length': '100', 'content-encoding': 'gzip' }, 0, null],
  [{ 'content-length': '100', 'content-encoding': 'identity' }, 0, 100],
])('announcedSize of %j at byte %i is %j', (headers, offset, expected) => {
  expect(announcedSize(new Headers(headers), offset)).toBe(expected);
});

it.each([
  [{ etag: '"a"', 'last-modified': 'yesterday' }, '"a"'],
  [{ etag: 'W/"a"' }, null],
  [{ 'last-modified': 'Wed, 21 Oct 2026 07:28:00 GMT' }, 'Wed, 21 Oct 2026 07:28:00 GMT'],
  [{}, null],
])('validatorOf %j is %j', (headers, expected) => {
  expect(validatorOf(new Headers(headers))).toBe(expected);
});

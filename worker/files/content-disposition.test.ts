import { expect, it } from 'vitest';
import { attachment } from './content-disposition.ts';

it.each([
  ['setup.deb', 'attachment; filename="setup.deb"'],
  ['two words.txt', 'attachment; filename="two words.txt"'],
  ['say "hi".txt', `attachment; filename="say _hi_.txt"; filename*=UTF-8''say%20%22hi%22.txt`],
  ['a\\b', `attachment; filename="a_b"; filename*=UTF-8''a%5Cb`],
  ['größe.txt', `attachment; filename="gr__e.txt"; filename*=UTF-8''gr%C3%B6%C3%9Fe.txt`],
  ["it's (1)*.txt", `attachment; filename="it's (1)*.txt"`],
  ["ü'(1)*.txt", `attachment; filename="_'(1)*.txt"; filename*=UTF-8''%C3%BC%27%281%29%2A.txt`],
  ['100%.txt', `attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt`],
  ['a\r\nSet-Cookie: x', `attachment; filename="a__Set-Cookie: x"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x`],
  ['\ud800.txt', `attachment; filename="_.txt"; filename*=UTF-8''%EF%BF%BD.txt`],
])('names %j', (filename, header) => {
  expect(attachment(filename)).toBe(header);
});

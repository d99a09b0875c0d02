import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { openFormFile } from './multipart-form.ts';
import { RejectedUpload } from './rejected-upload.ts';

const TYPE = 'multipart/form-data; boundary=XYZ';

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array, void> {
  const bytes = Buffer.from(text);
  // One buffer for all pieces, as the reader of a body has it: whoever keeps a piece without copying it fails here.
  const shared = new Uint8Array(size);
  for (let offset = 0; offset < bytes.length; offset += size) {
    const piece = bytes.subarray(offset, offset + size);
    shared.set(piece);
    yield shared.subarray(0, piece.length);
  }
}

const read = async (form: string, size = 1000, type = TYPE) => {
  const { content, ...rest } = await openFormFile(inPieces(form, size), type);
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(Buffer.from(piece));
  return { ...rest, text: Buffer.concat(pieces).toString() };
};

const refusal = async (form: string, type = TYPE): Promise<string> => {
  try {
    await read(form, 7, type);
  } catch (error) {
    if (error instanceof RejectedUpload) return `${error.refusal.problem.status} ${error.refusal.problem.detail}`;
    throw error;
  }
  return 'accepted';
};

const field = (headers: string, body: string): string => `--XYZ\r\n${headers}\r\n\r\n${body}\r\n`;
const file = (body: string, filename = 'a.txt'): string =>
  field(`Content-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: text/x`, body);
const note = field('Content-Disposition: form-data; name="note"', 'hello');
const end = '--XYZ--\r\n';

describe('openFormFile', () => {
  const treacherous = '\r\n--XY\r\n--XY--\r\n\r\n-\r\n--\r\n';

  it('finds the same bytes however the form is cut into pieces', async () => {
    const form = `preamble\r\n${note}${file(treacherous)}${note}${end}epilogue`;
    for (let size = 1; size <= 60; size++)
      expect(await read(form, size)).toEqual({ filename: 'a.txt', contentType: 'text/x', text: treacherous });
  });

  it('takes an empty file', async () => {
    expect((await read(`${file('')}${end}`)).text).toBe('');
  });

  it('takes a form without a line end after the last boundary', async () => {
    expect((await read(`${file('abc')}--XYZ--`)).text).toBe('abc');
  });

  it.each([
    ['multipart/form-data; boundary="XYZ"'],
    ['Multipart/Form-Data; charset=utf-8; Boundary=XYZ'],
    ['multipart/form-data;boundary=XYZ; x=y'],
  ])('reads the boundary of %s', async (type) => {
    expect((await read(`${file('abc')}${end}`, 9, type)).text).toBe('abc');
  });

  it.each([
    ['größe.txt', 'größe.txt'],
    ['say %22hi%22.txt', 'say "hi".txt'],
    ['say \\"hi\\".txt', 'say "hi".txt'],
    ['a; name=b.txt', 'a; name=b.txt'],
    ['../../etc/passwd', '../../etc/passwd'],
    ['C:\\temp\\x.txt', 'C:\\temp\\x.txt'],
  ])('reads the file name %s as it is; whether it is acceptable is for others', async (written, name) => {
    expect((await read(`${file('abc', written)}${end}`)).filename).toBe(name);
  });

  it('is not misled by a parameter or header inside another', async () => {
    const headers =
      'X-Other: form-data; name="file"\r\nContent-Disposition: form-data; filename="x; name=file; y"; name="other"';
    expect(await refusal(`${field(headers, 'abc')}${end}`)).toBe('400 The form has no field "file".');
  });

  it('reads a file field without a file name', async () => {
    const form = `${field('content-disposition:form-data;name=file', 'abc')}${end}`;
    expect(await read(form)).toEqual({ filename: null, contentType: null, text: 'abc' });
  });

  it.each([
    ['no boundary', file('abc') + end, 'multipart/form-data', '400 The form has no boundary.'],
    ['no file', note + end, TYPE, '400 The form has no field "file".'],
    [
      'two files',
      file('a') + file('b') + end,
      TYPE,
      '400 The form has more than one field "file"; send one file a request.',
    ],
    ['an end in the content', file('abc').slice(0, -3), TYPE, '400 The form ends in the middle.'],
    ['an end before the last boundary', file('abc'), TYPE, '400 The form ends in the middle.'],
    ['an end in the headers', '--XYZ\r\nContent-Disp', TYPE, '400 The form ends in the middle.'],
    ['another boundary', (file('abc') + end).replaceAll('XYZ', 'ABC'), TYPE, '400 The form ends in the middle.'],
    [
      'text behind a boundary',
      `--XYZtext\r\n\r\n${end}`,
      TYPE,
      '400 A boundary of the form is followed by something else.',
    ],
    [
      'endless headers',
      field(`X: ${'x'.repeat(20_000)}`, '') + end,
      TYPE,
      '400 A part of the form has too long headers.',
    ],
    ['nothing', '', TYPE, '400 The form ends in the middle.'],
  ])('refuses a form with %s', async (_what, form, type, expected) => {
    expect(await refusal(form, type)).toBe(expected);
  });
});

/** Reads a JSON body with a bound: a body is counted while it arrives, so that a false Content-Length buys nothing. */
import { MAX_JSON_BODY_BYTES } from '#protocol/limits.ts';
import { malformed, Refusal, refuse } from './problem.ts';

const tooLarge = () => refuse(413, 'request.too_large', `A JSON body has at most ${MAX_JSON_BODY_BYTES} bytes.`);

const isJson = (contentType: string): boolean =>
  /^application\/(?:[a-z0-9.-]+\+)?json\s*(?:;|$)/i.test(contentType.trim());

const readBounded = async (body: ReadableStream<Uint8Array>): Promise<Uint8Array | Refusal> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Not canceled when it is too long: what is left is still to be read before the answer is sent.
  for await (const chunk of body.values({ preventCancel: true })) {
    size += chunk.byteLength;
    if (size > MAX_JSON_BODY_BYTES) return tooLarge();
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
};

const parse = (text: string): { value: unknown } | Refusal => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return malformed('request.malformed_json', 'The body is not JSON.');
  }
};

const decode = (bytes: Uint8Array): string | Refusal => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return malformed('request.malformed_json', 'The body is not UTF-8.');
  }
};

/** The body's value and text. No body at all counts as `{}`, so that a call whose fields are all optional needs none. */
export const readJson = async (request: Request): Promise<{ value: unknown; text: string } | Refusal> => {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_JSON_BODY_BYTES) return tooLarge();
  const bytes = request.body === null ? new Uint8Array() : await readBounded(request.body);
  if (bytes instanceof Refusal) return bytes;
  const contentType = request.headers.get('content-type');
  if (bytes.byteLength === 0 && contentType === null) return { value: {}, text: '' };
  if (!isJson(contentType ?? '')) return refuse(415, 'request.not_json', 'The body must be application/json.');
  const text = decode(bytes);
  if (text instanceof Refusal) return text;
  const parsed = parse(text);
  return parsed instanceof Refusal ? parsed : { value: parsed.value, text };
};

/** One request with a body whose progress can be watched: `fetch` cannot tell how much has gone up. */
export interface BodyRequest {
  method: 'GET' | 'POST' | 'PUT';
  url: string;
  body: Blob | null;
  contentType: string;
  /** Makes it safe to send a creation again whose answer was lost. */
  idempotencyKey?: string;
  signal: AbortSignal;
  onProgress: (sentBytes: number) => void;
}

export type BodyAnswer =
  | { type: 'answer'; status: number; text: string; retryAfterSeconds: number | null }
  | { type: 'unreachable' }
  | { type: 'aborted' };

export type SendBody = (request: BodyRequest) => Promise<BodyAnswer>;

/** A line that moves no byte for this long is taken for dead; the part is tried again. */
const STALL_MS = 60_000;
/** With everything sent, the server may have to read a file of many gigabytes to hash it before it answers. */
const ANSWER_MS = 15 * 60_000;

const retryAfterOf = (xhr: XMLHttpRequest): number | null => {
  const seconds = Number(xhr.getResponseHeader('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
};

export const sendBody: SendBody = (request) =>
  new Promise((resolve) => {
    if (request.signal.aborted) return resolve({ type: 'aborted' });
    const xhr = new XMLHttpRequest();
    const abort = () => xhr.abort();
    let stall = setTimeout(abort, STALL_MS);
    const settle = (answer: BodyAnswer) => {
      clearTimeout(stall);
      request.signal.removeEventListener('abort', abort);
      resolve(answer);
    };
    xhr.open(request.method, request.url);
    xhr.setRequestHeader('content-type', request.contentType);
    xhr.setRequestHeader('accept', 'application/json');
    if (request.idempotencyKey !== undefined) xhr.setRequestHeader('idempotency-key', request.idempotencyKey);
    xhr.upload.onload = () => {
      clearTimeout(stall);
      stall = setTimeout(abort, ANSWER_MS);
    };
    xhr.upload.onprogress = (event) => {
      clearTimeout(stall);
      stall = setTimeout(abort, STALL_MS);
      request.onProgress(event.loaded);
    };
    xhr.onload = () =>
      settle({ type: 'answer', status: xhr.status, text: xhr.responseText, retryAfterSeconds: retryAfterOf(xhr) });
    xhr.onerror = () => settle({ type: 'unreachable' });
    xhr.onabort = () => settle(request.signal.aborted ? { type: 'aborted' } : { type: 'unreachable' });
    request.signal.addEventListener('abort', abort, { once: true });
    xhr.send(request.body);
  });

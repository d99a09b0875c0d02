/** A dashboard's socket, or a tail's, for tests: keeps what it is sent. */
import { expect } from 'vitest';

export class Viewer<Frame> {
  readonly frames: Frame[] = [];
  closed = false;

  constructor(response: Response, parse: (text: string) => Frame) {
    const socket = response.webSocket;
    if (socket === null) throw new Error(`no socket: ${response.status}`);
    socket.accept();
    socket.addEventListener('message', (event) => {
      this.frames.push(parse(String(event.data)));
    });
    socket.addEventListener('close', () => {
      this.closed = true;
    });
  }

  async until(condition: (frames: Frame[]) => boolean): Promise<Frame[]> {
    await expect.poll(() => condition(this.frames), { timeout: 4000, interval: 10 }).toBe(true);
    return this.frames;
  }
}

/**
 * Binds the scroll bar of the output to the place that is shown. A person's scrolling moves the place; when that is over, the
 * scroll bar is put where the place belongs, which moves nothing that one sees.
 */
import {
  type Anchor,
  anchorAt,
  bottomOf,
  centeredOn,
  clamped,
  type Lines,
  MAX_TRACK_PIXELS,
  movedBy,
  scrollTopOf,
  TOP,
} from './scroll-anchor.ts';

/** A longer movement in one step is a jump of the scroll bar, not a turn of the wheel. */
const JUMP_VIEWPORTS = 3;
/** No scroll event for this long: wheels, fingers and animations are at rest. */
const REST_MS = 150;

export class LogScroll {
  readonly #lines: () => Lines;
  anchor = $state.raw<Anchor>(TOP);
  /** Stay at the end as output comes. */
  follow = $state(true);
  height = $state(0);
  #box: HTMLElement | null = null;
  #last = 0;
  /** Where the scroll bar was put by us: the event about it says nothing new. */
  #expected: number | null = null;
  #restTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(lines: () => Lines) {
    this.#lines = lines;
  }

  attach(box: HTMLElement): () => void {
    this.#box = box;
    return () => {
      this.#box = null;
      if (this.#restTimer !== null) clearTimeout(this.#restTimer);
    };
  }

  scrolled(): void {
    if (this.#box === null) return;
    const top = this.#box.scrollTop;
    const isOurs = this.#expected !== null && Math.abs(top - this.#expected) < 1.5;
    this.#expected = null;
    const moved = top - this.#last;
    this.#last = top;
    if (isOurs || moved === 0) return;
    this.anchor = this.#placeAt(top, moved);
    this.#rest();
  }

  /** Lines, their heights or the view have changed. */
  settle(): void {
    const lines = this.#lines();
    this.anchor = this.follow ? bottomOf(lines, this.height) : clamped(this.anchor, lines, this.height);
    if (this.follow || this.#restTimer === null) this.#sync();
  }

  toTop(): void {
    this.#go(TOP);
  }

  toEnd(): void {
    this.follow = true;
    this.settle();
  }

  /** Into the middle of the view. */
  toLine(line: number, into = 0): void {
    this.#go(centeredOn(line, into, this.#lines(), this.height));
  }

  #go(anchor: Anchor): void {
    this.follow = false;
    this.anchor = anchor;
    this.#sync();
  }

  #placeAt(top: number, moved: number): Anchor {
    const lines = this.#lines();
    const track = this.#box?.scrollHeight ?? 0;
    const isAtEnd = top >= track - this.height - 1;
    // Only a person scrolls up; new lines never move the view that way, so that is what ends following.
    if (isAtEnd) this.follow = true;
    else if (moved < 0) this.follow = false;
    const isJump = isAtEnd || top <= 0 || Math.abs(moved) > this.height * JUMP_VIEWPORTS;
    return isJump ? anchorAt(top, lines, this.height, track) : movedBy(this.anchor, moved, lines, this.height);
  }

  #rest(): void {
    if (this.#restTimer !== null) clearTimeout(this.#restTimer);
    this.#restTimer = setTimeout(() => {
      this.#restTimer = null;
      this.#sync();
    }, REST_MS);
  }

  #sync(): void {
    if (this.#box === null) return;
    const track = this.#box.scrollHeight;
    const wanted = scrollTopOf(this.anchor, this.#lines(), this.height, track);
    if (Math.abs(this.#box.scrollTop - wanted) < 1) return;
    this.#expected = wanted;
    this.#box.scrollTop = wanted;
    this.#last = this.#box.scrollTop;
    this.#expected = this.#last;
  }
}

export const trackHeight = (pixels: number): number => Math.min(pixels, MAX_TRACK_PIXELS);

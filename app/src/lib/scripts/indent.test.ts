import { describe, expect, it } from 'vitest';
import { type Edit, indent, outdent } from './indent.ts';

const apply = (text: string, edit: Edit | null): string =>
  edit === null ? text : text.slice(0, edit.from) + edit.text + text.slice(edit.to);

describe('Tab in the editor', () => {
  it('inserts a step at the caret and stays behind it', () => {
    const edit = indent('ab', 1, 1);
    expect(apply('ab', edit)).toBe('a  b');
    expect(edit.selection).toEqual([3, 3]);
  });

  it('moves all lines that are selected, empty ones aside', () =>
    expect(apply('a\n\nb\nc', indent('a\n\nb\nc', 0, 4))).toBe('  a\n\n  b\nc'));

  it('takes a step back, a tab or what there is of it', () => {
    const text = '    a\n\tb\n c\nd';
    expect(apply(text, outdent(text, 0, text.length))).toBe('  a\nb\nc\nd');
  });

  it('takes the caret of a single line along', () => {
    const edit = outdent('x\n  ab', 5, 5);
    expect(apply('x\n  ab', edit)).toBe('x\nab');
    expect(edit?.selection).toEqual([3, 3]);
  });

  it('changes nothing where nothing is indented', () => expect(outdent('ab', 1, 1)).toBeNull());
});

/** The filter of the library, as it is in the page's address. */
import { Interpreter } from '#protocol/script.ts';

export type ScriptFilter = { q: string; interpreter: Interpreter | '' };

export const readScriptFilter = (params: URLSearchParams): ScriptFilter => ({
  q: params.get('q') ?? '',
  interpreter: Interpreter.safeParse(params.get('interpreter')).data ?? '',
});

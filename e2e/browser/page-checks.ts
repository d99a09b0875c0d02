/** What must hold of every page, whatever it shows: for those who see it, on any screen, and for those who hear it. */
import type { Page } from '@playwright/test';
import { z } from 'zod';

const text = z.object({ value: z.string().optional() }).optional();
const Tree = z.object({
  nodes: z.array(
    z.object({ ignored: z.boolean(), role: text, name: text, properties: z.array(z.unknown()).optional() }),
  ),
});
type Node = { role: string; name: string };

/** Roles that mean nothing to a listener without a name. */
const NAMED = new Set([
  'button',
  'checkbox',
  'combobox',
  'dialog',
  'image',
  'link',
  'listbox',
  'menuitem',
  'option',
  'radio',
  'searchbox',
  'spinbutton',
  'switch',
  'tab',
  'table',
  'textbox',
]);

/** As the browser tells it to a screen reader. */
const spokenNodes = async (page: Page): Promise<Node[]> => {
  const session = await page.context().newCDPSession(page);
  const { nodes } = Tree.parse(await session.send('Accessibility.getFullAXTree'));
  await session.detach();
  return nodes
    .filter(({ ignored }) => !ignored)
    .map(({ role, name }) => ({ role: role?.value ?? '', name: (name?.value ?? '').trim() }));
};

const unnamed = async (page: Page): Promise<string[]> =>
  (await spokenNodes(page))
    .filter(({ role, name }) => NAMED.has(role) && name === '')
    .map(({ role }) => `a ${role} has no name`);

const structure = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const wrong: string[] = [];
    const visible = (element: Element): boolean => element.checkVisibility();
    const headings = [...document.querySelectorAll('h1')].filter(visible);
    if (headings.length !== 1) wrong.push(`it has ${headings.length} headings of the first level`);
    if (document.querySelectorAll('main').length !== 1) wrong.push('it has not one main part');
    if (document.title === '') wrong.push('it has no title');
    if (document.documentElement.lang === '') wrong.push('it has no language');
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    for (const id of new Set(ids.filter((one, index) => ids.indexOf(one) !== index)))
      wrong.push(`the id ${id} is there twice`);
    const tooWide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (tooWide > 0) wrong.push(`it is ${tooWide} pixels wider than the screen`);
    return wrong;
  });

/** Text against the color behind it, as WCAG 2.2 counts: 4.5 for text, 3 for large text. */
const contrast = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    type Color = [number, number, number, number];
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    if (canvas === null) throw new Error('there is no canvas');
    const parse = (css: string): Color => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = css;
      canvas.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return [red, green, blue, alpha / 255];
    };
    const over = ([r, g, b, a]: Color, [br, bg, bb]: Color): Color => [
      r * a + br * (1 - a),
      g * a + bg * (1 - a),
      b * a + bb * (1 - a),
      1,
    ];
    const luminance = ([red, green, blue]: Color): number => {
      const linear = (value: number): number =>
        value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    };
    const behind = (element: Element): Color => {
      const layers: Color[] = [];
      for (let at: Element | null = element; at !== null; at = at.parentElement)
        layers.unshift(parse(getComputedStyle(at).backgroundColor));
      return layers.reduce((below, above) => over(above, below), [255, 255, 255, 1]);
    };
    const wrong = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const words = node.textContent?.trim() ?? '';
      if (
        element === null ||
        words === '' ||
        element.closest('[disabled], [aria-hidden="true"], .sr-only, script, style')
      )
        continue;
      if (!element.checkVisibility({ opacityProperty: true })) continue;
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const back = behind(element);
      const [light, dark] = [luminance(over(parse(color), back)), luminance(back)].sort((one, two) => two - one);
      const ratio = ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
      const size = Number.parseFloat(fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
      if (ratio < (isLarge ? 3 : 4.5)) wrong.add(`“${words.slice(0, 40)}” has a contrast of ${ratio.toFixed(2)}`);
    }
    return [...wrong];
  });

/** Empty when all is well. */
export const faultsOf = async (page: Page): Promise<string[]> => [
  ...(await structure(page)),
  ...(await unnamed(page)),
  ...(await contrast(page)),
];

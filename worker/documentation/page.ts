/** A page that shows the OpenAPI document, with nothing from elsewhere: no script, font or style of another host. */
const style = `
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
  body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 2rem 1rem; }
  h2 { border-bottom: 1px solid var(--line); margin: 2.5rem 0 .5rem; text-transform: capitalize; }
  details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; padding: .5rem .75rem; }
  summary { cursor: pointer; overflow-wrap: anywhere; }
  code, pre { font: 13px/1.5 ui-monospace, monospace; }
  pre { overflow: auto; background: color-mix(in srgb, currentColor 6%, transparent); padding: .75rem; border-radius: .4rem; }
  .method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
  .what { opacity: .75; margin-left: .5rem; }`;

const script = `
  const element = (name, text, className) => Object.assign(document.createElement(name), { textContent: text ?? '', className: className ?? '' });
  const json = (value) => element('pre', JSON.stringify(value, null, 2));
  const section = (parent, title, value) => value && parent.append(element('h4', title), json(value));
  const schemaOf = (part) => Object.fromEntries(Object.entries(part.content ?? {}).map(([type, media]) => [type, media.schema]));
  const operation = (path, method, details) => {
    const box = element('details');
    const head = element('summary');
    head.append(element('code', method.toUpperCase(), 'method'), element('code', path), element('span', details.summary, 'what'));
    box.append(head, element('p', details.description));
    section(box, 'Parameters', details.parameters);
    section(box, 'Body', details.requestBody && schemaOf(details.requestBody));
    for (const [status, answer] of Object.entries(details.responses)) {
      box.append(element('h4', status + ' ' + answer.description));
      if (status < '300' && answer.content) box.append(json(schemaOf(answer)));
    }
    return box;
  };
  const show = (api) => {
    const root = document.querySelector('main');
    root.append(element('h1', api.info.title + ' API ' + api.info.version));
    const tags = new Map();
    for (const [path, methods] of Object.entries(api.paths))
      for (const [method, details] of Object.entries(methods))
        for (const tag of details.tags) tags.set(tag, [...(tags.get(tag) ?? []), operation(path, method, details)]);
    for (const [tag, operations] of [...tags].sort(([a], [b]) => a.localeCompare(b))) root.append(element('h2', tag), ...operations);
  };
  fetch('/api/openapi.json').then((answer) => answer.json()).then(show);`;

export const documentationPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>DeployX API</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main></main>
<noscript>This page needs JavaScript; the document itself is at <a href="/api/openapi.json">/api/openapi.json</a>.</noscript>
<script>${script}</script>
</body>
</html>
`;

import { z } from 'zod';
import { anyone } from '../http/access.ts';
import { type Route, route } from '../http/route.ts';
import { describeApi, type OpenApiDocument } from './document.ts';
import { documentationPage } from './page.ts';

const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'";

/** The two routes that show the API's description; they are in it themselves. */
export const documentationRoutes = (others: readonly Route[]): Route[] => {
  let document: OpenApiDocument | null = null;
  // Made on the first request: most isolates never show it.
  const describe = (): OpenApiDocument => {
    document ??= describeApi([...others, ...own]);
    return document;
  };
  const getDocument = route(
    {
      method: 'get',
      path: '/openapi.json',
      tag: 'documentation',
      summary: 'This document',
      access: anyone,
      answer: { status: 200, description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }) },
    },
    async () => ({ ...describe() }),
  );
  const getPage = route(
    {
      method: 'get',
      path: '/docs',
      tag: 'documentation',
      summary: 'This document as a page',
      access: anyone,
      answer: { status: 200, description: 'A page', contentType: 'text/html' },
    },
    async () =>
      new Response(documentationPage, {
        headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY },
      }),
  );
  const own = [getDocument, getPage];
  return own;
};

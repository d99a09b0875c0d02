import { error, redirect } from '@sveltejs/kit';
import { loginAddress } from '../session/login-address.ts';
import { type Api, createApi } from './api.ts';
import { ApiError, failureText } from './api-error.ts';
import { pageRefetch } from './page-refetch.ts';

/** What a page's `load` wraps its calls in: a refusal becomes the sign-in page or an error page. */
export const loadPage = async <Data>(
  event: { fetch: typeof fetch; url: URL },
  work: (api: Api) => Promise<Data>,
): Promise<Data> => {
  try {
    return await pageRefetch.attempt(
      () => event.url.pathname,
      () => work(createApi(event.fetch)),
    );
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    if (failure.status === 401) redirect(303, loginAddress(`${event.url.pathname}${event.url.search}`));
    error(failure.status === 0 ? 503 : failure.status, { message: failureText(failure) });
  }
};

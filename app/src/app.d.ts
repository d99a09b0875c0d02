declare global {
  namespace App {
    interface Error {
      message: string;
      /** What a person can do about it. */
      hint?: string;
    }
    interface Platform {
      env: { API: { fetch: (request: Request) => Promise<Response> } };
    }
  }
}

export {};

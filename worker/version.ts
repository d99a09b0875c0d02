/** The project's version; the build puts it in. */
declare const __DEPLOYX_VERSION__: string | undefined;

export const VERSION = typeof __DEPLOYX_VERSION__ === 'string' ? __DEPLOYX_VERSION__ : '0.0.0-dev';

/** Set by the bundler; absent when the agent runs from its sources. */
declare const __DEPLOYX_VERSION__: string | undefined;

export const AGENT_VERSION = typeof __DEPLOYX_VERSION__ === 'string' ? __DEPLOYX_VERSION__ : '0.0.0-source';

/** What the runtime is called in the transformed text. */
export const RUNTIME = '__semwire';

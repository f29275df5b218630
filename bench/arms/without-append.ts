import { register } from 'node:module';

/**
 * Loaded with `--import` before an arm: the program is the same to the last file, but where it opens the embedded log it gets
 * the one in memory. So production code needs no seam for this comparison.
 */
const hooks = `
  export const resolve = (specifier, context, next) =>
    /\\/event-log\\/event-log\\.js$/.test(specifier) && !context.parentURL.includes('memory-event-log')
      ? next(${JSON.stringify(new URL('./memory-event-log.js', import.meta.url).href)}, context)
      : next(specifier, context);
`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`);

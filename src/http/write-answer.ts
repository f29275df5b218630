import type { Answer } from './answer.ts';
import type { HttpContext } from './request-state.ts';

/** Puts an answer where Koa takes it from. */
export const writeAnswer = (ctx: HttpContext, answer: Answer): void => {
  ctx.status = answer.status;
  // Which origin asked may already vary the answer.
  const varies = ctx.res.getHeader('vary');
  for (const name of Object.keys(answer.headers)) ctx.res.setHeader(name, answer.headers[name]!);
  if (varies !== undefined) ctx.vary(String(varies));
  if (answer.cookies.length > 0) ctx.res.setHeader('set-cookie', answer.cookies);
  if (answer.body !== undefined) ctx.body = answer.body;
  else if (answer.status !== 304 && answer.status !== 204) ctx.body = '';
};

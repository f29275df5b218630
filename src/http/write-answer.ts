import type { Answer } from './answer.ts';
import type { HttpContext } from './request-state.ts';

/** Puts an answer where Koa takes it from. */
export const writeAnswer = (ctx: HttpContext, answer: Answer): void => {
  ctx.status = answer.status;
  for (const name of Object.keys(answer.headers)) ctx.res.setHeader(name, answer.headers[name]!);
  if (answer.cookies.length > 0) ctx.res.setHeader('set-cookie', answer.cookies);
  if (answer.body !== undefined) ctx.body = answer.body;
  else if (answer.status !== 304 && answer.status !== 204) ctx.body = '';
};

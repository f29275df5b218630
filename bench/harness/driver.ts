import { serveArm } from './arm.ts';
import { load, type LoadPlan } from './http-load.ts';

/** The load driver's process. */
serveArm({
  start: () => undefined,
  load: (plan: LoadPlan) => load(plan),
  stop: () => undefined,
});

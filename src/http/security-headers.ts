import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

type Headers = ReadonlyMap<string, string>;

/** What helmet would set on an answer; asked once, because its values never change from request to request. */
const helmetHeaders = (options: Parameters<typeof helmet>[0]): Headers => {
  const headers = new Map<string, string>();
  const recorder = {
    setHeader: (name: string, value: string) => headers.set(name.toLowerCase(), value),
    removeHeader: (name: string) => headers.delete(name.toLowerCase()),
  };
  helmet(options)({} as IncomingMessage, recorder as unknown as ServerResponse, () => undefined);
  return headers;
};

const nothing = ["'none'"];

/**
 * Answers of the API are data: nothing in them may run, load or be framed. What only matters to documents and to browsers
 * of long ago stays out, because every answer carries these.
 */
export const securityHeaders: Headers = helmetHeaders({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: nothing, frameAncestors: nothing, baseUri: nothing, formAction: nothing },
  },
  referrerPolicy: { policy: 'no-referrer' },
  frameguard: { action: 'deny' },
  originAgentCluster: false,
  dnsPrefetchControl: false,
  ieNoOpen: false,
  permittedCrossDomainPolicies: false,
  xssFilter: false,
});

/** For the pages that show the API's description; their programs come from this machine alone. */
export const pageSecurityHeaders: Headers = helmetHeaders({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: nothing,
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      workerSrc: ["'self'", 'blob:'],
      frameAncestors: nothing,
      baseUri: nothing,
      formAction: nothing,
    },
  },
  referrerPolicy: { policy: 'no-referrer' },
  frameguard: { action: 'deny' },
});

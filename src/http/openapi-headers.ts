import type { Route } from './route.ts';

type Plain = Record<string, unknown>;

const parameter = (name: string, description: string, schema: Plain): Plain => ({
  name,
  in: 'header',
  required: false,
  description,
  schema,
});

const header = (description: string): Plain => ({ description, schema: { type: 'string' } });

/** Headers that many operations share. */
export const sharedHeaders = {
  parameters: {
    IdempotencyKey: parameter(
      'Idempotency-Key',
      'A retry with the same key gets the first answer for 24 hours.',
      { type: 'string', minLength: 1, maxLength: 255 },
    ),
    Prefer: parameter('Prefer', '`respond-async` answers without waiting for the read models.', {
      type: 'string',
    }),
    IfMatch: parameter('If-Match', 'An ETag of the resource: 412 when its revision has moved on.', {
      type: 'string',
    }),
    IfNoneMatch: parameter('If-None-Match', 'An ETag of the resource: 304 while nothing has changed.', {
      type: 'string',
    }),
    MinPosition: parameter(
      'Storyline-Min-Position',
      'A Storyline-Position: waits, within bounds, until the answer shows it.',
      { type: 'string' },
    ),
  },
  headers: {
    ETag: header('`"<revision>.<hash of the representation>"`'),
    Link: header('`rel="next"`: the next page.'),
    Location: header('Where the resource is.'),
    StorylinePosition: header('Where the command stands in the log: `<log id>.<n>`.'),
    StorylineConsistency: header('`pending`: the read models do not show everything yet.'),
    IdempotentReplayed: header('`true`: the answer of an earlier request with the same key.'),
  },
} as const;

const parameterRef = (name: keyof (typeof sharedHeaders)['parameters']): Plain => ({
  $ref: `#/components/parameters/${name}`,
});

const headerRef = (name: keyof (typeof sharedHeaders)['headers']): Plain => ({
  $ref: `#/components/headers/${name}`,
});

export const commandHeaders = [parameterRef('IdempotencyKey'), parameterRef('Prefer')];
export const queryHeaders = [parameterRef('IfNoneMatch'), parameterRef('MinPosition')];
export const conditionalHeader = parameterRef('IfMatch');

const sharedNames: Readonly<Record<string, keyof (typeof sharedHeaders)['headers']>> = {
  etag: 'ETag',
  link: 'Link',
  location: 'Location',
};

/** Headers of a route's reply: what every command and query answers with, and what the route says itself. */
export const replyHeaders = (
  route: Route,
  status: number,
  own: Readonly<Record<string, string>> | undefined,
): Plain => ({
  ...(route.method === 'GET' ? {} : { 'Storyline-Position': headerRef('StorylinePosition') }),
  'Storyline-Consistency': headerRef('StorylineConsistency'),
  ...(route.method === 'GET' ? {} : { 'Idempotent-Replayed': headerRef('IdempotentReplayed') }),
  ...(status === 201 ? { Location: headerRef('Location') } : {}),
  ...(route.ifMatch === true ? { ETag: headerRef('ETag') } : {}),
  ...(route.query?.properties['cursor'] === undefined ? {} : { Link: headerRef('Link') }),
  ...Object.fromEntries(
    Object.entries(own ?? {}).map(([name, description]) => {
      const shared = sharedNames[name.toLowerCase()];
      return shared === undefined ? [name, header(description)] : [shared, headerRef(shared)];
    }),
  ),
});

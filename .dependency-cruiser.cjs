/** The import rules of docs/architecture.md; test/architecture/import-rules.test.ts shows each of them to fire. */

const src = (...parts) => `^src/(${parts.join('|')})`;

/** A module kind may import, from src, only what is listed; anything that leaves a trace at run time counts. */
const only = (name, from, allowed, extra = {}) => ({
  name,
  severity: 'error',
  from: { path: from, ...extra.from },
  to: { path: '^src/', pathNot: allowed, ...extra.to },
});

/** As `only`, but type-only imports are free within `typesFrom`. */
const onlyAtRunTime = (name, from, allowed, typesFrom) => [
  only(name, from, [...allowed, ...typesFrom]),
  {
    ...only(`${name}-at-run-time`, from, allowed),
    to: { path: typesFrom, pathNot: allowed, dependencyTypesNot: ['type-only'] },
  },
];

const packages = (...names) => names.map((name) => `(^|node_modules/)${name}(/|$)`);

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      // Types may name each other: nothing of that is left at run time.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    only('core-imports-nothing', '^src/core/', ['^src/core/']),
    only('ports-know-core-only', '^src/ports/', [src('ports/', 'core/')]),
    only('events-know-core-only', '^src/events/', [src('events/', 'core/')]),
    only('decisions-know-events-and-core', '^src/commands/([^/]+)/', [
      '^src/commands/$1/',
      src('events/', 'core/'),
    ]),
    only('execute-knows-ports-events-core', '^src/commands/[^/]+\\.ts$', [
      src('commands/', 'ports/', 'events/', 'core/'),
    ]),
    only('projections-know-events-ports-core', '^src/projections/', [
      src('projections/', 'events/', 'ports/', 'core/'),
    ]),
    ...onlyAtRunTime(
      'queries-know-ports-core',
      '^src/queries/',
      [src('queries/', 'ports/', 'core/', 'events/event-schema')],
      [src('projections/', 'events/')],
    ),
    only('reactions-know-commands-events-ports-core', '^src/reactions/', [
      src('reactions/', 'commands/', 'events/', 'ports/', 'core/'),
    ]),
    ...onlyAtRunTime(
      'http-knows-commands-queries-ports-core',
      '^src/http/',
      [src('http/', 'commands/', 'queries/', 'ports/', 'core/', 'events/event-schema')],
      [src('projections/', 'events/')],
    ),
    only('adapters-know-ports-core-codec', '^src/adapters/', [
      src('adapters/', 'ports/', 'core/', 'events/codec'),
    ]),
    only('operations-know-no-http-and-no-engine', '^src/control/', [
      src('control/', 'commands/', 'projections/', 'events/', 'ports/', 'core/'),
    ]),
    only('command-line-knows-no-http', '^src/cli/', ['^src/(?!http/|photo-storage/)']),
    only('only-the-programs-know-compose', '^src/(?!main\\.ts|compose|cli/|control/)', [
      '^src/(?!compose|main\\.ts)',
    ]),
    {
      name: 'koa-only-in-http',
      severity: 'error',
      from: { pathNot: [src('http/', 'photo-storage/'), '^(test|bench)/'] },
      to: { path: packages('koa', '@koa', 'koa-body', 'koa-compress') },
    },
    {
      name: 'drivers-only-in-adapters',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/adapters/' },
      to: {
        path: packages(
          'lmdb',
          'msgpackr',
          'fs-native-extensions',
          '@node-rs/crc32',
          'nodemailer',
          'mongodb',
          'ioredis',
          '@eventstore',
        ),
      },
    },
    {
      name: 'terminal-only-in-cli',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: packages('commander', 'cli-table3', 'cli-progress') },
    },
    {
      name: 'product-needs-no-test-tool',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: ['^(test|bench|scripts)/'] },
    },
    {
      name: 'product-needs-no-dev-dependency',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: ['node_modules/@types/'],
      },
    },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^bench/peers/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};

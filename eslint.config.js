import tseslint from 'typescript-eslint';

/** Time, chance and the network reach the logic only as values (ARCHITECTURE rule 4), so these stay out of it. */
const impure = [
  { object: 'Date', property: 'now', message: 'Take the time from the injected clock.' },
  { object: 'Math', property: 'random', message: 'Take chance from the injected source.' },
  { object: 'performance', property: 'now', message: 'Take the time from the injected clock.' },
  ...['randomBytes', 'randomUUID', 'randomInt', 'getRandomValues', 'randomFillSync'].map((property) => ({
    object: 'crypto',
    property,
    message: 'Take chance from the injected source.',
  })),
];

const impureSyntax = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'Take the time from the injected clock.',
  },
  {
    selector:
      'ImportDeclaration[source.value="node:crypto"] ImportSpecifier[imported.name=/^random|^webcrypto$/]',
    message: 'Take chance from the injected source.',
  },
];

/** What a fold, a decision or a projection may never touch, whatever it is called. */
const impureGlobals = [
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'process',
  'performance',
  'WebSocket',
];
const impureModules = [
  'fs',
  'fs/promises',
  'net',
  'http',
  'https',
  'dns',
  'os',
  'child_process',
  'timers',
  'timers/promises',
];

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/', 'data/', '.bench/', 'bench/peers/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      // Takes what another function changes meanwhile (an aborted signal, a flag of a test) for a constant.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Engines are closures: their methods may be taken out of them.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      complexity: ['error', 20],
      'max-depth': ['error', 4],
      'max-params': ['error', 7],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
      'prefer-const': 'error',
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/core/clock.ts', 'src/compose.ts', 'src/main.ts', 'src/adapters/**', 'src/cli/**'],
    rules: {
      'no-restricted-properties': ['error', ...impure],
      'no-restricted-syntax': ['error', ...impureSyntax],
    },
  },
  {
    files: [
      'src/core/!(clock).ts',
      'src/events/**',
      'src/commands/*/**',
      'src/projections/*.ts',
      'src/queries/**',
    ],
    ignores: ['src/projections/{run,rebuild,verify,supervise,write-buffer}*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-imports': [
        'error',
        { paths: impureModules.flatMap((name) => [name, `node:${name}`]).map((name) => ({ name })) },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-function-type': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/restrict-plus-operands': 'off',
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    extends: [tseslint.configs.base],
    rules: { eqeqeq: 'error', 'prefer-const': 'error' },
  },
);

import { expect } from 'chai';
import { ConfigError, readConfig } from '../src/config.ts';

const key = Buffer.alloc(32, 7).toString('base64');

describe('the configuration', () => {
  it('has a working default for everything', () => {
    const config = readConfig({});
    expect(config).to.include({
      host: '127.0.0.1',
      port: 8080,
      accessTokenTtl: 900,
      maxBody: 1_048_576,
      rateLimits: true,
    });
  });

  const wrong: readonly [string, string, RegExp][] = [
    ['PORT', 'http', /^PORT is "http", but must be a port from 0 to 65535/],
    ['PORT', '70000', /^PORT is "70000"/],
    ['ACCESS_TOKEN_TTL', '0', /^ACCESS_TOKEN_TTL is "0", but must be a whole number of seconds from 1/],
    ['MAX_BODY', '3 parsecs', /^MAX_BODY is "3 parsecs"/],
    ['CORS_ORIGINS', 'https://a.example/path', /^CORS_ORIGINS is/],
    ['RATE_LIMITS', 'maybe', /"on" or "off"/],
    ['LOG_LEVEL', 'loud', /one of fatal, error/],
    ['REDIS_URL', 'http://localhost:6379', /^REDIS_URL is a value that is not shown, .*redis:/],
    ['MONGODB_URL', 'localhost:27017', /^MONGODB_URL is a value that is not shown, .*mongodb:/],
    ['NODE_ENV', 'prod', /^NODE_ENV is "prod", but must be "production"/],
    ['ROLES', 'api', /"all"/],
    ['EVENTSTORE_URL', 'http://u:p@localhost', /^EVENTSTORE_URL is a value that is not shown, .*esdb:/],
    ['EVENTSTORE_PREFIX', '$all', /^EVENTSTORE_PREFIX is "\$all", but must be 1 to 64 letters/],
    ['SMTP_URL', 'smtp://localhost', /cannot use such a server yet/],
  ];
  for (const [name, value, message] of wrong) {
    it(`refuses ${name}=${value} with one line that says what is allowed`, () => {
      expect(() => readConfig({ [name]: value })).to.throw(ConfigError, message);
    });
  }

  it('never shows a secret in its message', () => {
    expect(() => readConfig({ NAME_KEY: 'hunter2' })).to.throw(
      ConfigError,
      /^NAME_KEY is a value that is not shown/,
    );
  });

  it('reads sizes with units', () => {
    expect(readConfig({ MAX_BODY: '2 MiB' }).maxBody).to.equal(2 * 1024 ** 2);
  });

  it('wants all keys in production', () => {
    expect(() => readConfig({ NODE_ENV: 'production', JWT_KEYS: `k1:${key}`, NAME_KEY: key })).to.throw(
      /^MASTER_KEY is not set/,
    );
    expect(
      readConfig({ NODE_ENV: 'production', JWT_KEYS: `k1:${key}`, NAME_KEY: key, MASTER_KEY: `m:${key}` })
        .production,
    ).to.equal(true);
  });
});

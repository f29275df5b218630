import { expect } from 'chai';
import { EphemeralStoreUnavailable } from '../../src/ports/ephemeral-store.ts';
import { holdUp } from './held-up.ts';
import { newSession, openSessionsWorld, type SessionsProcess, type SessionsWorld } from './sessions-world.ts';
import type { SessionId, UserId } from '../../src/core/ids.ts';

type Act = (process: SessionsProcess, userId: UserId, sessionId: SessionId) => Promise<unknown>;

const acts: Readonly<Record<string, Act>> = {
  'signs in on a second device': (process, userId) => process.signIn(userId, newSession()),
  'signs out': (process, userId, sessionId) => process.signOut(userId, sessionId),
  'changes the password': (process, userId) => process.changePassword(userId),
};

describe('Sessions', () => {
  let world: SessionsWorld;

  before(async () => {
    world = await openSessionsWorld();
  });
  after(() => world.close());

  for (const [what, act] of Object.entries(acts)) {
    for (const when of ['before', 'after'] as const) {
      it(`follow the log when a process that ${what} dies ${when} any call, and when it was only asleep`, async () => {
        let held = 0;
        for (let at = 0; ; at += 1) {
          const userId = await world.register();
          const sessionId = newSession();
          const { accessToken } = await world.process().signIn(userId, sessionId);
          const hold = holdUp(at, when);
          const dying = world.process({
            log: hold.wrap(world.log, ['append', 'readStream']),
            ephemeral: hold.wrap(world.ephemeral, ['get', 'set', 'compareAndSet']),
          });
          const acting = act(dying, userId, sessionId);
          if ((await Promise.race([acting, hold.reached])) !== 'held') break;
          held += 1;

          const agree = async (moment: string) => {
            const other = world.process();
            const verdict = await other.sessions.authenticate(accessToken);
            const listed = (await other.sessions.list(userId)).some(({ id }) => id === sessionId);
            const open = await other.open(userId, sessionId);
            expect({ verdict: verdict.ok, listed }, `${moment}, held up at ${at}`).to.deep.equal({
              verdict: open,
              listed: open,
            });
          };
          await agree('at once');
          await agree('asked again');
          world.advance(125_000);
          await agree('when the mark is wiped off');
          hold.resume();
          await acting;
          await agree('when it woke up');
          expect(await world.process().open(userId, sessionId), `done at last, held up at ${at}`).to.equal(
            false,
          );
        }
        expect(held).to.be.at.least(6);
      });
    }
  }

  for (const when of ['before', 'after'] as const) {
    it(`a refresh that dies ${when} any call spends its token once or not at all`, async () => {
      for (let at = 0; ; at += 1) {
        const userId = await world.register();
        const sessionId = newSession();
        const { refreshToken } = await world.process().signIn(userId, sessionId);
        const hold = holdUp(at, when);
        const ephemeral = hold.wrap(world.ephemeral, ['get', 'set', 'compareAndSet']);
        const dying = world.process({ ephemeral }).refresh(refreshToken);
        if ((await Promise.race([dying, hold.reached])) !== 'held') break;
        const other = await world.process().refresh(refreshToken);
        hold.resume();
        const outcomes = [await dying, other];
        expect(outcomes.filter((outcome) => typeof outcome === 'object')).to.have.length(1);
        expect(outcomes).to.include('refresh_raced');
        expect(await world.process().open(userId, sessionId)).to.equal(true);
      }
    });
  }

  it('that cannot be read let nobody in and tell nobody that they are out', async () => {
    const userId = await world.register();
    const { accessToken, refreshToken } = await world.process().signIn(userId, newSession());
    const down = async () => Promise.reject(new EphemeralStoreUnavailable('down'));
    const blind = world.process({ ephemeral: { ...world.ephemeral, get: down } });
    for (const attempt of [blind.sessions.authenticate(accessToken), blind.refresh(refreshToken)]) {
      const error = await attempt.then(
        () => undefined,
        (fault: unknown) => fault,
      );
      expect(error).to.be.instanceOf(EphemeralStoreUnavailable);
    }
  });

  it('of many sign-ins at once through two processes leave one session, the last of the log', async () => {
    const userId = await world.register();
    const processes = [world.process(), world.process()] as const;
    const ids = Array.from({ length: 20 }, newSession);
    const pairs = await Promise.all(ids.map((id, index) => processes[index % 2]!.signIn(userId, id)));
    const verdicts = await Promise.all(
      pairs.map(async ({ accessToken }) => (await processes[0].sessions.authenticate(accessToken)).ok),
    );
    const open = await Promise.all(ids.map((id) => processes[0].open(userId, id)));
    expect(verdicts).to.deep.equal(open);
    expect(open.filter(Boolean)).to.have.length(1);
  });
});

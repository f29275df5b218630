import type { Instant } from '../../core/clock.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { AccountEvent } from '../../events/account.ts';
import type { Account, RegisteredAccount } from './account.ts';
import type { ClaimedName } from './register-account.ts';

/** Absent fields stay as they are. */
export interface ChangeProfile {
  readonly username?: ClaimedName;
  readonly email?: ClaimedName;
  readonly bio?: string | null;
  readonly at: Instant;
}

/** A claim that was used or taken over lends nothing, unless what it was for is there already. */
const lapsed = ({ spentClaims }: RegisteredAccount, name: ClaimedName, held: string | null) =>
  name.key !== held && spentClaims.includes(name.claim);

export const changeProfile = (
  state: Account,
  { username, email, bio, at }: ChangeProfile,
): Result<AccountEvent[], 'account_not_found' | 'username_taken' | 'email_taken'> => {
  if (state.is !== 'registered') return refuse('account_not_found');
  const { userId } = state;
  const events: AccountEvent[] = [];
  if (username !== undefined && username.name !== state.username) {
    if (lapsed(state, username, state.usernameKey)) return refuse('username_taken');
    const { name, key: usernameKey, claim: usernameClaim } = username;
    events.push({ type: 'UsernameChanged', v: 1, userId, username: name, usernameKey, usernameClaim, at });
  }
  if (email !== undefined && email.key !== state.emailKey) {
    if (lapsed(state, email, state.emailKey)) return refuse('email_taken');
    const { name, key: emailKey, claim: emailClaim } = email;
    events.push({ type: 'EmailChanged', v: 1, userId, email: name, emailKey, emailClaim, at });
  }
  if (bio !== undefined && bio !== state.bio) events.push({ type: 'BioChanged', v: 1, userId, bio, at });
  return ok(events);
};

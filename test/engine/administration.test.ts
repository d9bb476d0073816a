/** Whose sessions a statement may end; asked again once it has run, for by then a number may be another's. */
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../src/access/context.ts';
import { type Administration, carryOut, visibleSessions } from '../../src/engine/administration.ts';
import type { SessionInfo } from '../../src/session/sessions.ts';
import { identityOf } from '../helpers/gateway.ts';

const ann = identityOf({ sub: 'ann' });
const elsewhere: Identity = { ...ann, issuer: 'another' };
const nobody = identityOf({});
const admin = identityOf({ sub: 'dba' }, true);
const acting: Identity = { ...identityOf({ sub: 'persona' }), actor: admin };

const SESSIONS = [ann, ann, elsewhere, nobody, nobody, admin, acting].map((identity, pid): SessionInfo => {
  const since = new Date(0);
  const end = { clientAddress: undefined, clientPort: undefined };
  const doing = { state: 'idle', stateSince: since, transactionSince: undefined, statement: undefined } as const;
  return { pid, identity, applicationName: '', ...end, ...doing, since };
});

function administration(): Administration & { readonly ended: string[] } {
  const ended: string[] = [];
  const end = (how: string) => (pid: number) => ended.push(`${how} ${pid}`) > 0;
  return {
    ended,
    sessions: () => SESSIONS,
    cancel: end('cancel'),
    terminate: end('terminate'),
    reload: async () => true,
  };
}

describe('visible are', () => {
  it.each([
    ['those of the same subject and issuer', ann, 0, [0, 1]],
    ['those of the same issuer alone', elsewhere, 2, [2]],
    ['of who has no subject the session itself', nobody, 3, [3]],
    ['all to an admin', admin, 5, [0, 1, 2, 3, 4, 5, 6]],
    ['those of who signed in to who acts as another', acting, 6, [5, 6]],
  ])('%s', (_, identity, pid, visible) => {
    expect(visibleSessions({ identity, pid }, administration()).map((session) => session.pid)).toEqual(visible);
  });
});

describe('a request', () => {
  it('to end a session that is not visible is 42501, and ends nothing', async () => {
    const server = administration();
    for (const kind of ['cancel', 'terminate'] as const) {
      const asked = carryOut([{ kind, pid: 5 }], { identity: ann, pid: 0 }, server);
      await expect(asked).rejects.toMatchObject({ code: '42501' });
    }
    expect(server.ended).toEqual([]);
  });

  it('to end one that is ends it', async () => {
    const server = administration();
    const requests = [{ kind: 'cancel', pid: 1 } as const, { kind: 'terminate', pid: 1 } as const];
    await carryOut(requests, { identity: ann, pid: 0 }, server);
    expect(server.ended).toEqual(['cancel 1', 'terminate 1']);
  });

  it('to load the model anew is an admin’s', async () => {
    await carryOut([{ kind: 'reload' }], { identity: admin, pid: 5 }, administration());
    const asked = carryOut([{ kind: 'reload' }], { identity: acting, pid: 6 }, administration());
    await expect(asked).rejects.toMatchObject({ code: '42501' });
  });

  it('of a server without sessions is nobody’s', async () => {
    const asked = carryOut([{ kind: 'cancel', pid: 0 }], { identity: ann, pid: 0 }, undefined);
    await expect(asked).rejects.toMatchObject({ code: '42501' });
  });
});

/**
 * As whom a session acts: SET ROLE and SET SESSION AUTHORIZATION (contract, section 7.11).
 * Who acts is a value of two settings, as in PostgreSQL, so that ROLLBACK and SET LOCAL undo it like any other.
 */
import { type Identity, type SecurityContext, withFilters } from '../access/context.ts';
import { HookFailed, type Hooks } from '../access/hooks.ts';
import { type Persona, personaContext } from '../access/personas.ts';
import type { Config } from '../config.ts';
import { SqlError, SqlState } from '../errors.ts';
import { readClaims } from './identity.ts';
import { type Log, redact } from './log.ts';
import { isReservedRole } from './reserved-role.ts';
import type { Settings } from './settings.ts';
import type { Claims } from './token.ts';

/** Who may become whom; made anew when the configuration is read again. */
export type Switching = {
  /**
   * @returns the actor as that persona, or undefined when there is no such persona or the actor may not be it:
   * nobody learns which
   */
  readonly become: (actor: Identity, name: string) => Promise<Identity | undefined>;
};

/** @param personas of the model that is served now */
export function createSwitching(config: Config, hooks: Hooks, personas: () => readonly Persona[], log: Log): Switching {
  const persona = (name: string) => personas().find((one) => one.name === name);
  return {
    become: async (actor, name) => {
      const found = persona(name);
      if ((config.dev || actor.admin) && found !== undefined) return asPersona(actor, found, config, hooks);
      if (hooks.canSwitchUser === undefined) return undefined;
      try {
        const answer = await hooks.canSwitchUser(actor.subject, name, actor.context);
        if (answer === false) return undefined;
        if (answer === true) return found === undefined ? undefined : await asPersona(actor, found, config, hooks);
        return await asClaims(actor, name, answer.securityContext, config, hooks);
      } catch (error) {
        if (!(error instanceof HookFailed)) throw error;
        log.warn({ reason: redact(error.message), subject: actor.subject }, 'a switch of user was refused');
        return undefined;
      }
    },
  };
}

function asPersona(actor: Identity, persona: Persona, config: Config, hooks: Hooks): Promise<Identity> {
  return asClaims(actor, persona.name, personaContext(persona), config, hooks);
}

/** The context, groups and rights identity that a token of this context has; the rest is the actor's. */
async function asClaims(
  actor: Identity,
  name: string,
  context: SecurityContext,
  { auth, jwt }: Config,
  hooks: Hooks,
): Promise<Identity> {
  const claimsNamespace = auth === 'jwt' ? jwt.claimsNamespace : undefined;
  const around = claimsNamespace === undefined ? context : { [claimsNamespace]: context };
  const claims: Claims = Object.freeze(Object.assign(Object.create(null), around, { sub: context.sub ?? name }));
  const named = await readClaims(claims, { ...jwt, claimsNamespace }, hooks);
  return Object.freeze({
    ...named,
    issuer: actor.issuer,
    context: withFilters(named.context, actor.context.filters),
    user: name,
    expiresAt: actor.expiresAt,
    admin: false,
    actor,
  });
}

/** One session's: who signed in, and as whom it asks now. */
export class Acting {
  readonly actor: Identity;
  readonly #settings: Settings;
  readonly #switching: () => Switching;
  /** By the name that the settings have. */
  readonly #granted = new Map<string, Identity>();

  /** @param switching the rules of now */
  constructor(actor: Identity, settings: Settings, switching: () => Switching) {
    this.actor = actor;
    this.#settings = settings;
    this.#switching = switching;
  }

  /** Every statement is planned and run for it. */
  get current(): Identity {
    const { values } = this.#settings;
    const role = values.get('role') ?? NO_ROLE;
    if (role !== NO_ROLE) return this.#known(role);
    const user = values.get('session_authorization') ?? this.actor.user;
    return user === this.actor.user ? this.actor : this.#known(user);
  }

  /** @param name `none` ends it @throws SqlError 42501, the same words for a persona that does not exist */
  async setRole(name: string, local: boolean): Promise<void> {
    if (name !== NO_ROLE) await this.#become(name, 'role');
    this.#settings.assign('role', name, local);
  }

  /** As in PostgreSQL one's own name is always allowed, and a role that was set before is gone. @throws SqlError 42501 */
  async setSessionAuthorization(name: string, local: boolean): Promise<void> {
    if (name !== this.actor.user) await this.#become(name, 'session authorization');
    this.#settings.assign('session_authorization', name, local);
    this.#settings.assign('role', NO_ROLE, local);
  }

  /** SET SESSION AUTHORIZATION DEFAULT, and what DISCARD ALL does. */
  reset(local = false): void {
    this.#settings.assign('session_authorization', this.actor.user, local);
    this.#settings.assign('role', NO_ROLE, local);
  }

  async #become(name: string, what: 'role' | 'session authorization'): Promise<void> {
    const identity = isReservedRole(name) ? undefined : await this.#switching().become(this.actor, name);
    if (identity === undefined) {
      throw new SqlError(SqlState.insufficientPrivilege, `permission denied to set ${what} "${name}"`);
    }
    this.#granted.delete(name);
    this.#granted.set(name, identity);
    // The oldest are in no transaction that could still come back to them, or the session is at fault and stops there.
    for (const [oldest] of this.#granted) {
      if (this.#granted.size <= MOST_GRANTED) break;
      this.#granted.delete(oldest);
    }
  }

  #known(name: string): Identity {
    const identity = this.#granted.get(name);
    if (identity === undefined) throw new Error('a session acts as somebody that it never became');
    return identity;
  }
}

const NO_ROLE = 'none';
/** A hook may grant any name. */
const MOST_GRANTED = 1_000;

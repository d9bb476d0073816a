import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';

const { JWKS_URL = 'http://127.0.0.1/jwks.json' } = process.env;
const keys = createRemoteJWKSet(new URL(JWKS_URL));

type SignIn = { readonly securityContext: JWTPayload; readonly subject: string | undefined };

/** Instead of the verification of tokens: throws to refuse. The session ends with the token's own `exp`. */
export async function checkAuth(_user: string, password: string): Promise<SignIn> {
  const { payload } = await jwtVerify(password, keys, { algorithms: ['RS256'], requiredClaims: ['exp'] });
  return { securityContext: payload, subject: payload.sub };
}

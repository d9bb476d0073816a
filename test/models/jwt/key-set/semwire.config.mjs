// The keys of an identity provider, fetched when a token needs one: no code at all.
export const jwtJwksUrl = process.env.JWKS_URL;
export const jwtAlgorithms = ['RS256'];

// Whose tokens these are, and for whom: https://idp.example and semwire, say. The example's token says neither.
export const jwtIssuer = '*';
export const jwtAudience = '*';

// The example's token was issued in 2018; without this none lives longer than 31 days.
export const jwtMaxTtl = '36500d';
